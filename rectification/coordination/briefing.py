"""简报: written from the ledger, so that nobody writes it. Living until the 周调度 is confirmed, then
frozen with its rows: what changes later alters no sheet that was printed (A-04)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from cadres.models import Area, Cadre
from households.querysets import standing
from rectification.models import (
    Check,
    Coordination,
    CoordinationDecision,
    Extension,
    FollowUp,
    Item,
    LookBack,
    PlanChange,
)
from rectification.models.coordination import SOURCE_KIND
from rectification.querysets import overdue, veiled_items
from rectification.timeline import with_due
from rectification.workflow import CHECKS, OPEN, WITH_DISCIPLINE, Status
from yuexi.core import clock

SHOWN = 8  # rows of a section on the one page; the rest stands behind its figure


@dataclass(frozen=True)
class Section:
    """A figure and the rows that it counts."""

    code: str
    group: str
    name: str
    rows: list[dict[str, Any]]

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def more(self) -> int:
        return max(0, self.count - SHOWN)

    @property
    def shown(self) -> list[dict[str, Any]]:
        return self.rows[:SHOWN]


@dataclass(frozen=True)
class Briefing:
    since: date
    until: date
    visits: int
    homes: int
    sections: list[Section]
    frozen: bool = False

    def group(self, name: str) -> list[Section]:
        return [s for s in self.sections if s.group == name]

    @property
    def changed(self) -> list[Section]:
        return self.group("changed")

    @property
    def late(self) -> Section:
        return self.group("late")[0]

    @property
    def asks(self) -> list[Section]:
        return self.group("asks")

    @property
    def waiting(self) -> int:
        return sum(s.count for s in self.asks)

    def section(self, code: str) -> Section | None:
        return next((s for s in self.sections if s.code == code), None)


def last_closed(area: Area, before: date) -> Coordination | None:
    """The one before the week that begins on `before`."""
    held = Coordination.objects.filter(area=area, monday__lt=before, closed_at__isnull=False)
    return held.order_by("-monday").first()


def asked_again(area: Area, monday: date) -> QuerySet[CoordinationDecision]:
    """Decisions of earlier weeks that no week before this one called 已办结."""
    done = FollowUp.objects.filter(
        decision=OuterRef("pk"), status="DONE", coordination__monday__lt=monday,
        coordination__closed_at__isnull=False,
    )  # fmt: skip
    earlier = CoordinationDecision.objects.filter(
        ~Exists(done), coordination__area=area, coordination__monday__lt=monday,
        coordination__closed_at__isnull=False,
    )  # fmt: skip
    return earlier.select_related("coordination", "person", "unit", "area").order_by("deadline", "pk")  # fmt: skip


def briefing_of(area: Area, monday: date, today: date, held: Coordination | None) -> Briefing:
    """As it is kept, or as it is now."""
    if held is not None and held.briefing is not None:
        return thaw(held.briefing)
    return write(area, monday, today, held)


def write(area: Area, monday: date, today: date, held: Coordination | None = None) -> Briefing:
    """Of the time since the last 周调度, or of the seven days before the week when there was none."""
    last = last_closed(area, monday)
    since = last.held_on if last else monday - timedelta(days=7)
    until = min(today, max(since, monday + timedelta(days=6)))
    during = (clock.start_of(since), clock.start_of(until + timedelta(days=1)))
    here = (
        Item.objects.filter(area__code__startswith=area.prefix)
        .exclude(status__in=WITH_DISCIPLINE)
        .select_related("area", "unit", "person")
        .order_by("deadline", "pk")
    )
    returned = Check.objects.filter(item=OuterRef("pk"), passed=False, at__range=during)
    relapsed = LookBack.objects.filter(item=OuterRef("pk"), held=False, at__range=during)
    asked = Extension.objects.filter(item=OuterRef("pk"), decision=None)
    planned = PlanChange.objects.filter(item=OuterRef("pk"), cycle=OuterRef("rebounds"), decision=None)  # fmt: skip
    stuck = FollowUp.objects.filter(coordination=held, status="STUCK").values("decision_id")
    found: Sequence[tuple[str, str, str, QuerySet[Item]]] = (
        ("new", "changed", "新登记", here.filter(created_at__range=during)),
        ("applied", "changed", "申请销号", here.filter(applied_on__range=(since, until))),
        ("closed", "changed", "已销号", here.filter(closed_on__range=(since, until))),
        ("returned", "changed", "检查退回", here.filter(Exists(returned))),
        ("relapsed", "changed", "反弹", here.filter(Exists(relapsed))),
        ("late", "late", "逾期未改", overdue(here, today)),
        ("declined", "asks", "退签待改派", here.filter(status=Status.DECLINED)),
        ("asked", "asks", "延期或阶段计划变更待审批", here.filter(Q(Exists(asked)) | Q(Exists(planned)), status__in=OPEN)),
        ("checks", "asks", "检查超过办理时限", here.filter(status__in=CHECKS, check_due__lt=today)),
        ("stuck", "asks", "上次交办有困难", here.filter(source_kind=SOURCE_KIND, source_id__in=stuck)),
    )  # fmt: skip
    visits = standing().filter(area__code__startswith=area.prefix, occurred_at__range=during, mode="IN_PERSON")  # fmt: skip
    return Briefing(
        since, until, visits.count(), visits.values("household").distinct().count(),
        [Section(code, group, name, lines(items, today)) for code, group, name, items in found],
    )  # fmt: skip


def lines(items: Iterable[Item], today: date) -> list[dict[str, Any]]:
    rows = list(items)
    with_due(rows, today)
    return [
        {
            "id": i.pk, "uid": str(i.uid), "number": i.number, "text": i.text, "place": i.area.name, "unit": i.unit.name,
            "person": i.person.name, "state": i.waiting_label, "deadline": i.deadline.isoformat(),
            "due": i.due.words,  # type: ignore[attr-defined]
        }
        for i in rows
    ]  # fmt: skip


def freeze(found: Briefing) -> dict[str, Any]:
    return {
        "since": found.since.isoformat(), "until": found.until.isoformat(), "visits": found.visits, "homes": found.homes,
        "sections": [{"code": s.code, "group": s.group, "name": s.name, "rows": s.rows} for s in found.sections],
    }  # fmt: skip


def thaw(kept: dict[str, Any]) -> Briefing:
    return Briefing(
        date.fromisoformat(kept["since"]), date.fromisoformat(kept["until"]), kept["visits"], kept["homes"],
        [Section(**s) for s in kept["sections"]], frozen=True,
    )  # fmt: skip


def veil(found: Briefing, user: Cadre) -> Briefing:
    """What went to 纪委监委 since then is counted as it was and told no more."""
    hidden = veiled_items(user, {row["id"] for s in found.sections for row in s.rows})
    if not hidden:
        return found
    for section in found.sections:
        for row in section.rows:
            if row["id"] in hidden:
                row |= {"text": "（不再显示）", "person": "—", "unit": "—", "state": "—", "due": ""}
    return found
