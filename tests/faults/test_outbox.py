"""Messages over real servers that fail, hang and come back, while workers are killed and
Valkey is emptied: nobody misses one, and nobody finds a notice twice in the inbox."""

from __future__ import annotations

import os
import quopri
import signal
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from email import message_from_string
from pathlib import Path

import pytest
import redis
from django.db import connection
from django.utils import timezone

from cadres.calendar import nth_working_day
from cadres.channels import seal
from cadres.models import Channel, DigestDay, Notice, Outgoing, Subscription
from rectification.models import Item
from tests.cast import Cast, to_work
from tests.county import AT
from tests.faults.doors import Door, endpoint, mail_server
from tests.stack import Stack, wait_until
from yuexi.core import crypto
from yuexi.core.clock import SHANGHAI
from yuexi.embedded import start_valkey

LEASE_S = 3


class Post:
    """A clerk who is told by mail and by SMS, each red notice for itself."""

    def __init__(self, cast: Cast) -> None:
        self.mail, self.sms = Door(), Door()
        mail = Channel.objects.create(
            kind="SMTP", name="邮件", dry_run=False, secret=seal(""),
            address={"host": "127.0.0.1", "port": self.mail.port, "security": "none", "user": "", "sender": "office@example.com"},
        )  # fmt: skip
        sms = Channel.objects.create(
            kind="SMS", name="短信", dry_run=False, secret=seal("Bearer abc"),
            address={"url": f"http://127.0.0.1:{self.sms.port}/send", "header": "Authorization", "number_field": "mobile", "text_field": "content"},
        )  # fmt: skip
        cast.clerk.phone = crypto.encrypt("19900000001")
        cast.clerk.phone_hash = crypto.lookup_hash("19900000001")
        cast.clerk.save()
        long_ago = AT - timedelta(days=1)
        Subscription.objects.create(cadre=cast.clerk, channel=mail, address=crypto.encrypt("clerk@example.com"), red=True, since=long_ago)  # fmt: skip
        Subscription.objects.create(cadre=cast.clerk, channel=sms, red=True, since=long_ago)

    def mails(self) -> list[str]:
        return [words(raw) for _, raw in self.mail.got]


def words(raw: str) -> str:
    part = message_from_string(raw)
    while part.is_multipart():
        part = part.get_payload(0)  # type: ignore[assignment]
    said = str(part.get_payload())
    how = part.get("Content-Transfer-Encoding", "")
    decoded = b64decode(said) if how == "base64" else quopri.decodestring(said)
    return decoded.decode()


@pytest.fixture
def post(stack: Stack, cast: Cast) -> Post:
    stack.extra = {
        "LEASE_S": str(LEASE_S), "DELIVERY_LIMIT_S": "2", "RETRY_S": "0.5",
        "PUBLIC_ADDRESS": "https://bangfu.example.gov.cn",
    }  # fmt: skip
    return Post(cast)


def morning(stack: Stack) -> None:
    """Everything's clock shows nine on the next working day from today on."""
    now = timezone.now()
    day = nth_working_day(now.astimezone(SHANGHAI).date(), 1)
    at = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
    stack.offset = int((at - now).total_seconds())


def overdue(item: Item, cast: Cast, stack: Stack) -> None:
    """Three messages a channel: a red notice (D+1), another (D+3), and the digest."""
    to_work(item, cast)
    morning(stack)
    day = (timezone.now() + timedelta(seconds=stack.offset)).astimezone(SHANGHAI).date()
    Item.objects.update(deadline=nth_working_day(day, -3))
    Subscription.objects.update(since=AT - timedelta(days=400))


MESSAGES = 3


def sent(channel: str) -> int:
    return Outgoing.objects.filter(channel__name=channel, state="SENT").count()


def all_sent(*channels: str) -> bool:
    return all(sent(name) == MESSAGES for name in channels)


def once_in_the_inbox(cast: Cast) -> None:
    mine = Notice.objects.filter(recipient=cast.clerk)
    assert sorted(mine.values_list("rule", flat=True)) == ["D+1", "D+3"]
    assert DigestDay.objects.filter(recipient=cast.clerk).count() == 1
    assert Outgoing.objects.filter(recipient=cast.clerk).count() == 2 * MESSAGES


def test_a_message_is_a_number_and_a_link(post: Post, stack: Stack, item: Item, cast: Cast) -> None:
    overdue(item, cast, stack)
    with mail_server(post.mail), endpoint(post.sms):
        stack.start("worker", "courier", "beat")
        wait_until(lambda: all_sent("邮件", "短信"), "all messages")
    once_in_the_inbox(cast)
    link = "https://bangfu.example.gov.cn/inbox/"
    said = [*post.mails(), *(m["content"] for m in post.sms.got)]
    assert len(said) == 2 * MESSAGES
    assert sorted(s.strip() for s in said) == sorted([
        *[f"您有 1 条逾期提醒，请登录查看：{link}"] * 4,
        *[f"您今天有 2 条提醒，其中逾期 2 条，请登录查看：{link}"] * 2,
    ])  # fmt: skip
    assert {tuple(to) for to, _ in post.mail.got} == {("clerk@example.com",)}
    assert {m["mobile"] for m in post.sms.got} == {"19900000001"}
    assert post.sms.header == "Bearer abc"
    whole = " ".join([raw for _, raw in post.mail.got] + said)
    for private in (cast.clerk.name, item.number, item.text[:6], cast.clerk.work_no):
        assert private not in whole


