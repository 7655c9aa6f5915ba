"""现场解决: one save, the same states and guards, and one other person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cadres.models import Area, Cadre, Event, StoredFile
from households.actions.visits import Problem, VisitEntry, log_visit
from households.models import Household, Visit
from rectification.actions import closing, moving
from rectification.actions.onspot import Solution, register_solved, solve
from rectification.actions.registering import Finding, register
from rectification.models import Evidence, Item
from rectification.querysets import waiting_for
from rectification.timeline import chain
from tests.cast import PHOTO, Cast, fresh, passes
from tests.county import AT, QINGTIAN
from tests.households.builders import VILLAGE, helps
from yuexi.core.refusals import NotYours, Refusal

pytestmark = pytest.mark.django_db
AsUser = Callable[[Cadre], Client]
MENDED = Solution(done="换了一只水龙头", content=PHOTO, name="水龙头.jpg")


def finding(**changes: Any) -> Finding:
    given = {"text": "水龙头漏水", "category": "饮水安全", "source": "SELF",
             "area": Area.objects.get(code=VILLAGE)}  # fmt: skip
    return Finding(**{**given, **changes})


@pytest.fixture
def solved(cast: Cast) -> Item:
    return register_solved(finding=finding(), solution=MENDED, by=cast.village, at=AT)


def posted(**changes: Any) -> dict[str, Any]:
    form = {"source": "SELF", "text": "水龙头漏水", "category": "饮水安全", "household": "",
            "area": Area.objects.get(code=VILLAGE).pk, "done": "换了一只水龙头",
            "file": SimpleUploadedFile("a.jpg", PHOTO)}  # fmt: skip
    return {**form, **changes}


def told(item: Item) -> list[str]:
    events = Event.objects.filter(kind="item", object_id=item.pk).order_by("seq")
    return list(events.values_list("action", flat=True))


def test_one_save_and_one_other_person(cast: Cast, as_user: AsUser) -> None:
    village = as_user(cast.village)
    assert "/items/solved/" in village.get("/items/new/").content.decode()
    page = village.post("/items/solved/", posted()).headers["Location"]
    item = Item.objects.get()
    assert (item.status, item.route, item.person, item.measure) == (
        "APPROVE", "ON_SPOT", cast.village, "换了一只水龙头",
    )  # fmt: skip
    assert item.dispatch is None and item.check_due is not None
    assert told(item) == ["item.register", "item.evidence", "item.solve"]
    shown = village.get(page).content.decode()
    assert "现场解决，不经交办" in shown and "等您办" not in shown
    assert village.post(f"{page}pass/", {"opinion": "同意", "step": "APPROVE"}).status_code == 422
    head = as_user(cast.head)
    assert "1 件待他人确认" in head.get("/").content.decode()
    assert head.post(f"{page}pass/", {"opinion": "同意", "step": "APPROVE"}).status_code == 422
    head.get(f"{page}evidence/{item.evidence.get().pk}/")
    head.post(f"{page}pass/", {"opinion": "看过了，不漏", "step": "APPROVE"})
    assert fresh(item).status == "CLOSED" and fresh(item).lookback_due is not None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"done": "换"}, "至少 4 个字"),
        ({"file": SimpleUploadedFile("a.jpg", b"no picture")}, "只收照片"),
        ({"file": ""}, "必填"),
        ({"text": ""}, "必填"),
        ({"source": "INSPECTION"}, "不在可选范围内"),
        ({"household": "0099"}, "找不到这个户编号"),
    ],
)
def test_what_is_not_taken_leaves_nothing(
    cast: Cast, as_user: AsUser, changes: dict[str, Any], said: str
) -> None:
    answer = as_user(cast.village).post("/items/solved/", posted(**changes))
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not Item.objects.exists() and not Event.objects.filter(kind="item").exists()
    assert not StoredFile.objects.exists()


def test_a_refused_save_says_why_at_the_top_with_links_to_its_fields(
    cast: Cast, as_user: AsUser
) -> None:
    answer = as_user(cast.village).post("/items/solved/", posted(text="", done=""))
    page = answer.content.decode()
    assert answer.status_code == 422 and page.count("data-errors") == 1
    assert "有 2 处要改" in page and 'href="#id_text"' in page and 'href="#id_done"' in page


def test_who_may_and_of_what(cast: Cast, person: Callable[..., Cadre]) -> None:
    with pytest.raises(Refusal, match="只有入户走访或自查"):
        register_solved(
            finding=finding(source="INSPECTION"), solution=MENDED, by=cast.accepter, at=AT
        )
    with pytest.raises(NotYours):
        register_solved(
            finding=finding(), solution=MENDED, by=person("演示无权", "HELPER", QINGTIAN), at=AT
        )
    Cadre.objects.filter(pk=cast.village.pk).update(unit=None)
    with pytest.raises(Refusal, match="没有单位"):
        register_solved(
            finding=finding(), solution=MENDED, by=Cadre.objects.get(pk=cast.village.pk), at=AT
        )
    assert not Item.objects.exists()


@pytest.fixture
def visit(cast: Cast, home: Household, person: Callable[..., Cadre]) -> Visit:
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    helps(helper, home)
    problems = [Problem("饮水安全", "水龙头漏水")]
    entry = VisitEntry(mode="IN_PERSON", met="演示陈", occurred_at=AT, problems=problems)
    return log_visit(household=home, entry=entry, by=helper, at=AT)


def test_a_visits_problem_solved_by_the_visitor(
    visit: Visit, cast: Cast, as_user: AsUser, home: Household
) -> None:
    helper, item = visit.visitor, Item.objects.get()
    client, page = as_user(helper), f"/items/{item.uid}/"
    assert f"{page}#solve" in client.get(f"/visits/{visit.uid}/").content.decode()
    assert "登记现场解决" in client.get(page).content.decode()
    assert "登记现场解决" not in as_user(cast.head).get(page).content.decode()
    short = client.post(f"{page}solve/", {"done": "换", "file": SimpleUploadedFile("a.jpg", PHOTO)})
    assert short.status_code == 422 and fresh(item).status == "REGISTERED"
    client.post(f"{page}solve/", {"done": MENDED.done, "file": SimpleUploadedFile("a.jpg", PHOTO)})
    now = fresh(item)
    assert (now.status, now.route, now.person, now.source) == (
        "APPROVE",
        "ON_SPOT",
        helper,
        "VISIT",
    )
    assert "当场已解决" not in client.get(f"/visits/{visit.uid}/").content.decode()
    with pytest.raises(Refusal, match="还没有答复"):
        passes(item, cast.village, "APPROVE")
    with pytest.raises(Refusal, match="责任人以外"):
        closing.answer_household(item_id=item.pk, household=home, solved=True, said="", by=helper, at=AT)  # fmt: skip
    closing.answer_household(item_id=item.pk, household=home, solved=True, said="不漏了", by=cast.village, at=AT)  # fmt: skip
    passes(item, cast.village, "APPROVE")
    assert fresh(item).status == "CLOSED"


def test_only_the_finder_and_only_before_the_review(visit: Visit, cast: Cast, item: Item) -> None:
    """`item` came from an inspection; the other one from a visit."""
    found = Item.objects.get(source="VISIT")
    with pytest.raises(NotYours, match="登记人本人"):
        solve(item_id=found.pk, solution=MENDED, by=cast.clerk, at=AT)
    with pytest.raises(Refusal, match="只有入户走访或自查"):
        solve(item_id=item.pk, solution=MENDED, by=cast.clerk, at=AT)
    moving.confirm(item_ids=[found.pk], by=cast.accepter, at=AT)
    with pytest.raises(Refusal, match="不能现场解决"):
        solve(item_id=found.pk, solution=MENDED, by=visit.visitor, at=AT)
    assert not Evidence.objects.exists()


def test_a_return_and_the_second_application(solved: Item, cast: Cast) -> None:
    closing.check(
        item_id=solved.pk, step="APPROVE", passed=False, opinion="还在漏", by=cast.head, at=AT
    )
    back = fresh(solved)
    assert (back.status, back.round, back.person) == ("RECTIFYING", 2, cast.village)
    assert [d.label for d in chain(back, mine=True) if d.state == "now"] == ["现场解决"]
    with pytest.raises(Refusal, match="至少要有 1 份"):
        closing.apply(item_id=solved.pk, by=cast.village, at=AT)
    closing.add_evidence(
        item_id=solved.pk, content=PHOTO + b"2", name="b.jpg", what="又换了", by=cast.village, at=AT
    )
    closing.apply(item_id=solved.pk, by=cast.village, at=AT)
    assert fresh(solved).status == "APPROVE"


def test_the_way_shown_is_the_way_gone(solved: Item, cast: Cast) -> None:
    dots = [(d.label, d.state) for d in chain(fresh(solved), mine=False)]
    assert dots == [("登记", "done"), ("现场解决", "done"), ("他人确认", "now"), ("回头看", "")]
    ordinary = register(finding=finding(route="ON_SPOT"), by=cast.clerk, at=AT)
    assert [d.label for d in chain(ordinary, mine=False)][1:4] == ["审核", "交办", "签收"]


def test_the_solver_confirms_nothing_by_raw_sql_either(solved: Item, cast: Cast) -> None:
    assert solved not in waiting_for(cast.village, AT.date())
    with pytest.raises(Refusal, match="整改责任人不能检查"):
        passes(solved, cast.village, "APPROVE")
    with pytest.raises(IntegrityError, match="check_rectifier"), transaction.atomic():
        connection.cursor().execute(
            "INSERT INTO rectification_check (item_id, round, step, by_id, unit_id, at, passed, opinion)"
            " VALUES (%s, 1, 'APPROVE', %s, %s, now(), true, '好')",
            [solved.pk, cast.village.pk, cast.village.unit_id],
        )


def raw_step(item: Item, **changes: Any) -> None:
    """Straight to the confirmation, with evidence there."""
    row = {"status": "APPROVE", "route": "ON_SPOT", "check_due": AT.date(), "applied_on": AT.date(),
           "measure": "换了水龙头", **changes}  # fmt: skip
    sets = ", ".join(f"{name} = %s" for name in row)
    connection.cursor().execute(
        f"UPDATE rectification_item SET {sets} WHERE id = %s", [*row.values(), item.pk]
    )


def with_evidence(item: Item, by: Cadre) -> None:
    kept = StoredFile.objects.create(sha256="0" * 64, name="a.jpg", content_type="image/jpeg", size=1,
                                     uploaded_by=by, uploaded_at=AT)  # fmt: skip
    Evidence.objects.create(item=item, round=1, file=kept, what="照片", by=by, at=AT)


def test_no_shortcut_by_raw_sql(cast: Cast, item: Item) -> None:
    own = register(
        finding=finding(person=cast.village, unit=cast.village.unit), by=cast.village, at=AT
    )
    with pytest.raises(IntegrityError, match="item_evidence"), transaction.atomic():
        raw_step(own)
    with_evidence(own, cast.village)
    with_evidence(item, cast.clerk)
    for wrong, changes in (
        (item, {}),  # found by an inspection
        (own, {"person_id": cast.clerk.pk}),  # not mended by its finder
        (own, {"route": "VILLAGE"}),
    ):
        with pytest.raises(IntegrityError, match="item_shortcut"), transaction.atomic():
            raw_step(wrong, **changes)
    with pytest.raises(IntegrityError, match="item_issued_with_day"), transaction.atomic():
        raw_step(own, status="SIGNED", check_due=None)
    with pytest.raises(IntegrityError, match="item_start"), transaction.atomic():
        connection.cursor().execute(
            "INSERT INTO rectification_item SELECT (r).* FROM (SELECT jsonb_populate_record(i, "
            """'{"id": 99999, "number": "26-9", "status": "APPROVE", "uid": "019e0000-0000-7000-8000-000000000000"}')"""
            " AS r FROM rectification_item i WHERE id = %s) x",
            [own.pk],
        )
    raw_step(own)
    assert fresh(own).status == "APPROVE"
