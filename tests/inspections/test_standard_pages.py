from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cadres.models import Cadre
from households.models import Household
from inspections.models import CheckRun, Gap, Indicator, Judgement, Standard
from rectification.models import Item
from tests.cast import Cast
from tests.county import AT, QINGTIAN
from tests.households.builders import VILLAGE, household
from tests.inspections.standing import Standing, standing
from tests.inspections.test_selfcheck import good
from tests.inspections.test_standards import leader, office

__all__ = ["leader", "office"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def there(cast: Cast, office: Cadre, leader: Cadre) -> Standing:
    good(cast, unsafe_house=True)
    return standing(office, leader)


def typed(page: str) -> dict[str, str]:
    """What a browser would send of the form that is shown."""
    import re
    from html import unescape

    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if not name or ('type="checkbox"' in tag and " checked" not in tag):
            continue
        found.setdefault(name[1], []).append(unescape(value[1]) if value else "on")
    for name_, body in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.S):
        found[name_] = [unescape(body).lstrip("\r\n")]
    for name_, body in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', body) or re.search(r'<option value="([^"]*)"', body)  # fmt: skip
        found[name_] = [chosen[1] if chosen else ""]
    return {k: v for k, v in found.items() if k.startswith("i-") or k in ("name", "basis", "document_no")}  # fmt: skip


def test_a_version_is_proposed_on_the_page_and_confirmed_by_another(
    there: Standing, office: Cadre, leader: Cadre, as_user: Callable[[Cadre], Client]
) -> None:
    client = as_user(office)
    shown = client.get("/inspections/standards/new/household/").content.decode()
    given = typed(shown)
    assert given["i-TOTAL_FORMS"] == ["11"]
    first = {"start": str(AT.date() + timedelta(days=2)), "end": "", "why": "按省里新文件修订"}
    answer = client.post("/inspections/standards/new/household/", {**given, **first, "add": "1"})
    assert answer.status_code == 200 and 'value="12"' in answer.content.decode()
    bad = {**given, **first, "i-6-tests": "不对"}
    answer = client.post("/inspections/standards/new/household/", bad)
    assert answer.status_code == 422 and "写得不对" in answer.content.decode()
    gone = {**given, **first, "i-1-remove": "on", "i-2-question": "衣服够穿吗？"}
    answer = client.post("/inspections/standards/new/household/", gone)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    made = Standard.objects.get(status="WAITS")
    assert made.number == 3 and made.indicators.count() == 10
    assert made.indicators.get(code="WATER").tests == there.standard.indicators.get(code="WATER").tests  # fmt: skip
    page = as_user(leader).get(f"/inspections/standards/{made.pk}/").content.decode()
    assert "取消指标" in page and "衣服够穿吗？" in page and "确认，" in page
    assert "须由另一个岗位的人确认" not in page
    assert "取消指标" in client.get(f"/inspections/standards/{made.pk}/{there.standard.pk}/").content.decode()  # fmt: skip
    answer = as_user(leader).post(f"/inspections/standards/{made.pk}/", {"what": "refuse"})
    assert answer.status_code == 422 and "退回请写明原因" in answer.content.decode()
    as_user(leader).post(f"/inspections/standards/{made.pk}/", {"what": "accept"})
    made.refresh_from_db()
    assert made.status == "ACCEPTED" and CheckRun.objects.filter(standard=made).exists()
    assert as_user(office).post(f"/inspections/standards/{made.pk}/", {"what": "accept"}).status_code == 403  # fmt: skip


def test_thresholds_are_kept_as_they_were_typed(office: Cadre, as_user: Callable[[Cadre], Client]) -> None:  # fmt: skip
    client = as_user(office)
    given = typed(client.get("/inspections/standards/new/county/").content.decode())
    more = {"start": str(AT.date()), "end": "", "why": "按新文件修订", "i-0-threshold": "2.00%", "i-1-threshold": "1/3"}  # fmt: skip
    assert client.post("/inspections/standards/new/county/", {**given, **more, "i-2-threshold": "很低"}).status_code == 422  # fmt: skip
    assert client.post("/inspections/standards/new/county/", {**given, **more}).status_code == 302
    pairs = Indicator.objects.filter(code__in=["COMPOSITE", "WRONG_EXIT"]).order_by("order").values_list("threshold_num", "threshold_den")  # fmt: skip
    assert [n / d for n, d in pairs] == [0.02, 1 / 3]
    assert client.get("/inspections/standards/new/odd/").status_code == 404


