"""Deadlines that a change of the working calendar moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Q

from cadres.calendar import due_date, load, nth_working_day
from cadres.events import event, record_all
from cadres.models import Cadre, Event
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
    start = _start(item)
    return item.round > 1 or calendar.between(start, item.deadline) == length(item.grade, start)


TELL = """
INSERT INTO cadres_notice (recipient_id, subject_kind, subject_id, path, rule, level, text, day, at)
SELECT DISTINCT ON (r.id, i.id) r.id, 'item', i.id, '/items/' || i.uid || '/', %(rule)s, 'B_AMBER', m.text, %(today)s, %(at)s
  FROM unnest(%(ids)s::bigint[], %(texts)s::text[]) AS m(id, text)
  JOIN rectification_item i ON i.id = m.id CROSS JOIN LATERAL ({recipients}) r
ON CONFLICT (subject_kind, subject_id, rule, day, recipient_id)
DO UPDATE SET text = excluded.text, at = excluded.at, read_at = NULL"""
WHOM = {"deadline": ("N-MOVED", "person"), "check_due": ("C-MOVED", "checker")}


def _start(item: Item) -> date:
    return item.issued_on or clock.day(item.created_at)


def days_given(item: Item) -> int | None:
    """Kept when an item goes to 纪委监委, for no notice reaches it there: the 工作日 that its
    deadline was counted with; none of a date that somebody set by hand."""
    if item.deadline <= _start(item):
        return None
    known = load(_start(item), item.deadline)
    staged = item.milestones.filter(passed__isnull=True).exists()
    if staged or not known.is_working(item.deadline) or not counted(item, known, grade_days):
        return None
    return known.between(_start(item), item.deadline)


def count_again(item: Item) -> None:
    """Back from there: its deadline and the day of its stage as the calendar of now has them, by
    the rule of `moved`."""
    before = item.deadline
    if item.days_given is None:
        item.deadline = nth_working_day(before - timedelta(days=1), 1)
    else:
        item.deadline = due_date(_start(item), item.days_given).date
    stage = current(item)
    if stage and stage.due == before and item.deadline > before:
        stage.due = item.deadline
        stage.save(update_fields=["due"])
    item.days_given = None


# The stage that is worked on and its item have one day.
MOVE = """
WITH m AS (SELECT * FROM unnest(%(ids)s::bigint[], %(deadlines)s::date[], %(checks)s::date[]) AS m(id, deadline, check_due)),
stage AS (
  UPDATE rectification_milestone s SET due = m.deadline
    FROM m JOIN rectification_item i ON i.id = m.id AND i.grade = 'LASTING'
   WHERE s.item_id = i.id AND s.cycle = i.rebounds AND s.passed_id IS NULL AND s.due = i.deadline AND m.deadline IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM rectification_milestone b
                      WHERE b.item_id = s.item_id AND b.cycle = s.cycle AND b.no < s.no AND b.passed_id IS NULL))
UPDATE rectification_item i SET deadline = coalesce(m.deadline, i.deadline), check_due = coalesce(m.check_due, i.check_due)
  FROM m WHERE i.id = m.id"""


def save(rows: list[MovedDate], *, by: Cadre, at: datetime) -> None:
    """In the caller's transaction, in pk order; refused when somebody was quicker."""
    found = Item.objects.select_for_update().filter(pk__in={r.pk for r in rows})
    items = {item.pk: item for item in found.order_by("pk")}
    after: dict[str, dict[int, date]] = {column: {} for column in LABELS}
    for row in rows:
        if getattr(items[row.pk], row.column) != row.before:
            raise Refusal("calendar_moved", "刚才有事项的期限变了，请再预览一次。")
        after[row.column][row.pk] = row.after
    with connection.cursor() as cursor:
        days = {"deadlines": after["deadline"], "checks": after["check_due"]}
        cursor.execute(MOVE, {"ids": list(items), **{name: [day.get(pk) for pk in items] for name, day in days.items()}})  # fmt: skip
    record_all([_event(row, items[row.pk], by, at) for row in rows])
    for column, (rule, to) in WHOM.items():
        _tell([r for r in rows if r.column == column], rule, RECIPIENTS[to], at)


def _event(row: MovedDate, item: Item, by: Cadre, at: datetime) -> Event:
    said = f"工作日历调整，{row.label}由{cn_day(row.before)}改为{cn_day(row.after)}"
    return event("item.recount", item, by=by, at=at, area=item.area_id,
                 before={row.column: str(row.before)}, after={row.column: str(row.after), "reason": said})  # fmt: skip


def _tell(rows: list[MovedDate], rule: str, recipients: str, at: datetime) -> None:
    given: dict[str, Any] = {
        "rule": rule, "today": clock.day(at), "at": at, "ids": [r.pk for r in rows],
        "texts": [f"{r.title}：{r.label}因工作日历调整，由{cn_day(r.before)}改为{cn_day(r.after)}" for r in rows],
    }  # fmt: skip
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(TELL.format(recipients=recipients), given)
