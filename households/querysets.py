"""Reads of this app, all within scope."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, TextField
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce, Greatest

from cadres.models import Cadre, Unit
from cadres.querysets import areas_within, cadres_visible_to
from cadres.scope import scope_of
from households.models import (
    Assignment,
    HeldVisit,
    Household,
    Policy,
    Term,
    VillageDay,
    Visit,
    VisitCorrection,
    VisitFact,
)
from yuexi.core import clock, crypto
from yuexi.core.registries import household_needs

OWN_NUMBER = re.compile(r"X[0-9A-F]{7,24}")


def open_assignments_phrase(cadre_id: int, unit_id: int | None) -> str:
    """A helper helps as a person; no single unit has the household."""
    if unit_id is not None:
        return ""
    count = Assignment.objects.filter(cadre_id=cadre_id, end__isnull=True).count()
    return f"{count} 户包保" if count else ""


def open_assignments_within(user: Cadre) -> QuerySet[Assignment]:
    """包保 in force or to come, where the user keeps the pairs."""
    here = scope_of(user).within("assignment.edit", "household__area__code")
    return Assignment.objects.filter(here, end__isnull=True)


def current(assignments: QuerySet[Assignment], today: date) -> QuerySet[Assignment]:
    return assignments.filter(Q(end__isnull=True) | Q(end__gt=today), start__lte=today)


def helpers_to_choose(user: Cadre, today: date) -> QuerySet[Cadre]:
    """Whom the keeper of the pairs may choose from a list: the staff that he sees, and that of the
    county units which help in his villages already. Anyone else he names by his work number."""
    here = scope_of(user).within("assignment.edit", "household__area__code")
    paired = current(Assignment.objects.filter(here, cadre__unit__kind=Unit.Kind.COUNTY), today)
    seen = Q(pk__in=cadres_visible_to(user).values("pk")) | Q(unit__in=paired.values("cadre__unit"))
    return (
        Cadre.objects.filter(seen, is_active=True, kind=Cadre.Kind.CADRE)
        .select_related("unit__area")
        .order_by("pinyin", "pk")
    )


def helper_by_number(work_no: str) -> Cadre | None:
    """By the whole number, so that nothing is listed and nothing is guessed piece by piece."""
    return Cadre.objects.filter(
        work_no=work_no.strip().upper(), is_active=True, kind=Cadre.Kind.CADRE
    ).first()


def my_households(user: Cadre, today: date | None = None) -> QuerySet[Household]:
    mine = current(Assignment.objects.filter(cadre=user), today or clock.today())
    return Household.objects.filter(pk__in=mine.values("household"))


def households_visible_to(user: Cadre) -> QuerySet[Household]:
    scope = scope_of(user)
    own = current(Assignment.objects.filter(cadre=user), clock.today())
    seen = scope.within("household.view", "area__code") | Q(pk__in=own.values("household"))
    for needed in household_needs.of(user):
        seen |= Q(pk__in=needed)
    return Household.objects.filter(seen).select_related("area__parent")


def visits_visible_to(user: Cadre) -> QuerySet[Visit]:
    """In the area of a post, or mine, or of my households."""
    scope = scope_of(user)
    visits = Visit.objects.select_related("household", "visitor", "area")
    if not scope.prefixes.get("visit.view"):
        return visits.filter(_own(user))
    return visits.filter(
        scope.within("visit.view", "area__code") | Q(visitor=user) | Q(household__in=_helped(user))
    )


def _helped(user: Cadre) -> QuerySet[Assignment, Any]:
    return current(Assignment.objects.filter(cadre=user), clock.today()).values("household")


def _own(user: Cadre) -> Q:
    """Without an area the few own ones are named one by one: an OR over the whole table would
    walk it in the order of the list."""
    mine = Visit.objects.filter(visitor=user).values("pk")
    return Q(pk__in=mine.union(Visit.objects.filter(household__in=_helped(user)).values("pk")))


def find_households(households: QuerySet[Household], words: str) -> QuerySet[Household]:
    """By head or member name, pinyin initials or 户编号, also the one of our own that a household
    had before it got a national one. An identity number is looked for by
    `by_idno`, from a form that is posted: it never stands in an address."""
    words = words.strip()
    if not words:
        return households
    typed = crypto.normal(words)
    if typed.isdigit():
        return households.filter(national_no__startswith=typed)
    if OWN_NUMBER.fullmatch(typed):
        return households.filter(
            Q(national_no__startswith=typed) | Q(former_no__startswith=typed) & ~Q(former_no="")
        )
    if words.isascii():
        return households.filter(pinyin__startswith=words.lower())
    return households.filter(Q(head_name__contains=words) | Q(members__name=words)).distinct()


def by_idno(households: QuerySet[Household], number: str) -> QuerySet[Household]:
    digest = crypto.lookup_hash(crypto.normal(number)[:18])
    return households.filter(members__idno_hash=digest, members__left_on__isnull=True)


def without_helper(households: QuerySet[Household], today: date) -> QuerySet[Household]:
    """孤儿户: needs a helper and has none today."""
    helped = current(Assignment.objects.filter(household=OuterRef("pk"), rank="MAIN"), today)
    return households.filter(~Exists(helped), closed="").exclude(kind="GENERAL")


def main_helpers(today: date) -> QuerySet[Assignment]:
    return current(Assignment.objects.filter(rank="MAIN"), today)


def card_homes(households: QuerySet[Household], today: date) -> QuerySet[Household]:
    """Who gets a 明白卡: every household that is there and has a helper to name on it."""
    helped = main_helpers(today).filter(household=OuterRef("pk"))
    return households.filter(Exists(helped), closed="")


def with_main_helper(households: QuerySet[Household], today: date) -> QuerySet[Household]:
    helpers = main_helpers(today).select_related("cadre")
    return households.prefetch_related(Prefetch("assignments", helpers, to_attr="main_now"))


_STANDS = ~Exists(VisitCorrection.objects.filter(visit=OuterRef("pk"), void=True))


def standing() -> QuerySet[Visit]:
    """Visits that nobody declared void."""
    return Visit.objects.filter(_STANDS)


ASKED_DAYS = 60
ASKED_AT_ONCE = 3


def visits_to_ask(household: Household, today: date) -> QuerySet[Visit]:
    """Visits at the house that the householder may still say something about, latest first."""
    since = clock.start_of(today - timedelta(days=ASKED_DAYS))
    return (
        standing()
        .filter(household=household, mode="IN_PERSON", occurred_at__gte=since, word__isnull=True)
        .select_related("visitor", "household")
        .order_by("-occurred_at", "-pk")
    )


def said_promise() -> Coalesce:
    """答应的事 of a visit as its last 更正 left it."""
    made = VisitCorrection.objects.filter(visit=OuterRef("pk"), values__has_key="promise")
    text = KeyTextTransform("1", KeyTransform("promise", "values"))
    return Coalesce(
        Subquery(made.order_by("-pk").values_list(text)[:1]), F("promise"), output_field=TextField()
    )


def with_last_visit(households: QuerySet[Household]) -> QuerySet[Household]:
    """外出无人 is no visit, and may still have promised something."""
    last = standing().filter(household=OuterRef("pk")).order_by("-occurred_at")
    return households.annotate(
        last_visit=Greatest("latest_by_mode__in_person", "latest_by_mode__remote"),
        last_promise=Subquery(
            last.annotate(said=said_promise()).exclude(said="").values("said")[:1]
        ),
    )


def met_since(day: date) -> Q:
    """Households with an 入户面谈 since that day."""
    return _latest("in_person", day)


def talked_since(day: date) -> Q:
    """With a talk, in person or remote; 外出无人 is an attempt and no coverage."""
    return _latest("in_person", day) | _latest("remote", day)


def _latest(mode: str, day: date) -> Q:
    name = f"latest_by_mode__{mode}"
    return Q(**{f"{name}__isnull": False, f"{name}__gte": clock.start_of(day)})


def not_visited_this_month(households: QuerySet[Household], today: date) -> QuerySet[Household]:
    return households.filter(~talked_since(today.replace(day=1)), closed="")


def due_a_visit(households: QuerySet[Household], today: date) -> QuerySet[Household]:
    """本月未走访, of the kinds that are visited every month: lists, desk and reminders count this."""
    return not_visited_this_month(households.exclude(kind="GENERAL"), today)


def remote_alone(households: QuerySet[Household], today: date) -> QuerySet[Household]:
    """Of the same kinds: talked to this month, and not at home."""
    since = today.replace(day=1)
    there = households.exclude(kind="GENERAL").filter(closed="")
    return there.filter(talked_since(since) & ~met_since(since))


def visits_since(user: Cadre, day: date) -> QuerySet[Visit]:
    """Standing visits in the reader's sight."""
    return visits_visible_to(user).filter(_STANDS, occurred_at__gte=clock.start_of(day))


