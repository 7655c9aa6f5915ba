"""One test a channel: before the release no role of the county reads a sheet or the sample, however
wide its sight, and no evaluator that of another team."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Cadre, Notice
from cadres.reminders import sweeps
from households.models import Household
from inspections import sheets
from inspections.models import Evaluation
from tests.cast import Cast
from tests.county import AT, COUNTY
from tests.inspections.evaluating import WRONG, drawn, evaluator, homes, released, walk
from tests.inspections.test_secrecy import same, sheet_of, text_of

pytestmark = pytest.mark.django_db
SECRET = (WRONG, "干部一年没来")
OUTSIDE = ["manager", "inspector", "clerk", "other evaluator", "COUNTY_LEADER", "SYSTEM_ADMIN", "DISCIPLINE", "OFFICE_DATA"]  # fmt: skip


@pytest.fixture
def walked(cast: Cast) -> Evaluation:
    homes()
    lead = evaluator("演示组长")
    made = drawn(cast, lead)
    walk(made, lead)
    return made


@pytest.fixture(params=OUTSIDE)
def outsider(
    request: pytest.FixtureRequest, cast: Cast, person: Callable[..., Cadre], as_user: Callable[[Cadre], Client]
) -> Client:  # fmt: skip
    known = {"manager": cast.accepter, "inspector": cast.inspector, "clerk": cast.clerk}
    if request.param == "other evaluator":
        return as_user(evaluator("演示别组"))
    return as_user(known.get(request.param) or person("演示旁人", request.param, COUNTY))


def test_team_reads_it(walked: Evaluation, as_user: Callable[[Cadre], Client]) -> None:
    """Or the tests below would hold of an empty page."""
    lead = walked.surveyors.get(lead=True).cadre
    client = as_user(lead)
    first = next(u for u, s in sheets.read(walked).sheets.items() if s.wrong)
    assert WRONG in text_of(client, f"/inspections/evaluations/{walked.uid}/sheets/{first}/")
    assert "疑似错退 3 人" in text_of(client, f"/inspections/evaluations/{walked.uid}/sheets/")


@pytest.mark.parametrize(
    "tail", ["sheets/", "sheets/{home}/", "rates/", "rates/wrong/", "suspects/", "opened/homes/"]
)
def test_pages(walked: Evaluation, outsider: Client, tail: str) -> None:
    home = next(iter(sheets.read(walked).sheets))
    path = f"/inspections/evaluations/{walked.uid}/{tail.format(home=home)}"
    never = f"/inspections/evaluations/{uuid4()}/{tail.format(home=home)}"
    answer, nothing = outsider.get(path), outsider.get(never)
    assert answer.status_code == nothing.status_code == 404
    assert outsider.post(path).status_code == 404


def test_what_is_said_of_it_tells_nothing_of_its_progress(
    cast: Cast, as_user: Callable[[Cadre], Client]
) -> None:
    """The manager's pages are the same to the letter before and after the sheets are written."""
    homes()
    lead = evaluator("演示组长")
    made = drawn(cast, lead)
    client = as_user(cast.accepter)
    paths = (
        "/",
        "/inspections/evaluations/",
        f"/inspections/evaluations/{made.uid}/",
        "/inspections/exit/",
        "/inbox/",
    )
    before = [same(text_of(client, p)) for p in paths]
    walk(made, lead)
    assert [same(text_of(client, p)) for p in paths] == before


def test_exports_log_search_and_notices(walked: Evaluation, outsider: Client) -> None:
    for days in range(3):
        sweeps.run(today=AT.date() + timedelta(days=days), at=AT + timedelta(days=days))
    assert not Notice.objects.filter(subject_kind="evaluation").exists()
    for path in ("/log/", "/inbox/", "/", "/items/?view=", "/inspections/evaluations/"):
        assert not [s for s in SECRET if s in text_of(outsider, path)], path
    for path in ("/log/?format=xlsx", "/items/?view=&format=xlsx", "/households/export/"):
        answer = outsider.get(path)
        told = sheet_of(answer) if answer.status_code == 200 else answer.content.decode()
        assert not [s for s in SECRET if s in told], path
    found = outsider.post("/find/", {"q": "干部一年没来"}, follow=True).content.decode()
    assert "演示评估" not in found


def test_interface_describes_nothing_of_it(walked: Evaluation, outsider: Client) -> None:
    described = outsider.get("/api/v1/schema?format=json").json()
    assert not [path for path in described["paths"] if "evaluation" in path]


def test_a_household_of_the_sample_looks_like_any_other(walked: Evaluation, cast: Cast, as_user: Callable[[Cadre], Client]) -> None:  # fmt: skip
    """Its page runs the same statements and says the same, drawn or not."""
    drawn_one = Household.objects.get(uid=next(iter(sheets.read(walked).sheets)))
    other = Household.objects.exclude(uid__in=sheets.read(walked).sheets).filter(kind=drawn_one.kind, area=drawn_one.area).first()  # fmt: skip
    assert other
    client = as_user(cast.accepter)
    shown = []
    for home in (drawn_one, other):
        with CaptureQueriesContext(connection) as asked:
            text = text_of(client, f"/households/{home.uid}/")
        clean = (
            same(text)
            .replace(str(home.uid), "")
            .replace(home.head_name, "")
            .replace(str(home.national_no), "")
        )
        shown.append((len(asked.captured_queries), re.sub(r"\d", "", clean)))
    assert shown[0] == shown[1]


def test_a_township_reads_its_own_matters_after_the_release_and_no_rates(
    cast: Cast, person: Callable[..., Cadre], as_user: Callable[[Cadre], Client]
) -> None:
    homes()
    made = released(cast, evaluator("演示组长"))
    base = f"/inspections/evaluations/{made.uid}/"
    own, elsewhere = (
        as_user(cast.clerk),
        as_user(person("演示别乡", "TOWNSHIP_CLERK", "340828101000")),
    )
    assert WRONG in text_of(own, base + "suspects/")
    assert own.get(base + "rates/").status_code == 404
    assert elsewhere.get(base).status_code == elsewhere.get(base + "suspects/").status_code == 404
    matter = made.suspects.get(kind="WRONG_EXIT")
    page = f"/inspections/evaluations/suspects/{matter.uid}/"
    assert elsewhere.get(page).status_code == 404
    assert (
        own.post(page, {"verb": "found", "opinion": "属实", "document_no": "1号"}).status_code
        == 403
    )
    assert "附材料" in own.post(page, {"verb": "argue", "text": "不实"}).content.decode()
    assert as_user(cast.accepter).get(base + "rates/").status_code == 200
