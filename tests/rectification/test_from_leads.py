"""成立转办: what is to be mended becomes an item that names nobody; a person's conduct goes to 纪委."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import uuid6
from django.db import IntegrityError, transaction
from django.test import Client

from cadres.actions.leads import decide, open_lead
from cadres.leads import LeadKind, lead_kinds
from cadres.models import Cadre, Lead
from households.actions.visits import VisitEntry, visit_row, write
from households.models import Visit
from rectification.actions import red_lines
from rectification.models import Item
from rectification.querysets import lead_panel
from rectification.tasks import recover_findings
from tests.county import AT, COUNTY, QINGTIAN
from tests.households.builders import VILLAGE, household
from yuexi.core import clock

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def inspector(person: Person) -> Cadre:
    return person("演示督查", "INSPECTOR", COUNTY, "县委督查组")


def lead(kind: str, person: Person) -> Lead:
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    home, uid = household("演示报"), uuid6.uuid7()
    row = visit_row(VisitEntry(mode="IN_PERSON", met="户主", occurred_at=AT), uid=uid, household_id=home.pk,
                    area_code=VILLAGE, visitor=helper, recorded_at=AT, at=AT, via="PHONE")  # fmt: skip
    write([row], [], sent_by=helper, at=AT)
    visit = Visit.objects.get(uid=uid)
    open_lead(kind=kind, subject_kind="visit", subject_id=visit.pk, area=VILLAGE,
              text="演示报户说，演示帮扶没有来过", about=[helper.pk], at=AT)  # fmt: skip
    return Lead.objects.get()


def test_what_is_to_be_mended_becomes_an_item_that_names_nobody(
    inspector: Cadre, person: Person, as_user: AsUser
) -> None:
    clerk, asked = person("演示专干", "TOWNSHIP_CLERK", QINGTIAN), lead("LATE", person)
    page = as_user(inspector)
    told = page.get(f"/leads/{asked.uid}/").content.decode()
    assert lead_kinds.kinds["LATE"].mend in told
    answer = {"what": "decide", "outcome": "HANDED_ON", "said": "核对过，确有其事"}
    assert page.post(f"/leads/{asked.uid}/", answer).status_code == 302
    item = Item.objects.get()
    assert (item.person, item.source, item.area_id) == (clerk, "DATA", VILLAGE)
    assert item.text == lead_kinds.kinds["LATE"].mend and not item.homes.exists()
    assert f"/items/{item.uid}/" in page.get(f"/leads/{asked.uid}/").content.decode()
    seen = as_user(clerk).get(f"/items/{item.uid}/").content.decode()
    for word in ("线索", "演示报", "演示帮扶", str(asked.uid), "核对过"):
        assert word not in seen, word
    red_lines.report_red_line(item_id=item.pk, line="FRAUD", said="照片是去年拍的", by=clerk, at=AT)
    shown = str(lead_panel(inspector, asked)[1]["rows"])
    assert item.number in shown and item.text not in shown  # what it is about is for 纪委监委
    stranger = person("演示外人", "HELPER", QINGTIAN)
    assert lead_panel(stranger, asked)[1]["rows"] == []
    assert recover_findings() == 0 and Item.objects.count() == 1


def test_the_database_opens_one_item_a_lead(inspector: Cadre, person: Person) -> None:
    person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    decide(lead=lead("BURST", person), outcome="HANDED_ON", said="确有其事", by=inspector, at=AT)
    twin = Item.objects.get()
    twin.pk, twin.uid, twin.number = None, uuid6.uuid7(), "26-9999"
    with pytest.raises(IntegrityError, match="item_once_per_source"), transaction.atomic():
        twin.save(force_insert=True)


@pytest.mark.parametrize("kind", ["NOT_COME", "PHOTO", "TEXT"])
def test_a_person_s_conduct_goes_to_discipline_and_becomes_no_item(
    inspector: Cadre, person: Person, as_user: AsUser, kind: str
) -> None:
    person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    asked = lead(kind, person)
    decide(lead=asked, outcome="HANDED_ON", said="确有其事", by=inspector, at=clock.now())
    assert recover_findings() == 0 and not Item.objects.exists()
    discipline = as_user(person("演示纪委", "DISCIPLINE", COUNTY, "县纪委监委"))
    assert "转来 1 条线索" in discipline.get("/").content.decode()
    assert "没有来过" in discipline.get("/leads/?view=discipline").content.decode()
    assert "转县纪委监委" in discipline.get(f"/leads/{asked.uid}/").content.decode()
    assert "转来" not in as_user(inspector).get("/").content.decode()


def test_what_nobody_can_own_waits_for_the_sweep(inspector: Cadre, person: Person) -> None:
    decide(lead=lead("RUSH", person), outcome="HANDED_ON", said="确有其事", by=inspector, at=AT)
    assert not Item.objects.exists() and recover_findings() == 0
    person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    assert recover_findings() == 1 and Item.objects.get().source_kind == "lead"


@pytest.mark.parametrize("outcome", ["EXPLAINED", "UNFOUNDED"])
def test_nothing_follows_from_any_other_answer(
    inspector: Cadre, person: Person, outcome: str
) -> None:
    person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    decide(lead=lead("LATE", person), outcome=outcome, said="问过了没有事", by=inspector, at=AT)
    assert recover_findings() == 0 and not Item.objects.exists()


def test_a_lead_about_a_household_names_it_in_the_item(
    inspector: Cadre, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    kind = replace(lead_kinds.kinds["LATE"], code="OF_HOME")
    assert isinstance(kind, LeadKind)
    monkeypatch.setitem(lead_kinds.kinds, "OF_HOME", kind)
    home = household("演示陈")
    open_lead(kind="OF_HOME", subject_kind="household", subject_id=home.pk, area=VILLAGE, text="核对收入",
              about=[], at=AT)  # fmt: skip
    decide(lead=Lead.objects.get(), outcome="HANDED_ON", said="确有其事", by=inspector, at=AT)
    assert Item.objects.get().homes.get().household == home