def count_visits(user: Cadre, day: date, mode: str = "") -> int:
    """As many as `visits_since` has rows, read from the sums of the villages; one by one only
    what the reader sees besides his areas."""
    if not scope_of(user).prefixes.get("visit.view"):
        found = visits_since(user, day)
        return (found.filter(mode=mode) if mode else found).count()
    modes = [mode.lower()] if mode else ["in_person", "remote", "nobody"]
    here = scope_of(user).within("visit.view", "area__code")
    summed = VillageDay.objects.filter(here, day__gte=day).aggregate(**{m: Sum(m) for m in modes})
    since = clock.start_of(day)
    besides = standing().filter(_own(user), occurred_at__gte=since).exclude(here)
    return sum(n or 0 for n in summed.values()) + (besides.filter(mode=mode) if mode else besides).count()  # fmt: skip


def changes_to_review(user: Cadre) -> QuerySet[Visit]:
    """变更待审: what visits saw changed and nobody answered yet, where the user keeps the roster."""
    return (
        standing()
        .filter(scope_of(user).within("household.edit", "area__code"), review__isnull=True)
        .exclude(changes=[])
        .select_related("household", "visitor", "area")
    )


def held_visible_to(user: Cadre) -> QuerySet[HeldVisit]:
    """走访待定, decided or not: where visits may be seen, and whatever is one's own."""
    own = Q(visitor=user) | Q(sent_by=user)
    return HeldVisit.objects.filter(
        scope_of(user).within("visit.view", "area__code") | own
    ).select_related("household", "area", "visitor", "sent_by", "decision__by", "decision__visit")


