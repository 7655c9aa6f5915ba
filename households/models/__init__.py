from households.models.assignment import Assignment
from households.models.campaign import Campaign, CampaignHousehold, CampaignOutcome
from households.models.card import Card
from households.models.household import Household, Member, Monitoring
from households.models.policy import Policy
from households.models.review import ChangeReview
from households.models.staging import RosterRow
from households.models.summary import LastVisit, VillageDay
from households.models.term import Term
from households.models.visit import (
    CORRECTABLE,
    FACTS,
    HeldDecision,
    HeldVisit,
    Visit,
    VisitCorrection,
    VisitFact,
    VisitPhoto,
    VisitProblem,
)
from households.models.word import VisitWord

__all__ = [
    "CORRECTABLE",
    "FACTS",
    "Assignment",
    "Campaign",
    "CampaignHousehold",
    "CampaignOutcome",
    "Card",
    "ChangeReview",
    "HeldDecision",
    "HeldVisit",
    "Household",
    "LastVisit",
    "Member",
    "Monitoring",
    "Policy",
    "RosterRow",
    "Term",
    "VillageDay",
    "Visit",
    "VisitCorrection",
    "VisitFact",
    "VisitPhoto",
    "VisitProblem",
    "VisitWord",
]
