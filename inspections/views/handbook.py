"""手册: editions, the distribution list, and one's own receipt on the desk and on the phone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.export import ROWS_MAX, export, within_limit
from cadres.files import send
from cadres.models import Area, Cadre
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from inspections import handbook_forms as forms
from inspections import receipts
from inspections.actions import handbook as act
from inspections.models import Handbook, HandbookReceipt
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

PAGE = 20
UNITS_SHOWN = 40


def handbook_list(request: PageRequest) -> HttpResponse:
    """The edition in force with its coverage by unit, and the earlier ones."""
    book, today = receipts.current(), clock.today()
    every = receipts.coverage(receipts.roster(request.user, book)) if book else []
    area = request.GET.get("area", "")
    lines = [n for n in every if n.code.startswith(area)] if area else every
    if not area and len(lines) > UNITS_SHOWN:
        townships = Area.objects.filter(level=Area.Level.TOWNSHIP)
        lines = receipts.by_township(lines, dict(townships.values_list("prefix", "name")))
    context = {
        "book": book, "lines": lines, "total": receipts.total(every), "area": area, "stale": receipts.outdated(book, today) if book else [],
        "printed": act.printed(book) if book else 0, "left": act.left(book) if book else 0,
        "mine": receipts.mine(request.user, book) if book else None,
        "earlier": Handbook.objects.filter(ended_on__isnull=False).select_related("issued_by").order_by("-number"),
        "ready": bool(act.standards_of(today)), "many": len(every) > 1 or bool(every and every[0].people > 1),
    }  # fmt: skip
    return render(request, "handbook/list.html", context)


def handbook_new(request: PageRequest) -> HttpResponse:
    require(request.user, "handbook.issue")
    book, today = receipts.current(), clock.today()
    people = Cadre.objects.filter(is_active=True, kind=Cadre.Kind.CADRE).count()
    form = forms.EditionForm(request.POST or None, book=book, people=people)
    if form.is_valid():
        try:
            made = act.issue_handbook(**form.cleaned_data, by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, f"{made}已印发，旧版签收不再算数；请逐单位发放、逐人签收。")
            return redirect("handbook", made.pk)
    context = {"form": form, "book": book, "standards": act.standards_of(today), "lines": act.lines_of(today), "people": people}  # fmt: skip
    return render(request, "handbook/new.html", context, status=422 if form.errors else 200)


def handbook(request: PageRequest, pk: int) -> HttpResponse:
    """发放台账: by unit and name, with what is missing."""
    book = get_object_or_404(Handbook.objects.select_related("issued_by", "file"), pk=pk)
    asked = request.GET.dict()
    people = receipts.narrowed(receipts.roster(request.user, book), asked)
    if asked.get("format") == "xlsx":
        return roster_export(request, book, people)
    page = keyset(people, receipts.ORDER, after=asked.get("after"), before=asked.get("before"), size=PAGE)  # fmt: skip
    lines = receipts.coverage(receipts.roster(request.user, book))
    theirs = set(act.staff_to_hand(request.user).filter(pk__in=[c.pk for c in page.rows]).values_list("pk", flat=True))  # fmt: skip
    open_now = book.ended_on is None
    rows = [(c, receipts.STATES[c.state], open_now and c.pk in theirs) for c in page.rows]
    selects = [
        ("state", "状态", list(receipts.STATES.items()), asked.get("state", "")),
        ("unit", "单位", [(str(n.unit_id), n.name) for n in lines if n.unit_id], asked.get("unit", "")),
    ]  # fmt: skip
    context = {
        "book": book, "page": page, "rows": rows, "total": receipts.total(lines), "selects": selects, "q": asked.get("q", ""),
        "printed": act.printed(book), "left": act.left(book), "stale": receipts.outdated(book, clock.today()) if open_now else [],
        "may_hand": any(may and c.state == "WAITS" for c, _, may in rows), "today": clock.today(), "count": people.count(),
        "may_issue": open_now and scope_of(request.user).has("handbook.issue"),
        "standards": book.standards.order_by("pk"), "area": asked.get("area", ""), "back": request.GET.urlencode(),
    }  # fmt: skip
    return render(request, "handbook/detail.html", context)


def roster_export(request: PageRequest, book: Handbook, people: Any) -> HttpResponse:
    rows = list(people.order_by(*receipts.ORDER)[: ROWS_MAX + 1])
    within_limit(len(rows))
    heads = ["单位", "姓名", "工号", "状态", "签收日期", "签收方式", "说明"]
    told = [
        [str(c.unit or "—"), c.name, c.work_no, receipts.STATES[c.state], str(c.signed_on or ""),
         str(HandbookReceipt.How(c.how).label) if c.how else "", "调入，原单位已领" if c.moved else ""]
        for c in rows
    ]  # fmt: skip
    return export(f"手册发放台账第{book.number}版", heads, told, by=request.user, at=clock.now())


def handbook_file(request: PageRequest, pk: int) -> FileResponse:
    """The book itself is for every cadre."""
    return send(get_object_or_404(Handbook.objects.select_related("file"), pk=pk).file)


def back(request: PageRequest, pk: int) -> HttpResponse:
    query = request.POST.get("back", "")[:300]
    response = redirect("handbook", pk)
    if query and "\n" not in query and "\r" not in query:
        response["Location"] += f"?{query}"
    return response


def chosen(request: PageRequest, book: Handbook) -> list[Cadre]:
    """Ticked people, of those in the reader's sight."""
    uids = []
    for text in request.POST.getlist("cadre"):
        try:
            uids.append(UUID(text))
        except ValueError:
            raise Http404 from None
    found = list(receipts.roster(request.user, book).filter(uid__in=uids))
    if len(found) < len(set(uids)):
        raise Http404
    return found


