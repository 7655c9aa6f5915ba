from households.models.assignment import Assignment
from households.models.household import Household, Member, Monitoring
from households.models.review import ChangeReview
from households.models.staging import RosterRow
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

__all__ = [
    "CORRECTABLE",
    "FACTS",
    "Assignment",
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
]
