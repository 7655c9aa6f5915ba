"""Figures that stand up: every one opens into as many rows, nothing not yet due is counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Cadre
from rectification.actions import closing, red_lines
from rectification.actions.extending import ask_extension, decide_extension
from rectification.actions.registering import Finding, register
from rectification.figures import FIGURES, Rate, report
from rectification.ledger.narrowing import narrowed
from rectification.models import Item
from tests.cast import PHOTO, Cast, passes, to_check, to_closed, to_work, visited
from tests.county import AT, COUNTY, DIANQIAN, QINGTIAN
from yuexi.core import clock

AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db
TODAY = clock.today()


def another(item: Item, cast: Cast, text: str) -> Item:
    finding = Finding(text=text, category="饮水安全", area=item.area, source="INSPECTION")
    return register(finding=finding, by=cast.clerk, at=AT)


def set_(item: Item, **values: Any) -> None:
    Item.objects.filter(pk=item.pk).update(**values)


@pytest.fixture
def mixed(item: Item, cast: Cast) -> dict[str, Item]:
    """One of each fate."""
    back, ahead = TODAY - timedelta(days=5), TODAY + timedelta(days=9)
    to_closed(item, cast)
    set_(item, deadline=back, applied_on=back)
    made = {"on_time": item}
    for name in ("late_closed", "not_due_closed"):
        made[name] = another(item, cast, name)
        to_closed(made[name], cast)
    set_(made["late_closed"], deadline=back, applied_on=back + timedelta(days=1))
    set_(made["not_due_closed"], deadline=ahead)
    for name in ("late_open", "not_due_open", "rebound"):
        made[name] = another(item, cast, name)
        (to_closed if name == "rebound" else to_work)(made[name], cast)
    set_(made["late_open"], deadline=TODAY - timedelta(days=10))
    closing.look_back(
        item_id=made["rebound"].pk, held=False, finding="又坏了", by=cast.inspector, at=AT
    )
    set_(made["rebound"], deadline=ahead)
    for name in ("checking", "late_checking"):
        made[name] = another(item, cast, name)
        to_check(made[name], cast)
        set_(made[name], deadline=back, applied_on=back + timedelta(days=name != "checking"))
    made["issue_wait"] = another(item, cast, "issue_wait")
    return made


def test_each_item_is_counted_where_it_belongs(mixed: dict[str, Item], cast: Cast) -> None:
    total = report(cast.accepter, TODAY).total.n
    for name in (
        "on_time",
        "late_closed",
        "late_open",
        "checking",
        "late_checking",
        "not_due_closed",
        "rebound",
    ):
        assert total[name] == 1, name
    assert total["due"] == 4 and total["late_8_30"] == 1 and total["late_1_7"] == 0
    assert total["not_due_open"] == 2  # the relapse has its new time
    assert report(cast.accepter, TODAY).total.closed.words == "25.0%"
    assert total["closed_ever"] == 4 and total["to_issue"] == 7
    parts = ("on_time", "late_closed", "late_checking", "late_open")
    assert total["due"] == sum(total[p] for p in parts)


def test_every_figure_opens_into_as_many_rows(
    mixed: dict[str, Item], cast: Cast, as_user: AsUser
) -> None:
    office = as_user(cast.accepter)
    page = office.get("/items/figures/").content.decode()
    links = re.findall(r'<a href="(/items/\?[^"]+)"[^>]*>(\d+)</a>', page)
    assert len(links) > 40
    for path, n in links:
        shown = office.get(unescape(path)).content.decode()
        assert re.search(rf" {n} 件</span></h1>", shown), (path, n)
        assert shown.count("<tr><td") == int(n), path


def test_lines_of_places_and_units_add_up_in_the_order_of_codes(
    mixed: dict[str, Item], cast: Cast
) -> None:
    found = report(cast.accepter, TODAY)
    for lines in (found.townships, found.units):
        for key in FIGURES:
            assert sum(line.n[key] for line in lines) == found.total.n[key], key
    waiting = sum(w.count for w in found.waiting)
    assert waiting == Item.objects.filter(pk__in=[i.pk for k, i in mixed.items() if not k.endswith("closed") and k != "on_time"]).count()  # fmt: skip
    codes = [line.query["township"] for line in found.townships]
    assert codes == sorted(codes)


def test_medians_are_days_between_moves_from_the_log(mixed: dict[str, Item], cast: Cast) -> None:
    names = {m.name: (m.days, m.count) for m in report(cast.accepter, clock.day(AT)).medians}
    assert names["签收"] == (0, 8) and names["乡镇自查"][1] == 4


def test_every_median_opens_into_the_rows_that_it_is_the_middle_of(
    mixed: dict[str, Item], cast: Cast, person: Any, as_user: AsUser
) -> None:
    office = as_user(cast.accepter)
    page = office.get("/items/figures/").content.decode()
    links = re.findall(r'<a href="(/items/figures/steps/[^"]+)">(<b>)?(\d+)<', page)
    assert len(links) == 2 * len(report(cast.accepter, clock.today()).medians) > 12
    counted = {unescape(path): int(n) for path, bold, n in links if not bold}
    for path, bold, n in links:
        if not bold:
            continue
        shown = office.get(unescape(path)).content.decode()
        days = [int(d) for d in re.findall(r'<td class="r nowrap">(\d+) 天', shown)]
        assert len(days) == counted[unescape(path)] and days == sorted(days), path
        assert days[(len(days) - 1) // 2] == int(n), path
    path = "/items/figures/steps/?step=item.sign"
    assert "8 次，中位数 0 天" in office.get(path).content.decode()
    assert office.get(f"{path}&format=xlsx").status_code == 200
    assert office.get("/items/figures/steps/?step=nonsense").status_code == 404
    far = as_user(person("外乡书记", "TOWNSHIP_HEAD", DIANQIAN)).get(path).content.decode()
    assert "没有办完过这一步" in far and "水管冻裂" not in far


def test_the_rows_of_a_median_cost_the_same_and_veil_what_the_commission_has(
    mixed: dict[str, Item], cast: Cast, as_user: AsUser
) -> None:
    office, path = as_user(cast.accepter), "/items/figures/steps/?step=item.sign"

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.get(path).status_code == 200
        return len(queries)

    cost()
    before = cost()
    for text in ("a", "b", "c"):
        to_work(another(mixed["on_time"], cast, text), cast)
    assert cost() == before
    red_lines.report_red_line(item_id=mixed["not_due_open"].pk, line="FRAUD", said="照片是去年拍的", by=cast.village, at=AT)  # fmt: skip
    shown = office.get(path).content.decode()
    assert "已移送纪委监委" in shown and ">not_due_open<" not in shown.replace("\n", "")


def test_a_rate_of_nothing_is_none_and_100_means_all() -> None:
    assert Rate(0, 0).words == "—" and Rate(1, 3).words == "33.3%" and Rate(2, 3).words == "66.7%"
    assert Rate(1999, 2000).words == "99.9%" and Rate(5, 5).words == "100.0%"


def test_an_empty_county_divides_by_nothing(cast: Cast, as_user: AsUser) -> None:
    page = as_user(cast.accepter).get("/items/figures/").content.decode()
    assert "还没有到期应销的，不算比率" in page and "没有在办的事项" in page


def test_a_constant_number_of_statements(item: Item, cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            report(cast.accepter, TODAY)
        return len(queries)

    report(cast.accepter, TODAY)
    before = cost()
    for text in ("a", "b", "c"):
        to_work(another(item, cast, text), cast)
    assert cost() == before <= 8


def test_within_scope_and_exported(
    mixed: dict[str, Item], cast: Cast, person: Any, as_user: AsUser
) -> None:
    far = person("外乡书记", "TOWNSHIP_HEAD", DIANQIAN)
    assert report(far, TODAY).total.n["due"] == 0
    near = person("本乡镇长", "TOWNSHIP_HEAD", QINGTIAN)
    assert report(near, TODAY).total.n["due"] == 4
    assert as_user(cast.accepter).get("/items/figures/?format=xlsx").status_code == 200
    assert (
        as_user(person("演示组织", "ORGANISATION", COUNTY)).get("/items/figures/").status_code
        == 403
    )


def test_words_of_one_two_and_more_signs_find_their_text(item: Item, cast: Cast) -> None:
    other = another(item, cast, "路灯不亮三天，没有人修")
    for said, found in {
        "水": [item], "冻裂": [item], "水管冻裂": [item], "管裂": [], "灯不亮 没有人": [other],
        "没有人修 三天": [other], "26-0002": [other], "%": [], "不": [other], item.number: [item],
    }.items():  # fmt: skip
        rows = narrowed(cast.accepter, {"q": said, "view": ""}, TODAY)
        assert list(rows) == found, said


def test_an_extension_does_not_hide(item: Item, cast: Cast, as_user: AsUser) -> None:
    """Who was on time by the later day alone is on time, and told apart."""
    to_work(item, cast)
    ask_extension(item_id=item.pk, days=5, reason="冰冻，无法施工", by=cast.clerk, at=AT)
    decide_extension(item_id=item.pk, granted=True, opinion="情况属实", by=cast.approver, at=AT)
    closing.add_evidence(item_id=item.pk, content=PHOTO, name="通水.jpg", what="通水", by=cast.clerk, at=AT)  # fmt: skip
    for link in item.homes.all():
        closing.answer_household(item_id=item.pk, household=link.household, solved=True, said="通了", by=cast.village, at=AT)  # fmt: skip
    closing.apply(item_id=item.pk, by=cast.clerk, at=AT)
    back = TODAY - timedelta(days=5)
    set_(item, deadline=back, applied_on=back)
    steps = ((cast.head, "SELF_CHECK"), (cast.department, "VERIFY"), (cast.accepter, "ACCEPT"))
    visited(item, cast)
    for by, step in (*steps, (cast.approver, "APPROVE")):
        assert report(cast.accepter, TODAY).total.n["extended"] == 0
        passes(item, by, step)
    total = report(cast.accepter, TODAY).total
    assert (total.n["extended"], total.n["on_time"]) == (1, 1)
    page = as_user(cast.accepter).get("/items/?fig=extended").content.decode()
    assert " 1 件</span></h1>" in page and item.number in page
    assert "其中经批准延期" in as_user(cast.accepter).get("/items/figures/").content.decode()


def test_what_the_commission_has_is_in_no_figure(
    item: Item, cast: Cast, person: Callable[..., Cadre]
) -> None:
    """Its clock stands still, and by grade the ledger would not show it: the sums would not agree."""
    to_work(item, cast)
    set_(item, deadline=TODAY - timedelta(days=3))
    assert report(cast.accepter, TODAY).total.n["due"] == 1
    red_lines.report_red_line(item_id=item.pk, line="FRAUD", said="照片是去年拍的", by=cast.village, at=AT)  # fmt: skip
    found = report(cast.accepter, TODAY)
    for line in [*found.grades, found.total]:
        for key in FIGURES:
            rows = narrowed(cast.accepter, {"fig": key, **line.query}, TODAY)
            assert line.n[key] == rows.count() == 0
