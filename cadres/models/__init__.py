from cadres.models.absence import Absence
from cadres.models.area import Area
from cadres.models.calendar import CalendarDay
from cadres.models.channel import Channel, Outgoing, Subscription
from cadres.models.covering import (
    ABCover,
    ABNote,
    ABPair,
    KindExclusion,
    TaskForce,
    TaskForceMember,
    UnitVillage,
    WorkPost,
)
from cadres.models.cursor import SweepCursor
from cadres.models.delegation import Delegation
from cadres.models.event import Event
from cadres.models.file import StoredFile
from cadres.models.forces import Exemption, Stationing, UnitProfile
from cadres.models.halfday import HalfDay
from cadres.models.importing import ImportRun, RowChange
from cadres.models.lead import Lead, LeadDecision, LeadLook
from cadres.models.notice import DigestDay, Notice
from cadres.models.people import Cadre, Post, Unit
from cadres.models.ruleset import RuleSet
from cadres.models.ruling import Ruling
from cadres.models.token import ApiToken

__all__ = [
    "ABCover",
    "ABNote",
    "ABPair",
    "Absence",
    "ApiToken",
    "Area",
    "Cadre",
    "CalendarDay",
    "Channel",
    "Delegation",
    "DigestDay",
    "Event",
    "Exemption",
    "HalfDay",
    "ImportRun",
    "KindExclusion",
    "Lead",
    "LeadDecision",
    "LeadLook",
    "Notice",
    "Outgoing",
    "Post",
    "RowChange",
    "RuleSet",
    "Ruling",
    "Stationing",
    "StoredFile",
    "Subscription",
    "SweepCursor",
    "TaskForce",
    "TaskForceMember",
    "Unit",
    "UnitProfile",
    "UnitVillage",
    "WorkPost",
]
