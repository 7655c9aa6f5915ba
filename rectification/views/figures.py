from django.http import HttpResponse
from django.shortcuts import render

from cadres.export import export
from cadres.request import PageRequest
from cadres.scope import require
from rectification.figures import FIGURES, Line, report
from yuexi.core import clock


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
    return render(request, "rectification/figures.html", {"report": found, "today": clock.today()})


def cells(line: Line) -> list[int | str]:
    counts: list[int | str] = [line.n[key] for key in FIGURES]
    return [*counts, line.issued.words, line.closed.words, line.rebound.words]
