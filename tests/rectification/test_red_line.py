"""三条红线: off the ordinary path by a report, back or ended by 纪委监委 alone; who reported is hidden."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cadres.models import Cadre, Event, Notice
from rectification import reminders
from rectification.actions import closing, extending, moving, red_lines
from rectification.actions.handing import hand_over
from rectification.ledger.columns import COLUMNS, exported, with_all
from rectification.models import Item, RedLineOpening, RedLineReport
from rectification.querysets import moves_for, veil
from tests.cast import PHOTO, Cast, fresh, passes, to_check, to_closed, to_work
from tests.county import AT, COUNTY
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
AsUser = Callable[[Cadre], Client]
SAID = "照片是去年拍的，水根本没有通"


@pytest.fixture
def discipline(person: Callable[..., Cadre]) -> Cadre:
    return person("演示纪委", "DISCIPLINE", COUNTY, "县纪委监委")


def report(item: Item, by: Cadre) -> None:
    red_lines.report_red_line(item_id=item.pk, line="FRAUD", said=SAID, by=by, at=AT)


def settle(
    item: Item, by: Cadre, outcome: str = "RETURNED", number: str = "", at: Any = AT
) -> None:
    red_lines.settle_red_line(item_id=item.pk, outcome=outcome, document_no=number, by=by, at=at)


def test_every_ordinary_verb_stops(item: Item, cast: Cast, discipline: Cadre) -> None:
    to_check(item, cast)
    report(item, cast.village)
    red = fresh(item)
    assert (red.status, red.left_from, red.waiting_label) == (
        "REDLINE",
        "SELF_CHECK",
        "已移送纪委监委",
    )
    pk: dict[str, Any] = {"item_id": item.pk, "at": AT}
    attempts: list[Callable[[], object]] = [
        lambda: passes(item, cast.head, "SELF_CHECK"),
        lambda: closing.apply(by=cast.clerk, **pk),
        lambda: closing.look_back(held=True, finding="还好", by=cast.inspector, **pk),
        lambda: closing.add_evidence(content=PHOTO + b"2", name="a.jpg", what="新", by=cast.clerk, **pk),
        lambda: moving.report(text="在办", by=cast.clerk, **pk),
        lambda: moving.dismiss(reason="不属实", by=cast.accepter, **pk),
        lambda: moving.issue(item_ids=[item.pk], by=cast.accepter, at=AT),
        lambda: extending.ask_extension(days=3, reason="来不及办", by=cast.clerk, **pk),
        lambda: hand_over(item_ids=[item.pk], giver=cast.clerk, taker=cast.head, reason="换人", by=cast.accepter, at=AT),
        lambda: closing.answer_household(household=item.households.get(), solved=True, said="", by=cast.village, **pk),
        lambda: red_lines.settle_red_line(outcome="RETURNED", document_no="", by=cast.head, **pk),
        lambda: red_lines.settle_red_line(outcome="ENDED", document_no="1号", by=cast.accepter, **pk),
        lambda: red_lines.settle_red_line(outcome="RETURNED", document_no="", by=cast.inspector, **pk),
    ]  # fmt: skip
    for attempt in attempts:
        with pytest.raises(Refusal):
            attempt()
    assert fresh(item).status == "REDLINE"
    for who in (cast.clerk, cast.head, cast.accepter, cast.department, cast.inspector):
        assert item not in moves_for(who, AT.date())
    assert item in moves_for(discipline, AT.date())
    reminders.sweep(today=AT.date(), at=AT)
    assert list(Notice.objects.values_list("rule", "recipient__name")) == [("N-RED", "演示纪委")]


def test_the_database_refuses_by_itself(item: Item, cast: Cast, discipline: Cadre) -> None:
    to_work(item, cast)
    with pytest.raises(IntegrityError, match="item_red_report"), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(
            status="REDLINE", red_line="FRAUD", left_from="RECTIFYING", red_count=1
        )
    report(item, cast.village)
    decide = ("INSERT INTO rectification_redlinedecision (item_id, no, outcome, document_no, by_id, at)"
              " VALUES (%s, 1, 'RETURNED', '', %s, %s)")  # fmt: skip
    item_of = "UPDATE rectification_item SET {} WHERE id = %s"
    for sql, values, name in (
        (item_of.format("status = 'RECTIFYING'"), [item.pk], "item_red_line"),
        (item_of.format("status = 'HANDLED'"), [item.pk], "item_red_line"),
        (item_of.format("status = 'DISMISSED'"), [item.pk], "item_red_line"),
        (item_of.format("status = 'CLOSED', closed_on = now()"), [item.pk], "item_red_line"),
        (item_of.format("red_line = ''"), [item.pk], "item_red_line"),
        (item_of.format(f"person_id = {cast.head.pk}"), [item.pk], "item_red_frozen"),
        (decide, [item.pk, cast.head.pk, AT], "red_decision"),
        (decide, [item.pk, cast.inspector.pk, AT], "red_decision"),
        ("INSERT INTO rectification_progress (item_id, by_id, at, text) VALUES (%s, %s, now(), '在办')", [item.pk, cast.clerk.pk], "item_red_frozen"),
        ("INSERT INTO rectification_lookback (item_id, by_id, at, held, finding) VALUES (%s, %s, now(), true, '好')", [item.pk, cast.inspector.pk], "lookback_closed"),
        ("INSERT INTO rectification_redlineopening (report_id, by_id, at) VALUES (%s, %s, now())", [RedLineReport.objects.get().pk, cast.head.pk], "red_opening"),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(sql, values)
    for sql in ("UPDATE rectification_redlinereport SET line = 'NUMBERS'", "DELETE FROM rectification_redlinereport"):  # fmt: skip
        with pytest.raises(Exception, match=r"append only|permission denied"), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(sql)


def test_it_comes_back_where_it_left_with_its_days(
    item: Item, cast: Cast, discipline: Cadre
) -> None:
    to_work(item, cast)
    report(item, cast.village)
    settle(item, discipline, at=AT + timedelta(days=7))
    back = fresh(item)
    assert (back.status, back.deadline, back.red_line) == ("RECTIFYING", date(2027, 1, 11), "FRAUD")
    closing.add_evidence(item_id=item.pk, content=PHOTO, name="a.jpg", what="照片", by=cast.clerk, at=AT)  # fmt: skip
    report(item, cast.village)
    with pytest.raises(BadInput, match="办结要填文号"):
        settle(item, discipline, "ENDED")
    settle(item, discipline, "ENDED", "岳纪〔2026〕9号")
    assert fresh(item).status == "HANDLED"
    with pytest.raises(Refusal):
        report(item, cast.village)


def test_a_check_that_was_waiting_waits_again(item: Item, cast: Cast, discipline: Cadre) -> None:
    to_check(item, cast)
    report(item, cast.village)
    settle(item, discipline, at=AT + timedelta(days=7))
    assert (fresh(item).status, fresh(item).check_due) == ("SELF_CHECK", date(2026, 12, 3))
    to_closed_from_check(item, cast)
    report(item, cast.village)  # found out after the close-out
    assert fresh(item).status == "REDLINE"
    settle(item, discipline)
    assert fresh(item).status == "CLOSED"


def to_closed_from_check(item: Item, cast: Cast) -> None:
    for by, step in ((cast.head, "SELF_CHECK"), (cast.department, "VERIFY"), (cast.accepter, "ACCEPT"), (cast.approver, "APPROVE")):  # fmt: skip
        passes(item, by, step)


def test_who_had_a_hand_in_it_does_not_handle_it(
    item: Item, cast: Cast, person: Callable[..., Cadre]
) -> None:
    to_work(item, cast)
    both = person("演示兼职", "DISCIPLINE", COUNTY, "县纪委监委")
    Item.objects.filter(pk=item.pk).update(person=both)
    report(item, cast.village)
    with pytest.raises(NotYours, match="参与过"):
        settle(item, both)


def test_nobody_learns_who_reported(
    item: Item, cast: Cast, discipline: Cadre, as_user: AsUser
) -> None:
    to_check(item, cast)
    page = f"/items/{item.uid}/"
    before = Event.objects.count()
    answer = as_user(cast.village).post(f"{page}red_line/", {"line": "FRAUD", "said": SAID}, follow=True)  # fmt: skip
    assert "已移送纪委监委" in answer.content.decode()
    event = Event.objects.get(action="item.red_line")
    assert Event.objects.count() == before + 1
    assert (event.actor, event.request_id, event.via) == (None, "", "TASK")
    assert "演示村干" not in str(event.after) + str(event.before) and SAID not in str(event.after)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(r)::text FROM rectification_redlinereport r")
        row = cursor.fetchone()[0]
    assert "演示村干" not in row and cast.village.work_no not in row and str(SAID) not in row
    said = as_user(discipline).get(page).content.decode()
    assert SAID in said and "显示反映人" in said
    history = said[said.index("经过") :]
    assert "移送红线问题" in history and "系统" in history
    opened = as_user(discipline).post(f"{page}reporter/{RedLineReport.objects.get().pk}/")
    assert "演示村干" in opened.content.decode() and opened["Cache-Control"] == "private, no-store"
    assert RedLineOpening.objects.get().by == discipline
    refused = as_user(cast.inspector).post(f"{page}reporter/{RedLineReport.objects.get().pk}/")
    assert refused.status_code == 403 and "演示村干" not in refused.content.decode()


def test_others_see_that_it_is_with_the_commission_and_no_more(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    to_check(item, cast)
    report(item, cast.village)
    piece = item.evidence.get()
    for who in (cast.clerk, cast.head, cast.accepter, cast.inspector):
        client, page = as_user(who), f"/items/{item.uid}/"
        said = client.get(page).content.decode()
        assert "已移送纪委监委" in said and "水管冻裂" not in said and "换管" not in said
        assert "弄虚作假" not in said
        assert client.get(f"{page}evidence/{piece.pk}/").status_code == 404
        assert client.get(f"{page}similar/").status_code == 404
        ledger = client.get("/items/?view=").content.decode()
        assert item.number in ledger and "水管冻裂" not in ledger
        assert item.number not in client.get("/items/?view=&q=水管").content.decode()
        home = client.get(f"/households/{item.households.get().uid}/").content.decode()
        assert "水管冻裂" not in home
        wrong = client.post(f"{page}pass/", {"opinion": "同意", "step": "SELF_CHECK"})
        assert wrong.status_code == 422 and "水管冻裂" not in wrong.content.decode()
    red = as_user(cast.clerk).get("/items/?view=red").content.decode()
    assert item.number in red


def test_a_closed_item_that_never_was_red_is_told_as_ever(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    to_closed(item, cast)
    assert "水管冻裂" in as_user(cast.clerk).get(f"/items/{item.uid}/").content.decode()


def test_the_workbook_tells_others_of_a_red_line_item_where_it_is_and_no_more(
    item: Item, cast: Cast, discipline: Cadre
) -> None:
    to_check(item, cast)
    passes(item, cast.head, "SELF_CHECK", "已到现场核对过")
    report(item, cast.village)
    for who, reads in ((cast.accepter, False), (discipline, True)):
        rows = list(with_all(Item.objects.filter(pk=item.pk)))
        veil(rows, who)
        told = {c.key: exported(c, rows[0]) for c in COLUMNS}
        full = ("homes", "progress", "evidence", "self_check", "goal", "measure", "category", "red")
        assert any(told[key] for key in full) is reads
        assert told["number"] == item.number and told["person"] == cast.clerk.name


def test_the_log_tells_others_of_a_red_line_item_that_something_happened_and_not_what(
    item: Item, cast: Cast, discipline: Cadre, as_user: AsUser
) -> None:
    to_check(item, cast)
    assert "换管" in as_user(cast.inspector).get("/log/").content.decode()
    report(item, cast.village)
    said = as_user(cast.inspector).get("/log/").content.decode()
    assert "换管" not in said and "制定措施" in said and item.number in said
    assert "换管" in as_user(discipline).get("/log/").content.decode()


def test_earlier_notices_no_longer_say_what_it_is_about(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    to_work(item, cast)
    reminders.sweep(today=item.deadline + timedelta(days=30), at=AT)
    assert "水管冻裂" in "".join(
        Notice.objects.filter(subject_id=item.pk).values_list("text", flat=True)
    )
    report(item, cast.village)
    texts = set(Notice.objects.filter(subject_id=item.pk).values_list("text", flat=True))
    assert texts == {f"{item.number}：已移送纪委监委"}
    assert "水管冻裂" not in as_user(cast.clerk).get("/inbox/").content.decode()
