"""专栏, 稿件 and 好经验: nothing is stated that resolves to nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from cadres.models import Area, Cadre, Event, Notice
from cadres.reminders import sweeps
from households.actions.roster import add_member
from households.actions.visits import VisitEntry, correct, log_visit
from households.models import Household, Visit
from inspections.actions import columns, practices
from inspections.actions.practices import Binding
from inspections.models import Article, Column, MonthPlan, Practice, PracticeFigure
from inspections.publicity import figures
from inspections.publicity.names import holds_telephone, masked, masked_text, tells_of_health
from tests.cast import Cast
from tests.county import AT, COUNTY
from tests.households.builders import VILLAGE, household, idno
from tests.inspections.publicity import column, picture, practice
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
AsUser = Callable[[Cadre], Client]
TODAY = AT.date()
ADDRESS = "/inspections/publicity/"


@pytest.fixture
def office(person: Callable[..., Cadre]) -> Cadre:
    return person("演示宣传", "PUBLICITY", COUNTY, "县委宣传部")


@pytest.fixture
def home(cast: Cast) -> Household:
    return household("演示陈")


def visit(home: Household, cast: Cast) -> Visit:
    entry = VisitEntry(mode="IN_PERSON", met="本人", occurred_at=AT - timedelta(hours=1))
    return log_visit(household=home, entry=entry, by=cast.village, at=AT)


# Columns and articles


def test_month_plan_against_what_appeared(office: Cadre, as_user: AsUser, cast: Cast) -> None:
    made = column(office)
    columns.plan_month(column=made, month=TODAY, count=3, by=office, at=AT)
    for n in range(2):
        columns.add_article(column=made, title=f"第{n}篇", published_on=TODAY, link="https://example.invalid/1", place="", by=office, at=AT)  # fmt: skip
    columns.void_article(article=Article.objects.first(), why="登记重了", by=office, at=AT)  # type: ignore[arg-type]
    client = as_user(office)
    shown = client.get(ADDRESS + "?month=2026-11").content.decode()
    assert ("计划 3 篇，已刊播 1 篇" in shown and "差 2 篇" in shown) or "少 2 篇" in shown
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(client.get(ADDRESS + "?month=2026-11&format=xlsx").content)
    )
    rows = book.get_sheet_by_index(0).to_python()
    assert "请勿外传" in str(rows[0][0]) and rows[2][3:] == [3, 1, 2]
    assert Event.objects.filter(action="export").count() == 1
    assert as_user(cast.village).get(ADDRESS + "?format=xlsx").status_code == 403
    assert client.get(ADDRESS + "?month=2026-13").status_code == 200


@pytest.mark.parametrize(
    "given, field, words",
    [
        ({"published_on": TODAY + timedelta(days=1)}, "published_on", "晚于今天"),
        ({"published_on": date(2025, 12, 31)}, "published_on", "开办期"),
        ({"place": ""}, "link", "至少填一样"),
        ({"link": "javascript:alert(1)"}, "link", "http"),
    ],
)
def test_article_is_refused(office: Cadre, given: Any, field: str, words: str) -> None:
    facts = {"title": "茶香", "published_on": TODAY, "link": "", "place": "第 1 版", **given}
    with pytest.raises(BadInput, match=words) as refused:
        columns.add_article(column=column(office), **facts, by=office, at=AT)
    assert refused.value.field == field


def test_same_article_once_and_a_past_month_stays(office: Cadre, cast: Cast) -> None:
    made = column(office)
    add: dict[str, Any] = {"column": made, "title": "茶香", "published_on": TODAY, "link": "", "place": "第 1 版", "by": office, "at": AT}  # fmt: skip
    first = columns.add_article(**add)
    with pytest.raises(BadInput, match="已经登记过"):
        columns.add_article(**add)
    columns.void_article(article=first, why="标题错了", by=office, at=AT)
    columns.add_article(**add)
    with pytest.raises(BadInput, match="过去月份"):
        columns.plan_month(column=made, month=date(2026, 10, 1), count=9, by=office, at=AT)
    with pytest.raises(NotYours):  # a township's right does not reach the county's columns
        columns.plan_month(column=made, month=TODAY, count=9, by=cast.clerk, at=AT)
    with pytest.raises(BadInput, match="停办日期要晚于"):
        columns.end_column(column=made, on=TODAY, by=office, at=AT)
    columns.end_column(column=made, on=TODAY + timedelta(days=1), by=office, at=AT)
    with pytest.raises(Refusal, match="已经停办"):
        columns.end_column(column=made, on=TODAY + timedelta(days=1), by=office, at=AT)


def test_plan_behind_is_said_in_the_last_days_of_the_month(office: Cadre) -> None:
    made = column(office)
    columns.plan_month(column=made, month=TODAY, count=1, by=office, at=AT)

    def told() -> list[str]:
        return list(Notice.objects.filter(rule="P-BEHIND").values_list("text", flat=True))

    sweeps.run(today=date(2026, 11, 20), at=AT)  # six working days are left
    assert not told()
    sweeps.run(today=date(2026, 11, 23), at=AT)
    assert told() == ["专栏“决战决胜”本月计划 1 篇，已刊播 0 篇"]
    columns.add_article(column=made, title="茶香", published_on=TODAY, link="", place="第 1 版", by=office, at=AT)  # fmt: skip
    sweeps.run(today=date(2026, 11, 24), at=AT)
    assert len(told()) == 1


# 好经验


@pytest.mark.parametrize(
    "text",
    ["全村脱贫87户", "解决了八十七户的难题", "收入增加三成", "比去年翻了两倍", "满意率９８％", "百分之九十八的群众满意",
     "上百户受益", "引进资金 30 万元", "户户脱贫"],
)  # fmt: skip
def test_a_number_that_resolves_to_nothing_is_refused(
    text: str, home: Household, cast: Cast
) -> None:
    visit(home, cast)
    with pytest.raises(BadInput, match="没有对应的数据") as refused:
        practice(cast.clerk, text=text + "，入户面谈 {甲} 次")
    assert refused.value.field == "text" and "A-47" in refused.value.message
    assert not Practice.objects.exists()


def test_days_names_and_idioms_are_no_figures() -> None:
    for text in (
        "2026年11月3日起，第3村民组一户一策", "两不愁三保障", "一件一件办", "第一书记", "岳办〔2026〕3号", "一分为二",
        "2025年度", "三个聚焦",
    ):  # fmt: skip
        assert figures.unbound(text) == "", text


@pytest.mark.parametrize(
    "given, field, words",
    [
        ({"bindings": []}, "text", "没有选数据"),
        ({"bindings": [Binding("甲", "LIFTED"), Binding("乙", "LIFTED")]}, "kind_乙", "没有用到"),
        ({"bindings": [Binding("甲", "CLOSED", TODAY, TODAY)]}, "kind_甲", "查不到一条记录"),
        ({"bindings": [Binding("甲", "TALKED", TODAY, TODAY + timedelta(days=1))]}, "last_甲", "还没有发生"),
        ({"bindings": [Binding("甲", "TALKED", TODAY, None)]}, "start_甲", "从哪天到哪天"),
        ({"bindings": [Binding("甲", "CAMPAIGN")]}, "campaign_甲", "哪一次大走访"),
        ({"title": "{甲} 的变化"}, "title", "标题里不放"),
    ],
)  # fmt: skip
def test_binding_is_refused(
    given: Any, field: str, words: str, home: Household, cast: Cast
) -> None:
    visit(home, cast)
    with pytest.raises(BadInput, match=words) as refused:
        practice(cast.clerk, **given)
    assert refused.value.field == field
    assert not Practice.objects.exists()


def test_frozen_at_approval_beside_today(
    home: Household, cast: Cast, office: Cadre, as_user: AsUser
) -> None:
    visit(home, cast)
    made = practice(cast.clerk)
    reader = as_user(cast.village)
    assert reader.get(f"{ADDRESS}practices/{made.uid}/").status_code == 404
    with pytest.raises(NotYours):
        practices.approve(practice=made, by=cast.head, at=AT)
    practices.approve(practice=made, by=office, at=AT)
    assert made.figures.get().frozen == 1
    wrong = visit(home, cast)
    visit(household("演示二"), cast)
    shown = reader.get(f"{ADDRESS}practices/{made.uid}/").content.decode()
    assert "今日 3" in shown
    correct(visit=wrong, values={}, reason="记错了", void=True, by=cast.village, at=AT)
    assert "今日 2" in reader.get(f"{ADDRESS}practices/{made.uid}/").content.decode()
    rows = reader.get(f"{ADDRESS}practices/{made.uid}/figures/1/")
    assert rows.content.decode().count("<td>入户面谈") == 2 and "演示" not in main(rows)
    assert reader.get(f"{ADDRESS}practices/{made.uid}/figures/2/").status_code == 404


def main(answer: Any) -> str:
    text: str = answer.content.decode()
    return text[text.index("<h1>") :]


def test_what_resolves_no_more_at_the_approval_is_refused(
    home: Household, cast: Cast, office: Cadre
) -> None:
    only = visit(home, cast)
    made = practice(cast.clerk)
    correct(visit=only, values={}, reason="记错了", void=True, by=cast.village, at=AT)
    with pytest.raises(BadInput, match="查不到一条记录"):
        practices.approve(practice=made, by=office, at=AT)
    assert Practice.objects.get().status == "RECOMMENDED"


def test_closed_items_count_and_open_to_whoever_sees_them(
    item: Any, cast: Cast, office: Cadre, as_user: AsUser
) -> None:
    from tests.cast import to_closed

    to_closed(item, cast)
    closed = Binding("甲", "ON_TIME", TODAY, TODAY)
    made = practice(cast.clerk, text="销号 {甲} 件。", bindings=[closed])
    practices.approve(practice=made, by=office, at=AT)
    path = f"{ADDRESS}practices/{made.uid}/figures/1/"
    assert item.number in as_user(cast.clerk).get(path).content.decode()
    masked_rows = as_user(office).get(path).content.decode()
    assert item.number not in masked_rows and "饮水安全" in masked_rows and "水管冻裂" not in masked_rows  # fmt: skip


def test_returned_put_right_and_taken_down(home: Household, cast: Cast, office: Cadre) -> None:
    visit(home, cast)
    made = practice(cast.clerk)
    practices.add_photo(practice=made, content=picture(), no_children=True, by=cast.clerk, at=AT)
    with pytest.raises(BadInput, match="至少 4 个字"):
        practices.turn_back(practice=made, said="改", by=office, at=AT)
    practices.turn_back(practice=made, said="写具体些", by=office, at=AT)
    again = practice(cast.clerk, practice=made, title="管护到人")
    assert again.pk == made.pk and again.status == "RECOMMENDED" and again.figures.count() == 1
    practices.approve(practice=again, by=office, at=AT)
    with pytest.raises(Refusal, match="已经审核过"):
        practice(cast.clerk, practice=made)
    with pytest.raises(Refusal, match="不能再加照片"):
        practices.add_photo(
            practice=made, content=picture(), no_children=True, by=cast.clerk, at=AT
        )
    down = practices.turn_back(practice=again, said="数字已经变了", by=office, at=AT)
    assert down.status == "WITHDRAWN"


def test_names_of_householders_stay_out(home: Household, cast: Cast, office: Cadre) -> None:
    visit(home, cast)
    add_member(household=home, name="演示员外", idno=idno(9), relation_name="配偶", by=cast.clerk, at=AT)  # fmt: skip
    with pytest.raises(BadInput, match="请改成“演某某某”"):
        practice(cast.clerk, text="演示员外带头，入户面谈 {甲} 次")
    practice(office, text="演示员外带头，入户面谈 {甲} 次")  # who sees no roster looks up no name


def test_form_by_hand_and_its_errors(home: Household, cast: Cast, as_user: AsUser) -> None:
    visit(home, cast)
    client, village = as_user(cast.clerk), Area.objects.get(code=VILLAGE)
    form = {"area": village.pk, "title": "管护到人", "text": "入户面谈 {甲} 次，解决87户", "kind_甲": "TALKED", "start_甲": "2026-11-01", "last_甲": "2026-11-23"}  # fmt: skip
    wrong = client.post(f"{ADDRESS}practices/new/", form)
    assert wrong.status_code == 422 and "“87户”没有对应的数据" in wrong.content.decode()
    right = client.post(f"{ADDRESS}practices/new/", {**form, "text": "入户面谈 {甲} 次"})
    assert right.status_code == 302
    odd = client.post(f"{ADDRESS}practices/new/", {**form, "kind_甲": "RANK"})
    assert odd.status_code == 422


@pytest.mark.parametrize(
    "name, how, shown",
    [("陈大山", "SURNAME", "陈某某"), ("欧阳修远", "SURNAME", "欧阳某某"), ("陈", "SURNAME", "陈某"),
     ("陈大山", "HIDDEN", "某某"), ("陈大山", "FULL", "陈大山")],
)  # fmt: skip
def test_masking(name: str, how: str, shown: str) -> None:
    assert masked(name, how) == shown


def test_masked_text_and_words_that_do_not_belong() -> None:
    text = masked_text("陈大山和陈大山川种茶", ["陈大山", "陈大山川"], "SURNAME")
    assert text == "陈某某和陈某某某种茶"
    assert holds_telephone("请打１３８ 0000-1234") and not holds_telephone("0556-2170001")
    assert tells_of_health("他有残疾") == "残疾" and not tells_of_health("身体健康")


# What the database refuses by itself


def test_database_holds_columns_articles_and_practices(
    home: Household, cast: Cast, office: Cadre
) -> None:
    visit(home, cast)
    made, text = column(office), practice(cast.clerk)
    plan = columns.plan_month(column=made, month=TODAY, count=1, by=office, at=AT)
    article = columns.add_article(column=made, title="茶香", published_on=TODAY, link="", place="第 1 版", by=office, at=AT)  # fmt: skip
    who = {"by": office, "at": AT}
    new = {"column": made, "title": "茶", "published_on": TODAY, "place": "1", **who}
    figure = {"practice": text, "key": "乙", "kind": "LIFTED"}

    def articles(**given: Any) -> Callable[[], Any]:
        return lambda: Article.objects.create(**{**new, **given})

    def figures_(**given: Any) -> Callable[[], Any]:
        return lambda: PracticeFigure.objects.create(**{**figure, **given})

    def update(row: Any, **given: Any) -> Callable[[], Any]:
        return lambda: type(row).objects.filter(pk=row.pk).update(**given)

    tries: list[tuple[str, Callable[[], Any]]] = [
        ("column_once", lambda: Column.objects.create(name=made.name, outlet=made.outlet, medium="TV", start=TODAY, **who)),
        ("column_medium_known", update(made, medium="ODD")),
        ("column_period", update(made, end=date(2025, 1, 1))),
        ("month_plan_once", lambda: MonthPlan.objects.create(column=made, month=plan.month, count=1, **who)),
        ("month_plan_first_day", lambda: MonthPlan.objects.create(column=made, month=date(2026, 12, 2), count=1, **who)),
        ("month_plan_count", update(plan, count=201)),
        ("month_plan_over", lambda: MonthPlan.objects.create(column=made, month=date(2026, 10, 1), count=1, **who)),
        ("month_plan_over", update(plan, count=0, at=AT + timedelta(days=30))),
        ("article_day", articles(published_on=TODAY + timedelta(days=1))),
        ("article_day", articles(published_on=date(2025, 12, 31))),
        ("article_can_be_found", articles(place="")),
        ("article_link_is_web", articles(link="javascript:alert(1)")),
        ("article_once", articles(title="茶香")),
        ("article_kept", update(article, title="别的")),
        ("article_voided_whole", update(article, voided_at=AT)),
        ("practice_begins", lambda: Practice.objects.create(area_id=VILLAGE, title="x", text="x", status="APPROVED", reviewed_by=office, reviewed_at=AT, by=cast.clerk, at=AT)),
        ("practice_unresolved", update(text, status="APPROVED", reviewed_by=office, reviewed_at=AT)),
        ("practice_way", update(text, status="WITHDRAWN", reviewed_by=office, reviewed_at=AT)),
        ("practice_reviewed_by_another", update(text, status="RETURNED", reviewed_by=cast.clerk, reviewed_at=AT)),
        ("practice_status_known|practice_way", update(text, status="ODD", reviewed_by=office, reviewed_at=AT)),
        ("figure_key_once", figures_(key="甲")),
        ("figure_key_known", figures_(key="x")),
        ("figure_says_what", figures_(kind="CLOSED")),
        ("figure_frozen_resolves", figures_(frozen=0, frozen_on=TODAY)),
    ]  # fmt: skip
    for name, act in tries:
        with pytest.raises(DatabaseError, match=name), transaction.atomic():
            act()
    practices.approve(practice=text, by=office, at=AT)
    late: list[tuple[str, Callable[[], Any]]] = [
        ("practice_as_reviewed", update(text, text="别的")),
        ("figure_frozen", update(text.figures.get(), frozen=99)),
        ("figure_frozen", figures_()),
        ("figure_frozen", lambda: text.figures.all().delete()),
    ]
    for name, act in late:
        with pytest.raises(DatabaseError, match=name), transaction.atomic():
            act()
    for table in ("column", "monthplan", "article", "practice"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM inspections_{table}")


def test_lists_cost_the_same_with_one_and_with_three(
    home: Household, cast: Cast, office: Cadre, as_user: AsUser
) -> None:
    visit(home, cast)
    client = as_user(office)
    made = column(office)

    def add(n: int) -> None:
        practice(cast.clerk, title=f"管护到人第{n}")
        columns.add_article(column=made, title=f"茶{n}", published_on=TODAY, link="", place="第 1 版", by=office, at=AT)  # fmt: skip
        column(office, name=f"专栏{n}")

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(ADDRESS + path).status_code == 200
        return len(found)

    paths = ("?month=2026-11", "articles/", "practices/?view=review")
    add(1)
    for path in paths:
        cost(path)
    one = [cost(path) for path in paths]
    add(2), add(3)
    assert [cost(path) for path in paths] == one
