"""典型: the same road for every cadre, written consent for every household, and no leak on the way."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from python_calamine import CalamineWorkbook

from cadres.actions.leads import decide, open_lead
from cadres.files import read, store
from cadres.models import Area, Cadre, Event, Lead, Notice
from cadres.reminders import sweeps
from households.models import Household
from inspections.actions import consents, honours
from inspections.models import Consent, Honour, HonourStep, PublicPhoto
from inspections.publicity.querysets import honours_visible_to
from rectification.actions.red_lines import report_red_line
from rectification.actions.registering import Finding, register
from rectification.models import Accountability, AccountabilityDecision, Appeal, Item
from tests.cast import Cast
from tests.county import AT, COUNTY
from tests.households.builders import VILLAGE, household
from tests.inspections.publicity import DEED, consent, of_cadre, of_household, picture
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
AFTER = AT + timedelta(days=8)
CALL = "县委宣传部 0556-0000001"


@dataclass
class Offices:
    publicity: Cadre
    other: Cadre
    organisation: Cadre
    discipline: Cadre
    worker: Cadre  # of whom it is


@pytest.fixture
def offices(person: Person, cast: Cast) -> Offices:
    return Offices(
        publicity=person("演示宣传", "PUBLICITY", COUNTY, "县委宣传部"),
        other=person("演示宣二", "PUBLICITY", COUNTY, "县委宣传部"),
        organisation=person("演示组织", "ORGANISATION", COUNTY, "县委组织部"),
        discipline=person("演示纪委", "DISCIPLINE", COUNTY, "县纪委监委"),
        worker=person("演示驻村", "STATION_TEAM", VILLAGE),
    )


def fresh(honour: Honour) -> Honour:
    return Honour.objects.get(pk=honour.pk)


def clear(honour: Honour, o: Offices, at: datetime = AT, document_no: str = "") -> None:
    honours.give_opinion(honour=honour, clear=True, document_no=document_no, by=o.discipline, at=at)


def reviewed(o: Offices) -> Honour:
    made = of_cadre(o.worker, o.publicity)
    return honours.review(honour=made, by=o.organisation, at=AT)


def noticed(o: Offices) -> Honour:
    made = reviewed(o)
    clear(made, o)
    return honours.give_notice(honour=made, contact=CALL, by=o.publicity, at=AT)


def lead_about(cadre: Cadre, subject: int = 1, kind: str = "PHOTO") -> Lead:
    open_lead(kind=kind, subject_kind="visit", subject_id=subject, area=VILLAGE, text="两次走访的照片相同", about=[cadre.pk], at=AT)  # fmt: skip
    return Lead.objects.get(kind=kind, subject_id=subject)


def matter(kind: str, o: Offices, item: Item) -> None:
    """Something is open against the worker."""
    if kind == "lead":
        lead_about(o.worker)
        return
    Item.objects.filter(pk=item.pk).update(person=o.worker)
    if kind == "red line":
        report_red_line(item_id=item.pk, line="FRAUD", said="照片是别处拍的", by=o.other, at=AT)
    else:
        found = Accountability.objects.create(item=item, occasion="IDLE", cycle=0, at=AT)
        if kind == "appeal":
            ruling = AccountabilityDecision.objects.create(accountability=found, outcome="TALK", document_no="1", heard_on=AT.date(), by=o.discipline, at=AT)  # fmt: skip
            Appeal.objects.create(decision=ruling, on=AT.date(), outcome="MADE", by=o.discipline, at=AT)  # fmt: skip


MATTERS = ["lead", "red line", "case", "appeal"]


def test_whole_way_of_a_cadre(offices: Offices) -> None:
    made = noticed(offices)
    assert (made.notice_from, made.notice_until) == (AT.date(), AT.date() + timedelta(days=7))
    with pytest.raises(Refusal, match="之后才能发布"):
        honours.publish(honour=made, by=offices.publicity, at=AT + timedelta(days=7))
    with pytest.raises(Refusal, match="再征求一次"):
        honours.publish(honour=made, by=offices.publicity, at=AFTER)
    clear(made, offices, AFTER)
    done = honours.publish(honour=made, by=offices.publicity, at=AFTER)
    assert done.status == "PUBLISHED" and done.published_on == AFTER.date()
    gone = honours.withdraw(honour=done, why="CHECKED", said="核实后撤销", by=offices.organisation, at=AFTER)  # fmt: skip
    assert gone.status == "WITHDRAWN"
    assert [s.kind for s in made.steps.order_by("pk")] == [
        "RECOMMEND", "REVIEW", "CLEAR", "NOTICE", "CLEAR", "PUBLISH", "WITHDRAW",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", MATTERS)
def test_naming_a_person_answers_nothing_about_him(
    kind: str, offices: Offices, item: Item, as_user: AsUser
) -> None:
    matter(kind, offices, item)
    form = {"work_no": offices.worker.work_no, "name": offices.worker.name, "title": "山路上的十年", "deed": DEED}  # fmt: skip
    answer = as_user(offices.publicity).post("/inspections/publicity/honours/new/", form)
    assert answer.status_code == 302
    made = Honour.objects.get()
    honours.review(honour=made, by=offices.organisation, at=AT)
    with pytest.raises(Refusal, match="还没有收到纪委监委意见"):
        honours.give_notice(honour=made, contact=CALL, by=offices.publicity, at=AT)


@pytest.mark.parametrize("kind", MATTERS)
def test_discipline_cannot_clear_what_is_open_and_reads_what_it_is(
    kind: str, offices: Offices, item: Item
) -> None:
    made = reviewed(offices)
    matter(kind, offices, item)
    said = {"lead": "线索未核实 1 件", "red line": "红线问题未办结 1 件"}.get(kind, "问责线索未办结 1 件")  # fmt: skip
    with pytest.raises(Refusal, match=said):
        clear(made, offices)
    with pytest.raises(DatabaseError, match="honour_matter_open"), transaction.atomic():
        HonourStep.objects.create(honour=made, kind="CLEAR", by=offices.discipline, at=AT)
    honours.give_opinion(honour=made, clear=False, document_no="", by=offices.discipline, at=AT)
    with pytest.raises(Refusal) as refused:
        honours.give_notice(honour=made, contact=CALL, by=offices.publicity, at=AT)
    assert refused.value.message == "暂不能公示，请向纪委监委核实（A-48）。"


@pytest.mark.parametrize("kind", MATTERS)
def test_later_opened_is_refused_at_publication_in_the_words_of_a_hold(
    kind: str, offices: Offices, item: Item
) -> None:
    made = noticed(offices)
    clear(made, offices, AFTER)
    matter(kind, offices, item)
    with pytest.raises(Refusal) as refused:
        honours.publish(honour=made, by=offices.publicity, at=AFTER)
    assert refused.value.message == "暂不能发布，请向纪委监委核实（A-48）。"
    with pytest.raises(DatabaseError, match="honour_blocked"), transaction.atomic():
        Honour.objects.filter(pk=made.pk).update(status="PUBLISHED", published_on=AFTER.date())


def test_pressing_publish_early_tells_nothing(offices: Offices, item: Item) -> None:
    """Before the second answer the refusal is the same with and without an open matter."""
    made = noticed(offices)
    with pytest.raises(Refusal) as clean:
        honours.publish(honour=made, by=offices.publicity, at=AFTER)
    matter("lead", offices, item)
    with pytest.raises(Refusal) as open_:
        honours.publish(honour=made, by=offices.publicity, at=AFTER)
    assert clean.value.message == open_.value.message


def test_a_lead_found_true_blocks_until_a_letter_of_discipline(
    offices: Offices, cast: Cast
) -> None:
    made = reviewed(offices)
    decide(lead=lead_about(offices.worker), outcome="HANDED_ON", said="照片确属同一张", by=cast.inspector, at=AT)  # fmt: skip
    later = AT + timedelta(hours=1)
    with pytest.raises(BadInput, match="复函文号"):
        clear(made, offices, later)
    with pytest.raises(DatabaseError, match="honour_matter_open"), transaction.atomic():
        HonourStep.objects.create(honour=made, kind="CLEAR", by=offices.discipline, at=later)
    clear(made, offices, later, "岳纪函〔2026〕3号")
    assert honours.give_notice(honour=made, contact=CALL, by=offices.publicity, at=later).status == "NOTICE"  # fmt: skip


def page(client: Client, honour: Honour) -> str:
    return client.get(f"/inspections/publicity/honours/{honour.uid}/").content.decode()


def test_page_of_the_offices_is_the_same_with_and_without_an_open_matter(
    offices: Offices, item: Item, as_user: AsUser
) -> None:
    made = noticed(offices)
    clear(made, offices, AFTER)
    readers = [as_user(offices.publicity), as_user(offices.organisation)]
    before = [plain(page(r, made)) for r in readers]
    for kind in ("lead", "red line"):
        matter(kind, offices, item)
    assert [plain(page(r, made)) for r in readers] == before
    assert "线索未核实 1 件" in page(as_user(offices.discipline), made)


def plain(text: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|提醒<b>\d+</b>', "", text)


def test_person_and_recommender_learn_no_opinion(
    offices: Offices, cast: Cast, as_user: AsUser
) -> None:
    made = of_cadre(offices.worker, cast.clerk)
    honours.review(honour=made, by=offices.organisation, at=AT)
    honours.give_opinion(honour=made, clear=False, document_no="", by=offices.discipline, at=AT)
    path = f"/inspections/publicity/honours/{made.uid}/"
    assert as_user(offices.worker).get(path).status_code == 404
    shown = page(as_user(cast.clerk), made)
    assert "审核中" in shown and "暂缓" not in shown and "纪委" not in shown
    assert "暂缓，请向纪委监委核实" in page(as_user(offices.publicity), made)
    assert not Event.objects.filter(action__startswith="honour.", after__icontains="HOLD").exists()
    assert set(Event.objects.filter(kind="honour").values_list("action", flat=True)) == {"honour.recommend", "honour.review"}  # fmt: skip


def test_whoever_decides_meets_nothing_of_his_own(
    offices: Offices, person: Person, as_user: AsUser
) -> None:
    """The one of whom it is works in the very office."""
    made = of_cadre(offices.organisation, offices.publicity)
    own = as_user(offices.organisation)
    path = f"/inspections/publicity/honours/{made.uid}/"
    assert own.get(path).status_code == 404
    assert own.post(path + "review/").status_code == 404
    assert made.title not in own.get("/inspections/publicity/honours/?view=review").content.decode()
    assert "典型待审核" not in own.get("/").content.decode()
    second = person("演示组二", "ORGANISATION", COUNTY, "县委组织部")
    assert "典型待审核" in as_user(second).get("/").content.decode()
    honours.review(honour=made, by=second, at=AT)
    clear(made, offices)
    honours.give_notice(honour=made, contact=CALL, by=offices.publicity, at=AT)
    shown = own.get(path).content.decode()
    assert "公示" in shown and "纪委" not in shown and "公示意见" not in shown
    assert own.post(path + "withdraw/", {"why": "OTHER", "said": "不想参加"}).status_code == 403


def test_who_sees_it_and_has_no_right_to_decide_gets_403(
    offices: Offices, cast: Cast, as_user: AsUser
) -> None:
    made = of_cadre(offices.worker, cast.clerk)
    path = f"/inspections/publicity/honours/{made.uid}/"
    for who in (cast.clerk, offices.publicity):
        assert as_user(who).get(path).status_code == 200
        assert as_user(who).post(path + "review/").status_code == 403
    made.refresh_from_db()
    assert made.status == "RECOMMENDED"


def test_discipline_who_is_named_or_recommended_does_not_answer(
    offices: Offices, person: Person
) -> None:
    made = of_cadre(offices.discipline, offices.publicity)
    honours.review(honour=made, by=offices.organisation, at=AT)
    with pytest.raises(NotYours, match="其他经办人"):
        clear(made, offices)
    with pytest.raises(DatabaseError, match="honour_opinion_of"), transaction.atomic():
        HonourStep.objects.create(honour=made, kind="HOLD", by=offices.discipline, at=AT)
    second = person("演示纪二", "DISCIPLINE", COUNTY, "县纪委监委")
    honours.give_opinion(honour=made, clear=True, document_no="", by=second, at=AT)


@pytest.mark.parametrize("who", ["publicity", "other"])
def test_organisation_alone_reviews_cadres(who: str, offices: Offices) -> None:
    made = of_cadre(offices.worker, offices.publicity)
    with pytest.raises(NotYours):
        honours.review(honour=made, by=getattr(offices, who), at=AT)
    with pytest.raises(DatabaseError, match="honour_reviewe"), transaction.atomic():
        Honour.objects.filter(pk=made.pk).update(status="REVIEWED", reviewed_by=getattr(offices, who), reviewed_at=AT)  # fmt: skip


def test_recommending_oneself_or_twice_or_a_wrong_name(offices: Offices, cast: Cast) -> None:
    with pytest.raises(BadInput, match="不能推荐自己"):
        of_cadre(offices.publicity, offices.publicity)
    with pytest.raises(BadInput, match="完全一致"):
        of_cadre(offices.worker, offices.publicity, name="别的名字")
    of_cadre(offices.worker, offices.publicity)
    with pytest.raises(BadInput, match="已经有人推荐过"):
        of_cadre(offices.worker, cast.clerk)
    with pytest.raises(NotYours):
        of_cadre(offices.worker, cast.village)


def test_an_objection_stops_publication_until_it_is_answered(offices: Offices) -> None:
    made = noticed(offices)
    said = honours.object_(honour=made, said="水管是别人修的", by=offices.publicity, at=AT)
    clear(made, offices, AFTER)
    with pytest.raises(Refusal, match="公示意见没有核实"):
        honours.publish(honour=made, by=offices.publicity, at=AFTER)
    with pytest.raises(DatabaseError, match="honour_objection"), transaction.atomic():
        Honour.objects.filter(pk=made.pk).update(status="PUBLISHED", published_on=AFTER.date())
    honours.answer(objection=said, said="到村核实不属实", by=offices.organisation, at=AFTER)
    with pytest.raises(Refusal, match="已经答复"):
        honours.answer(objection=said, said="到村核实不属实", by=offices.organisation, at=AFTER)
    assert honours.publish(honour=made, by=offices.publicity, at=AFTER).status == "PUBLISHED"


# Households


@pytest.fixture
def home(cast: Cast) -> Household:
    return household("演示陈", group="上湾组")


def ready(home: Household, cast: Cast, o: Offices, paper: Consent | None, **given: Any) -> Honour:
    made = of_household(home, cast.clerk, consent=paper, **given)
    return honours.review(honour=made, by=o.publicity, at=AT)


def give(made: Honour, o: Offices) -> Honour:
    return honours.give_notice(honour=made, contact=CALL, by=o.other, at=AT)


def test_whole_way_of_a_household_with_its_name_masked_everywhere(
    home: Household, cast: Cast, offices: Offices, as_user: AsUser, settings: Any
) -> None:
    paper = consent(home, cast.clerk)
    made = of_household(home, cast.clerk, consent=paper, title="演示陈的茶园", deed="演示陈" + DEED)
    honours.add_photo(honour=made, content=picture(), no_children=True, by=cast.clerk, at=AT)
    honours.review(honour=made, by=offices.publicity, at=AT)
    give(made, offices)
    client = as_user(offices.publicity)
    for path in ("honours/", "honours/notice/", f"honours/{made.uid}/", "honours/?view=notice"):
        shown = client.get(f"/inspections/publicity/{path}").content.decode()
        assert "演示陈" not in shown and "演某某户" in shown, path
    sheet = client.get("/inspections/publicity/honours/notice/").content.decode()
    assert "上湾组" in sheet and "茶园" not in sheet
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(client.get("/inspections/publicity/honours/?format=xlsx").content)
    )
    rows = book.get_sheet_by_index(0).to_python()
    assert "内部资料" in str(rows[0][0]) and "演示宣传" in str(rows[0][0])
    assert "演示陈" not in str(rows) and "演某某户" in str(rows) and "演某某的茶园" in str(rows)
    assert Event.objects.filter(action="export", after__title="典型").exists()
    done = honours.publish(honour=made, by=offices.publicity, at=AFTER)
    assert done.status == "PUBLISHED"


@pytest.mark.parametrize(
    "papers, given, words",
    [
        (None, {}, "没有有效的书面授权"),
        ({"story": False, "name": True}, {}, "没有同意事迹"),
        ({}, {"masking": "FULL"}, "没有同意真实姓名"),
        ({}, {"tells_health": True, "deed": DEED + "他有残疾，走路不便。"}, "没有同意健康情况"),
        ({"photo": False}, {}, ""),
    ],
)
def test_each_thing_shown_needs_its_own_consent(
    papers: Any, given: Any, words: str, home: Household, cast: Cast, offices: Offices
) -> None:
    paper = None if papers is None else consent(home, cast.clerk, **papers)
    made = of_household(home, cast.clerk, consent=paper, **given)
    if not words:
        with pytest.raises(Refusal, match="没有同意使用照片"):
            honours.add_photo(
                honour=made, content=picture(), no_children=True, by=cast.clerk, at=AT
            )
        file = consent(home, cast.clerk).file
        PublicPhoto.objects.create(honour=made, file=file, no_children=True, by=cast.clerk, at=AT)
        words = "没有同意照片"
    honours.review(honour=made, by=offices.publicity, at=AT)
    with pytest.raises(Refusal, match=words):
        give(made, offices)
    with pytest.raises(DatabaseError, match="honour_consent"), transaction.atomic():
        Honour.objects.filter(pk=made.pk).update(
            status="NOTICE", contact=CALL, notice_from=AT.date(), notice_until=AT.date()
        )


def test_a_consent_of_three_years_is_three_years_to_the_day(home: Household, cast: Cast) -> None:
    signed = date(2026, 1, 10)
    consent(home, cast.clerk, start=signed, last=date(2029, 1, 10))
    with pytest.raises(BadInput, match="最长 3 年"):
        consent(home, cast.clerk, start=signed, last=date(2029, 12, 31))


def test_health_words_want_the_tick(home: Household, cast: Cast) -> None:
    with pytest.raises(BadInput, match="残疾"):
        of_household(home, cast.clerk, deed=DEED + "他有残疾。")


@pytest.mark.parametrize("kind", ["item", "red", "lead"])
def test_suspected_wrong_exit_is_refused_without_saying_so(
    kind: str, home: Household, cast: Cast, offices: Offices, item: Item
) -> None:
    made = ready(home, cast, offices, consent(home, cast.clerk))
    if kind == "lead":
        open_lead(kind="WRONG_EXIT", subject_kind="household", subject_id=home.pk, area=VILLAGE, text="收入与退出不符", about=[], at=AT)  # fmt: skip
    else:
        if kind == "item":
            area = Area.objects.get(code=VILLAGE)
            register(finding=Finding(text="疑似错退，收入不实", category="其他", area=area, source="INSPECTION", households=[home]), by=cast.clerk, at=AT)  # fmt: skip
        else:
            item.homes.update(household=home)
            report_red_line(item_id=item.pk, line="NUMBERS", said="算账算出来的", by=offices.other, at=AT)  # fmt: skip
    with pytest.raises(Refusal) as refused:
        give(made, offices)
    assert refused.value.message == "暂不能公示，请向县帮扶指挥部核实（A-49）。"
    with pytest.raises(DatabaseError, match="honour_suspected"), transaction.atomic():
        Honour.objects.filter(pk=made.pk).update(
            status="NOTICE", contact=CALL, notice_from=AT.date(), notice_until=AT.date()
        )


def test_revoked_means_withdrawn_at_once(
    home: Household, cast: Cast, offices: Offices, as_user: AsUser
) -> None:
    paper = consent(home, cast.clerk)
    made = give(ready(home, cast, offices, paper), offices)
    client = as_user(offices.publicity)
    assert "演某某户" in client.get("/inspections/publicity/honours/").content.decode()
    answer = as_user(cast.clerk).post(f"/inspections/publicity/consents/{paper.uid}/revoke/", follow=True)  # fmt: skip
    assert "1 个典型同时撤销" in answer.content.decode()
    assert fresh(made).status == "WITHDRAWN" and fresh(made).withdrawn_why == "CONSENT"
    assert "演某某户" not in client.get("/inspections/publicity/honours/").content.decode()
    with pytest.raises(Refusal, match="已经撤回"):
        consents.revoke(consent=paper, by=cast.clerk, at=AT)


def test_database_lets_no_revoked_consent_stay_in_public(
    home: Household, cast: Cast, offices: Offices
) -> None:
    paper = consent(home, cast.clerk)
    give(ready(home, cast, offices, paper), offices)
    with pytest.raises(DatabaseError, match="consent_still_shown"), transaction.atomic():
        Consent.objects.filter(pk=paper.pk).update(revoked_on=AT.date(), revoked_by=cast.clerk)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS consent_revoked IMMEDIATE")


def test_after_its_last_day_nothing_is_shown(
    home: Household, cast: Cast, offices: Offices, as_user: AsUser
) -> None:
    paper = consent(home, cast.clerk, last=AT.date() + timedelta(days=10))
    made = give(ready(home, cast, offices, paper), offices)
    reader = cast.village
    assert list(honours_visible_to(reader, paper.last_day)) == [made]
    assert list(honours_visible_to(reader, paper.end)) == []


def test_signed_paper_is_encrypted_and_never_for_publicity(
    home: Household, cast: Cast, offices: Offices, as_user: AsUser, settings: Any
) -> None:
    paper = consent(home, cast.clerk)
    path = f"/inspections/publicity/consents/{paper.uid}/file/"
    assert as_user(offices.publicity).get(path).status_code == 404
    answer = as_user(cast.clerk).get(path)
    assert b"".join(answer) == b"%PDF-1.4 signed"  # type: ignore[arg-type]
    assert Event.objects.filter(action="consent.open", actor=cast.clerk).exists()
    kept = list(settings.DATA_DIR.rglob("*.sealed"))
    assert kept and all(b"signed" not in k.read_bytes() for k in kept)


def test_pictures_are_drawn_anew_without_place_time_and_device(home: Household, cast: Cast) -> None:
    made = of_household(home, cast.clerk, consent=consent(home, cast.clerk))
    with pytest.raises(BadInput, match="未成年人"):
        honours.add_photo(honour=made, content=picture(), no_children=False, by=cast.clerk, at=AT)
    with pytest.raises(BadInput, match="打不开"):
        honours.add_photo(
            honour=made, content=b"\xff\xd8\xff broken", no_children=True, by=cast.clerk, at=AT
        )
    photo = honours.add_photo(
        honour=made, content=picture(), no_children=True, by=cast.clerk, at=AT
    )
    kept = read(photo.file)
    assert b"PHONE-MODEL-X" in picture() and b"PHONE-MODEL-X" not in kept and b"Exif" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert not dict(image.getexif()) and image.size == (80, 60)


def test_returned_and_sent_in_again(home: Household, cast: Cast, offices: Offices) -> None:
    made = of_household(home, cast.clerk)
    honours.turn_back(honour=made, said="事迹再写实一些", by=offices.publicity, at=AT)
    again = honours.amend(honour=made, title="茶园", deed=DEED, masking="HIDDEN", by=cast.clerk, at=AT)  # fmt: skip
    assert again.status == "RECOMMENDED" and again.masking == "HIDDEN"


def test_a_township_recommends_in_its_own_villages_alone(cast: Cast, offices: Offices) -> None:
    far = household("演示远", village="340828100200")
    with pytest.raises(NotYours):
        of_household(far, cast.clerk)
    with pytest.raises(BadInput, match="只从在册的脱贫户"):
        of_household(household("演示贫", kind="POOR"), cast.clerk)


def test_real_name_takes_its_consent_before_anybody_else_reads_it(
    home: Household, cast: Cast, offices: Offices, as_user: AsUser
) -> None:
    made = of_household(home, cast.clerk, masking="FULL", deed="演示陈" + DEED, consent=consent(home, cast.clerk))  # fmt: skip
    shown = page(as_user(offices.publicity), made)
    assert "演示陈" not in shown and "演某某户" in shown and "还缺" in shown and "真实姓名" in shown
    paper = consent(home, cast.clerk, name=True)
    made = honours.amend(honour=made, title=made.title, deed=made.deed, masking="FULL", consent=paper, by=cast.clerk, at=AT)  # fmt: skip
    shown = page(as_user(offices.publicity), made)
    assert "演示陈户" in shown and "还缺" not in shown
    honours.review(honour=made, by=offices.publicity, at=AT)
    give(made, offices)
    consents.revoke(consent=paper, by=cast.clerk, at=AT)
    assert "演示陈" not in page(as_user(offices.publicity), made)


def test_pictures_are_not_served_once_the_consent_is_revoked(
    home: Household, cast: Cast, offices: Offices, as_user: AsUser
) -> None:
    paper = consent(home, cast.clerk)
    made = of_household(home, cast.clerk, consent=paper)
    photo = honours.add_photo(honour=made, content=picture(), no_children=True, by=cast.clerk, at=AT)  # fmt: skip
    path = f"/inspections/publicity/honours/{made.uid}/photos/{photo.pk}/"
    office, stranger = as_user(offices.publicity), as_user(cast.village)
    assert office.get(path).status_code == 200 and stranger.get(path).status_code == 404
    consents.revoke(consent=paper, by=cast.clerk, at=AT)
    assert office.get(path).status_code == 404


def test_another_consent_takes_the_place_only_when_it_covers_all(
    home: Household, cast: Cast, offices: Offices, as_user: AsUser
) -> None:
    made = ready(home, cast, offices, None)
    with pytest.raises(Refusal, match="没有有效的书面授权"):
        give(made, offices)
    first = consent(home, cast.clerk)
    client = as_user(cast.clerk)
    path = f"/inspections/publicity/honours/{made.uid}/attach/"
    assert client.post(path, {"consent": first.pk}).status_code == 302
    give(fresh(made), offices)
    poor = consent(home, cast.clerk, story=False)
    assert client.post(path, {"consent": poor.pk}).status_code == 422
    with pytest.raises(DatabaseError, match="honour_consent_kept"), transaction.atomic():
        Honour.objects.filter(pk=made.pk).update(consent=poor)
    with pytest.raises(DatabaseError, match="honour_consent_kept"), transaction.atomic():
        Honour.objects.filter(pk=made.pk).update(consent=None)
    better = consent(home, cast.clerk, name=True)
    assert client.post(path, {"consent": better.pk}).status_code == 302
    consents.revoke(consent=first, by=cast.clerk, at=AT)
    assert fresh(made).status == "NOTICE"
    other = consent(household("演示别"), cast.clerk)
    assert client.post(path, {"consent": other.pk}).status_code == 422


# Notices


def told(rule: str) -> list[Notice]:
    return list(Notice.objects.filter(rule=rule).select_related("recipient").order_by("pk"))


def test_end_of_notice_is_told_to_both_offices(offices: Offices) -> None:
    noticed(offices)
    sweeps.run(today=(AT + timedelta(days=7)).date(), at=AFTER)
    assert not told("H-END")
    sweeps.run(today=AFTER.date(), at=AFTER)
    assert {n.recipient.name for n in told("H-END")} == {"演示宣传", "演示宣二", "演示组织"}
    assert all("演示驻村" not in n.text for n in told("H-END"))


def test_later_opened_is_suggested_on_mondays_in_the_words_of_the_routine(
    offices: Offices, item: Item
) -> None:
    made = noticed(offices)
    clear(made, offices, AFTER)
    honours.publish(honour=made, by=offices.publicity, at=AFTER)
    matter("lead", offices, item)
    tuesday = AFTER.date()  # 1 December 2026
    assert tuesday.weekday() == 1
    sweeps.run(today=tuesday, at=AFTER)
    assert not told("H-CHECK")
    monday = tuesday + timedelta(days=6)
    sweeps.run(today=monday, at=AFTER)
    found = told("H-CHECK")
    assert {n.recipient.name for n in found} == {"演示宣传", "演示宣二", "演示组织"}
    texts = {n.text for n in found}
    decide(lead=Lead.objects.get(), outcome="UNFOUNDED", said="户主记错了", by=offices.discipline, at=AFTER)  # fmt: skip
    sweeps.run(today=monday + timedelta(days=7), at=AFTER)
    assert len(told("H-CHECK")) == 3
    routine = monday + timedelta(days=182)  # a Monday when the last answer is old
    sweeps.run(today=routine, at=AFTER)
    assert {n.text for n in told("H-CHECK")} == texts and len(told("H-CHECK")) == 6
    (words,) = texts
    assert words.endswith("请核实是否撤销") and "线索" not in words and "演示" not in words


# What the database refuses by itself


def change(honour: Honour, **fields: Any) -> Callable[[], Any]:
    return lambda: Honour.objects.filter(pk=honour.pk).update(**fields)


def test_database_holds_the_state_machine(offices: Offices, cast: Cast) -> None:
    made = of_cadre(offices.worker, offices.publicity)
    for name, act in {
        "honour_way": change(made, status="PUBLISHED", notice_from=AT.date(), notice_until=AT.date(), reviewed_by=offices.organisation, published_on=AFTER.date()),
        "honour_kept": change(made, cadre=offices.other),
        "honour_reviewer": change(made, status="REVIEWED", reviewed_by=cast.clerk, reviewed_at=AT),
        "honour_reviewed_by_another": change(made, reviewed_by=offices.publicity),
        "honour_not_oneself": change(made, reviewed_by=offices.worker),
        "honour_of_one": change(made, masking="FULL"),
        "honour_status_whole": change(made, withdrawn_on=AT.date()),
        "honour_begins": lambda: Honour.objects.create(kind="CADRE", cadre=offices.other, area_id=VILLAGE, title="x", deed="x", status="PUBLISHED", recommended_by=cast.clerk, recommended_at=AT),
        "honour_open_once_cadre": lambda: Honour.objects.create(kind="CADRE", cadre=offices.worker, area_id=VILLAGE, title="x", deed="x", recommended_by=cast.clerk, recommended_at=AT),
        "honour_step_known": lambda: HonourStep.objects.create(honour=made, kind="ODD", by=cast.clerk, at=AT),
        "honour_step_says": lambda: HonourStep.objects.create(honour=made, kind="RETURN", by=cast.clerk, at=AT),
        "honour_answer_of_one": lambda: HonourStep.objects.create(honour=made, kind="ANSWER", said="x", by=cast.clerk, at=AT),
        "honour_objection_when": lambda: HonourStep.objects.create(honour=made, kind="OBJECTION", said="x", by=cast.clerk, at=AT),
        "honour_opinion_of": lambda: HonourStep.objects.create(honour=made, kind="CLEAR", by=offices.organisation, at=AT),
        "permission denied": lambda: HonourStep.objects.all().delete(),
    }.items():  # fmt: skip
        with pytest.raises(DatabaseError, match=name), transaction.atomic():
            act()
    honours.review(honour=made, by=offices.organisation, at=AT)
    for name, act in {
        "honour_as_reviewed": change(made, deed="另一篇"),
        "honour_opinion": change(made, status="NOTICE", contact=CALL, notice_from=AT.date(), notice_until=AT.date()),
        "public_photo_late": lambda: PublicPhoto.objects.create(honour=made, file=file(cast), no_children=True, by=cast.clerk, at=AT),
    }.items():  # fmt: skip
        with pytest.raises(DatabaseError, match=name), transaction.atomic():
            act()
    clear(made, offices)
    honours.give_notice(honour=made, contact=CALL, by=offices.publicity, at=AT)
    with pytest.raises(DatabaseError, match="honour_notice_kept"), transaction.atomic():
        change(made, notice_until=AT.date())()
    said = honours.object_(honour=made, said="水管是别人修的", by=offices.publicity, at=AT)
    other = of_cadre(offices.other, offices.publicity)
    with pytest.raises(DatabaseError, match="honour_answer_to"), transaction.atomic():
        HonourStep.objects.create(honour=other, kind="ANSWER", said="x", answers=said, by=cast.clerk, at=AT)  # fmt: skip
    with pytest.raises(DatabaseError, match="honour_opinion"), transaction.atomic():
        change(made, status="PUBLISHED", published_on=AFTER.date())()


def file(cast: Cast) -> Any:
    return store(picture(), name="a.jpg", by=cast.clerk, at=AT)


def test_database_holds_consents_and_pictures(
    home: Household, cast: Cast, offices: Offices
) -> None:
    paper = consent(home, cast.clerk)
    made = of_household(home, cast.clerk, consent=paper)
    of_ = {"household": home, "signed_by": "甲", "photo": True, "name": False, "story": False, "health": False,
           "start": AT.date(), "end": AFTER.date(), "file": paper.file, "by": cast.clerk, "at": AT}  # fmt: skip
    for name, changes in {
        "consent_period": {"end": AT.date()},
        "consent_to_something": {"photo": False},
        "consent_signed": {"signed_by": ""},
        "consent_begins": {"revoked_on": AT.date(), "revoked_by": cast.clerk},
    }.items():
        with pytest.raises(DatabaseError, match=name), transaction.atomic():
            Consent.objects.create(**{**of_, **changes})
    for name, changes in {"consent_kept": {"health": True}, "consent_revoked_whole": {"revoked_on": AT.date()}}.items():  # type: ignore[dict-item]  # fmt: skip
        with pytest.raises(DatabaseError, match=name), transaction.atomic():
            Consent.objects.filter(pk=paper.pk).update(**changes)
    photo = {"file": paper.file, "by": cast.clerk, "at": AT}
    with pytest.raises(IntegrityError, match="public_photo_of_one"), transaction.atomic():
        PublicPhoto.objects.create(no_children=True, **photo)
    with pytest.raises(IntegrityError, match="public_photo_no_children"), transaction.atomic():
        PublicPhoto.objects.create(honour=made, no_children=False, **photo)
    with pytest.raises(IntegrityError, match="honour_open_once_household"), transaction.atomic():
        Honour.objects.create(kind="HOUSEHOLD", household=home, masking="FULL", area_id=VILLAGE, title="x", deed="x", recommended_by=cast.clerk, recommended_at=AT)  # fmt: skip
    for table in ("consent", "honour", "publicphoto", "honourstep"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM inspections_{table}")


def test_list_costs_the_same_with_one_and_with_three(
    cast: Cast, offices: Offices, as_user: AsUser
) -> None:
    client = as_user(offices.publicity)

    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get("/inspections/publicity/honours/?view=review").status_code == 200
        return len(found)

    of_household(household("演示一"), cast.clerk)
    cost()
    one = cost()
    of_household(household("演示二"), cast.clerk)
    of_cadre(offices.worker, cast.clerk)
    assert cost() == one
