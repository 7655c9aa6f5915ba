"""By the pages alone: a rehearsal from its preparation to the ledger, and what wrong input says."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.datastructures import MultiValueDict

from cadres.models import Cadre
from households.models import Household
from inspections import sheets
from inspections.forms import NoteForm
from inspections.models import Evaluation, Suspect
from inspections.sheets import QUESTIONS
from rectification.models import Item
from tests.cast import PHOTO, Cast
from tests.county import COUNTY, QINGTIAN
from tests.inspections.evaluating import WRONG, evaluator, homes, released
from tests.inspections.test_secrecy import sheet_of
from yuexi.core import clock

pytestmark = pytest.mark.django_db
Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
ROOT = "/inspections/evaluations/"


def asked(**changes: object) -> dict[str, object]:
    given: dict[str, object] = {f"ask_{code}": "yes" for code in QUESTIONS}
    return {
        **given,
        "people": 3,
        "registered": 3,
        "wrong": 0,
        "missed": 0,
        "approves": "yes",
        **changes,
    }


def test_a_rehearsal_by_the_pages(cast: Cast, person: Person, as_user: AsUser) -> None:
    homes()
    captain = person("演示组长", "OFFICE_DATA", COUNTY)
    office, team, drawer = as_user(cast.accepter), as_user(captain), as_user(cast.inspector)
    today = clock.today()
    plan = {"kind": "REHEARSAL", "title": "页面模拟", "start": today, "last_day": today, "layers": ["LIFTED"], "villages": 2,
            "take": 1, "spare": 1, "townships": [Household.objects.first().area.parent_id]}  # fmt: skip
    wrong = office.post(f"{ROOT}new/", {**plan, "title": ""})
    assert wrong.status_code == 422 and "名称" in wrong.content.decode()
    assert office.post(f"{ROOT}new/", plan).status_code == 302
    made = Evaluation.objects.get()
    path = f"{ROOT}{made.uid}/"
    assert (
        office.post(f"{path}do/surveyor/", {"cadre": captain.pk, "lead": "on"}).status_code == 302
    )
    assert office.post(f"{path}do/draw/").status_code == 403
    assert team.get(f"{path}sheets/").status_code == 404
    assert drawer.post(f"{path}do/draw/").status_code == 302
    first, second = sheets.read(Evaluation.objects.get()).waiting()
    refused = team.post(f"{path}sheets/{first}/", asked(wrong=2))
    assert refused.status_code == 422 and "请写明“错退”的情况" in refused.content.decode()
    sent = asked(wrong=2, problem_WRONG_EXIT=WRONG, category="基本医疗")
    assert team.post(f"{path}sheets/{first}/", sent).status_code == 302
    assert "还有 1 户没有记录" in team.post(f"{path}do/release/").content.decode()
    assert team.post(f"{path}sheets/{second}/", {"replace": "1", "why": "外出"}).status_code == 302
    spare = sheets.read(Evaluation.objects.get()).waiting()[0]
    assert team.post(f"{path}sheets/{spare}/", asked()).status_code == 302
    assert team.post(f"{path}do/release/").status_code == 302
    matter = Suspect.objects.get()
    page = f"{ROOT}suspects/{matter.uid}/"
    assert WRONG in office.get(page).content.decode()
    assert 'value="found"' not in team.get(page).content.decode()  # the county is heard first
    clerk = as_user(cast.clerk)
    photo = SimpleUploadedFile("票据.jpg", PHOTO, "image/jpeg")
    assert (
        clerk.post(page, {"verb": "argue", "text": "票据在此", "papers": photo}).status_code == 302
    )
    text = team.get(page).content.decode()
    assert "票据在此" in text and 'value="found"' in text
    file = re.search(rf"{page}\d+/", text)
    assert file and b"".join(team.get(file[0])).startswith(b"\xff\xd8")  # type: ignore[arg-type]
    assert as_user(evaluator("演示别组")).get(file[0]).status_code == 404
    assert team.post(page, {"verb": "found", "opinion": ""}).status_code == 422
    assert team.post(page, {"verb": "found", "opinion": "票据不是本年的"}).status_code == 302
    item = Item.objects.get(source_kind="evaluation")
    assert (item.source, item.lineage, item.area_id[:9]) == ("MOCK", "页面模拟", QINGTIAN[:9])
    assert item.number in office.get(page).content.decode()
    assert office.post(f"{path}do/conclude/").status_code == 302
    assert "已办结" in office.get(path).content.decode()


def test_exports_are_marked_and_hold_the_rows_of_the_figure(cast: Cast, as_user: AsUser) -> None:
    homes()
    made = released(cast, evaluator("演示组长"))
    client = as_user(cast.accepter)
    for tail, words in (
        ("rates/?format=xlsx", "无现行口径"),
        ("rates/wrong/?format=xlsx", "计入（人）"),
        ("suspects/?format=xlsx", WRONG),
    ):
        told = sheet_of(client.get(f"{ROOT}{made.uid}/{tail}"))
        assert words in told and f"{cast.accepter.name}（{cast.accepter.work_no}）于" in told


@pytest.mark.parametrize("tail", ["", "suspects/", "rates/lifted/"])
def test_lists_cost_the_same_with_one_row_and_with_more(
    cast: Cast, as_user: AsUser, tail: str
) -> None:
    homes()
    small = released(cast, evaluator("演示一"), take=1, villages=1, layers=["LIFTED"])
    large = released(cast, evaluator("演示二"), take=3, villages=3)
    client = as_user(cast.accepter)

    def cost(evaluation: Evaluation) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{ROOT}{evaluation.uid}/{tail}").status_code == 200
        return len(queries.captured_queries)

    cost(small)
    assert cost(small) == cost(large)


def test_what_nobody_typed_is_answered(cast: Cast, as_user: AsUser) -> None:
    homes()
    made = released(cast, evaluator("演示组长"))
    client, path = as_user(cast.accepter), f"{ROOT}{made.uid}/"
    for tail in ("rates/nonsense/", "do/nonsense/", "opened/nonsense/"):
        assert (client.post if tail.startswith("do") else client.get)(
            path + tail
        ).status_code == 404
    assert client.get(path + "rates/?stage=nonsense").status_code == 200
    assert client.get(path + "rates/wrong/?from=-1&stage=x").status_code == 200
    assert client.get(path + "suspects/?state=x&after=%25").status_code in (200, 422)
    assert (
        client.post("/inspections/yardsticks/", {"verb": "confirm", "pk": "9" * 30}).status_code
        == 404
    )
    assert client.post("/inspections/yardsticks/", {"verb": "propose"}).status_code == 422


def test_a_photo_of_an_unannounced_inspection_goes_by_the_page_too() -> None:
    """The widget hands over a list, which Django's own field refuses."""
    photos = [SimpleUploadedFile(f"{n}.jpg", PHOTO, "image/jpeg") for n in "一二"]
    form = NoteForm(
        {"text": "x", "category": "其他"},
        MultiValueDict({"photos": photos}),
        homes=[],
        villages=Household.objects.none(),
    )
    form.is_valid()
    assert "photos" not in form.errors and len(form.cleaned_data["photos"]) == 2
