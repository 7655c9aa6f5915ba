"""Who has the handbook and who signed for it: computed from who works where today, so that a new
or transferred cadre stands on the list at once. By unit and by name, never by speed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat

from cadres.models import Cadre, Unit
from cadres.querysets import cadres_visible_to
from cadres.scope import units_with
from inspections.actions.handbook import standards_of
from inspections.models import Handbook, HandbookCopy, HandbookReceipt, Standard

SIGNED, HANDED, WAITS = "SIGNED", "HANDED", "WAITS"
STATES = {SIGNED: "已签收", HANDED: "待签收", WAITS: "待发"}
ORDER = ("unit_key", "pinyin", "pk")


def current() -> Handbook | None:
    return Handbook.objects.filter(ended_on__isnull=True).select_related("file", "issued_by").first()  # fmt: skip


def outdated(handbook: Handbook, today: date) -> list[Standard]:
    """Standards in force that the book does not hold: it was printed before they changed."""
    held = set(handbook.standards.values_list("pk", flat=True))
    return [s for s in standards_of(today) if s.pk not in held]


def seen_by(user: Cadre) -> Q:
    handed = Unit.objects.filter(units_with(user, "handbook.hand"))
    return Q(pk__in=cadres_visible_to(user).values("pk")) | Q(unit__in=handed)


def roster(user: Cadre, handbook: Handbook) -> QuerySet[Any]:
    """Every active cadre in sight with what is known of his copy."""
    people = Cadre.objects.filter(seen_by(user), is_active=True, kind=Cadre.Kind.CADRE)
    return with_state(people, handbook)


def with_state(people: QuerySet[Any], handbook: Handbook) -> QuerySet[Any]:
    here = Q(unit=OuterRef("unit")) | Q(unit__isnull=True, cadre__unit__isnull=True)
    copies = HandbookCopy.objects.filter(here, handbook=handbook, cadre=OuterRef("pk"))
    receipts = HandbookReceipt.objects.filter(here, handbook=handbook, cadre=OuterRef("pk"))
    elsewhere = HandbookCopy.objects.filter(handbook=handbook, cadre=OuterRef("pk"))
    found: QuerySet[Any] = people.annotate(
        state=Case(
            When(Exists(receipts), then=Value(SIGNED)), When(Exists(copies), then=Value(HANDED)), default=Value(WAITS),
            output_field=TextField(),
        ),
        moved=Exists(elsewhere) & ~Exists(copies),
        signed_on=Subquery(receipts.values("signed_on")[:1]), how=Subquery(receipts.values("how")[:1]),
        page_of=Subquery(receipts.values("pk")[:1]),
        sign_due=Subquery(copies.order_by("pk").values("sign_due")[:1]),
        unit_key=Coalesce(Concat("unit__area__code", Value(" "), "unit__name", output_field=TextField()), Value(""), output_field=TextField()),
    ).select_related("unit__area")  # fmt: skip
    return found


def narrowed(people: QuerySet[Any], asked: dict[str, str]) -> QuerySet[Any]:
    if asked.get("state") in STATES:
        people = people.filter(state=asked["state"])
    if asked.get("unit", "").isdecimal() and len(asked["unit"]) < 10:
        people = people.filter(unit=int(asked["unit"]))
    if asked.get("area", "").isdecimal():
        people = people.filter(unit__area__code__startswith=asked["area"][:12])
    if words := asked.get("q", "").strip():
        people = people.filter(Q(name__contains=words) | Q(pinyin__startswith=words.lower()) | Q(work_no=words.upper()))  # fmt: skip
    return people


@dataclass
class Coverage:
    unit_id: int | None
    name: str
    code: str = ""  # of its place; of a township, its prefix
    people: int = 0
    signed: int = 0
    handed: int = 0
    waits: int = 0

    @property
    def whole(self) -> bool:
        return self.signed == self.people


def coverage(people: QuerySet[Any]) -> list[Coverage]:
    """By unit, in the order of the list; its sums are the rows of the list."""
    found: dict[int | None, Coverage] = {}
    counted = people.order_by().values("unit_key", "unit", "unit__name", "state").annotate(n=Count("pk")).order_by("unit_key")  # fmt: skip
    rows: list[dict[str, Any]] = list(counted)
    for row in rows:
        line = found.setdefault(
            row["unit"],
            Coverage(row["unit"], row["unit__name"] or "没有单位", row["unit_key"][:12]),
        )
        line.people += row["n"]
        setattr(line, row["state"].lower(), row["n"])
    return list(found.values())


def by_township(lines: list[Coverage], names: dict[str, str]) -> list[Coverage]:
    """Too many units for one page: those of a township in one line, which opens into them."""
    found: dict[str, Coverage] = {}
    for line in lines:
        key = line.code[:9] if line.code[:9] in names else f"unit {line.unit_id}"
        into = found.setdefault(key, Coverage(line.unit_id, line.name, line.code))
        if key in names:
            into.unit_id, into.name, into.code = None, names[key], key
        if into is not line:
            add(into, line)
    return list(found.values())


def add(whole: Coverage, line: Coverage) -> None:
    whole.people += line.people
    whole.signed += line.signed
    whole.handed += line.handed
    whole.waits += line.waits


def total(lines: list[Coverage]) -> Coverage:
    whole = Coverage(None, "合计")
    for line in lines:
        add(whole, line)
    return whole


def mine(user: Cadre, handbook: Handbook) -> Any:
    """The reader's own state; None for an account that is no cadre's."""
    people = Cadre.objects.filter(pk=user.pk, is_active=True, kind=Cadre.Kind.CADRE)
    return with_state(people, handbook).first()