def test_a_channel_that_is_down_neither_blocks_nor_loses(
    post: Post, stack: Stack, item: Item, cast: Cast
) -> None:
    overdue(item, cast, stack)
    post.sms.hang()
    with endpoint(post.sms):
        stack.start("worker", "courier", "beat")  # the mail server is not there at all
        wait_until(lambda: post.sms.asked >= 2, "two tries at an endpoint that hangs")
        with mail_server(post.mail):
            wait_until(lambda: all_sent("邮件"), "the mails")
        assert sent("短信") == 0
        post.sms.come_back()
        post.sms.fails = True
        asked = post.sms.asked
        wait_until(lambda: post.sms.asked > asked, "a try at an endpoint that refuses")
        post.sms.fails = False
        wait_until(lambda: all_sent("短信"), "the messages of the endpoint that came back", 60)
    once_in_the_inbox(cast)
    assert len(post.mail.got) == MESSAGES and len(post.sms.got) == MESSAGES


def test_a_courier_killed_in_the_middle_of_a_delivery(
    post: Post, stack: Stack, item: Item, cast: Cast
) -> None:
    overdue(item, cast, stack)
    stack.extra["DELIVERY_LIMIT_S"] = "30"
    stack.extra["LEASE_S"] = "5"
    post.sms.hang()
    with mail_server(post.mail), endpoint(post.sms):
        stack.start("worker", "courier", "beat")
        wait_until(lambda: post.sms.asked, "the first byte at the endpoint")
        held = Outgoing.objects.get(channel__name="短信", leased_until__isnull=False)
        stack.kill("courier")
        post.sms.come_back()
        began = timezone.now()
        stack.start("courier")
        wait_until(lambda: all_sent("邮件", "短信"), "all messages")
        assert timezone.now() - began < timedelta(seconds=20)
    held.refresh_from_db()
    assert held.state == "SENT" and held.tries == 2
    once_in_the_inbox(cast)


def test_beat_started_twice_sends_once(post: Post, stack: Stack, item: Item, cast: Cast) -> None:
    overdue(item, cast, stack)
    with mail_server(post.mail), endpoint(post.sms):
        stack.start("worker", "courier", "beat")
        first = stack.children.pop("beat")
        log = stack.log
        (log.parent / "second").mkdir()
        stack.log = log.parent / "second" / "stack.log"  # a schedule file of its own
        stack.start("beat")
        try:
            wait_until(lambda: all_sent("邮件", "短信"), "all messages")
        finally:
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()
    once_in_the_inbox(cast)
    assert len(post.mail.got) == MESSAGES and len(post.sms.got) == MESSAGES


class Valkey:
    """A broker of its own that can be emptied and killed."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.child, self.url = start_valkey(base)

    def empty(self) -> None:
        redis.Redis.from_url(self.url).flushall()

    def restart(self) -> None:
        port = int(self.url.rsplit(":", 1)[1].split("/")[0])
        self.child.kill()
        self.child.wait()
        self.child, self.url = start_valkey(self.base, port)


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    base = tmp_path / "valkey"
    base.mkdir()
    made = Valkey(base)
    yield made
    made.child.kill()
    made.child.wait()


def test_valkey_emptied_and_restarted_loses_nothing(
    post: Post, stack: Stack, item: Item, cast: Cast, valkey: Valkey
) -> None:
    overdue(item, cast, stack)
    stack.extra["REDIS_URL"] = valkey.url
    post.sms.fails = True
    with ExitStack() as doors:
        doors.enter_context(endpoint(post.sms))
        stack.start("worker", "courier", "beat")
        wait_until(lambda: post.sms.asked >= 1, "the first try")
        valkey.empty()
        doors.enter_context(mail_server(post.mail))
        wait_until(lambda: all_sent("邮件"), "the mails after Valkey was emptied")
        valkey.restart()
        post.sms.fails = False
        wait_until(lambda: all_sent("短信"), "the messages after Valkey was killed", 60)
    once_in_the_inbox(cast)


def test_a_claimed_row_is_nobody_elses(real_db: str, cast: Cast) -> None:
    """Four couriers at once on real connections: each row goes to one."""
    from cadres.outbox import claim
    from tests.faults.test_races import at_once

    post = Post(cast)
    channel = Channel.objects.get(name="短信")
    Outgoing.objects.create(channel=channel, recipient=cast.clerk, key="one", text="x", made_at=AT, next_at=AT)  # fmt: skip
    got = at_once(*[lambda: claim(channel, AT) for _ in range(4)])
    assert sum(1 for row in got if row is not None) == 1
    assert claim(channel, AT + timedelta(seconds=1)) is None
    assert claim(channel, AT + timedelta(seconds=60)) is not None
    assert post.sms.got == []
    connection.close()
