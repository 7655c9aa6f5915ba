"""典型: list, recommendation, one's page, 公示 sheet; and the written consent of households."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.forms import Form
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.export import ROWS_MAX, export, within_limit
from cadres.files import send
from cadres.models import StoredFile
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from households.models import Household
from households.querysets import households_visible_to
from inspections.actions import consents
from inspections.actions import honours as acts
from inspections.models import Honour, HonourStep
from inspections.publicity import forms
from inspections.publicity.names import masked_text, names_of, present, shown_as, shows_photos
from inspections.publicity.querysets import (
    CADRE,
    EDIT,
    HANDLE,
    REVIEW,
    consents_visible_to,
    honours_visible_to,
    in_public,
    inside,
    matters,
    to_give_opinion,
)
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

PAGE = 20
VIEWS = {"": "公示和已发布", "review": "待审核", "running": "审核后在办", "notice": "公示中", "opinion": "等答复意见", "mine": "我推荐的", "returned": "退回给我的", "withdrawn": "已撤销"}  # fmt: skip


def private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response


def views_of(request: PageRequest) -> list[str]:
    scope = scope_of(request.user)
    decides = scope.has(REVIEW) or scope.has(CADRE)
    found = ["", "notice"]
    if decides:
        found += ["review", "running", "withdrawn"]
    if scope.has(HANDLE):
        found += ["opinion"]
    if scope.has(EDIT):
        found += ["mine", "returned"]
    return found


def narrowed(request: PageRequest, view: str) -> QuerySet[Honour]:
    user, today = request.user, clock.today()
    if view == "opinion":
        return to_give_opinion(user, today)
    found = honours_visible_to(user, today)
    given: dict[str, Q] = {
        "": in_public(today), "review": Q(status="RECOMMENDED"), "running": Q(status="REVIEWED"),
        "notice": Q(status="NOTICE") & in_public(today), "mine": Q(recommended_by=user),
        "returned": Q(recommended_by=user, status="RETURNED"), "withdrawn": Q(status="WITHDRAWN"),
    }  # fmt: skip
    return found.filter(given[view])


def stage(honour: Honour, inner: bool) -> str:
    """To whoever does not decide, what waits in an office is one thing: in work."""
    if not inner and honour.status in ("RECOMMENDED", "REVIEWED"):
        return "审核中"
    return str(Honour.Status(honour.status).label)


def honour_list(request: PageRequest) -> HttpResponse:
    allowed = views_of(request)
    view = request.GET.get("view", "")
    view = view if view in allowed else ""
    found = narrowed(request, view)
    if request.GET.get("format") == "xlsx":
        return honour_export(request, found)
    page = keyset(found, ("-recommended_at", "-pk"), after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    rows = [(present(h, clock.today()), stage(h, inside(request.user, h))) for h in page.rows]
    context = {
        "page": page, "rows": rows, "view": view, "views": {k: VIEWS[k] for k in allowed},
        "may": scope_of(request.user).has(EDIT), "may_export": may_export(request), "today": clock.today(),
    }  # fmt: skip
    return private(render(request, "publicity/honours.html", context))


def may_export(request: PageRequest) -> bool:
    return any(scope_of(request.user).has(right) for right in (EDIT, REVIEW, CADRE))


def honour_export(request: PageRequest, found: QuerySet[Honour]) -> HttpResponse:
    """As on the page: names as they were chosen, no deed."""
    if not may_export(request):
        require(request.user, EDIT)
    rows = list(found.order_by("-recommended_at", "-pk")[: ROWS_MAX + 1])
    within_limit(len(rows))
    lines = []
    for h in rows:
        shown = present(h, clock.today()).shown  # type: ignore[attr-defined]
        days = [str(d) if d else "" for d in (h.notice_from, h.notice_until, h.published_on)]
        lines.append([h.get_kind_display(), shown["name"], shown["place"], shown["title"], stage(h, inside(request.user, h)), *days])  # fmt: skip
    return export("典型", ["类别", "姓名", "单位或村组", "标题", "进展", "公示起", "公示止", "发布"], lines, by=request.user, at=clock.now())  # fmt: skip


def honour_notice(request: PageRequest) -> HttpResponse:
    """公示: names and groups, and nothing else of anybody."""
    today = clock.today()
    found = honours_visible_to(request.user, today).filter(in_public(today), status="NOTICE", notice_until__gte=today)  # fmt: skip
    sheets: dict[tuple[Any, ...], list[Honour]] = {}
    for h in found.order_by("kind", "notice_from", "notice_until", "contact", "area_id", "pk"):
        key = (h.get_kind_display(), h.notice_from, h.notice_until, h.contact, h.kind)
        sheets.setdefault(key, []).append(present(h, today))
    return render(request, "publicity/notice.html", {"sheets": list(sheets.items())})


def household_of(request: PageRequest) -> Household:
    asked = request.GET.get("household", "")
    try:
        uid = UUID(asked)
    except ValueError:
        raise Http404 from None
    found = get_object_or_404(households_visible_to(request.user), uid=uid)
    require(request.user, EDIT, found.area_id)
    return found


def honour_new(request: PageRequest) -> HttpResponse:
    require(request.user, EDIT)
    home = household_of(request) if request.GET.get("household") else None
    form: Form
    if home is not None:
        form = forms.HouseholdHonourForm(request.POST or None, household=home)
    else:
        form = forms.CadreHonourForm(request.POST or None)
    if form.is_valid():
        given, by, at = form.cleaned_data, request.user, clock.now()
        try:
            made = (
                acts.recommend_household(household=home, **given, by=by, at=at)
                if home is not None
                else acts.recommend_cadre(**given, by=by, at=at)
            )
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "已推荐，等审核。审核前可以修改、加照片。")
            return redirect("honour", made.uid)
    context = {"form": form, "home": home, "heading": "推荐脱贫典型" if home else "推荐干部典型"}
    return private(render(request, "publicity/honour_form.html", context, status=422 if form.errors else 200))  # fmt: skip


def honour_edit(request: PageRequest, uid: UUID) -> HttpResponse:
    found = get_object_or_404(honours_visible_to(request.user), uid=uid, recommended_by=request.user)  # fmt: skip
    if found.status not in ("RECOMMENDED", "RETURNED"):
        raise Refusal("honour_as_reviewed", "已经审核过，不能再改。")
    before = {"title": found.title, "deed": found.deed, "masking": found.masking, "tells_health": found.tells_health, "consent": found.consent_id}  # fmt: skip
    form: Form
    if found.household is not None:
        form = forms.HouseholdHonourForm(request.POST or None, household=found.household, initial=before)  # fmt: skip
    else:
        form = forms.CadreHonourForm(request.POST or None, initial=before)
        del form.fields["work_no"], form.fields["name"]
    if form.is_valid():
        try:
            acts.amend(honour=found, **form.cleaned_data, by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "已保存并重新送审。" if found.status == "RETURNED" else "已保存。")  # fmt: skip
            return redirect("honour", uid)
    context = {"form": form, "home": found.household, "heading": "修改推荐", "honour": found}
    return private(render(request, "publicity/honour_form.html", context, status=422 if form.errors else 200))  # fmt: skip


def honour(request: PageRequest, uid: UUID) -> HttpResponse:
    return honour_page(request, get_object_or_404(honours_visible_to(request.user), uid=uid))


INNER = ("ASK", "CLEAR", "HOLD", "OBJECTION", "ANSWER")


def honour_page(request: PageRequest, found: Honour, verb: str = "", wrong: Form | None = None, refused: str = "") -> HttpResponse:  # fmt: skip
    user, today = request.user, clock.today()
    inner = inside(user, found)
    mine = found.recommended_by_id == user.pk
    steps = found.steps.select_related("by__unit", "answer").order_by("pk")
    if not inner:
        # Opinions and objections are for who decides; who recommended reads why it came back.
        steps = steps.exclude(kind__in=[*INNER, "REVIEW"])
        steps = steps if mine else steps.filter(kind__in=["NOTICE", "PUBLISH"])
    names, rows = names_of(found), list(steps)
    for step in rows:
        step.said = masked_text(step.said, names, shown_as(found, today))
    opinion = next((s for s in reversed(rows) if s.kind in ("CLEAR", "HOLD")), None)
    asked = bool(rows) and any(s.kind == "ASK" and (opinion is None or s.pk > opinion.pk) for s in rows)  # fmt: skip
    home = None
    if found.household is not None:
        home = households_visible_to(user).filter(pk=found.household.pk).first()
    may = moves(request, found, opinion, inner, mine)
    shown_forms: dict[str, Form] = {
        "return": forms.SaidForm(), "notice": forms.NoticeForm(), "objection": forms.SaidForm(), "answer": forms.SaidForm(),
        "opinion": forms.OpinionForm(), "withdraw": forms.WithdrawForm(), "photo": forms.PhotoForm(), "attach": forms.AttachForm(household=found.household),
    }  # fmt: skip
    if wrong is not None:
        shown_forms[verb] = wrong
    context = {
        "honour": present(found, today), "stage": stage(found, inner), "inner": inner, "steps": rows, "opinion": opinion, "asked": asked,
        "may": may, "forms": shown_forms, "verb": verb, "refused": refused, "home": home,
        "photos": found.photos.order_by("pk") if shows_photos(found, today) else [],
        "lacks": acts.lacks(found, today) if found.kind == "HOUSEHOLD" and (inner or home) and found.status not in ("RETURNED", "WITHDRAWN") else [],
        "consent_state": found.consent.state(today) if found.consent else "",
        "objections": [s for s in rows if s.kind == "OBJECTION"],
        "matters": matters(found.cadre) if found.cadre and "opinion" in may else None,
        "over": found.notice_until is not None and found.notice_until < today,
        "articles": found.articles.filter(voided_at__isnull=True).select_related("column").order_by("-published_on", "-pk")[:10],
    }  # fmt: skip
    return private(render(request, "publicity/honour.html", context, status=422 if wrong or refused else 200))  # fmt: skip


def moves(request: PageRequest, found: Honour, opinion: HonourStep | None, inner: bool, mine: bool) -> set[str]:  # fmt: skip
    """Buttons by right and state. None of them hangs on what is open against a person: a button
    that goes away would tell of it."""
    scope, place, status = scope_of(request.user), found.area_id, found.status
    cadre = found.kind == "CADRE"
    may: set[str] = set()
    if not cadre and status in ("REVIEWED", "NOTICE", "PUBLISHED") and scope.has(EDIT, place) and scope.has("household.view", place):  # fmt: skip
        may |= {"attach"}
    if mine and status in ("RECOMMENDED", "RETURNED"):
        may |= {"edit", "photo"}
    if not inner:
        return may
    reviews = scope.has(CADRE if cadre else REVIEW, place)
    runs = scope.has(REVIEW, place) or (cadre and scope.has(CADRE, place))
    if reviews and not mine and status in ("RECOMMENDED", "REVIEWED"):
        may |= {"return"} | ({"review"} if status == "RECOMMENDED" else set())
    if runs:
        may |= {"REVIEWED": {"notice"}, "NOTICE": {"objection", "publish", "withdraw"}, "PUBLISHED": {"withdraw"}}.get(status, set())  # fmt: skip
        if cadre and status == "PUBLISHED":
            may |= {"ask"}
    if cadre and scope.has(HANDLE, place) and not mine and status in ("REVIEWED", "NOTICE", "PUBLISHED"):  # fmt: skip
        may |= {"opinion"}
    return may


@require_POST
def honour_act(request: PageRequest, uid: UUID, verb: str) -> HttpResponse:
    found = get_object_or_404(honours_visible_to(request.user), uid=uid)
    kinds: dict[str, Form] = {
        "review": Form(request.POST), "return": forms.SaidForm(request.POST), "notice": forms.NoticeForm(request.POST),
        "objection": forms.SaidForm(request.POST), "answer": forms.SaidForm(request.POST), "opinion": forms.OpinionForm(request.POST),
        "ask": Form(request.POST), "publish": Form(request.POST), "withdraw": forms.WithdrawForm(request.POST),
        "photo": forms.PhotoForm(request.POST, request.FILES), "attach": forms.AttachForm(request.POST, household=found.household),
    }  # fmt: skip
    if verb not in kinds:
        raise Http404
    form = kinds[verb]
    if not form.is_valid():
        return honour_page(request, found, verb, form)
    try:
        said = do(request, found, verb, form.cleaned_data)
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        if refusal.field in form.fields:
            add_to_form(form, refusal)
            return honour_page(request, found, verb, form)
        return honour_page(request, found, verb, refused=refusal.message)
    messages.success(request, said)
    return redirect("honour", uid)


def do(request: PageRequest, found: Honour, verb: str, given: dict[str, Any]) -> str:
    by, at = request.user, clock.now()
    if verb == "review":
        acts.review(honour=found, by=by, at=at)
        return "审核通过。干部典型已转纪委监委征求意见，每一位都一样。" if found.kind == "CADRE" else "审核通过，可以公示。"  # fmt: skip
    if verb == "return":
        acts.turn_back(honour=found, **given, by=by, at=at)
        return "已退回推荐人。"
    if verb == "notice":
        made = acts.give_notice(honour=found, **given, by=by, at=at)
        assert made.notice_until is not None
        return f"已公示，到 {made.notice_until.month}月{made.notice_until.day}日为止。"
    if verb == "objection":
        acts.object_(honour=found, **given, by=by, at=at)
        return "公示意见已记下，核实以后才能发布。"
    if verb == "answer":
        number = request.POST.get("step", "")
        objection = get_object_or_404(HonourStep, pk=number if number.isdecimal() and len(number) < 19 else 0, honour=found)  # fmt: skip
        acts.answer(objection=objection, **given, by=by, at=at)
        return "核实结果已记下。"
    if verb == "opinion":
        acts.give_opinion(honour=found, **given, by=by, at=at)
        return "意见已答复。"
    if verb == "ask":
        acts.ask_again(honour=found, by=by, at=at)
        return "已再次征求纪委监委意见。"
    if verb == "publish":
        acts.publish(honour=found, by=by, at=at)
        return "已发布。"
    if verb == "withdraw":
        acts.withdraw(honour=found, **given, by=by, at=at)
        return "已撤销，不再展示。"
    if verb == "attach":
        acts.attach(honour=found, consent=given["consent"], by=by, at=at)
        return "授权书已换上。"
    acts.add_photo(honour=found, content=given["photo"].read(), no_children=given["no_children"], by=by, at=at)  # fmt: skip
    return "照片已加，拍摄信息已去掉。"


def honour_photo(request: PageRequest, uid: UUID, pk: int) -> FileResponse:
    found = get_object_or_404(honours_visible_to(request.user), uid=uid)
    if not shows_photos(found, clock.today()):
        raise Http404
    file = get_object_or_404(StoredFile, pk__in=found.photos.filter(pk=pk).values("file"))
    return send(file, inline=True)


def consent_list(request: PageRequest) -> HttpResponse:
    require(request.user, EDIT)
    page = keyset(consents_visible_to(request.user), ("-start", "-pk"), after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    today = clock.today()
    rows = [(c, c.state(today)) for c in page.rows]
    return private(render(request, "publicity/consents.html", {"page": page, "rows": rows}))


def consent_new(request: PageRequest) -> HttpResponse:
    require(request.user, EDIT)
    home = household_of(request)
    form = forms.ConsentForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        given = dict(form.cleaned_data)
        file = given.pop("file")
        try:
            made = consents.keep_consent(household=home, **given, content=file.read(), file_name=file.name, by=request.user, at=clock.now())  # fmt: skip
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "授权书已登记。")
            return redirect("consent", made.uid)
    return private(render(request, "publicity/consent_form.html", {"form": form, "home": home}, status=422 if form.errors else 200))  # fmt: skip


def consent(request: PageRequest, uid: UUID) -> HttpResponse:
    require(request.user, EDIT)
    found = get_object_or_404(consents_visible_to(request.user), uid=uid)
    live = found.honours.filter(status__in=["NOTICE", "PUBLISHED"]).count()
    return private(render(request, "publicity/consent.html", {"consent": found, "state": found.state(clock.today()), "live": live}))  # fmt: skip


@require_POST
def consent_revoke(request: PageRequest, uid: UUID) -> HttpResponse:
    require(request.user, EDIT)
    found = get_object_or_404(consents_visible_to(request.user), uid=uid)
    count = consents.revoke(consent=found, by=request.user, at=clock.now())
    messages.success(request, f"授权已撤回，{count} 个典型同时撤销、不再展示。" if count else "授权已撤回。")  # fmt: skip
    return redirect("consent", uid)


def consent_file(request: PageRequest, uid: UUID) -> FileResponse:
    require(request.user, EDIT)
    found = get_object_or_404(consents_visible_to(request.user), uid=uid)
    return send(consents.open_paper(consent=found, by=request.user, at=clock.now()), inline=True)
