from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError
from django.test import Client
from docx import Document

from cadres.calendar import due_date
from cadres.models import Area, Cadre, Notice, Unit
from cadres.reminders import sweep_one
from inspections import receipts
from inspections.actions import handbook as act
from inspections.models import Handbook, HandbookCopy, HandbookPrinting, HandbookReceipt
from inspections.receipt_reminders import SWEEP
from tests.cast import PHOTO, Cast
from tests.county import AT, COUNTY, QINGTIAN
from tests.inspections.test_standards import draft, in_use, leader, office
from yuexi.core.refusals import BadInput, NotYours, Refusal

__all__ = ["leader", "office"]
pytestmark = pytest.mark.django_db
DAY = AT.date()


def issue(office: Cadre, quantity: int = 100, at: Any = AT) -> Handbook:
    return act.issue_handbook(title="验收标准手册", issuer="县帮扶指挥部", quantity=quantity, by=office, at=at)  # fmt: skip


@pytest.fixture
def book(office: Cadre, leader: Cadre, cast: Cast) -> Handbook:
    in_use(draft(), office, leader)
    in_use(draft("COUNTY"), office, leader)
    return issue(office)


def state(cadre: Cadre) -> str:
    book = receipts.current()
    assert book is not None
    return str(receipts.mine(Cadre.objects.get(pk=cadre.pk), book).state)


def hand(book: Handbook, *cadres: Cadre, by: Cadre) -> int:
    return act.hand_out(handbook=book, cadres=cadres, by=by, at=AT)


def test_an_edition_is_typeset_from_the_standards_in_force(book: Handbook) -> None:
    from cadres.files import read

    text = "\n".join(p.text for p in Document(io.BytesIO(read(book.file))).paragraphs)
    for words in ("验收标准手册", "（第一版）", "目　录", "一、农户脱贫退出标准", "二、县退出标准（三率一度）", "国开办发〔2017〕56号", "口径待核定",
                  "低于 2%（等于不合格）", "入户问：饮水：每人每天的水有没有 35 升以上？", "手册签收页"):  # fmt: skip
        assert words in text, words


def test_without_a_standard_there_is_no_book(office: Cadre) -> None:
    with pytest.raises(Refusal, match="没有执行中的标准"):
        issue(office)


def test_handed_then_signed_by_oneself(book: Handbook, cast: Cast) -> None:
    assert state(cast.village) == "WAITS"
    with pytest.raises(Refusal, match="还没有发到手里"):
        act.sign(handbook=book, by=cast.village, at=AT)
    hand(book, cast.village, by=cast.clerk)
    copy = HandbookCopy.objects.get()
    assert copy.sign_due == due_date(DAY, 2).date and state(cast.village) == "HANDED"
    act.sign(handbook=book, by=cast.village, at=AT)
    assert state(cast.village) == "SIGNED"
    with pytest.raises(Refusal, match="已经签收"):
        act.sign(handbook=book, by=cast.village, at=AT)
    with pytest.raises(Refusal, match="已经领到"):
        hand(book, cast.village, by=cast.clerk)


def test_a_receipt_for_a_whole_unit_is_refused(book: Handbook, cast: Cast) -> None:
    hand(book, cast.village, cast.head, by=cast.clerk)

    def on_paper(*cadres: Cadre, page: bytes | None = PHOTO) -> None:
        act.sign_on_paper(handbook=book, cadres=cadres, signed_on=DAY, page=("签收页.jpg", page) if page else None, by=cast.clerk, at=AT)  # fmt: skip

    with pytest.raises(Refusal, match="一人一签"):
        on_paper(cast.village, cast.head)
    with pytest.raises(BadInput, match="演示村干本人签名"):
        on_paper(cast.village, page=None)
    on_paper(cast.village)
    with pytest.raises(Refusal, match="只能证明一个人"):
        on_paper(cast.head)
    on_paper(cast.head, page=PHOTO + b"2")
    assert (state(cast.village), state(cast.head)) == ("SIGNED", "SIGNED")
    with pytest.raises(Refusal, match="自己签收"):
        on_paper(cast.clerk)


def test_only_ones_own_staff(book: Handbook, cast: Cast) -> None:
    with pytest.raises(NotYours, match="不归您发放"):
        hand(book, cast.department, by=cast.clerk)
    with pytest.raises(NotYours):
        hand(book, cast.village, by=cast.head)


def test_a_new_edition_voids_old_receipts(book: Handbook, cast: Cast, office: Cadre) -> None:
    hand(book, cast.village, by=cast.clerk)
    act.sign(handbook=book, by=cast.village, at=AT)
    second = issue(office, at=AT + timedelta(days=1))
    assert second.number == 2 and state(cast.village) == "WAITS"
    assert HandbookReceipt.objects.filter(handbook=book).count() == 1
    with pytest.raises(Refusal, match="已被新版代替"):
        act.sign(handbook=book, by=cast.village, at=AT)


