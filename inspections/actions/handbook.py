"""手册: issue an edition, hand copies out, sign for them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet, Sum

from cadres.calendar import due_date
from cadres.events import record
from cadres.files import store
from cadres.models import Cadre, StoredFile, Unit
from cadres.rules import in_force as rules_in_force
from cadres.scope import require, units_with
from inspections.booklet import Edition, booklet
from inspections.models import (
    Handbook,
    HandbookCopy,
    HandbookPrinting,
    HandbookReceipt,
    IncomeLine,
    Standard,
)
from inspections.standards import in_force
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno

DOCX = "application/vnd.openxmlformats-officedocument"
QUANTITY_MAX = 100_000
Kind = HandbookCopy.Kind


def standards_of(day: date) -> list[Standard]:
    return [s for level in Standard.Level if (s := in_force(day, level))]


def lines_of(day: date) -> list[IncomeLine]:
    found = IncomeLine.objects.filter(status="ACCEPTED").order_by("kind", "start")
    return [n for n in found if n.in_force(day)]


def issue_handbook(*, title: str, issuer: str, quantity: int, by: Cadre, at: datetime) -> Handbook:
    """The standards in force become a book; the edition before ends, its receipts with it."""
    require(by, "handbook.issue")
    today = clock.day(at)
    standards = standards_of(today)
    if not title.strip() or not issuer.strip():
        raise BadInput("title", "请填写书名和编印单位。", field="title")
    if not 1 <= quantity <= QUANTITY_MAX:
        raise BadInput("quantity", f"印数应在 1 到 {QUANTITY_MAX} 之间。", field="quantity")
    if not standards:
        raise Refusal("no_standard", "没有执行中的标准，编不出手册；请先确认标准。")
    no_idno([title, issuer])
    with transaction.atomic():
        list(Handbook.objects.select_for_update().order_by("pk"))
        number = (Handbook.objects.aggregate(n=Max("number"))["n"] or 0) + 1
        edition = Edition(number, title.strip(), issuer.strip(), today, standards, lines_of(today))
        file = store(booklet(edition), name=f"{title.strip()}第{number}版.docx", by=by, at=at)
        Handbook.objects.filter(ended_on__isnull=True).update(ended_on=today)
        try:
            with transaction.atomic():
                made = Handbook.objects.create(
                    number=number, title=edition.title, issuer=edition.issuer, issued_on=today,
                    issued_by=by, at=at, file=file,
                )  # fmt: skip
        except IntegrityError:
            raise Refusal("issued_at_once", "另一个人刚刚印发了一版，请刷新页面查看。") from None
        made.standards.set(standards)
        HandbookPrinting.objects.create(handbook=made, quantity=quantity, by=by, at=at)
        record("handbook.issue", made, by=by, at=at, area=_county(by),
               after={"name": str(made), "count": quantity})  # fmt: skip
    return made


def print_more(*, handbook: Handbook, quantity: int, by: Cadre, at: datetime) -> None:
    require(by, "handbook.issue")
    if not 1 <= quantity <= QUANTITY_MAX:
        raise BadInput("quantity", f"印数应在 1 到 {QUANTITY_MAX} 之间。", field="quantity")
    with transaction.atomic():
        _in_force(handbook)
        HandbookPrinting.objects.create(handbook=handbook, quantity=quantity, by=by, at=at)
        record("handbook.print", handbook, by=by, at=at, area=_county(by), after={"count": quantity})  # fmt: skip


def printed(handbook: Handbook) -> int:
    return int(handbook.printings.aggregate(n=Sum("quantity"))["n"] or 0)


def left(handbook: Handbook) -> int:
    """Copies on the shelf. Who moved brought his own."""
    return printed(handbook) - handbook.copies.exclude(kind=Kind.MOVED).count()


def staff_to_hand(by: Cadre) -> QuerySet[Cadre]:
    """Whom this person hands copies to."""
    units = Unit.objects.filter(units_with(by, "handbook.hand"))
    return Cadre.objects.filter(unit__in=units, is_active=True, kind=Cadre.Kind.CADRE)


def hand_out(*, handbook: Handbook, cadres: Sequence[Cadre], by: Cadre, at: datetime) -> int:
    """Many at once: a copy lies in each one's hand. Signing for it is each one's own."""
    today = clock.day(at)
    if not cadres:
        raise BadInput("cadre", "请至少勾选一人。", field="cadre")
    _may_hand(by, cadres)
    due = due_date(today, rules_in_force(today).number("receipt_days")).date
    with transaction.atomic():
        book = _in_force(handbook)
        had = list(book.copies.filter(cadre__in=cadres).values_list("cadre_id", "unit_id"))
        here, anywhere = set(had), {cadre for cadre, _ in had}
        new = [c for c in sorted(cadres, key=lambda c: c.pk) if (c.pk, c.unit_id) not in here]
        fresh = sum(1 for c in new if c.pk not in anywhere)
        if not new:
            raise Refusal("handed", "勾选的人都已经领到这一版手册，请刷新页面查看。")
        _enough(book, fresh)
        for cadre in new:
            kind = Kind.MOVED if cadre.pk in anywhere else Kind.FIRST
            HandbookCopy.objects.create(
                handbook=book, cadre=cadre, unit_id=cadre.unit_id, kind=kind, handed_by=by,
                handed_on=today, sign_due=due, at=at,
            )  # fmt: skip
        record("handbook.hand", book, by=by, at=at, area=_county(by), after={"name": str(book), "count": len(new)})  # fmt: skip
    return len(new)


def reissue(*, handbook: Handbook, cadre: Cadre, reason: str, by: Cadre, at: datetime) -> None:
    """补发 to who has lost or spoilt his: what he signed stays."""
    _may_hand(by, [cadre])
    no_idno([reason])
    if len(reason.strip()) < 2:
        raise BadInput("reason", "补发请写明原因，例如“遗失”“破损”。", field="reason")
    today = clock.day(at)
    with transaction.atomic():
        book = _in_force(handbook)
        if not book.copies.filter(cadre=cadre, unit=cadre.unit).exists():
            raise Refusal("not_handed", f"{cadre.name}还没有领过这一版，请直接发放。")
        _enough(book, 1)
        HandbookCopy.objects.create(
            handbook=book, cadre=cadre, unit=cadre.unit, kind=Kind.REISSUE, reason=reason.strip(), handed_by=by,
            handed_on=today, sign_due=today, at=at,
        )  # fmt: skip
        record("handbook.reissue", book, by=by, at=at, area=_county(by), after={"name": cadre.name, "why": reason.strip()})  # fmt: skip


def sign(*, handbook: Handbook, by: Cadre, at: datetime) -> HandbookReceipt:
    """本人签收, of the copy in his own hand."""
    return _signed(handbook, by, how="SELF", signed_on=clock.day(at), page=None, by=by, at=at)


def sign_on_paper(
    *, handbook: Handbook, cadres: Sequence[Cadre], signed_on: date, page: tuple[str, bytes] | None, by: Cadre, at: datetime
) -> HandbookReceipt:  # fmt: skip
    """The page that one person signed, entered by who handed it to him."""
    if len(cadres) != 1:
        raise Refusal(
            "unit_wide", "手册要一人一签：一次只登记一个人的签收页，不能按单位一并签收，也不能代签。"
        )  # fmt: skip
    cadre = cadres[0]
    _may_hand(by, cadres)
    if cadre.pk == by.pk:
        raise Refusal("own", "本人的手册请在“我的手册”里自己签收。")
    if signed_on > clock.day(at) or signed_on < handbook.issued_on:
        raise BadInput("signed_on", "签收日期应在印发之后、今天以前。", field="signed_on")
    if page is None:
        raise BadInput("page", f"请附上{cadre.name}本人签名的签收页照片或扫描件。", field="page")
    kept = store(page[1], name=page[0], by=by, at=at)
    return _signed(handbook, cadre, how="PAPER", signed_on=signed_on, page=kept, by=by, at=at)


def _signed(
    handbook: Handbook, cadre: Cadre, *, how: str, signed_on: date, page: StoredFile | None, by: Cadre, at: datetime
) -> HandbookReceipt:  # fmt: skip
    with transaction.atomic():
        book = _in_force(handbook)
        if book.receipts.filter(cadre=cadre, unit=cadre.unit).exists():
            raise Refusal("signed", "这一版手册已经签收过了。")
        if not book.copies.filter(cadre=cadre, unit=cadre.unit).exists():
            raise Refusal(
                "not_handed", "还没有发到手里，不能签收；请先向本单位管理员或乡镇专干领取。"
            )
        if page is not None and book.receipts.filter(page_hash=page.sha256).exists():
            raise Refusal(
                "unit_wide", "这张签收页已经登记给另一个人：一张签收页只能证明一个人签收。"
            )
        made = HandbookReceipt.objects.create(
            handbook=book, cadre=cadre, unit=cadre.unit, how=how, signed_on=signed_on, page=page, page_hash=page.sha256 if page else "",
            by=by, at=at,
        )  # fmt: skip
        record("handbook.sign", book, by=by, at=at, area=_county(by), after={"name": cadre.name, "status": str(made.get_how_display())})  # fmt: skip
    return made


def _in_force(handbook: Handbook) -> Handbook:
    book = Handbook.objects.select_for_update().get(pk=handbook.pk)
    if book.ended_on is not None:
        raise Refusal("ended", f"{book}已被新版代替，请用现行的一版。")
    return book


def _may_hand(by: Cadre, cadres: Sequence[Cadre]) -> None:
    theirs = set(staff_to_hand(by).filter(pk__in=[c.pk for c in cadres]).values_list("pk", flat=True))  # fmt: skip
    if strangers := [c.name for c in cadres if c.pk not in theirs]:
        raise NotYours("not_your_staff", f"{strangers[0]}不归您发放，请由其所在单位管理员或乡镇专干办理。")  # fmt: skip


def _enough(book: Handbook, wanted: int) -> None:
    if wanted > (there := left(book)):
        raise Refusal(
            "too_few", f"印的册数只剩 {there} 册，这次要发 {wanted} 册；请先登记增印，或分批发放。"
        )  # fmt: skip


def _county(by: Cadre) -> str:
    return by.unit.area.code if by.unit else ""
