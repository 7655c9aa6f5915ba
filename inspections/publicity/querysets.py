"""Reads of 氛围营造. What is in public is for everybody who logs in; before that a 典型 is for whoever
has a part in it, and a person never meets his own before its 公示."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from cadres.models import Cadre
from cadres.scope import scope_of
from households.models import Household, Member
from households.querysets import households_visible_to
from inspections.models import Article, Consent, Honour, HonourStep, Practice
from yuexi.core import clock

EDIT, REVIEW, CADRE = "publicity.edit", "publicity.review", "publicity.cadre"
HANDLE = "discipline.handle"
MATTERS = {"ACCOUNTABILITY": "问责线索未办结", "RED_LINE": "红线问题未办结", "LEAD": "线索未核实"}


def runs_columns(user: Cadre) -> bool:
    """Columns are the county's: kept by whoever edits for all of it."""
    return any(len(prefix) == 6 for prefix in scope_of(user).prefixes.get(EDIT, ()))


def practices_visible_to(user: Cadre) -> QuerySet[Practice]:
    scope = scope_of(user)
    seen = Q(status="APPROVED") | Q(by=user)
    seen |= scope.within(EDIT, "area__code") | scope.within(REVIEW, "area__code")
    return Practice.objects.filter(seen).select_related("area__parent", "by", "reviewed_by")


def in_public(today: date) -> Q:
    """A household's stays while its consent runs: the day after the last one it is gone from
    every output, before anybody withdraws it."""
    runs = Q(consent__revoked_on__isnull=True, consent__end__gt=today)
    return Q(status__in=["NOTICE", "PUBLISHED"]) & (Q(kind="CADRE") | runs)


def honours_visible_to(user: Cadre, today: date | None = None) -> QuerySet[Honour]:
    scope, public = scope_of(user), in_public(today or clock.today())
    inner = Q(recommended_by=user)
    inner |= Q(kind="HOUSEHOLD") & (scope.within(EDIT, "area__code") | scope.within(REVIEW, "area__code"))  # fmt: skip
    inner |= Q(kind="CADRE") & (
        scope.within(REVIEW, "area__code") | scope.within(CADRE, "area__code") | scope.within(HANDLE, "area__code")
    )  # fmt: skip
    # What is withdrawn was in public before, and its subject may know of it.
    seen = public | (inner & (~Q(cadre=user) | Q(cadre__isnull=True) | Q(status="WITHDRAWN")))
    return shown(Honour.objects.filter(seen))


def shown(honours: QuerySet[Honour]) -> QuerySet[Honour]:
    """With all that `present` reads."""
    members = Prefetch("household__members", Member.objects.only("name", "household"))
    return honours.select_related(
        "area__parent", "cadre__unit__area", "household", "recommended_by", "reviewed_by", "consent"
    ).prefetch_related(members)


def inside(user: Cadre, honour: Honour) -> bool:
    """Who reads opinions and objections: the offices that decide, and nobody about himself."""
    if honour.cadre_id == user.pk:
        return False
    scope, place = scope_of(user), honour.area_id
    if honour.kind == "CADRE":
        return any(scope.has(right, place) for right in (REVIEW, CADRE, HANDLE))
    return scope.has(REVIEW, place)


def last_opinion(honour: Honour) -> HonourStep | None:
    return honour.steps.filter(kind__in=["CLEAR", "HOLD"]).order_by("-pk").first()


def to_give_opinion(user: Cadre, today: date) -> QuerySet[Honour]:
    here = scope_of(user).within(HANDLE, "area__code")
    opinions = HonourStep.objects.filter(honour=OuterRef("pk"), kind__in=["CLEAR", "HOLD"])
    asked = HonourStep.objects.filter(
        honour=OuterRef("pk"), kind="ASK"
    ).filter(~Exists(HonourStep.objects.filter(honour=OuterRef("honour"), kind__in=["CLEAR", "HOLD"], pk__gt=OuterRef("pk"))))  # fmt: skip
    since_review = Exists(opinions.filter(at__gte=OuterRef("reviewed_at")))
    since_notice = Exists(opinions.filter(at__date__gt=OuterRef("notice_until")))
    wanted = (
        Q(status="REVIEWED") & ~since_review
        | Q(status="NOTICE", notice_until__lt=today) & ~since_notice
        | Q(status__in=["REVIEWED", "NOTICE", "PUBLISHED"]) & Exists(asked)
    )
    return shown(
        Honour.objects.filter(here, wanted, kind="CADRE").exclude(cadre=user).exclude(recommended_by=user)
    )  # fmt: skip


def matters(cadre: Cadre) -> list[tuple[str, int]]:
    """For 纪委监委 alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, n FROM cadre_matters(%s) WHERE n > 0", [cadre.pk])
        return [(MATTERS[kind], n) for kind, n in cursor.fetchall()]


def asks(function: str, pk: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [pk])
        return bool(cursor.fetchone()[0])


def consents_visible_to(user: Cadre) -> QuerySet[Consent]:
    """Signed paper bears the real name: for whoever keeps the household, never for 宣传部."""
    here = scope_of(user).within(EDIT, "household__area__code")
    seen = Household.objects.filter(pk__in=households_visible_to(user).values("pk"))
    return Consent.objects.filter(here, household__in=seen).select_related("household__area__parent", "file")  # fmt: skip


def articles() -> QuerySet[Article]:
    return Article.objects.select_related("column", "practice", "honour")


def household_panel(user: Cadre, household: Any) -> tuple[str, dict[str, Any]]:
    """On the page of a household, for whoever may recommend it."""
    may = scope_of(user).has(EDIT, household.area_id)
    found = consents_visible_to(user).filter(household=household).order_by("-pk") if may else []
    lifted = household.kind == Household.Kind.LIFTED and not household.closed
    return "publicity/_of_household.html", {"may_recommend": may, "consents": found, "lifted": lifted, "asked": household.uid}  # fmt: skip