def test_gaps_page_export_and_item(there: Standing, cast: Cast, as_user: Callable[[Cadre], Client]) -> None:  # fmt: skip
    client, path = as_user(cast.clerk), f"/inspections/checks/{there.run.pk}/"
    page = client.get(path).content.decode()
    assert "演示好户" in page and "在册是危房户" in page and "转入整改" in page
    book = client.get(path, {"format": "xlsx"})
    assert book["Cache-Control"] == "private, no-store"
    gap = Gap.objects.get(run=there.run, code="HOUSE")
    answer = client.post(f"/inspections/checks/gaps/{gap.pk}/item/")
    item = Item.objects.get(source_kind="gap")
    assert answer["Location"] == f"/items/{item.uid}/"
    client.post(f"/inspections/checks/gaps/{gap.pk}/item/")
    assert Item.objects.filter(source_kind="gap").count() == 1
    assert item.number in client.get(path).content.decode()
    assert "没有符合这些条件" in client.get(path, {"code": "FOOD"}).content.decode()
    assert client.get(path, {"code": "X", "area": "x", "kind": "ODD", "after": "!!"}).status_code == 422  # fmt: skip
    other = as_user(cast.department)
    assert "演示好户" not in other.get(path).content.decode()
    assert other.post(f"/inspections/checks/gaps/{gap.pk}/item/").status_code == 404
    assert "现场核对" in client.get(f"/households/{there.gap.household.uid}/").content.decode()  # type: ignore[union-attr]


def test_an_answer_on_the_page(there: Standing, cast: Cast, as_user: Callable[[Cadre], Client]) -> None:  # fmt: skip
    home = Household.objects.get()
    client, path = as_user(cast.village), f"/inspections/checks/at/{home.uid}/"
    assert "不愁吃" in client.get(path).content.decode()
    answer = client.post(path, {"code": "FOOD", "answer": "FAILED", "said": ""})
    assert answer.status_code == 422
    client.post(path, {"code": "FOOD", "answer": "FAILED", "said": "米缸是空的"})
    assert Judgement.objects.get().answer == "FAILED" and "米缸是空的" in client.get(path).content.decode()  # fmt: skip
    assert client.post(path, {"code": "HOUSE", "answer": "MET", "said": "看过"}).status_code == 404
    assert client.get(f"/inspections/checks/in/{VILLAGE}/").status_code == 200
    assert client.get(f"/inspections/checks/in/{QINGTIAN}/").status_code == 404
    assert as_user(cast.department).get(path).status_code == 404


def test_what_changed_between_two_runs(there: Standing, office: Cadre, as_user: Callable[[Cadre], Client]) -> None:  # fmt: skip
    page = as_user(office).get(f"/inspections/checks/{there.run.pk}/{there.before.pk}/").content.decode()  # fmt: skip
    assert "新增差距 0" in page and "消除差距 0" in page
    assert as_user(office).get(f"/inspections/checks/{there.run.pk}/{there.run.pk}/").status_code == 404  # fmt: skip


def test_a_list_of_gaps_costs_the_same_with_one_and_with_many(
    there: Standing, cast: Cast, office: Cadre, as_user: Callable[[Cadre], Client],
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, path = as_user(office), f"/inspections/checks/{there.run.pk}/?code=HOUSE"
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(path)
    for n in range(3):
        home = household(f"演示多{n}")
        Gap.objects.create(run=there.run, code="HOUSE", area=home.area, household=home, verdict="FAILED", fact="在册是危房户")  # fmt: skip
    with django_assert_num_queries(len(one)):
        client.get(path)
    book = f"/inspections/handbook/{there.book.pk}/?unit={cast.village.unit_id}"
    with CaptureQueriesContext(connection) as one:
        client.get(book)
    for n in range(3):
        Cadre.objects.create(work_no=f"N{n}", name=f"演示新{n}", pinyin="n", unit=cast.village.unit)
    with django_assert_num_queries(len(one)):
        client.get(book)
