"""The registers as their users touch them: file, decide, join, announce, start, note, hand over."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.datastructures import MultiValueDict
from python_calamine import CalamineWorkbook

from cadres.models import Area, Cadre
from inspections import forms
from inspections.actions import joints
from inspections.models import Filing, FormKind, Joint, Meeting
from rectification.models import Item
from tests.cast import PHOTO, Cast
from tests.inspections.builders import (
    Office,
    filed,
    office_of,
    other_village,
    set_up,
    village,
    walked,
)
from yuexi.core import clock

pytestmark = pytest.mark.django_db
LIST = ["filings", "joints", "meetings", "forms", "burden", "covert"]


@pytest.fixture
def office(cast: Cast, person: Callable[..., Cadre]) -> Office:
    return office_of(cast, person)


def form_of(by: Cadre, **changes: Any) -> dict[str, Any]:
    day = clock.today() + timedelta(days=1)
    given = {"unit": by.unit_id, "kind": "POVERTY", "subject": "冬季饮水检查", "basis": "", "purpose": "ORDINARY", "start": day,
             "end": day, "people": 3, "hours": 4, "villages": [village().pk], "again": ""}  # fmt: skip
    return {**given, **changes}


def test_a_department_files_and_is_told_why_not(
    office: Office, as_user: Callable[[Cadre], Client]
) -> None:
    client = as_user(office.department)
    answer = client.post("/inspections/filings/new/", form_of(office.department, kind="UNRELATED"))
    text = answer.content.decode()
    assert answer.status_code == 422 and "A-26" in text and "改选“法定检查”" in text
    assert "冬季饮水检查" in text  # what was typed is still there
    answer = client.post("/inspections/filings/new/", form_of(office.department), follow=True)
    assert "不能单独进村" in answer.content.decode()
    again = client.post("/inspections/filings/new/", form_of(office.department))
    assert again.status_code == 422 and "内不再查同一个村" in again.content.decode()
    bad = client.post("/inspections/filings/new/", form_of(office.department, villages=["x"], start="昨天", people=0))  # fmt: skip
    assert bad.status_code == 422 and Filing.objects.count() == 1
    said = bad.content.decode()
    assert "请填日期，例如" in said and "最小填 1，请改大" in said and "请刷新页面重新选" in said
    far = client.post("/inspections/filings/new/", form_of(office.department, start="9999-12-31", end="9999-12-31"))  # fmt: skip
    assert far.status_code == 422 and "请核对年份" in far.content.decode()


def test_the_whole_way_of_a_joint_inspection(
    office: Office, cast: Cast, as_user: Callable[[Cadre], Client]
) -> None:
    now = clock.now()
    day = clock.today()
    filing = filed(office.department, start=day, end=day, at=now)
    command = as_user(office.command)
    given = {"title": "联合督查", "plan": "看饮水", "body": "COMMAND", "purpose": "ORDINARY", "start": day, "end": day,
             "hours": 6, "take": [filing.pk], "again": ""}  # fmt: skip
    answer = command.post("/inspections/joints/new/", given, follow=True)
    joint = Joint.objects.get()
    path = f"/inspections/joints/{joint.uid}/"
    text = answer.content.decode()
    assert "冬季饮水检查" in text and "还没有参加，不能发通知" in text
    answer = command.post(path, {"what": "announce", "notice_no": ""})
    assert answer.status_code == 422 and "现在不能发通知" in answer.content.decode()
    assert command.get(f"{path}notice/").status_code == 404
    for who, body in ((office.discipline, "DISCIPLINE"), (office.organisation, "ORGANISATION")):
        assert as_user(who).post(path, {"what": "enter", "body": body}).status_code == 302
    assert (
        command.post(path, {"what": "announce", "notice_no": "岳联督〔2026〕7号"}).status_code
        == 302
    )
    with ZipFile(io.BytesIO(command.get(f"{path}notice/").content)) as book:
        words = book.read("word/document.xml").decode()
    assert all(
        w in words
        for w in ("联合督查的通知", "岳联督〔2026〕7号", "县水利局", village().name, "演示纪委")
    )
    assert command.post(path, {"what": "start"}).status_code == 302
    noted = {"what": "note", "text": "泵房门没锁", "category": "饮水安全", "area": village().pk, "photos": io.BytesIO(PHOTO)}  # fmt: skip
    noted["photos"].name = "泵房.jpg"
    answer = as_user(office.department).post(path, noted)  # whose filing joined
    assert answer.status_code == 302, re.findall(
        r"wrong\">(.*?)<|say error[^>]*>(.*?)</div", answer.content.decode()
    )
    finding = joint.findings.get()
    photo = f"{path}evidence/{finding.files.get().file_id}/"
    assert command.get(photo).status_code == as_user(cast.head).get(photo).status_code == 200
    assert as_user(office.discipline).post(f"{path}transfer/").status_code in (302, 403)
    assert not Item.objects.filter(source_kind="inspection").exists()
    for _ in range(2):
        assert as_user(cast.inspector).post(f"{path}transfer/").status_code == 302
    item = Item.objects.get(source_kind="inspection")
    assert item.text == "泵房门没锁" and "岳联督〔2026〕7号" in command.get(f"/items/{item.uid}/").content.decode()  # fmt: skip
    assert item.number in as_user(cast.head).get(path).content.decode()
    assert command.post(path, {"what": "finish"}).status_code == 302
    assert command.post(path, {"what": "cancel", "said": "不查了吧"}).status_code == 422
    assert command.post(path, {"what": "nonsense"}).status_code == 404


def test_a_sealed_inspection_takes_photos_too(db: None) -> None:
    """Two of them at once: a plain FileField refuses what the widget hands over."""
    form = forms.NoteForm(
        {"text": "水龙头没有水", "category": "饮水安全", "area": village().pk},
        MultiValueDict({"photos": [SimpleUploadedFile(f"{n}.jpg", PHOTO) for n in "ab"]}),
        homes=[], villages=Area.objects.filter(pk=village().pk),
    )  # fmt: skip
    assert form.is_valid(), form.errors


def test_meetings_and_forms_over_the_page(office: Office, as_user: Callable[[Cadre], Client]) -> None:  # fmt: skip
    client, day = as_user(office.department), clock.today() + timedelta(days=1)
    given = {"unit": office.department.unit_id, "kind": "OTHER", "title": "推进会", "on": day, "minutes": 60, "basis": "", "county": 0,
             "township": 0, "village": 0, "others": "县水利局 3", "exemption": "", "why": ""}  # fmt: skip
    answer = client.post("/inspections/meetings/new/", given)
    assert answer.status_code == 422 and "其他会议一律暂停" in answer.content.decode()
    bad = client.post("/inspections/meetings/new/", {**given, "others": "没有这个局 3\n乱写"})
    assert bad.status_code == 422 and "没有找到“没有这个局”" in bad.content.decode() and "“乱写”没有看懂" in bad.content.decode()  # fmt: skip
    assert client.post("/inspections/meetings/new/", {**given, "kind": "DISPATCH"}).status_code == 302  # fmt: skip
    meeting = Meeting.objects.get()
    decider, path = as_user(office.decider), f"/inspections/meetings/{meeting.uid}/"
    assert "1 次会议报备等您决定" in decider.get("/").content.decode()
    assert decider.post(path, {"what": "decide", "outcome": "NO", "said": ""}).status_code == 422
    assert decider.post(path, {"what": "decide", "outcome": "YES", "said": ""}).status_code == 302
    asked = {"unit": office.department.unit_id, "name": "防冻表", "frequency": "MONTHLY", "fields_asked": "户主姓名\n水管长度", "minutes": 20}  # fmt: skip
    answer = client.post("/inspections/forms/new/", asked)
    assert answer.status_code == 422 and "在农户 › 基本情况" in answer.content.decode()
    assert "系统里已有" in answer.context["form"].errors["fields_asked"][0]  # beside its field
    client.post("/inspections/forms/new/", {**asked, "fields_asked": "水管长度"})
    form = FormKind.objects.get()
    path = f"/inspections/forms/{form.uid}/"
    assert decider.post(path, {"what": "decide", "outcome": "YES", "said": ""}).status_code == 302
    assert client.post(path, {"what": "ask", "on": day, "villages": [village().pk]}).status_code == 302  # fmt: skip
    assert client.post(path, {"what": "ask", "on": day, "villages": [village().pk]}).status_code == 422  # fmt: skip


def test_who_comes_second_reads_why_though_the_form_is_gone(
    office: Office, as_user: Callable[[Cadre], Client]
) -> None:
    filing = filed(office.department, kind="STATUTORY", basis="食品安全法第一百零九条")
    path, given = f"/inspections/filings/{filing.uid}/", {"what": "decide", "outcome": "ALONE", "said": ""}  # fmt: skip
    client = as_user(office.decider)
    assert client.post(path, given).status_code == 302
    answer = client.post(path, given)
    assert answer.status_code == 422 and "已经有了决定" in answer.content.decode()


def test_export_of_the_burden_names_its_week_and_leaves_out_a_week_that_was_not(
    office: Office, as_user: Callable[[Cadre], Client]
) -> None:
    answer = as_user(office.leader).get("/inspections/burden/?week=2026-W53&format=xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert sheet.sheet_names == ["负担台账2026年第53周"]
    row = sheet.get_sheet_by_index(0).to_python()[2]
    assert row[1] == 0 and row[2] == row[4] == row[6] == row[8] == ""


@pytest.mark.parametrize("page", LIST)
def test_lists_open_to_who_is_of_the_place(
    office: Office, cast: Cast, person: Callable[..., Cadre], as_user: Callable[[Cadre], Client], page: str
) -> None:  # fmt: skip
    filed(office.department)
    set_up(office.command, "COMMAND", villages=[other_village()])
    for who in (cast.village, cast.head, cast.clerk, office.department, office.leader, office.discipline):  # fmt: skip
        assert as_user(who).get(f"/inspections/{page}/").status_code == 200
    assert (
        as_user(person("演示管理", "SYSTEM_ADMIN")).get(f"/inspections/{page}/").status_code == 403
    )
    if page in LIST[:4]:
        assert as_user(cast.head).get(f"/inspections/{page}/?format=xlsx").status_code == 200


def test_elsewhere_it_is_not_there(
    office: Office, cast: Cast, person: Callable[..., Cadre], as_user: Callable[[Cadre], Client]
) -> None:
    filing, joint = filed(office.department), walked(office, villages=[other_village()])
    elsewhere = as_user(person("演示别乡", "TOWNSHIP_HEAD", "340828101000"))
    for path in (f"filings/{filing.uid}/", f"joints/{joint.uid}/", f"joints/{joint.uid}/notice/"):
        assert elsewhere.get(f"/inspections/{path}").status_code == 404
        assert as_user(cast.head).get(f"/inspections/{path}").status_code == 200
    assert as_user(cast.head).post(f"/inspections/filings/{filing.uid}/", {"what": "cancel"}).status_code == 403  # fmt: skip
    assert as_user(cast.head).post(f"/inspections/joints/{joint.uid}/", {"what": "finish"}).status_code == 403  # fmt: skip


def test_the_helper_sees_on_the_household_what_else_is_planned(
    office: Office, cast: Cast, home: Any, as_user: Callable[[Cadre], Client]
) -> None:
    day = clock.today()
    joint = set_up(office.command, "COMMAND", start=day, end=day, at=clock.now())
    path = f"/households/{home.uid}/"
    assert f"有联合督查“{joint.title}”" in as_user(cast.village).get(path).content.decode()
    joints.cancel(joint=joint, said="大雪封山", by=office.command, at=clock.now())
    assert "还有别的安排" not in as_user(cast.village).get(path).content.decode()
