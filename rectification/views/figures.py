from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render

from cadres.export import ROWS_MAX, export
from cadres.models import Cadre
from cadres.request import PageRequest
from cadres.scope import require
from rectification.figures import (
    FIGURES,
    Line,
    medians,
    report,
    step_names,
    steps_lately,
)
from rectification.models import StepDays
from rectification.querysets import items_visible_to, veil
from yuexi.core import clock
from yuexi.core.paging import keyset


def item_figures(request: PageRequest) -> HttpResponse:
    """整改指标, in scope: places and units in the order of their codes, never ranked."""
    require(request.user, "item.view")
    found = report(request.user, clock.today())
    if request.GET.get("format") == "xlsx":
        heads = [
            "范围",
            "名称",
            *(figure.label for figure in FIGURES.values()),
            "交办及时率",
            "按期销号率",
            "反弹率",
        ]
        lines = [("合计", "", found.total)]
        lines += [("乡镇", line.name, line) for line in found.townships]
        lines += [("责任单位", line.name, line) for line in found.units]
        lines += [("等级和路线", line.name, line) for line in found.grades]
        rows = [(kind, name, *cells(line)) for kind, name, line in lines]
        rows += [("等谁办", f"{w.stage}：{w.whom}", w.count) for w in found.waiting]
        rows += [("各步天数中位数", f"{m.name}（{m.count} 次）", m.days) for m in found.medians]
        return export("整改指标", heads, rows, by=request.user, at=clock.now())
    context = {"report": found, "today": clock.today()}
    return render(request, "rectification/figures.html", context)


def item_steps(request: PageRequest) -> HttpResponse:
    """The rows behind one median: each time that this step ended, the fewest days first, so that
    the middle can be counted off."""
    require(request.user, "item.view")
    user, today = request.user, clock.today()
    key, names = request.GET.get("step", ""), step_names()
    if key not in names:
        raise Http404
    items = items_visible_to(user).select_related(None)
    median = next((m for m in medians(user, items, today) if m.key == key), None)
    rows = steps_lately(user, items, today).filter(name=key).select_related("item__area__parent", "item__unit__area")  # fmt: skip
    if request.GET.get("format") == "xlsx":
        return steps_export(names[key], rows, by=user)
    page = keyset(rows, ("days", "pk"), after=request.GET.get("after"), before=request.GET.get("before"), size=30)  # fmt: skip
    veil([row.item for row in page.rows], user)
    context = {"page": page, "median": median, "step": names[key]}
    return render(request, "rectification/steps.html", context)


def steps_export(step: str, rows: QuerySet[StepDays], *, by: Cadre) -> HttpResponse:
    told = list(rows.order_by("days", "pk")[: ROWS_MAX + 1])
    veil([row.item for row in told], by)
    lines = [
        (
            r.item.number,
            r.item.text,
            str(r.item.area),
            str(r.item.unit),
            r.ended.isoformat(),
            r.days,
        )
        for r in told
    ]
    heads = ["问题编号", "问题（原文）", "村", "责任单位", f"{step}办完", "天数"]
    return export(f"{step}用了几天", heads, lines, by=by, at=clock.now())


def cells(line: Line) -> list[int | str]:
    counts: list[int | str] = [line.n[key] for key in FIGURES]
    return [*counts, line.issued.words, line.closed.words, line.rebound.words]