def held_to_decide(user: Cadre) -> QuerySet[HeldVisit]:
    """What waits for this reader's word: `may_decide` of households.actions.held, as rows."""
    scope = scope_of(user)
    late = Q(why=HeldVisit.Why.LATE) & scope.within("visit.create", "area__code")
    return (
        held_visible_to(user)
        .filter(late | scope.within("household.edit", "area__code"), decision__isnull=True)
        .exclude(visitor=user)
    )


def held_of(user: Cadre, today: date) -> QuerySet[HeldVisit]:
    """His own records that wait, and for a month what became of the others."""
    since = clock.start_of(today - timedelta(days=30))
    return (
        HeldVisit.objects.filter(visitor=user)
        .filter(Q(decision__isnull=True) | Q(decision__at__gte=since))
        .select_related("household", "area", "decision__by", "decision__visit")
        .order_by("-at", "-pk")
    )


def versions_of(numbers: Iterable[UUID]) -> QuerySet[Visit]:
    """The visits that were made of one number: the one that came first and the accepted ones."""
    of_number = Q(uid__in=numbers) | Q(held_decision__held__uid__in=numbers)
    return Visit.objects.filter(of_number).annotate(
        number=Coalesce("held_decision__held__uid", "uid")
    )


def household_subjects(user: Cadre, ids: list[int]) -> dict[int, tuple[str, str]]:
    homes = households_visible_to(user).filter(pk__in=ids)
    return {h.pk: (str(h), f"/households/{h.uid}/") for h in homes}


def roster_subjects(user: Cadre, ids: list[int]) -> dict[int, tuple[str, str]]:
    areas = areas_within(user, "household.view").filter(pk__in=ids)
    return {a.pk: (f"{a.name}花名册", f"/households/?village={a.code}") for a in areas}


def visit_subjects(user: Cadre, ids: list[int]) -> dict[int, tuple[str, str]]:
    """What a lead about a visit points at, where the reader may see it."""
    return {
        v.pk: (f"{clock.day(v.occurred_at):%m-%d} {v.household}走访", f"/visits/{v.uid}/")
        for v in visits_visible_to(user).filter(pk__in=ids)
    }


def label_of(field: str) -> str:
    """A household's field in the words of its model."""
    found: Any = Household._meta.get_field(field)
    return str(found.verbose_name)


def proposals_to_review(households: Iterable[int]) -> QuerySet[VisitFact]:
    """What visits found in these households and nobody answered yet."""
    return (
        VisitFact.objects.filter(
            visit__in=standing().filter(household__in=households, review__isnull=True)
        )
        .select_related("visit__visitor")
        .order_by("visit__occurred_at", "pk")
    )


def policies_in_force(today: date) -> QuerySet[Policy]:
    return Policy.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=today), valid_from__lte=today
    )


def find_policies(policies: QuerySet[Policy], words: str) -> QuerySet[Policy]:
    words = words.strip()
    if not words:
        return policies
    return policies.filter(
        Q(title__contains=words)
        | Q(what__contains=words)
        | Q(for_whom__contains=words)
        | Q(document_no__contains=words)
    )


def term(thing: str, day: date) -> str:
    """What it was called on that day."""
    on_that_day = Term.objects.filter(
        Q(start__isnull=True) | Q(start__lte=day), Q(end__isnull=True) | Q(end__gt=day), thing=thing
    )
    return on_that_day.values_list("text", flat=True).first() or str(Term.Thing(thing).label)
