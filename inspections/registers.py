"""Reads of the registers. Whose village or unit it is, or who sees the county, sees it."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from cadres.leads import leads_visible_to
from cadres.models import Area, Cadre, Unit
from cadres.scope import NOTHING, scope_of
from inspections.actions.seats import seats_of
from inspections.models import (
    Attendance,
    Body,
    BurdenReport,
    Filing,
    FormAsk,
    FormKind,
    Joint,
    JointMember,
    Meeting,
    VillageSlot,
)
from yuexi.core import clock

VIEW = "register.view"


def sees_county(user: Cadre) -> bool:
    return any(len(prefix) == 6 for prefix in scope_of(user).prefixes.get(VIEW, ()))


def _here(user: Cadre, column: str) -> Q:
    return scope_of(user).within(VIEW, column)


def filings_visible_to(user: Cadre) -> QuerySet[Filing]:
    found = Filing.objects.select_related("unit", "joint", "filed_by")
    if sees_county(user):
        return found
    here = VillageSlot.objects.filter(_here(user, "area__code"), filing=OuterRef("pk"))
    return found.filter(Exists(here) | Q(unit__in=scope_of(user).units_with("register.file")))


def joints_visible_to(user: Cadre) -> QuerySet[Joint]:
    if sees_county(user):
        return Joint.objects.all()
    here = VillageSlot.objects.filter(_here(user, "area__code"), joint=OuterRef("pk"))
    own = Filing.objects.filter(joint=OuterRef("pk"), unit__in=scope_of(user).units_with("register.file"))  # fmt: skip
    return Joint.objects.filter(Exists(here) | Exists(own))


def meetings_visible_to(user: Cadre) -> QuerySet[Meeting]:
    """The county's, or those that one's place holds or is asked to."""
    found = Meeting.objects.select_related("unit", "filed_by")
    if sees_county(user):
        return found
    asked = Attendance.objects.filter(_here(user, "unit__area__code"), meeting=OuterRef("pk"))
    return found.filter(Exists(asked) | _here(user, "unit__area__code"))


def forms_visible_to(user: Cadre) -> QuerySet[FormKind]:
    """目录 is for everybody who may be asked; what waits, for its unit and who decides."""
    scope = scope_of(user)
    if not scope.has(VIEW):
        return FormKind.objects.none()
    found = FormKind.objects.select_related("unit", "proposed_by")
    if sees_county(user):
        return found
    return found.filter(Q(status__in=["LISTED", "ENDED"]) | Q(unit__in=scope.units_with("register.file")))  # fmt: skip


def asks_visible_to(user: Cadre) -> QuerySet[FormAsk]:
    return FormAsk.objects.filter(_here(user, "area__code"))


def reports_visible_to(user: Cadre) -> QuerySet[BurdenReport]:
    """As its lead is: for 督查组 and 纪委监委, never for the unit that it is about."""
    seen = leads_visible_to(user).filter(subject_kind="burdenreport")
    return BurdenReport.objects.filter(pk__in=seen.values("subject_id"))


def filings_to_decide(user: Cadre) -> QuerySet[Filing]:
    if not scope_of(user).has("register.decide"):
        return Filing.objects.none()
    return Filing.objects.filter(status="WAITS").exclude(filed_by=user)


def meetings_to_decide(user: Cadre) -> QuerySet[Meeting]:
    scope = scope_of(user)
    kinds = NOTHING
    if scope.has("register.decide"):
        kinds |= ~Q(kind="EXEMPT")
    if scope.has("register.exempt"):
        kinds |= Q(kind="EXEMPT")
    return Meeting.objects.filter(kinds, status="WAITS").exclude(filed_by=user)


def forms_to_decide(user: Cadre) -> QuerySet[FormKind]:
    if not scope_of(user).has("register.decide"):
        return FormKind.objects.none()
    return FormKind.objects.filter(status="WAITS").exclude(proposed_by=user)


def joints_to_enter(user: Cadre) -> QuerySet[Joint]:
    """Open batches in which nobody of one's body is yet."""
    if not scope_of(user).has("register.join"):
        return Joint.objects.none()
    absent: Q = NOTHING
    for body in seats_of(user, clock.today()):
        there = JointMember.objects.filter(joint=OuterRef("pk"), body=body)
        absent = absent | Q(~Exists(there))
    return Joint.objects.filter(absent, status=Joint.Status.OPEN)


def filings_to_join(user: Cadre) -> QuerySet[Filing]:
    """What waits to be taken into a batch, for whoever sets batches up."""
    if not scope_of(user).has("register.join"):
        return Filing.objects.none()
    return Filing.objects.filter(status=Filing.Status.FILED).select_related("unit").order_by("start", "pk")  # fmt: skip


def own_units(user: Cadre) -> QuerySet[Unit]:
    return Unit.objects.filter(pk__in=scope_of(user).units_with("register.file")).order_by("name")


def villages_within(user: Cadre, right: str) -> QuerySet[Area]:
    here = scope_of(user).within(right, "code")
    return Area.objects.filter(here, level=Area.Level.VILLAGE, valid_to__isnull=True).select_related("parent").order_by("code")  # fmt: skip


def bodies_in(joint: Joint) -> list[tuple[str, list[JointMember]]]:
    """Each of the three with who takes part for it."""
    members = list(joint.members.select_related("cadre", "unit").order_by("pk"))
    return [(body.label, [m for m in members if m.body == body.value]) for body in Body]