def test_new_and_transferred_cadres_are_on_the_list_at_once(
    book: Handbook, cast: Cast, office: Cadre, person: Callable[..., Cadre]
) -> None:  # fmt: skip
    hand(book, cast.village, by=cast.clerk)
    act.sign(handbook=book, by=cast.village, at=AT)
    before = receipts.total(receipts.coverage(receipts.roster(office, book)))
    person("演示新人", "HELPER", QINGTIAN)
    Cadre.objects.filter(pk=cast.village.pk).update(unit=cast.head.unit)
    after = receipts.total(receipts.coverage(receipts.roster(office, book)))
    assert (after.people, after.signed, after.waits) == (before.people + 1, before.signed - 1, before.waits + 2)  # fmt: skip
    moved = Cadre.objects.get(pk=cast.village.pk)
    left = act.left(book)
    hand(book, moved, by=cast.clerk)
    assert HandbookCopy.objects.latest("pk").kind == "MOVED" and act.left(book) == left
    act.sign(handbook=book, by=moved, at=AT)
    assert state(moved) == "SIGNED"
    Cadre.objects.filter(pk=moved.pk).update(is_active=False)
    assert not receipts.roster(office, book).filter(pk=moved.pk).exists()


def test_no_more_than_were_printed(cast: Cast, office: Cadre, leader: Cadre) -> None:
    in_use(draft(), office, leader)
    book = issue(office, quantity=1)
    with pytest.raises(Refusal, match="只剩 1 册，这次要发 2 册"):
        hand(book, cast.village, cast.head, by=cast.clerk)
    hand(book, cast.village, by=cast.clerk)
    with pytest.raises(Refusal, match="只剩 0 册"):
        act.reissue(handbook=book, cadre=cast.village, reason="遗失", by=cast.clerk, at=AT)
    act.print_more(handbook=book, quantity=2, by=office, at=AT)
    act.reissue(handbook=book, cadre=cast.village, reason="遗失", by=cast.clerk, at=AT)
    with pytest.raises(BadInput, match="写明原因"):
        act.reissue(handbook=book, cadre=cast.village, reason="", by=cast.clerk, at=AT)
    with pytest.raises(Refusal, match="还没有领过"):
        act.reissue(handbook=book, cadre=cast.head, reason="遗失", by=cast.clerk, at=AT)


def test_a_standard_changed_after_the_book_was_handed_out(book: Handbook, cast: Cast, office: Cadre, leader: Cadre, as_user: Callable[[Cadre], Client]) -> None:  # fmt: skip
    assert receipts.outdated(book, DAY) == []
    new = in_use(draft(start=DAY + timedelta(days=5)), office, leader)
    assert receipts.outdated(book, DAY) == []
    assert receipts.outdated(book, DAY + timedelta(days=5)) == [new]
    in_use(draft("VILLAGE", start=DAY), office, leader)
    page = as_user(office).get("/inspections/handbook/").content.decode()
    assert "标准已有新版，册子里的内容过时了" in page and "编印新版" in page


def test_coverage_adds_up_what_the_list_shows(book: Handbook, cast: Cast, office: Cadre) -> None:
    hand(book, cast.village, cast.head, by=cast.clerk)
    act.sign(handbook=book, by=cast.head, at=AT)
    for user in (office, cast.clerk, cast.village):
        people = receipts.roster(user, book)
        whole = receipts.total(receipts.coverage(people))
        assert whole.people == people.count()
        for name in receipts.STATES:
            assert getattr(whole, name.lower()) == people.filter(state=name).count()
    assert {c.name for c in receipts.roster(cast.village, book)} == {"演示村干"}
    rows = [(c.unit_key, c.pinyin) for c in receipts.roster(office, book).order_by(*receipts.ORDER)]
    assert rows == sorted(rows)


def test_reminders(book: Handbook, cast: Cast, person: Callable[..., Cadre]) -> None:
    admin = person("演示单管", "UNIT_ADMIN", COUNTY, "县水利局")
    hand(book, cast.village, by=cast.clerk)
    due = HandbookCopy.objects.get().sign_due

    def told(day: Any) -> list[tuple[str, str, str]]:
        Notice.objects.all().delete()
        sweep_one(SWEEP, today=day, at=AT)
        return sorted(Notice.objects.values_list("recipient__name", "rule", "text"))

    waiting = ("演示单管", "HB-H", "还有 2 人没有领到手册第 1 版")
    clerk = next(n for n in told(due) if n[0] == "演示专干")
    assert told(due) == sorted([waiting, clerk]) and clerk[1] == "HB-H"
    after = due_date(due, 1).date
    assert ("演示村干", "HB-S", "手册第 1 版已发到您手里，请本人签收") in told(after)
    act.sign(handbook=book, by=cast.village, at=AT)
    assert not [n for n in told(after) if n[1] == "HB-S"]
    assert admin.unit == Unit.objects.get(name="县水利局")


