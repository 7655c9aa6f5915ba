from households.models.assignment import Assignment
from households.models.card import Card
from households.models.household import Household, Member, Monitoring
from households.models.review import ChangeReview
from households.models.staging import RosterRow
from households.models.visit import (
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
    "FACTS",
    "Assignment",
    "Card",
    "ChangeReview",
    "HeldDecision",
    "HeldVisit",
    "Household",
    "Member",
    "Monitoring",
    "RosterRow",
    "Visit",
    "VisitCorrection",
    "VisitFact",
    "VisitPhoto",
    "VisitProblem",
    "VisitWord",
]
