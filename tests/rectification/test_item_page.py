"""What the page of one item says, keeps and links to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cadres.models import Cadre, Event
from households.actions.visits import Problem, VisitEntry, log_visit
from households.models import Household
from rectification.actions import closing, moving
from rectification.models import EvidenceView, Item
from tests.cast import PHOTO, Cast, fresh, passes, to_check, to_closed, to_work
from tests.county import AT, DIANQIAN, QINGTIAN
from tests.households.builders import helps
from yuexi.core.refusals import Refusal

AsUser = Callable[[Cadre], Client]
Person = Callable[..., Cadre]
pytestmark = pytest.mark.django_db


def back(item: Item, cast: Cast) -> None:
    closing.check(item_id=item.pk, step="SELF_CHECK", passed=False, opinion="照片看不清", by=cast.head, at=AT)  # fmt: skip


def test_a_late_decision_is_refused_in_words_and_keeps_what_was_written(
    item: Item, cast: Cast, as_user: AsUser, person: Person
) -> None:
    to_check(item, cast)
    second = person("演示镇长", "TOWNSHIP_HEAD", QINGTIAN)
    passes(item, cast.head, "SELF_CHECK")
    data = {"opinion": "水压不够，还要再看", "step": "SELF_CHECK"}
    for verb in ("pass", "return"):
        answer = as_user(second).post(f"/items/{item.uid}/{verb}/", data)
        said = answer.content.decode()
        assert answer.status_code == 422 and "没有保存：" in said and "已由别人办完" in said
        assert "水压不够，还要再看" in said


def test_the_wrong_role_is_told_and_keeps_what_was_written(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    to_check(item, cast)
    data = {"opinion": "我看过了，可以", "step": "SELF_CHECK"}
    said = as_user(cast.inspector).post(f"/items/{item.uid}/pass/", data).content.decode()
    assert "不由您的岗位办理" in said and "我看过了，可以" in said


def test_an_unopened_piece_is_said_once_and_the_form_stands_filled(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    to_check(item, cast)
    data = {"opinion": "同意这样办", "step": "SELF_CHECK"}
    said = as_user(cast.head).post(f"/items/{item.uid}/pass/", data).content.decode()
    assert said.count("没有打开看过") == 1 and said.count("同意这样办") == 1


def test_a_return_asks_every_household_again_and_the_old_answer_stays_told(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    to_check(item, cast)
    back(item, cast)
    link = item.homes.get()
    assert (link.solved, link.asked_by, link.said) == (None, None, "")
    assert Event.objects.get(action="item.answer").after["said"] == "通水了"
    assert "通水了" in as_user(cast.clerk).get(f"/items/{item.uid}/").content.decode()
    new = PHOTO + b" again"
    closing.add_evidence(
        item_id=item.pk, content=new, name="b.jpg", what="新", by=cast.clerk, at=AT
    )
    closing.apply(item_id=item.pk, by=cast.clerk, at=AT)
    with pytest.raises(Refusal, match="还没有答复"):
        passes(item, cast.head, "SELF_CHECK")


def test_the_same_bytes_prove_nothing_in_a_later_round(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    to_check(item, cast)
    back(item, cast)
    page = f"/items/{item.uid}/"
    file = SimpleUploadedFile("别名.jpg", PHOTO)
    said = as_user(cast.clerk).post(f"{page}evidence/", {"what": "新照片", "file": file})
    assert said.status_code == 422 and "第 1 次申请时已经交过" in said.content.decode()
    assert item.evidence.count() == 1


def test_earlier_rounds_open_and_pictures_are_small_without_counting_as_opened(
    item: Item, cast: Cast, as_user: AsUser, person: Person
) -> None:
    to_check(item, cast)
    back(item, cast)
    piece = item.evidence.get()
    page, client = f"/items/{item.uid}/", as_user(cast.head)
    said = client.get(page).content.decode()
    path = f"{page}evidence/{piece.pk}/"
    assert "第 1 次申请的 1 份" in said and f'src="{path}?small=1"' in said
    before = EvidenceView.objects.count()
    assert b"".join(client.get(f"{path}?small=1")) == PHOTO
    assert EvidenceView.objects.count() == before
    client.get(path)
    assert EvidenceView.objects.filter(by=cast.head).count() == 1
    stranger = as_user(person("演示邻", "TOWNSHIP_CLERK", DIANQIAN))
    assert stranger.get(f"{path}?small=1").status_code == 404


def test_the_page_leads_to_the_visit_and_the_household_of_who_may_see_them(
    cast: Cast, home: Household, as_user: AsUser, person: Person
) -> None:
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    helps(helper, home)
    found = VisitEntry(mode="IN_PERSON", met="演示陈", occurred_at=AT, problems=[Problem("饮水安全", "水管冻裂")])  # fmt: skip
    visit = log_visit(household=home, entry=found, by=helper, at=AT)
    item = Item.objects.get()
    assert item.lineage == "2026年11月23日走访"
    said = as_user(cast.clerk).get(f"/items/{item.uid}/").content.decode()
    assert f"/visits/{visit.uid}/" in said and f"/households/{home.uid}/" in said
    to_closed(item, cast)  # a department sees households by need, and no visits
    said = as_user(cast.department).get(f"/items/{item.uid}/").content.decode()
    assert f"/visits/{visit.uid}/" not in said and f"/households/{home.uid}/" not in said


def test_a_helper_who_does_not_mend_it_registers_his_households_answer(
    item: Item, cast: Cast, home: Household, as_user: AsUser, person: Person
) -> None:
    helper, other = (person(n, "HELPER", QINGTIAN) for n in ("演示帮扶", "演示别人"))
    helps(helper, home)
    assert as_user(helper).get(f"/items/{item.uid}/").status_code == 404
    to_work(item, cast)
    page = f"/items/{item.uid}/"
    assert "登记答复" in as_user(helper).get(page).content.decode()
    answer = {"household": str(home.uid), "solved": "1", "said": "水通了"}
    assert as_user(other).post(f"{page}answer/", answer).status_code == 404
    as_user(helper).post(f"{page}answer/", answer)
    assert (item.homes.get().solved, item.homes.get().asked_by) == (True, helper)


def test_days_are_written_as_everywhere_and_a_guessed_one_says_so(
    item: Item, cast: Cast, home: Household, as_user: AsUser
) -> None:
    to_work(item, cast)
    Item.objects.filter(pk=item.pk).update(deadline=AT.date() + timedelta(days=60))
    clerk = as_user(cast.clerk)
    said = clerk.get(f"/items/{item.uid}/").content.decode()
    assert "2027-01" not in said and "期限 2027年1月4日" in said
    assert "2027年1月22日（预计）" in clerk.get(f"/households/{home.uid}/").content.decode()
    sheet = clerk.get("/items/?format=xlsx")
    assert "%E6%95%B4%E6%94%B9%E5%8F%B0%E8%B4%A6-20" in sheet["Content-Disposition"]


def test_no_two_buttons_say_the_same(item: Item, cast: Cast, as_user: AsUser) -> None:
    to_check(item, cast)
    said = as_user(cast.head).get(f"/items/{item.uid}/").content.decode()
    assert said.count(">退回整改<") == 1 and said.count(">确认退回整改<") == 1


def test_reassigning_after_signing_names_the_way(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    with pytest.raises(Refusal, match="请用“移交”"):
        moving.reassign(item_id=item.pk, unit=cast.clerk.unit, person=cast.clerk, lead_unit=None,
                        deadline=None, by=cast.accepter, at=AT)  # fmt: skip
    assert fresh(item).status == "RECTIFYING"


def test_a_relapse_is_reported_on_the_day_on_which_it_is_seen(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    """Before its look-back is due, by who may look back, and by nobody who had a hand in it."""
    to_closed(item, cast)
    page = f"/items/{item.uid}/"
    for by in (cast.clerk, cast.head, cast.accepter):
        assert "登记反弹" not in as_user(by).get(page).content.decode()
    inspector = as_user(cast.inspector)
    shown = inspector.get(page).content.decode()
    assert "又反弹了？" in shown and "没有反弹" not in shown
    inspector.post(f"{page}rebound/", {"opinion": "又冻裂了"})
    again = fresh(item)
    assert (again.number, again.rebounds, again.status) == (item.number, 1, "CONFIRMED")
    assert "又反弹了？" not in inspector.get(page).content.decode()


def test_a_form_sent_empty_names_its_field_and_measures_stand_one_below_the_other(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    to_work(item, cast)
    Item.objects.filter(pk=item.pk).update(measure="换管\n加保温层")
    client, page = as_user(cast.clerk), f"/items/{item.uid}/"
    assert '<p class="lines">换管\n加保温层</p>' in client.get(page).content.decode()
    said = client.post(f"{page}report/", {"text": ""}).content.decode()
    assert "没有保存：“进展”：" in said
