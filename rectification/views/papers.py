"""文书: the list, drafting, one paper, its files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from cadres.export import export
from cadres.files import send, send_made
from cadres.models import Unit
from cadres.request import PageRequest
from rectification.actions import papers
from rectification.models import Dispatch, Item, Paper
from rectification.models.paper import STATES
from rectification.papers.forms import DraftForm, ReasonForm, ScanForm, SignForm, proposed
from rectification.papers.kinds import ITEMS_MAX, KINDS, Kind
from rectification.papers.reading import (
    candidates,
    in_state,
    kinds_for,
    may_sign,
    of_unit,
    papers_of,
    papers_visible_to,
    titled,
)
from rectification.papers.veiling import LINE, sheet, sheet_name, veil_papers
from rectification.querysets import items_visible_to, readable, veil
from rectification.timeline import with_due
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import BadInput, Refusal
from yuexi.core.refused import add_to_form, said_errors

PAGE = 20


def paper_list(request: PageRequest) -> HttpResponse:
    chosen = {k: request.GET.get(k, "").strip() for k in ("kind", "state", "unit", "q")}
    found = papers_visible_to(request.user)
    told = readable(items_visible_to(request.user), request.user)
    units = Unit.objects.filter(pk__in=told.order_by().values("unit")).order_by(
        "area__code", "name"
    )
    odd = []
    if chosen["kind"]:
        found = found.filter(kind=chosen["kind"])
        odd += [] if chosen["kind"] in KINDS else ["文书"]
    if chosen["state"] in STATES:
        found = in_state(found, chosen["state"])
    elif chosen["state"]:
        odd.append("状态")
    if chosen["unit"]:
        if chosen["unit"].isascii() and chosen["unit"].isdigit() and len(chosen["unit"]) < 10:
            found = of_unit(found, int(chosen["unit"]), request.user)
        else:
            odd.append("单位")
    if words := chosen["q"][:40]:
        by_number = found.filter(number__contains=words)
        found = by_number | found.filter(decision__document_no__contains=words) | titled(found, words, request.user)  # fmt: skip
    if request.GET.get("format") == "xlsx":
        if odd:
            raise BadInput("bad_filter", f"认不出筛选条件：{'、'.join(odd)}。请回到清单重新选。")
        return paper_export(request, found)
    page = keyset(found, ("-at", "-pk"), after=request.GET.get("after"),
                  before=request.GET.get("before"), size=PAGE)  # fmt: skip
    veil_papers(page.rows, request.user)
    context = {
        "page": page, "chosen": chosen, "kinds": KINDS, "states": STATES, "units": units, "odd": odd,
        "count": found.count(), "may": drafting(request),
    }  # fmt: skip
    return render(request, "papers/list.html", context)


def drafting(request: PageRequest) -> list[Kind]:
    """The kinds that this person could start from the list of papers."""
    today = clock.today()
    return [k for k in KINDS.values() if k.many and k.code != "DISPATCH"
            and candidates(k, request.user, today).exists()]  # fmt: skip


def paper_export(request: PageRequest, found: Any) -> HttpResponse:
    heads = [
        "文书",
        "编号",
        "文号",
        "标题",
        "状态",
        "签发人",
        "件数",
        "事项编号",
        "起草人",
        "起草时间",
        "签发时间",
    ]
    rows = list(found.order_by("-at", "-pk")[:5001])
    veil_papers(rows, request.user)
    lines = [
        (p.get_kind_display(), p.number, d.document_no if d else "", p.title, p.state_label, d.signed_off_by if d else "",
         p.facts["件数"], "、".join(i["编号"] if i["编号"] != "—" else LINE for i in p.facts["事项"]), p.by.name, str(clock.day(p.at)), str(clock.day(d.at)) if d else "")
        for p, d in ((p, p.issued) for p in rows)
    ]  # fmt: skip
    return export("文书清单", heads, lines, by=request.user, at=clock.now())


def kind_of(text: str) -> Kind:
    if text not in KINDS:
        raise Http404
    return KINDS[text]


def paper_new(request: PageRequest) -> HttpResponse:
    """Which items, and what a person adds to their facts. Nothing is stored before the draft."""
    kind = kind_of(request.GET.get("kind", ""))
    user, today = request.user, clock.today()
    choice = candidates(kind, user, today).order_by("deadline", "pk")
    dispatch = request.GET.get("dispatch", "")
    asked = request.GET.getlist("item")
    if dispatch:
        choice = choice.filter(dispatch=_dispatch(dispatch))
    if not kind.many or (asked and kind.code == "REPORT"):
        choice = choice.filter(number__in=asked)
    unit = request.GET.get("unit", "")
    unit = unit if unit.isascii() and unit.isdigit() and len(unit) < 10 else ""
    units = Unit.objects.filter(pk__in=choice.order_by().values("unit")).order_by("name")
    if unit:
        choice = choice.filter(unit=int(unit))
    rows = list(choice[: ITEMS_MAX + 1])
    more, rows = len(rows) > ITEMS_MAX, rows[:ITEMS_MAX]
    with_due(rows, today)
    if request.method == "POST":
        numbers = set(request.POST.getlist("item"))
    else:
        numbers = set(asked) if asked else {i.number for i in rows} if dispatch else set()
    picked = [i for i in rows if i.number in numbers]
    form = DraftForm(request.POST or None, kind=kind, initial=proposed(kind, picked, user, today))  # fmt: skip
    if form.is_valid():
        try:
            paper = papers.draft(kind=kind.code, item_ids=[i.pk for i in picked], draft=form.draft(), by=user, at=clock.now())  # fmt: skip
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, f"已起草{paper}，送审稿可以下载。")
            return redirect("paper", paper.uid)
    context = {
        "kind": kind, "form": form, "rows": rows, "numbers": numbers, "more": more, "units": units,
        "unit": unit, "most": ITEMS_MAX, "asked": asked, "dispatch": dispatch,
    }  # fmt: skip
    return render(request, "papers/new.html", context, status=422 if form.errors else 200)


def as_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _dispatch(text: str) -> Dispatch:
    return get_object_or_404(Dispatch, uid=as_uuid(text))


def found(request: PageRequest, uid: UUID) -> Paper:
    """With all that it says: for the actions, and to be veiled before it is shown."""
    paper: Paper = get_object_or_404(papers_visible_to(request.user), uid=uid)
    return paper


def shown(request: PageRequest, uid: UUID) -> Paper:
    paper = found(request, uid)
    veil_papers([paper], request.user)
    return paper


@require_GET
def paper_detail(request: PageRequest, uid: UUID) -> HttpResponse:
    return paper_page(request, found(request, uid))


def paper_page(
    request: PageRequest, paper: Paper, *, verb: str = "", wrong: Form | None = None
) -> HttpResponse:
    veil_papers([paper], request.user)
    kind, items = KINDS[paper.kind], list(paper.items.select_related("unit", "area").order_by("number"))  # fmt: skip
    signs = may_sign(kind, items, request.user)
    dispatch = paper.dispatch
    told = {"document_no": dispatch.document_no, "signed_off_by": dispatch.signed_off_by} if dispatch else {}  # fmt: skip
    forms: dict[str, Form] = {
        "issue": SignForm(kind=kind, initial=told, auto_id="id_issue_%s"),
        "withdraw": ReasonForm(auto_id="id_withdraw_%s"), "scan": ScanForm(auto_id="id_scan_%s"),
    }  # fmt: skip
    if wrong is not None:
        forms[verb] = wrong
    context = {
        "paper": paper, "kind": kind, "items": items, "forms": forms, "wrong_verb": verb, "signs": signs,
        "may_withdraw": signs or paper.by_id == request.user.pk,
        "scans": paper.scans.select_related("file", "by").order_by("pk"), "facts": paper.facts,
        "refused": said_errors(wrong) if wrong else "",
    }  # fmt: skip
    return render(request, "papers/detail.html", context, status=422 if wrong is not None else 200)


@require_POST
def paper_act(request: PageRequest, uid: UUID, verb: str) -> HttpResponse:
    paper, by, at = found(request, uid), request.user, clock.now()
    forms: dict[str, Form] = {
        "issue": SignForm(request.POST, kind=KINDS[paper.kind], auto_id="id_issue_%s"),
        "withdraw": ReasonForm(request.POST, auto_id="id_withdraw_%s"),
        "scan": ScanForm(request.POST, request.FILES, auto_id="id_scan_%s"),
    }
    if verb not in forms:
        raise Http404
    form = forms[verb]
    if not form.is_valid():
        return paper_page(request, paper, verb=verb, wrong=form)
    data = form.cleaned_data
    try:
        if verb == "issue":
            papers.issue(paper=paper, **data, by=by, at=at)
            said = f"{paper}已签发，成文不再带“送审稿”。"
        elif verb == "withdraw":
            papers.withdraw(paper=paper, **data, by=by, at=at)
            said = f"{paper}已撤回，编号作废，不再使用。"
        else:
            papers.add_scan(paper=paper, content=data["file"].read(), name=data["file"].name, by=by, at=at)  # fmt: skip
            said = "盖章件已上传。"
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        add_to_form(form, refusal)
        return paper_page(request, found(request, uid), verb=verb, wrong=form)
    messages.success(request, said)
    return redirect("paper", paper.uid)


@require_GET
def paper_file(request: PageRequest, uid: UUID, which: str) -> FileResponse:
    """The draft as it was handed in for signing, or what was issued of it; made anew for a reader
    who may not read all of it."""
    paper = shown(request, uid)
    done = paper.issued
    file = {"draft": paper.file, "issued": done.file if done else None}.get(which)
    if file is None:
        raise Http404
    papers.opened(paper=paper, file=file, by=request.user, at=clock.now())
    return send_made(sheet(paper, which), sheet_name(paper, which)) if paper.veiled else send(file)


@require_GET
def paper_scan(request: PageRequest, uid: UUID, pk: int) -> FileResponse:
    paper = shown(request, uid)
    if paper.veiled:  # a picture of the whole sheet
        raise Http404
    scan = get_object_or_404(paper.scans.select_related("file"), pk=pk)
    papers.opened(paper=paper, file=scan.file, by=request.user, at=clock.now())
    return send(scan.file, inline=True)


@require_GET
def dispatch_page(request: PageRequest, uid: UUID) -> HttpResponse:
    """交办单: its items in sight, and the sheets made of it."""
    items = list(items_visible_to(request.user).filter(dispatch__uid=uid).order_by("number"))
    veil(items, request.user)
    if not items:
        raise Http404
    dispatch = Dispatch.objects.select_related("by").get(uid=uid)
    with_due(items, clock.today())
    free = candidates(KINDS["DISPATCH"], request.user, clock.today()).filter(dispatch=dispatch)
    by_unit: dict[str, dict[str, Any]] = {}
    for item in free.order_by("pk"):
        unit = by_unit.setdefault(item.unit.name, {"pk": item.unit_id, "count": 0})
        unit["count"] += 1
    made = papers_visible_to(request.user).filter(dispatch=dispatch).order_by("pk")
    context = {"dispatch": dispatch, "items": items, "free": by_unit, "papers": made}
    return render(request, "papers/dispatch.html", context)


def panel(request: PageRequest, item: Item) -> dict[str, Any]:
    """文书 on an item's page."""

    def address(kind: Kind) -> str:
        about = f"&dispatch={item.dispatch.uid}" if kind.code == "DISPATCH" and item.dispatch else f"&item={item.number}"  # fmt: skip
        return f"{reverse('paper-new')}?kind={kind.code}{about}"

    may = [(k, address(k)) for k in kinds_for(item, request.user, clock.today())]
    return {"papers": list(papers_of(request.user, item)[:20]), "may": may}
