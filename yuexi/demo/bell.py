"""What the demonstration shows of the clock: channels that only try, who chose them, somebody
away, a rule that waits for its second person; next year's calendar stays 预计 by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from cadres.actions.absences import be_away
from cadres.actions.rules import propose_rules
from cadres.channels import seal
from cadres.models import Cadre, Channel, Outgoing, Post, Subscription
from cadres.outbox import GAPS, link
from cadres.querysets import colleagues
from cadres.reminders import digests
from cadres.rules import Rules
from yuexi.core import clock, crypto

READERS = 12


def load_clock(now: datetime) -> None:
    """Before the sweep, so that it tells the deputy and writes the messages."""
    mail = Channel.objects.create(
        kind="SMTP", name="县政务邮箱", secret=seal("yanshi"),
        address={"host": "mail.example.com", "port": 465, "security": "ssl", "user": "bangfu", "sender": "bangfu@example.com"},
    )  # fmt: skip
    sms = Channel.objects.create(
        kind="SMS", name="县政务短信", secret=seal("yanshi"),
        address={"url": "https://sms.example.com/send", "header": "Authorization", "number_field": "mobile", "text_field": "content"},
    )  # fmt: skip
    Channel.objects.create(kind="DINGTALK", name="指挥部钉钉群", address={}, secret=seal("0" * 64))
    today = clock.day(now)
    clerks = [p.cadre for p in _holders("TOWNSHIP_CLERK", now)]
    before = now - timedelta(days=1)
    for n, cadre in enumerate(clerks[:READERS]):
        Subscription.objects.create(cadre=cadre, channel=mail, red=n < 2, since=before,
                                    address=crypto.encrypt(f"{cadre.work_no.lower()}@example.com"))  # fmt: skip
        if cadre.phone:
            Subscription.objects.create(cadre=cadre, channel=sms, since=before)
    for cadre in clerks:
        if deputy := colleagues(cadre, today).order_by("pk").first():
            be_away(cadre=cadre, deputy=deputy, start=today, until=today + timedelta(days=4), by=cadre, at=now)  # fmt: skip
            break
    office = next(iter(_holders("OFFICE_RECTIFY", now)))
    propose_rules(
        rules=Rules(numbers={"D-7": 10, "D-3": 5, "D-1": 2}, tell={"D+3": "leader"}),
        start=today + timedelta(days=7), why="调度会议定：提前量加大，逾期三天告诉包乡县领导",
        by=office.cadre, at=now,
    )  # fmt: skip


def _holders(role: str, now: datetime) -> list[Post]:
    posts = Post.objects.in_force(clock.day(now)).filter(role=role).select_related("cadre")
    return list(posts.order_by("pk")[:40])


def load_outbox(now: datetime) -> None:
    """Some that went (tried only), some that wait, some that did not get through."""
    digests(today=clock.day(now), at=now)
    earlier = now - timedelta(days=1)
    readers = list(Cadre.objects.filter(pk__in=Subscription.objects.values("cadre")).order_by("pk"))
    channel = Channel.objects.get(kind="SMTP")
    text = f"您今天有 3 条提醒，其中逾期 1 条{link()}"
    for n, cadre in enumerate(readers[:12]):
        row = Outgoing(channel=channel, recipient=cadre, key=f"demo:{n}", text=text, made_at=earlier,
                       next_at=earlier, tries=1, ended_at=earlier + timedelta(minutes=1))  # fmt: skip
        if n < 6:
            row.state, row.dry = Outgoing.State.SENT, True
        elif n >= 9:
            row.tries, row.why, row.ended_at = 3, "连不上，或对方没有收下", None
            row.made_at, row.next_at = now, now + timedelta(days=1)
        else:
            row.state, row.tries, row.why = (
                Outgoing.State.DEAD,
                len(GAPS) + 1,
                "连不上，或对方没有收下",
            )
            row.ended_at = now - timedelta(hours=2)
        row.save()
