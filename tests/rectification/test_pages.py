from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Area, Cadre
from rectification.actions import moving
from rectification.actions.registering import Finding, register
from rectification.models import Item
from tests.cast import PHOTO, Cast, fresh, to_check, to_work
from tests.county import AT, DIANQIAN
from tests.households.builders import VILLAGE
from yuexi.core import clock

AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db


def test_one_item_from_form_to_close_out_through_the_pages(cast: Cast, as_user: AsUser) -> None:
    clerk, office = as_user(cast.clerk), as_user(cast.accepter)
    area = Area.objects.get(code=VILLAGE)
    form = {
        "text": "路灯不亮",
        "category": "基础设施",
        "area": area.pk,
        "source": "SELF",
        "grade": "AT_ONCE",
        "route": "",
    }
    assert clerk.post("/items/new/", {**form, "text": ""}).status_code == 422
    page = clerk.post("/items/new/", form).headers["Location"]
    number = Item.objects.get().number
    office.post("/items/many/confirm/", {"item": [number]})
    office.post(
        "/items/many/issue/",
        {"item": [number], "document_no": "岳帮办〔2026〕9号", "signed_off_by": "演示"},
    )
    assert "岳帮办〔2026〕9号" in office.get(page).content.decode()
    clerk.post(f"{page}sign/")
    short = clerk.post(f"{page}plan/", {"measure": "换"})
    assert short.status_code == 422 and "至少 4 个字" in short.content.decode()
    clerk.post(f"{page}plan/", {"measure": "更换灯头和线路"})
    assert clerk.post(f"{page}apply/").status_code == 409
    clerk.post(f"{page}evidence/", {"what": "亮灯照片", "file": SimpleUploadedFile("a.jpg", PHOTO)})
    clerk.post(f"{page}apply/")
    head = as_user(cast.head)
    assert "未看" in head.get(page).content.decode()
    blind = head.post(f"{page}pass/", {"opinion": "同意", "step": "APPROVE"})
    assert blind.status_code == 422 and "没有打开看过" in blind.content.decode()
    piece = Item.objects.get().evidence.get()
    assert head.get(f"{page}evidence/{piece.pk}/").status_code == 200
    head.post(f"{page}pass/", {"opinion": "已看现场", "step": "APPROVE"})
    assert Item.objects.get().status == "CLOSED"
    assert "已销号" in head.get(page).content.decode()


def test_out_of_scope_is_not_there_and_without_the_right_is_forbidden(
    item: Item, cast: Cast, as_user: AsUser, person: Callable[..., Cadre]
) -> None:
    stranger = as_user(person("演示邻", "TOWNSHIP_CLERK", DIANQIAN))
    page = f"/items/{item.uid}/"
    assert stranger.get(page).status_code == 404
    assert stranger.post(f"{page}confirm/").status_code == 404
    assert as_user(cast.clerk).post(f"{page}confirm/").status_code == 403
    assert as_user(cast.clerk).post(f"{page}nonsense/").status_code == 404
    assert fresh(item).status == "REGISTERED"
    to_check(item, cast)
    piece = item.evidence.get()
    assert stranger.get(f"{page}evidence/{piece.pk}/").status_code == 404


def test_a_check_has_no_road_for_many(item: Item, cast: Cast, as_user: AsUser) -> None:
    to_check(item, cast)
    for verb in ("pass", "approve", "apply"):
        assert (
            as_user(cast.head).post(f"/items/many/{verb}/", {"item": [item.number]}).status_code
            == 404
        )


def test_the_count_equals_the_rows(cast: Cast, as_user: AsUser) -> None:
    area = Area.objects.get(code=VILLAGE)
    for n in range(17):
        register(
            finding=Finding(text=f"问题{n}", category="其他", area=area, source="SELF"),
            by=cast.clerk,
            at=AT,
        )
    client = as_user(cast.clerk)
    first = client.get("/items/").content.decode()
    assert "在办 17 件" in first and first.count('class="clip"') == 15
    import re

    after = re.search(r'href="([^"]+)" rel="next"|<a href="([^"]+)">下一页', first)
    assert after
    second = client.get("/items/" + (after[1] or after[2]).replace("&amp;", "&")).content.decode()
    assert second.count('class="clip"') == 2 and "上一页" in second
    assert client.get("/items/?after=nonsense").status_code == 422
    sheet = client.get("/items/?format=xlsx")
    assert sheet["Content-Type"].endswith("spreadsheetml.sheet")


def test_lists_and_desk_cost_the_same_for_one_and_for_three(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    client = as_user(cast.accepter)

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    before = cost("/items/?view=mine"), cost("/")
    for _ in range(2):
        register(
            finding=Finding(text="又一件", category="其他", area=item.area, source="SELF"),
            by=cast.clerk,
            at=AT,
        )
    assert (cost("/items/?view=mine"), cost("/")) == before


def test_the_desk_says_what_waits_and_the_inbox_what_is_due(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    from rectification import reminders

    assert "1 件待审核" in as_user(cast.accepter).get("/").content.decode()
    to_work(item, cast)
    Item.objects.update(deadline=clock.today().replace(year=2020))
    assert "逾期" in as_user(cast.clerk).get("/").content.decode()
    reminders.sweep(today=AT.date(), at=AT)
    inbox = as_user(cast.clerk).get("/inbox/").content.decode()
    assert item.number in inbox and "已逾期" in inbox
    as_user(cast.clerk).post("/inbox/read/")
    assert "<b>1</b>" not in as_user(cast.clerk).get("/").content.decode()


def test_reassigned_before_issue(item: Item, cast: Cast, as_user: AsUser) -> None:
    moving.confirm(item_ids=[item.pk], by=cast.accepter, at=AT)
    page = f"/items/{item.uid}/"
    as_user(cast.accepter).post(f"{page}reassign/", {"person": cast.department.pk})
    assert fresh(item).person == cast.department
    assert as_user(cast.clerk).post(f"{page}reassign/", {"person": cast.clerk.pk}).status_code in (
        403,
        422,
    )


def test_units_that_help_are_chosen_and_shown(
    cast: Cast, as_user: Callable[[Cadre], Client]
) -> None:
    from cadres.models import Unit

    helping = Unit.objects.get(name="县水利局")
    area = Area.objects.get(code=VILLAGE)
    data = {"text": "水池开裂", "category": "饮水安全", "area": area.pk, "source": "SELF", "grade": "LIMITED",
            "co_units": [helping.pk]}  # fmt: skip
    client = as_user(cast.clerk)
    assert "县级及以上</option>" not in client.get("/items/new/").content.decode()
    went = client.post("/items/new/", data)
    assert "<dt>配合单位<dd>县水利局" in client.get(went.headers["Location"]).content.decode()
