"""氛围营造: plan of the month and what appeared, 稿件, 好经验."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, Subquery
from django.forms import Form
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.export import ROWS_MAX, export, within_limit
from cadres.files import send
from cadres.models import StoredFile
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from inspections.actions import columns as column_acts
from inspections.actions import practices as acts
from inspections.models import Column, MonthPlan, Practice, PracticeFigure
from inspections.publicity import figures, forms
from inspections.publicity.names import present
from inspections.publicity.querysets import (
    EDIT,
    REVIEW,
    articles,
    honours_visible_to,
    practices_visible_to,
    runs_columns,
)
from rectification.querysets import items_visible_to
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

PAGE = 20
STANDS = Q(voided_at__isnull=True)


def month_of(text: str | None) -> date:
    found = re.fullmatch(r"(20[0-9]{2})-(0[1-9]|1[0-2])", text or "")
    return date(int(found[1]), int(found[2]), 1) if found else clock.today().replace(day=1)


def shifted(month: date, by: int) -> date:
    n = month.year * 12 + month.month - 1 + by
    return date(n // 12, n % 12 + 1, 1)


def publicity(request: PageRequest) -> HttpResponse:
    """Each column by what the month was to bring and what it brought, in the order of names."""
    month, today = month_of(request.GET.get("month")), clock.today()
    after = shifted(month, 1)
    plan = MonthPlan.objects.filter(column=OuterRef("pk"), month=month).values("count")
    appeared = Count("articles", filter=Q(articles__voided_at__isnull=True, articles__published_on__gte=month, articles__published_on__lt=after))  # fmt: skip
    rows = (
        Column.objects.filter(Q(end__isnull=True) | Q(end__gt=month), start__lt=after)
        .annotate(planned=Subquery(plan), appeared=appeared)
        .order_by("medium", "outlet", "name")
    )
    found = list(rows)
    for row in found:
        # What is short in a month that still runs is not missed yet.
        row.short = max(0, (row.planned or 0) - row.appeared)  # type: ignore[attr-defined]
    if request.GET.get("format") == "xlsx":
        require(request.user, EDIT)
        heads = ["媒体", "专栏", "类型", "计划篇数", "已刊播", "还差"]
        lines = [[c.outlet, c.name, c.get_medium_display(), "未排" if c.planned is None else c.planned, c.appeared, c.short] for c in found]  # type: ignore[attr-defined]  # fmt: skip
        return export(f"专栏计划与刊播{month:%Y年%m月}", heads, lines, by=request.user, at=clock.now())  # fmt: skip
    context = {
        "rows": found, "month": month, "before": shifted(month, -1), "after": after, "runs": runs_columns(request.user),
        "planned": sum(c.planned or 0 for c in found), "appeared": sum(c.appeared for c in found),
        "over": after <= today, "may_export": scope_of(request.user).has(EDIT),
    }  # fmt: skip
    return render(request, "publicity/month.html", context)


def column_new(request: PageRequest) -> HttpResponse:
    require(request.user, EDIT, column_acts.county())
    form = forms.ColumnForm(request.POST or None)
    if form.is_valid():
        try:
            column = column_acts.open_column(**form.cleaned_data, by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "专栏已登记。下一步：排本月和下月的计划。")
            return redirect("publicity-column", column.uid)
    return render(request, "publicity/form.html", {
        "form": form, "heading": "登记专栏", "save": "登记", "back": "publicity", "crumb": "专栏计划",
    }, status=422 if form.errors else 200)  # fmt: skip


def column(request: PageRequest, uid: UUID) -> HttpResponse:
    found = get_object_or_404(Column, uid=uid)
    kinds: dict[str, type[Form]] = {"plan": forms.MonthForm, "end": forms.EndForm}
    verb, bad = request.POST.get("verb", ""), None
    if request.method == "POST":
        require(request.user, EDIT, column_acts.county())
        if verb not in kinds:
            raise Http404
        bad = kinds[verb](request.POST)
        if bad.is_valid():
            try:
                if verb == "plan":
                    column_acts.plan_month(column=found, **bad.cleaned_data, by=request.user, at=clock.now())  # fmt: skip
                    messages.success(request, "计划已保存。")
                else:
                    column_acts.end_column(column=found, **bad.cleaned_data, by=request.user, at=clock.now())  # fmt: skip
                    messages.success(request, "已记停办，登记过的稿件都保留。")
                return redirect("publicity-column", uid)
            except Refusal as refusal:
                add_to_form(bad, refusal)
    counted: dict[date, int] = {}
    for day in found.articles.filter(STANDS).values_list("published_on", flat=True):
        counted[day.replace(day=1)] = counted.get(day.replace(day=1), 0) + 1
    plans = dict(found.plans.values_list("month", "count"))
    months = [(m, plans.get(m), counted.get(m, 0)) for m in sorted({*plans, *counted}, reverse=True)[:24]]  # fmt: skip
    shown: dict[str, Form] = {"plan": forms.MonthForm(initial={"month": clock.today()}), "end": forms.EndForm()}  # fmt: skip
    if bad is not None:
        shown[verb] = bad
    context = {
        "column": found, "months": months, "forms": shown if runs_columns(request.user) and not found.end else {}, "verb": verb,
        "latest": articles().filter(column=found).order_by("-published_on", "-pk")[:10],
    }  # fmt: skip
    return render(request, "publicity/column.html", context, status=422 if bad is not None else 200)


def article_list(request: PageRequest) -> HttpResponse:
    month = request.GET.get("month", "")
    found = articles()
    if month:
        first = month_of(month)
        found = found.filter(published_on__gte=first, published_on__lt=shifted(first, 1))
    q = request.GET.get("q", "").strip()[:40]
    if q:
        found = found.filter(title__contains=q)
    if request.GET.get("format") == "xlsx":
        require(request.user, EDIT)
        rows = list(found.order_by("-published_on", "-pk")[: ROWS_MAX + 1])
        within_limit(len(rows))
        lines = [[str(a.published_on), a.column.outlet, a.column.name, a.title, a.link, a.place, "作废" if a.voided_at else ""] for a in rows]  # fmt: skip
        return export("稿件", ["刊播日期", "媒体", "专栏", "标题", "网址", "版面或时段", "备注"], lines, by=request.user, at=clock.now())  # fmt: skip
    page = keyset(found, ("-published_on", "-pk"), after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    context = {"page": page, "q": q, "month": month, "runs": runs_columns(request.user), "may_export": scope_of(request.user).has(EDIT)}  # fmt: skip
    return render(request, "publicity/articles.html", context)


def article_new(request: PageRequest) -> HttpResponse:
    require(request.user, EDIT, column_acts.county())
    honours = honours_visible_to(request.user).filter(status="PUBLISHED").order_by("-pk")
    form = forms.ArticleForm(request.POST or None, honours=honours)
    if form.is_valid():
        try:
            article = column_acts.add_article(**form.cleaned_data, by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "稿件已登记。")
            return redirect("publicity-article", article.uid)
    return render(request, "publicity/form.html", {
        "form": form, "heading": "登记稿件", "save": "登记", "back": "publicity-article-list", "crumb": "稿件",
    }, status=422 if form.errors else 200)  # fmt: skip


def article(request: PageRequest, uid: UUID) -> HttpResponse:
    found = get_object_or_404(articles().select_related("by", "voided_by"), uid=uid)
    form = forms.WhyForm(request.POST or None)
    if request.method == "POST":
        require(request.user, EDIT, column_acts.county())
        if form.is_valid():
            try:
                column_acts.void_article(
                    article=found, why=form.cleaned_data["why"], by=request.user, at=clock.now()
                )
            except Refusal as refusal:
                add_to_form(form, refusal)
            else:
                messages.success(request, "已作废，不再计入刊播篇数。")
                return redirect("publicity-article", uid)
    honour = None
    if found.honour_id:
        honour = honours_visible_to(request.user).filter(pk=found.honour_id).first()
    context = {"article": found, "form": form, "may": runs_columns(request.user) and not found.voided_at,
               "honour": present(honour, clock.today()) if honour else None}  # fmt: skip
    return render(request, "publicity/article.html", context, status=422 if form.errors else 200)


VIEWS = {"": "已推广", "review": "待审核", "mine": "我报送的", "withdrawn": "已撤下"}


def practice_list(request: PageRequest) -> HttpResponse:
    view = request.GET.get("view", "")
    found = practices_visible_to(request.user)
    narrowed = {
        "": found.filter(status="APPROVED"), "review": found.filter(status="RECOMMENDED"),
        "mine": found.filter(by=request.user), "withdrawn": found.filter(status="WITHDRAWN"),
    }  # fmt: skip
    view = view if view in narrowed else ""
    page = keyset(narrowed[view], ("-at", "-pk"), after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    may = scope_of(request.user).has(EDIT)
    views = VIEWS if may or scope_of(request.user).has(REVIEW) else {}
    return render(request, "publicity/practices.html", {"page": page, "view": view, "views": views, "may": may})  # fmt: skip


def practice_new(request: PageRequest) -> HttpResponse:
    require(request.user, EDIT)
    return practice_form(request, None)


def practice_edit(request: PageRequest, uid: UUID) -> HttpResponse:
    found = get_object_or_404(practices_visible_to(request.user), uid=uid, by=request.user)
    if found.status not in ("RECOMMENDED", "RETURNED"):
        raise Refusal("practice_as_reviewed", "已经审核过，不能再改；请撤下后另报一篇。")
    return practice_form(request, found)


def practice_form(request: PageRequest, found: Practice | None) -> HttpResponse:
    before = forms.PracticeForm.before(found) if found else None
    form = forms.PracticeForm(request.POST or None, by=request.user, campaigns=forms.campaigns_of(), initial=before)  # fmt: skip
    if form.is_valid():
        try:
            made = acts.send_in(**form.facts(), practice=found, by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "已报送，等宣传部审核。照片可以现在加。")
            return redirect("publicity-practice", made.uid)
    return render(request, "publicity/practice_form.html", {"form": form, "practice": found}, status=422 if form.errors else 200)  # fmt: skip


def practice(request: PageRequest, uid: UUID) -> HttpResponse:
    return practice_page(request, get_object_or_404(practices_visible_to(request.user), uid=uid))


def practice_page(request: PageRequest, found: Practice, verb: str = "", wrong: Form | None = None, refused: str = "") -> HttpResponse:  # fmt: skip
    user = request.user
    bound = figures.bound(found)
    mine = found.by_id == user.pk
    may = scope_of(user).has(REVIEW, found.area_id) and not mine
    open_ = found.status in ("RECOMMENDED", "RETURNED")
    context = {
        "practice": found, "pieces": figures.pieces(found.text, bound), "bound": list(bound.values()), "verb": verb, "refused": refused,
        "may_review": may and found.status == "RECOMMENDED", "may_take": may and found.status == "APPROVED",
        "mine": mine and open_, "photos": found.photos.order_by("pk"),
        "forms": {"photo": forms.PhotoForm(), "return": forms.SaidForm(), verb: wrong} if wrong else {"photo": forms.PhotoForm(), "return": forms.SaidForm()},
        "articles": found.articles.filter(STANDS).select_related("column").order_by("-published_on", "-pk")[:10],
    }  # fmt: skip
    return render(request, "publicity/practice.html", context, status=422 if wrong or refused else 200)  # fmt: skip


@require_POST
def practice_act(request: PageRequest, uid: UUID, verb: str) -> HttpResponse:
    found = get_object_or_404(practices_visible_to(request.user), uid=uid)
    kinds: dict[str, Form] = {
        "approve": Form(request.POST), "return": forms.SaidForm(request.POST), "photo": forms.PhotoForm(request.POST, request.FILES),
    }  # fmt: skip
    if verb not in kinds:
        raise Http404
    form, by, at = kinds[verb], request.user, clock.now()
    if not form.is_valid():
        return practice_page(request, found, verb, form)
    try:
        if verb == "approve":
            acts.approve(practice=found, by=by, at=at)
            messages.success(request, "已推广；正文里的数字已按今天的数固定，以后和当日的数并排显示。")  # fmt: skip
        elif verb == "return":
            done = acts.turn_back(practice=found, said=form.cleaned_data["said"], by=by, at=at)
            messages.success(request, "已退回报送人。" if done.status == "RETURNED" else "已撤下。")
        else:
            acts.add_photo(practice=found, content=form.cleaned_data["photo"].read(), no_children=form.cleaned_data["no_children"], by=by, at=at)  # fmt: skip
            messages.success(request, "照片已加，拍摄信息已去掉。")
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        if refusal.field in form.fields:
            add_to_form(form, refusal)
            return practice_page(request, found, verb, form)
        return practice_page(request, found, verb, refused=refusal.message)
    return redirect("publicity-practice", uid)


def practice_figure(request: PageRequest, uid: UUID, number: int) -> HttpResponse:
    """The rows behind a figure: days and kinds for everybody, and a link where the reader sees
    the row anyway."""
    found = get_object_or_404(practices_visible_to(request.user), uid=uid)
    bound = next((b for b in figures.bound(found).values() if b.number == number), None)
    if bound is None:
        raise Http404
    figure = PracticeFigure.objects.select_related("campaign").get(practice=found, key=bound.key)
    lines = rows_of(request, figure, found)
    return render(request, "publicity/figure.html", {"practice": found, "bound": bound, "lines": lines, "more": bound.today - len(lines)})  # fmt: skip


def rows_of(request: PageRequest, figure: PracticeFigure, found: Practice) -> list[dict[str, Any]]:
    counted, kind = figures.rows(figure, found), figure.kind
    if kind in ("CLOSED", "ON_TIME"):
        items = list(counted.select_related("area").order_by("-closed_on", "-pk")[:200])
        seen = dict(items_visible_to(request.user).filter(pk__in=[i.pk for i in items]).values_list("pk", "number"))  # fmt: skip
        return [{"on": i.closed_on, "what": i.category, "place": i.area.name, "uid": i.uid if i.pk in seen else None, "number": seen.get(i.pk)} for i in items]  # fmt: skip
    if kind == "TALKED":
        visits = counted.select_related("area").order_by("-occurred_at", "-pk")[:200]
        return [{"on": clock.day(v.occurred_at), "what": "入户面谈", "place": v.area.name} for v in visits]  # fmt: skip
    kinds = counted.values_list("area__name", "kind").annotate(n=Count("*")).order_by("area__name", "kind")  # fmt: skip
    names = {"GENERAL": "一般农户", "LIFTED": "脱贫户", "POOR": "贫困户"}
    return [{"on": None, "what": f"{names[k]} {n} 户", "place": place} for place, k, n in kinds]


def practice_photo(request: PageRequest, uid: UUID, pk: int) -> FileResponse:
    found = get_object_or_404(practices_visible_to(request.user), uid=uid)
    file = get_object_or_404(StoredFile, pk__in=found.photos.filter(pk=pk).values("file"))
    return send(file, inline=True)