@pytest.mark.parametrize(("model", "wrong", "name"), [
    ("copy", {"kind": "ODD"}, "copy_"), ("copy", {"kind": "REISSUE"}, "copy_reissue_says_why"), ("copy", {}, "copy_once_a_unit"),
    ("receipt", {"how": "SELF", "by": "office"}, "receipt_signed_by_the_person"), ("receipt", {"how": "PAPER"}, "receipt_signed_by_the_person"),
    ("receipt", {"cadre": "head", "by": "head"}, "receipt_copy"), ("printing", {"quantity": 0}, "printing_some"),
])  # fmt: skip
def test_the_database_refuses(model: str, wrong: dict[str, Any], name: str, book: Handbook, cast: Cast, office: Cadre) -> None:  # fmt: skip
    hand(book, cast.village, by=cast.clerk)
    people = {"office": office, "head": cast.head}
    given = {k: people.get(v, v) if isinstance(v, str) else v for k, v in wrong.items()}
    village = cast.village
    base: dict[str, Any] = {"handbook": book, "cadre": village, "unit": village.unit, "at": AT}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        if model == "copy":
            HandbookCopy.objects.create(**{**base, "kind": "FIRST", "handed_by": office, "handed_on": DAY, "sign_due": DAY, **given})  # fmt: skip
        elif model == "receipt":
            cadre = given.get("cadre", village)
            HandbookReceipt.objects.create(**{**base, "how": "SELF", "by": village, "signed_on": DAY, "unit": cadre.unit, **given})  # fmt: skip
        else:
            HandbookPrinting.objects.create(handbook=book, by=office, at=AT, **given)


def test_the_database_keeps_editions(book: Handbook, cast: Cast, office: Cadre) -> None:
    hand(book, cast.village, by=cast.clerk)
    with pytest.raises(IntegrityError, match="handbook_one_in_force"), transaction.atomic():
        Handbook.objects.create(number=9, title="x", issuer="x", issued_on=DAY, issued_by=office, at=AT, file=book.file)  # fmt: skip
    with pytest.raises(IntegrityError, match="handbook_guard"), transaction.atomic():
        Handbook.objects.update(title="y")
    with pytest.raises(IntegrityError, match="copy_printed"), transaction.atomic():
        for n in range(101):
            HandbookCopy.objects.create(handbook=book, cadre=cast.village, unit=cast.village.unit, kind="REISSUE", reason=str(n), handed_by=office, handed_on=DAY, sign_due=DAY, at=AT)  # fmt: skip
    issue(office, at=AT)
    for make in (
        lambda: HandbookCopy.objects.create(handbook=book, cadre=cast.head, unit=cast.head.unit, kind="FIRST", handed_by=office, handed_on=DAY, sign_due=DAY, at=AT),
        lambda: HandbookReceipt.objects.create(handbook=book, cadre=cast.village, unit=cast.village.unit, how="SELF", by=cast.village, signed_on=DAY, at=AT),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match="the edition has ended"), transaction.atomic():
            make()
    with pytest.raises(DatabaseError, match=r"append only|permission denied"), transaction.atomic():
        HandbookCopy.objects.all().delete()


def test_pages(book: Handbook, cast: Cast, office: Cadre, as_user: Callable[[Cadre], Client]) -> None:  # fmt: skip
    clerk, village = as_user(cast.clerk), as_user(cast.village)
    path = f"/inspections/handbook/{book.pk}/"
    page = clerk.get(path).content.decode()
    assert "演示村干" in page and "演示水利" not in page
    answer = clerk.post(f"{path}hand/", {"cadre": [str(cast.village.uid), str(cast.head.uid)], "back": "state=WAITS"})  # fmt: skip
    assert answer["Location"] == f"{path}?state=WAITS" and HandbookCopy.objects.count() == 2
    assert clerk.post(f"{path}hand/", {"cadre": str(cast.department.uid)}).status_code == 404
    mine = village.get("/inspections/handbook/mine/?phone").content.decode()
    assert "本人签收" in mine and "phone.css" in mine
    village.post("/inspections/handbook/mine/?phone", {"book": book.pk})
    assert state(cast.village) == "HANDED"  # the tick is asked for
    answer = village.post("/inspections/handbook/mine/?phone", {"book": book.pk, "sure": "yes"}, follow=True)  # fmt: skip
    assert "已签收" in answer.content.decode() and state(cast.village) == "SIGNED"
    page_file = SimpleUploadedFile("签收页.jpg", PHOTO, "image/jpeg")
    both = {"cadre": [str(cast.village.uid), str(cast.head.uid)], "signed_on": str(DAY), "page": page_file}  # fmt: skip
    told = clerk.post(f"{path}paper/", both, follow=True).content.decode()
    assert "一人一签" in told and HandbookReceipt.objects.count() == 1
    shown = village.get(f"{path}book/")
    assert quote("验收标准手册第1版.docx") in shown["Content-Disposition"]
    assert "演示书记" not in village.get(path).content.decode()
    workbook = clerk.get(path, {"format": "xlsx"})
    assert workbook["Content-Type"].endswith("sheet") and workbook["Cache-Control"] == "private, no-store"  # fmt: skip
    assert as_user(office).get("/inspections/handbook/").content.decode().count("<tr>") > 3
    assert Area.objects.exists()