@require_POST
def handbook_do(request: PageRequest, pk: int, verb: str) -> HttpResponse:
    book = get_object_or_404(Handbook, pk=pk)
    by, at = request.user, clock.now()
    try:
        if verb == "hand":
            n = act.hand_out(handbook=book, cadres=chosen(request, book), by=by, at=at)
            messages.success(request, f"已登记发放 {n} 人，请提醒本人签收。")
        elif verb == "paper":
            paper(request, book)
        elif verb == "reissue":
            for cadre in chosen(request, book)[:1]:
                reason = request.POST.get("reason", "")[:100]
                act.reissue(handbook=book, cadre=cadre, reason=reason, by=by, at=at)
                messages.success(request, f"已登记给{cadre.name}补发一册。")
        elif verb == "print":
            form = forms.PrintForm(request.POST)
            if not form.is_valid():
                raise Refusal("quantity", "增印册数要填 1 以上的整数。")
            act.print_more(handbook=book, quantity=form.cleaned_data["quantity"], by=by, at=at)
            messages.success(request, f"已登记增印 {form.cleaned_data['quantity']} 册。")
        else:
            raise Http404
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        messages.error(request, refusal.message)
    return back(request, pk)


def paper(request: PageRequest, book: Handbook) -> None:
    form = forms.PaperForm(request.POST, request.FILES)
    people = chosen(request, book)
    if not form.is_valid() and len(people) == 1:
        raise Refusal("paper", f"请填写签收日期，并附上{people[0].name}本人签名的签收页。")
    given = form.cleaned_data.get("page")
    act.sign_on_paper(
        handbook=book, cadres=people, signed_on=form.cleaned_data.get("signed_on") or clock.today(),
        page=(str(given.name), given.read()) if given else None, by=request.user, at=clock.now(),
    )  # fmt: skip
    messages.success(request, f"已登记{people[0].name}的签收页。")


def handbook_page(request: PageRequest, pk: int) -> FileResponse:
    """A signed page, to whoever sees the person on the list."""
    found = get_object_or_404(HandbookReceipt.objects.select_related("page"), pk=pk, page__isnull=False)  # fmt: skip
    if found.page is None or not Cadre.objects.filter(receipts.seen_by(request.user), pk=found.cadre_id).exists():  # fmt: skip
        raise Http404
    return send(found.page, inline=True)


def handbook_mine(request: PageRequest) -> HttpResponse:
    """One tap, one question, one receipt; the same on the phone."""
    book = receipts.current()
    phone = "phone" in request.GET
    if request.method == "POST":
        if book is None or request.POST.get("book") != str(book.pk):
            messages.warning(request, "手册刚刚换了新版，请重新打开再签收。")
        elif request.POST.get("sure") != "yes":
            messages.error(request, "请先勾选“已收到手册并阅知内容”，再签收。")
        else:
            try:
                act.sign(handbook=book, by=request.user, at=clock.now())
                messages.success(request, f"已签收：{book}。")
            except Refusal as refusal:
                messages.error(request, refusal.message)
        return redirect(request.get_full_path())
    own = receipts.mine(request.user, book) if book else None
    context = {
        "book": book, "own": own, "state": receipts.STATES[own.state] if own else "",
        "standards": book.standards.order_by("pk") if book else [],
    }  # fmt: skip
    return render(request, "handbook/phone.html" if phone else "handbook/mine.html", context)
