from households.models.assignment import Assignment
from households.models.household import Household, Member, Monitoring
from households.models.review import ChangeReview
from households.models.staging import RosterRow
from households.models.visit import Visit, VisitCorrection, VisitProblem

__all__ = [
    "Assignment",
    "ChangeReview",
    "Household",
    "Member",
    "Monitoring",
    "RosterRow",
    "Visit",
    "VisitCorrection",
    "VisitProblem",
]
