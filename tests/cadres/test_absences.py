"""外出与代班: dated, never overlapping, no deputy who is away, and no right handed over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from cadres.actions.absences import be_away, come_back
from cadres.calendar import nth_working_day
from cadres.channels import seal
from cadres.models import Absence, Cadre, Channel, Event, Notice, Outgoing, Subscription
from cadres.outbox import deliver_next
from cadres.reminders import digests, sweeps
from rectification.models import Item
from tests.cast import Cast, fresh, to_work
from tests.county import AT, DIANQIAN, QINGTIAN
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
TODAY = AT.date()


def days(n: int) -> date:
    return TODAY + timedelta(days=n)


@pytest.fixture
def colleague(person: Callable[..., Cadre]) -> Cadre:
    return person("演示同事", "HELPER", QINGTIAN)


def leave(cadre: Cadre, deputy: Cadre, start: int = 0, until: int = 4, by: Cadre | None = None) -> Absence:  # fmt: skip
    return be_away(cadre=cadre, deputy=deputy, start=days(start), until=days(until), by=by or cadre, at=AT)  # fmt: skip


def test_the_deputy_hears_how_many_and_nothing_of_what(
    item: Item, cast: Cast, colleague: Cadre, as_user: Callable[[Cadre], Client], monkeypatch: Any
) -> None:
    to_work(item, cast)
    Item.objects.update(deadline=nth_working_day(TODAY, -1))
    leave(cast.clerk, colleague)
    sweeps.run(today=TODAY, at=AT)
    assert Notice.objects.filter(recipient=cast.clerk, rule="D+1").exists()
    (heard,) = Notice.objects.filter(recipient=colleague)
    assert (heard.text, heard.level) == ("您代班的演示专干今天有 1 条提醒，其中逾期 1 条", "A_RED")
    monkeypatch.setattr("yuexi.core.clock.now", lambda: AT)
    client = as_user(colleague)
    page = client.get("/inbox/away/").content.decode()
    assert "逾期，每天告诉责任人 1 条" in page
    for secret in (item.number, item.text):
        assert secret not in page and secret not in heard.text
    assert client.get(f"/items/{item.uid}/").status_code == 404
    # More of it later the same day: said anew, still one row.
    Notice.objects.filter(pk=heard.pk).update(read_at=AT)
    Item.objects.update(deadline=nth_working_day(TODAY, -3))
    for _ in range(2):
        sweeps.run(today=TODAY, at=AT + timedelta(hours=1))
    heard.refresh_from_db()
    assert "2 条提醒" in heard.text and heard.read_at is None
    assert Notice.objects.filter(recipient=colleague).count() == 1


def test_after_the_last_day_only_the_person_hears(item: Item, cast: Cast, colleague: Cadre) -> None:
    to_work(item, cast)
    Item.objects.update(deadline=nth_working_day(TODAY, -1))
    leave(cast.clerk, colleague, until=0)
    sweeps.run(today=days(1), at=AT + timedelta(days=1))
    assert not Notice.objects.filter(recipient=colleague).exists()
    assert Notice.objects.filter(recipient=cast.clerk).exists()


def test_who_is_away_is_left_alone_outside_of_the_inbox(
    item: Item, cast: Cast, colleague: Cadre
) -> None:
    to_work(item, cast)
    Item.objects.update(deadline=nth_working_day(TODAY, -1))
    channel = Channel.objects.create(kind="SMS", name="短信", address={}, secret=seal("x"))
    for who in (cast.clerk, colleague):
        Subscription.objects.create(cadre=who, channel=channel, red=True, since=AT)
    leave(cast.clerk, colleague)
    sweeps.run(today=TODAY, at=AT)
    digests(today=TODAY, at=AT)
    assert set(Outgoing.objects.values_list("recipient__name", flat=True)) == {"演示同事"}
    assert Outgoing.objects.count() == 2


def test_periods_never_meet_and_no_deputy_is_away(
    cast: Cast, colleague: Cadre, person: Any
) -> None:
    third = person("演示第三", "HELPER", QINGTIAN)
    leave(cast.clerk, colleague, 2, 6)
    with pytest.raises(Refusal, match="已登记外出"):
        leave(cast.clerk, third, 6, 9)
    with pytest.raises(Refusal, match="正替演示专干代班"):
        leave(colleague, third, 4, 4)
    with pytest.raises(Refusal, match="自己也外出"):
        leave(third, cast.clerk, 5, 5)
    leave(cast.clerk, third, 7, 9)
    with pytest.raises(BadInput, match="同单位"):
        leave(third, cast.inspector, 20, 20)
    with pytest.raises(BadInput, match="今天或以后"):
        leave(third, colleague, -1, 2)
    with pytest.raises(BadInput, match="不能早于"):
        leave(third, colleague, 3, 2)
    with pytest.raises(BadInput, match="半年"):
        leave(third, colleague, 30, 300)


def test_the_database_refuses_the_same(cast: Cast, colleague: Cadre) -> None:
    made = leave(cast.clerk, colleague, 2, 6)
    base = {"cadre": cast.clerk, "deputy": colleague, "by": cast.clerk, "at": AT, "start": days(20), "end": days(22)}  # fmt: skip
    bad: list[tuple[str, dict[str, Any]]] = [
        ("absence_one_at_a_time", {"start": days(6), "end": days(8)}),
        ("absence_deputy_away", {"cadre": cast.head, "deputy": cast.clerk, "start": days(3), "end": days(4)}),
        ("absence_deputy_away", {"cadre": colleague, "deputy": cast.head, "start": days(3), "end": days(4)}),
        ("absence_period", {"end": days(20)}),
        ("absence_deputy_is_another", {"deputy": cast.clerk}),
        ("absence_ended_by_somebody", {"ended_at": AT}),
    ]  # fmt: skip
    for name, values in bad:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Absence.objects.create(**{**base, **values})
    for values in ({"end": days(9)}, {"deputy": cast.head}, {"start": days(1)}):
        with pytest.raises(IntegrityError, match="absence_kept"), transaction.atomic():
            Absence.objects.filter(pk=made.pk).update(**values)
    with pytest.raises(IntegrityError, match="notice_acked_is_red_and_read"), transaction.atomic():
        Notice.objects.create(recipient=cast.clerk, subject_kind="item", subject_id=1, rule="D-3", day=TODAY,
                              level="B_AMBER", text="x", path="/", at=AT, read_at=AT, acked_at=AT)  # fmt: skip


def test_himself_or_his_units_administrator(
    cast: Cast, colleague: Cadre, person: Callable[..., Cadre], as_user: Callable[[Cadre], Client]
) -> None:
    keeper = person("演示管理", "UNIT_ADMIN", QINGTIAN)
    elsewhere = person("演示外乡", "UNIT_ADMIN", DIANQIAN)
    with pytest.raises(NotYours):
        leave(cast.clerk, colleague, by=cast.head)
    with pytest.raises(NotYours):
        leave(cast.clerk, colleague, by=elsewhere)
    made = leave(cast.clerk, colleague, by=keeper)
    with pytest.raises(NotYours):
        come_back(absence_id=made.pk, by=colleague, at=AT)
    assert as_user(elsewhere).post(f"/inbox/away/{made.pk}/end/").status_code == 404
    come_back(absence_id=made.pk, by=cast.clerk, at=AT)
    with pytest.raises(Refusal, match="已经结束"):
        come_back(absence_id=made.pk, by=cast.clerk, at=AT)
    said = Event.objects.filter(kind="absence").order_by("seq").values_list("action", flat=True)
    assert list(said) == ["absence.add", "absence.end"]


def test_the_page_enters_and_ends(cast: Cast, colleague: Cadre, as_user: Callable[[Cadre], Client]) -> None:  # fmt: skip
    client = as_user(cast.clerk)
    start = date.today() + timedelta(days=2)
    data = {"kind": "TRIP", "deputy": colleague.pk, "start": start, "until": start}
    assert client.post("/inbox/away/", {**data, "until": "2020-01-01"}).status_code == 422
    assert client.post("/inbox/away/", data).status_code == 302
    assert "演示同事代班" in client.get("/inbox/away/").content.decode()
    assert client.post("/inbox/away/", data).status_code == 422
    made = Absence.objects.get()
    assert client.post(f"/inbox/away/{made.pk}/end/").status_code == 302
    assert "已取消" in client.get("/inbox/away/").content.decode()


def test_a_red_notice_is_acknowledged_once_by_its_reader_alone(
    item: Item, cast: Cast, as_user: Callable[[Cadre], Client]
) -> None:
    to_work(item, cast)
    Item.objects.update(deadline=nth_working_day(TODAY, -2))
    sweeps.run(today=TODAY, at=AT)
    red = Notice.objects.get(recipient=cast.clerk, rule="D+1")
    assert as_user(cast.head).post(f"/inbox/{red.pk}/ack/").status_code == 404
    client = as_user(cast.clerk)
    assert "知悉：" in client.get("/inbox/").content.decode()
    client.post(f"/inbox/{red.pk}/ack/")
    red.refresh_from_db()
    first = red.acked_at
    assert first and red.read_at
    client.post(f"/inbox/{red.pk}/ack/")
    red.refresh_from_db()
    assert red.acked_at == first
    assert fresh(item).status == "RECTIFYING"
    channel = Channel.objects.create(kind="SMS", name="短信", address={}, secret=seal("x"))
    row = Outgoing.objects.create(channel=channel, recipient=cast.clerk, key=f"notice:{red.pk}:1", text="x", made_at=AT, next_at=AT)  # fmt: skip
    deliver_next(channel, lambda: AT)
    row.refresh_from_db()
    assert (row.state, row.why) == ("DROPPED", "本人已经看过")
