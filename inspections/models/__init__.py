from inspections.models.plan import Entry, Plan, PlanArea, TeamMember
from inspections.models.report import Finding, FindingFile, Sampled

__all__ = ["Entry", "Finding", "FindingFile", "Plan", "PlanArea", "Sampled", "TeamMember"]
