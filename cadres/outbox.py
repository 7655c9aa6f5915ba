"""What leaves the house: recorded with its notice, delivered later, found again by itself.

A row is written in the transaction of the digest or red notice that it tells of. The queue is
only a bell: a delivery claims rows for a lease, so a killed worker's row is free again when the
lease is over, and two couriers never hold the same one. Text is a number and a link.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Thread
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from cadres.channels import Undeliverable, address_of, send
from cadres.models import Channel, Outgoing

log = logging.getLogger(__name__)
# Growing gaps between tries, in units of RETRY_S; after the last one the row is dead and a person decides.
GAPS = (1, 5, 30, 120, 360)
BUDGET_S = 20  # of one task; the next bell goes on

# Who is away is left alone outside of the inbox; his deputy hears by his own choice.
HOME = """NOT EXISTS (SELECT 1 FROM cadres_absence a WHERE a.cadre_id = s.cadre_id
   AND a.start <= %(today)s AND a."end" > %(today)s)"""
# Since a person's choice holds from its moment on, what was said before is not sent after.
# Nor is what was read meanwhile.
RED = f"""
INSERT INTO cadres_outgoing (channel_id, recipient_id, key, text, made_at, next_at)
SELECT s.channel_id, n.recipient_id, 'notice:' || n.id || ':' || s.channel_id, %(red)s, %(at)s, %(at)s
  FROM cadres_subscription s JOIN cadres_channel c ON c.id = s.channel_id AND c.active
  -- By the index for each who wants it: never over all that was told today.
  CROSS JOIN LATERAL (SELECT n.id, n.recipient_id FROM cadres_notice n
    WHERE n.recipient_id = s.cadre_id AND n.day = %(today)s AND n.level = 'A_RED'
      AND n.read_at IS NULL AND n.at >= s.since OFFSET 0) n
 WHERE s.red AND {HOME}
ON CONFLICT (key) DO NOTHING"""
DIGEST = f"""
INSERT INTO cadres_outgoing (channel_id, recipient_id, key, text, made_at, next_at)
SELECT s.channel_id, d.recipient_id, 'digest:' || d.id || ':' || s.channel_id,
       '您今天有 ' || d.total || ' 条提醒' || CASE WHEN d.red > 0 THEN '，其中逾期 ' || d.red || ' 条' ELSE '' END || %(link)s, %(at)s, %(at)s
  FROM cadres_subscription s JOIN cadres_channel c ON c.id = s.channel_id AND c.active
  JOIN cadres_digestday d ON d.recipient_id = s.cadre_id AND d.day = %(today)s AND d.sent_at >= s.since
 WHERE {HOME}
ON CONFLICT (key) DO NOTHING"""
GROUP = """
INSERT INTO cadres_outgoing (channel_id, key, text, made_at, next_at)
SELECT c.id, 'group:' || c.id || ':' || %(today)s, '今天有 ' || count(*) || ' 人共 ' || sum(d.total) || ' 条提醒'
       || CASE WHEN sum(d.red) > 0 THEN '，其中逾期 ' || sum(d.red) || ' 条' ELSE '' END || %(link)s, %(at)s, %(at)s
  FROM cadres_channel c JOIN cadres_digestday d ON d.day = %(today)s
  JOIN cadres_cadre p ON p.id = d.recipient_id AND (c.unit_id IS NULL OR p.unit_id = c.unit_id)
 WHERE c.active AND c.kind IN ('WECOM', 'DINGTALK', 'FEISHU')
 GROUP BY c.id
ON CONFLICT (key) DO NOTHING"""


def link() -> str:
    return f"，请登录查看：{settings.PUBLIC_ADDRESS}/inbox/" if settings.PUBLIC_ADDRESS else "，请登录系统查看。"  # fmt: skip


def put_red(*, today: date, at: datetime) -> None:
    """In the transaction of the notices."""
    with connection.cursor() as cursor:
        cursor.execute(RED, {"today": today, "at": at, "red": f"您有 1 条逾期提醒{link()}"})


def put_digests(*, today: date, at: datetime) -> None:
    """In the transaction of the digests."""
    with connection.cursor() as cursor:
        for statement in (DIGEST, GROUP):
            cursor.execute(statement, {"today": today, "at": at, "link": link()})


# One courier a channel: while one of its rows is leased, the others wait for that courier, so
# that a channel that hangs holds up one thread and not all.
CLAIM = """
UPDATE cadres_outgoing SET leased_until = %(until)s, tries = tries + 1
 WHERE id = (SELECT id FROM cadres_outgoing WHERE channel_id = %(channel)s AND state = 'WAITS' AND next_at <= %(at)s
      AND (leased_until IS NULL OR leased_until < %(at)s)
    ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
   AND NOT EXISTS (SELECT 1 FROM cadres_outgoing b WHERE b.channel_id = %(channel)s AND b.state = 'WAITS' AND b.leased_until >= %(at)s)
RETURNING id"""


def claim(channel: Channel, at: datetime) -> Outgoing | None:
    until = at + timedelta(seconds=settings.LEASE_S)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"channel": channel.pk, "at": at, "until": until})
        got = cursor.fetchone()
    return Outgoing.objects.select_related("recipient", "channel").get(pk=got[0]) if got else None


def settle(row: Outgoing, **changed: Any) -> bool:
    """Only while the lease is still ours: who came too late leaves the row to the next."""
    mine = Outgoing.objects.filter(pk=row.pk, state="WAITS", leased_until=row.leased_until)
    return mine.update(leased_until=None, **changed) == 1


def deliver_next(channel: Channel, now: Callable[[], datetime]) -> bool | None:
    """One row: True when it is done with, False when the channel failed, None for nothing due."""
    row = claim(channel, now())
    if row is None:
        return None
    try:
        to = address_of(row)
    except Undeliverable as reason:
        settle(row, state="DROPPED", ended_at=now(), why=str(reason))
        return True
    if channel.dry_run:
        settle(row, state="SENT", ended_at=now(), dry=True)
        return True
    failed = within_limit(lambda: send(channel, to, row.text))
    if not failed:
        settle(row, state="SENT", ended_at=now(), why="")
        return True
    at = now()
    if row.tries > len(GAPS):
        settle(row, state="DEAD", ended_at=at, why=failed)
    else:
        gap = timedelta(seconds=settings.RETRY_S * GAPS[row.tries - 1] * random.uniform(1, 1.2))
        settle(row, next_at=at + gap, why=failed)
    return False


def deliver(channel: Channel, now: Callable[[], datetime]) -> int:
    """Rows of one channel, until none is due, it fails, or the task has had its time."""
    began, done = now(), 0
    while (now() - began).total_seconds() < BUDGET_S:
        if not deliver_next(channel, now):
            break
        done += 1
    return done


@dataclass
class Answer:
    failed: str = ""


def within_limit(work: Callable[[], str]) -> str:
    """The socket's own limits hold each wait; this one holds the whole, so that an endpoint
    which sends a byte now and then keeps nobody. '' when it was delivered."""
    limit = settings.DELIVERY_LIMIT_S
    answer = Answer(f"超过 {limit:g} 秒没有回音")

    def run() -> None:
        try:
            answer.failed = work()
        except Exception as error:
            log.warning("delivery: %s", type(error).__name__)  # its words may hold the secret
            answer.failed = "发送时出错"

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(limit)
    return answer.failed


def waiting_channels(at: datetime) -> list[int]:
    """Whose bell to ring."""
    due = Outgoing.objects.filter(state="WAITS", next_at__lte=at, channel__active=True)
    return list(due.order_by().values_list("channel", flat=True).distinct())
