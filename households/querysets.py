"""Reads of this app, all within scope."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from cadres.models import Cadre
from cadres.scope import scope_of
from households.models import Assignment, Household, Visit
from yuexi.core import clock, crypto


def open_assignments_phrase(cadre_id: int) -> str:
    count = Assignment.objects.filter(cadre_id=cadre_id, end__isnull=True).count()
    return f"{count} 户包保" if count else ""


def current(assignments: QuerySet[Assignment], today: date) -> QuerySet[Assignment]:
    return assignments.filter(Q(end__isnull=True) | Q(end__gt=today), start__lte=today)


def my_households(user: Cadre, today: date | None = None) -> QuerySet[Household]:
    mine = current(Assignment.objects.filter(cadre=user), today or clock.today())
    return Household.objects.filter(pk__in=mine.values("household"))


def households_visible_to(user: Cadre) -> QuerySet[Household]:
    scope = scope_of(user)
    own = current(Assignment.objects.filter(cadre=user), clock.today())
    return Household.objects.filter(
        scope.within("household.view", "area__code") | Q(pk__in=own.values("household"))
    ).select_related("area__parent")


def visits_visible_to(user: Cadre) -> QuerySet[Visit]:
    own = current(Assignment.objects.filter(cadre=user), clock.today())
    return Visit.objects.filter(
        scope_of(user).within("visit.view", "area__code")
        | Q(visitor=user)
        | Q(household__in=own.values("household"))
    ).select_related("household", "visitor", "area")


def find_households(households: QuerySet[Household], words: str) -> QuerySet[Household]:
    """By head or member name, pinyin initials, 户编号, or a whole identity number."""
    words = words.strip()
    if not words:
        return households
    typed = crypto.normal(words)
    if len(typed) == 18 and typed[:17].isdigit():
        return households.filter(members__idno_hash=crypto.lookup_hash(typed))
    if typed.isdigit():
        return households.filter(national_no__startswith=typed)
    if words.isascii():
        return households.filter(pinyin__startswith=words.lower())
    return households.filter(Q(head_name__contains=words) | Q(members__name=words)).distinct()


def without_helper(households: QuerySet[Household], today: date) -> QuerySet[Household]:
    """孤儿户: needs a helper and has none today."""
    helped = current(Assignment.objects.filter(household=OuterRef("pk"), rank="MAIN"), today)
    return households.filter(~Exists(helped), closed="").exclude(kind="GENERAL")


def with_last_visit(households: QuerySet[Household]) -> QuerySet[Household]:
    last = Visit.objects.filter(household=OuterRef("pk")).order_by("-occurred_at")
    talked = last.exclude(mode="NOBODY")
    return households.annotate(
        last_visit=Subquery(talked.values("occurred_at")[:1]),
        last_promise=Subquery(last.exclude(promise="").values("promise")[:1]),
    )


def month_start(today: date) -> datetime:
    return datetime.combine(today.replace(day=1), time(), clock.SHANGHAI)


def not_visited_this_month(households: QuerySet[Household], today: date) -> QuerySet[Household]:
    """Without a talk, in person or remote; 外出无人 is an attempt and no coverage."""
    talked = Visit.objects.filter(
        household=OuterRef("pk"), occurred_at__gte=month_start(today)
    ).exclude(mode="NOBODY")
    return households.filter(~Exists(talked), closed="")
