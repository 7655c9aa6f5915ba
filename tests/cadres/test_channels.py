"""Channels: sealed secrets, dry-run first, one's own choice, and the list of what did not go out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from cadres.channels import seal, secret_of
from cadres.models import Cadre, Channel, DigestDay, Event, Notice, Outgoing, Subscription
from cadres.outbox import GAPS, deliver_next, put_digests, put_red
from cadres.tasks import ring_couriers
from tests.county import AT, COUNTY, QINGTIAN
from tests.faults.doors import Door, endpoint, mail_server
from yuexi.core import crypto

pytestmark = pytest.mark.django_db
TODAY = AT.date()


@pytest.fixture
def admin(person: Callable[..., Cadre]) -> Cadre:
    return person("演示管理", "SYSTEM_ADMIN", COUNTY)


@pytest.fixture
def clerk(person: Callable[..., Cadre]) -> Cadre:
    return person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)


def sms(door: Door | None = None, **values: Any) -> Channel:
    port = door.port if door else 9
    given = {"url": f"http://127.0.0.1:{port}/send", "header": "Authorization", "number_field": "mobile", "text_field": "content"}  # fmt: skip
    return Channel.objects.create(**{"kind": "SMS", "name": "短信", "address": given, "secret": seal("s3cret-word"), **values})  # fmt: skip


def waiting(channel: Channel, to: Cadre | None, **values: Any) -> Outgoing:
    given = {"key": f"k{Outgoing.objects.count()}", "text": "您有 1 条逾期提醒", "made_at": AT, "next_at": AT}  # fmt: skip
    return Outgoing.objects.create(channel=channel, recipient=to, **{**given, **values})


def with_phone(cadre: Cadre) -> Cadre:
    cadre.phone, cadre.phone_hash = crypto.encrypt("19900000007"), crypto.lookup_hash("19900000007")
    cadre.save()
    return cadre


SMS_FORM = {"name": "县短信", "url": "https://sms.example.gov.cn/send", "header": "Authorization", "number_field": "mobile", "text_field": "content", "secret": "s3cret-word"}  # fmt: skip
MAIL_FORM = {"name": "县邮件", "host": "mail.example.gov.cn", "port": "465", "security": "ssl", "user": "office", "sender": "office@example.gov.cn", "secret": "p@ss/word"}  # fmt: skip


@pytest.mark.parametrize(("kind", "form"), [("SMS", SMS_FORM), ("SMTP", MAIL_FORM), ("DINGTALK", {"name": "群", "secret": "a" * 64}),
    ("WECOM", {"name": "群", "secret": "693a9163-7aec-4bc4-97a0-0ec2a5fa5aaa"}), ("FEISHU", {"name": "群", "secret": "693a9163-7aec-4bc4-97a0-0ec2a5fa5aaa"})])  # fmt: skip
def test_each_kind_is_saved_dry_and_its_secret_is_never_shown(
    kind: str, form: dict[str, str], admin: Cadre, as_user: Callable[[Cadre], Client]
) -> None:
    client = as_user(admin)
    assert client.post(f"/channels/new/{kind}/", form).status_code == 302
    made = Channel.objects.get()
    assert made.dry_run and secret_of(made) == form["secret"]
    assert form["secret"].encode() not in bytes(made.secret or b"")
    for path in ("/channels/", f"/channels/{made.pk}/", "/inbox/channels/"):
        assert form["secret"] not in client.get(path).content.decode()
    assert form["secret"] not in str(list(Event.objects.values_list("after", flat=True)))


@pytest.mark.parametrize(
    ("kind", "form", "said"),
    [
        ("SMS", {**SMS_FORM, "url": "file:///etc/passwd"}, "开头"),
        ("SMS", {**SMS_FORM, "url": "https://u:p@host/x"}, "用户名"),
        ("SMS", {**SMS_FORM, "text_field": "a b"}, "字段名"),
        ("SMTP", {**MAIL_FORM, "host": "mail.example.gov.cn/x?y"}, "主机名"),
        ("SMTP", {**MAIL_FORM, "sender": "office"}, "邮箱"),
        ("SMTP", {**MAIL_FORM, "port": "70000"}, "65535"),
        ("DINGTALK", {"name": "群", "secret": ""}, "密钥"),
        ("WECOM", {"name": "群", "secret": "x y"}, "拼不成"),
    ],
)
def test_bad_settings_are_refused_where_they_are_typed(
    kind: str, form: dict[str, str], said: str, admin: Cadre, as_user: Callable[[Cadre], Client]
) -> None:
    answer = as_user(admin).post(f"/channels/new/{kind}/", form)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not Channel.objects.exists()


def test_a_changed_address_goes_back_to_dry_run_and_an_empty_secret_keeps_the_old(
    admin: Cadre, as_user: Callable[[Cadre], Client], settings: Any
) -> None:
    client = as_user(admin)
    client.post("/channels/new/SMS/", SMS_FORM)
    made = Channel.objects.get()
    path = f"/channels/{made.pk}/do/"
    shown = client.get(f"/channels/{made.pk}/").content.decode()
    assert "PUBLIC_ADDRESS" in shown and 'value="live"' not in shown  # no address, no link
    refused = client.post(path, {"what": "live"})
    assert refused.status_code == 409
    for way in ("请管服务器的信息员设定环境变量 PUBLIC_ADDRESS", "重新启动", "可以试发"):
        assert way in refused.content.decode()
    settings.PUBLIC_ADDRESS = "https://bangfu.example.gov.cn"
    assert 'value="live"' in client.get(f"/channels/{made.pk}/").content.decode()
    client.post(path, {"what": "live"})
    assert not Channel.objects.get().dry_run
    client.post(f"/channels/{made.pk}/", {**SMS_FORM, "name": "改名", "secret": ""})
    found = Channel.objects.get()
    assert (found.name, found.dry_run, secret_of(found)) == ("改名", False, "s3cret-word")
    client.post(f"/channels/{made.pk}/", {**SMS_FORM, "secret": "", "url": "https://other.example.com/"})  # fmt: skip
    assert Channel.objects.get().dry_run


def test_a_test_message_goes_out_also_in_dry_run(
    admin: Cadre, as_user: Callable[[Cadre], Client], settings: Any
) -> None:
    door, client = Door(), as_user(admin)
    channel = sms(door)
    path = f"/channels/{channel.pk}/do/"
    assert client.post(path, {"what": "test", "to": "123"}).status_code == 422
    with endpoint(door):
        said = client.post(path, {"what": "test", "to": "19900000001"}, follow=True)
        assert "对方已收下" in said.content.decode()
        door.fails = True
        said = client.post(path, {"what": "test", "to": "19900000001"}, follow=True)
        assert "没有发出" in said.content.decode()
        settings.DELIVERY_LIMIT_S = 0.5
        door.fails = False
        door.hang()
        said = client.post(path, {"what": "test", "to": "19900000001"}, follow=True)
        assert "没有回音" in said.content.decode()
    assert [m["mobile"] for m in door.got] == ["19900000001"]
    assert "19900000001" not in str(list(Event.objects.values_list("after", flat=True)))


def test_a_person_chooses_for_himself_and_may_stop(
    clerk: Cadre, as_user: Callable[[Cadre], Client]
) -> None:
    channel, client = sms(), as_user(clerk)
    path = "/inbox/channels/"
    assert "没有手机号" in client.post(path, {"channel": channel.pk}).content.decode()
    with_phone(clerk)
    assert client.post(path, {"channel": channel.pk, "red": "on"}).status_code == 302
    assert Subscription.objects.get().red
    mail = Channel.objects.create(kind="SMTP", name="邮件", address={}, secret=seal(""))
    assert client.post(path, {"channel": mail.pk, "address": "不是邮箱"}).status_code == 422
    client.post(path, {"channel": mail.pk, "address": "c@example.com"})
    kept = Subscription.objects.get(channel=mail)
    assert b"example" not in bytes(kept.address or b"")
    client.post(path, {"channel": channel.pk, "what": "stop"})
    assert Subscription.objects.count() == 1
    row = waiting(channel, clerk)
    assert deliver_next(channel, lambda: AT) is True
    row.refresh_from_db()
    assert (row.state, row.why) == ("DROPPED", "本人已不再接收")


def test_rows_are_written_once_with_their_notice_and_digest(clerk: Cadre) -> None:
    channel = sms()
    wecom = Channel.objects.create(kind="WECOM", name="群", address={}, secret=seal("x"), unit=clerk.unit)  # fmt: skip
    Subscription.objects.create(cadre=clerk, channel=channel, red=True, since=AT)
    base = dict(recipient=clerk, subject_kind="item", day=TODAY, text="某人某事", path="/", at=AT)
    Notice.objects.create(**base, subject_id=1, rule="D+1", level="A_RED")
    Notice.objects.create(**base, subject_id=2, rule="D-3", level="B_AMBER")
    Notice.objects.create(**{**base, "at": AT - timedelta(minutes=1)}, subject_id=3, rule="D+1", level="A_RED")  # fmt: skip
    DigestDay.objects.create(recipient=clerk, day=TODAY, red=2, total=3, sent_at=AT)
    for _ in range(2):
        put_red(today=TODAY, at=AT)
        put_digests(today=TODAY, at=AT)
    texts = sorted(Outgoing.objects.values_list("channel__name", "text"))
    assert texts == [
        ("短信", "您今天有 3 条提醒，其中逾期 2 条，请登录系统查看。"),
        ("短信", "您有 1 条逾期提醒，请登录系统查看。"),
        ("群", "今天有 1 人共 3 条提醒，其中逾期 2 条，请登录系统查看。"),
    ]
    assert wecom.pk


def test_dry_run_records_and_sends_nothing(clerk: Cadre) -> None:
    door = Door()
    channel = sms(door)
    Subscription.objects.create(cadre=with_phone(clerk), channel=channel, since=AT)
    row = waiting(channel, clerk)
    with endpoint(door):
        deliver_next(channel, lambda: AT)
    row.refresh_from_db()
    assert (row.state, row.dry, door.asked) == ("SENT", True, 0)


def test_gaps_grow_then_a_person_decides(
    clerk: Cadre, admin: Cadre, as_user: Callable[[Cadre], Client]
) -> None:
    channel = sms(dry_run=False)  # nobody listens there
    Subscription.objects.create(cadre=with_phone(clerk), channel=channel, since=AT)
    row = waiting(channel, clerk)
    at, gaps = AT, []
    for _ in GAPS:
        assert deliver_next(channel, lambda at=at: at) is False
        row.refresh_from_db()
        gaps.append(row.next_at - at)
        assert row.state == "WAITS" and deliver_next(channel, lambda at=at: at) is None
        at = row.next_at
    assert gaps == sorted(gaps) and gaps[-1] > timedelta(hours=5)
    assert deliver_next(channel, lambda: at) is False
    row.refresh_from_db()
    assert row.state == "DEAD" and "连不上" in row.why
    client = as_user(admin)
    assert "1 条消息没发出去" in client.get("/").content.decode()
    page = client.get("/channels/outbox/").content.decode()
    assert "没发出去 1" in page and "重发所选" in page
    assert client.post("/channels/outbox/", {"what": "resend"}).status_code == 422
    client.post("/channels/outbox/", {"what": "resend", "row": row.pk})
    row.refresh_from_db()
    assert (row.state, row.tries) == ("WAITS", 0)
    assert client.post("/channels/outbox/", {"what": "drop", "row": row.pk}).status_code == 409
    Outgoing.objects.update(state="DEAD", ended_at=AT)
    client.post("/channels/outbox/", {"what": "drop", "row": row.pk})
    row.refresh_from_db()
    assert row.state == "DROPPED"
    done = Event.objects.filter(kind="outgoing").order_by("seq").values_list("action", flat=True)
    assert list(done) == ["outgoing.resend", "outgoing.drop"]


def test_nothing_goes_out_in_quiet_hours(clerk: Cadre, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    monkeypatch.setattr("cadres.tasks.deliver_channel.apply_async", lambda args, **kw: rung.extend(args))  # fmt: skip
    channel = sms()
    waiting(channel, clerk)
    for hour, heard in ((20, 1), (21, 0), (6, 0), (7, 1)):
        rung.clear()
        now = AT.replace(hour=hour) + timedelta(days=1)
        monkeypatch.setattr("yuexi.core.clock.now", lambda now=now: now)
        ring_couriers()
        assert len(rung) == heard, hour


def test_the_database_refuses_what_is_impossible(clerk: Cadre) -> None:
    channel = sms()
    row = waiting(channel, clerk)
    Subscription.objects.create(cadre=clerk, channel=channel, since=AT)
    bad: list[tuple[str, Callable[[], object]]] = [
        ("channel_kind_known", lambda: sms(name="b", kind="FAX")),
        ("channel_live_with_secret", lambda: sms(name="b", secret=None, dry_run=False)),
        ("subscription_once", lambda: Subscription.objects.create(cadre=clerk, channel=channel, since=AT)),
        ("cadres_outgoing_key", lambda: waiting(channel, clerk, key=row.key)),
        ("outgoing_state_known", lambda: waiting(channel, clerk, key="x", state="ODD", ended_at=AT)),
        ("outgoing_ended_with_time", lambda: waiting(channel, clerk, key="x", state="SENT")),
        ("outgoing_says_what", lambda: waiting(channel, clerk, key="x", text="")),
    ]  # fmt: skip
    for name, write in bad:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            write()


def test_only_the_system_administrator_sees_channels(
    clerk: Cadre, as_user: Callable[[Cadre], Client]
) -> None:
    channel, client = sms(), as_user(clerk)
    for path in ("/channels/", "/channels/new/SMS/", f"/channels/{channel.pk}/", "/channels/outbox/"):  # fmt: skip
        assert client.get(path).status_code == 403
    assert client.post(f"/channels/{channel.pk}/do/", {"what": "live"}).status_code == 403


def test_lists_cost_the_same_with_three_rows(
    clerk: Cadre, admin: Cadre, as_user: Callable[[Cadre], Client], django_assert_max_num_queries: Any
) -> None:  # fmt: skip
    channel, client = sms(), as_user(admin)
    for n in (1, 3):
        for _ in range(n):
            waiting(channel, clerk)
        with django_assert_max_num_queries(9):
            client.get("/channels/outbox/?state=WAITS")
        with django_assert_max_num_queries(9):
            client.get("/channels/")


def test_a_mail_says_it_in_chinese(clerk: Cadre) -> None:
    door = Door()
    given = {"host": "127.0.0.1", "port": door.port, "security": "none", "user": "", "sender": "o@example.com"}  # fmt: skip
    mail = Channel.objects.create(kind="SMTP", name="邮件", address=given, secret=seal(""), dry_run=False)  # fmt: skip
    Subscription.objects.create(cadre=clerk, channel=mail, address=crypto.encrypt("c@example.com"), since=AT)  # fmt: skip
    waiting(mail, clerk)
    with mail_server(door):
        assert deliver_next(mail, lambda: datetime.now(tz=AT.tzinfo)) is True
    assert len(door.got) == 1
