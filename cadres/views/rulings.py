"""口径: the questions that only the county can answer, what counts until it does, and its rulings."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.actions.rulings import decide_ruling, propose_ruling, withdraw_ruling
from cadres.files import send, store
from cadres.force_forms import DecideForm, RulingForm
from cadres.models import Ruling
from cadres.request import PageRequest
from cadres.rulings import QUESTIONS, rulings_on, words
from cadres.scope import require, scope_of
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form


def rulings_page(request: PageRequest) -> HttpResponse:
    found = rulings_on(clock.today())
    waiting = {r.question: r for r in Ruling.objects.filter(status="WAITS")}
    rows = [(q, found.get(q.code), waiting.get(q.code)) for q in QUESTIONS.values()]
    return render(request, "forces/rulings.html", {"rows": rows})


def ruling_page(request: PageRequest, code: str) -> HttpResponse:
    """One question: its history, the proposal that waits, and the form for a new one."""
    question = QUESTIONS.get(code)
    if question is None:
        raise Http404
    history = list(Ruling.objects.filter(question=code).select_related("proposed_by", "decided_by", "scan").order_by("-pk"))  # fmt: skip
    waiting = next((r for r in history if r.status == "WAITS"), None)
    may_propose = scope_of(request.user).has("rules.propose")
    may_decide = waiting is not None and scope_of(request.user).has("rules.confirm") and waiting.proposed_by_id != request.user.pk  # fmt: skip
    form = RulingForm(request.POST or None, request.FILES or None, question=question)
    decide_form = DecideForm(request.POST or None)
    if request.method == "POST":
        shape = form if "propose" in request.POST else decide_form
        try:
            if shape.is_valid():
                done(request, code, waiting, form, decide_form)
                return redirect("ruling", code)
        except Refusal as refusal:
            if refusal.field not in shape.fields:
                raise
            add_to_form(shape, refusal)
    errors = request.method == "POST"
    context = {
        "question": question, "now": rulings_on(clock.today()).get(code),
        "history": [(r, words(question, r.values)) for r in history], "waiting": waiting,
        "may_propose": may_propose and waiting is None, "may_decide": may_decide,
        "may_withdraw": may_propose and waiting is not None,
        "form": form if errors and "propose" in request.POST else RulingForm(question=question),
        "decide": decide_form if errors and "propose" not in request.POST else DecideForm(),
    }  # fmt: skip
    return render(request, "forces/ruling.html", context, status=422 if errors else 200)


def done(
    request: PageRequest, code: str, waiting: Ruling | None, form: RulingForm, decide: DecideForm
) -> None:
    by, at = request.user, clock.now()
    if "propose" in request.POST:
        require(by, "rules.propose")
        given = {**form.cleaned_data}
        upload = given.pop("scan")
        fixed = {n: given.pop(n) for n in ("text", "document_no", "signed_by", "start")}
        scan = store(upload.read(), name=upload.name, by=by, at=at) if upload else None
        propose_ruling(question=code, **fixed, values=given, scan=scan, by=by, at=at)
        messages.success(request, "已提交，等县委书记或县长确认后执行。")
    elif waiting is None:
        raise Refusal("ruling_decided", "这份裁定已经处理过，请刷新页面查看。")
    elif "withdraw" in request.POST:
        withdraw_ruling(ruling_id=waiting.pk, by=by, at=at)
        messages.success(request, "已撤回。")
    else:
        accept = "accept" in request.POST
        decide_ruling(ruling_id=waiting.pk, accept=accept, said=decide.cleaned_data["said"], by=by, at=at)  # fmt: skip
        messages.success(request, "已确认。" if accept else "已退回。")


def ruling_scan(request: PageRequest, pk: int) -> FileResponse:
    found = get_object_or_404(Ruling.objects.select_related("scan"), pk=pk, scan__isnull=False)
    assert found.scan is not None
    return send(found.scan)
