"""Deadlines that a change of the working calendar moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Q

from cadres.events import record
from cadres.models import Cadre
from cadres.templatetags.county import cn_day
from rectification.actions.milestones import current
from rectification.limits import grade_days
from rectification.models import Item, Milestone
from rectification.reminders import RECIPIENTS
from rectification.workflow import OPEN
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.registries import MovedDate, WorkingDays

LABELS = {"deadline": "整改期限", "check_due": "办理时限"}


def moved(before: WorkingDays, after: WorkingDays, since: date) -> list[MovedDate]:
    """As many 工作日 as before, counted from the day before the first that changes. A date that
    somebody set by hand stays, unless it comes to lie on a day off: then the next 工作日."""
    found = Item.objects.filter(status__in=OPEN).filter(
        Q(deadline__gte=since) | Q(check_due__gte=since)
    )
    rows = []
    length = lru_cache(grade_days)  # one question a grade and day, and not an item
    # The day of a stage was promised by hand, whatever round its item is in.
    staged = set(
        Milestone.objects.filter(passed=None, replaced=None).values_list("item_id", flat=True)
    )
    for item in found.select_related("person").order_by("pk"):
        for column, label in LABELS.items():
            day = getattr(item, column)
            if day is None or day < since:
                continue
            by_hand = column == "deadline" and item.pk in staged
            new = _after(
                item, column, day, before, after, since - timedelta(days=1), length, by_hand
            )
            if new != day:
                rows.append(MovedDate(
                    item.pk, column, label, f"{item.number} {item.text[:40]}", f"/items/{item.uid}/",
                    item.area_id, item.person.name, day, new,
                ))  # fmt: skip
    return rows


def _after(
    item: Item,
    column: str,
    day: date,
    before: WorkingDays,
    after: WorkingDays,
    base: date,
    length: Callable[[str, date], int],
    by_hand: bool,
) -> date:
    if column == "check_due" or (not by_hand and counted(item, before, length)):
        return after.nth(base, before.between(base, day)) if before.is_working(day) else day
    return after.nth(day, 0) if before.is_working(day) and not after.is_working(day) else day


def counted(item: Item, calendar: WorkingDays, length: Callable[[str, date], int]) -> bool:
    """The grade's own length; or one that a return lengthened by the days of waiting, which
    leaves no length to compare."""
    start = item.issued_on or clock.day(item.created_at)
    return item.round > 1 or calendar.between(start, item.deadline) == length(item.grade, start)


TELL = """
INSERT INTO cadres_notice (recipient_id, subject_kind, subject_id, path, rule, level, text, day, at)
SELECT DISTINCT ON (r.id, i.id) r.id, 'item', i.id, '/items/' || i.uid || '/', %(rule)s, 'B_AMBER', m.text, %(today)s, %(at)s
  FROM unnest(%(ids)s::bigint[], %(texts)s::text[]) AS m(id, text)
  JOIN rectification_item i ON i.id = m.id CROSS JOIN LATERAL ({recipients}) r
ON CONFLICT (subject_kind, subject_id, rule, day, recipient_id)
DO UPDATE SET text = excluded.text, at = excluded.at, read_at = NULL"""
WHOM = {"deadline": ("N-MOVED", "person"), "check_due": ("C-MOVED", "checker")}


def save(rows: list[MovedDate], *, by: Cadre, at: datetime) -> None:
    """In the caller's transaction, in pk order; refused when somebody was quicker."""
    items = {
        i.pk: i
        for i in Item.objects.select_for_update().filter(pk__in={r.pk for r in rows}).order_by("pk")
    }
    for row in rows:
        item = items[row.pk]
        if getattr(item, row.column) != row.before:
            raise Refusal("calendar_moved", "刚才有事项的期限变了，请再预览一次。")
        setattr(item, row.column, row.after)
        if row.column == "deadline" and (stage := current(item)) and stage.due == row.before:
            stage.due = row.after  # the stage that is worked on and the item have one day
            stage.save(update_fields=["due"])
        said = f"工作日历调整，{row.label}由{cn_day(row.before)}改为{cn_day(row.after)}"
        record("item.recount", item, by=by, at=at, area=item.area_id,
               before={row.column: str(row.before)}, after={row.column: str(row.after), "reason": said})  # fmt: skip
    Item.objects.bulk_update(items.values(), ["deadline", "check_due"], batch_size=1000)
    for column, (rule, to) in WHOM.items():
        _tell([r for r in rows if r.column == column], rule, RECIPIENTS[to], at)


def _tell(rows: list[MovedDate], rule: str, recipients: str, at: datetime) -> None:
    given: dict[str, Any] = {
        "rule": rule, "today": clock.day(at), "at": at, "ids": [r.pk for r in rows],
        "texts": [f"{r.title}：{r.label}因工作日历调整，由{cn_day(r.before)}改为{cn_day(r.after)}" for r in rows],
    }  # fmt: skip
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(TELL.format(recipients=recipients), given)
