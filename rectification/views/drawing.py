"""回头看抽样: what was drawn, week by week, and that it can be drawn again."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from cadres.request import PageRequest
from cadres.scope import require
from rectification.actions.drawing import lot, redrawn
from rectification.models import DrawnItem, LookBackDraw
from rectification.querysets import items_visible_to, veil
from rectification.workflow import SAMPLE_LEAST
from yuexi.core.paging import keyset


def look_back_draws(request: PageRequest) -> HttpResponse:
    """The latest week, or the one of the address; rows of the reader's scope alone."""
    require(request.user, "item.lookback")
    weeks = list(LookBackDraw.objects.order_by("-week")[:26])
    made = weeks[0] if weeks else None
    if asked := request.GET.get("week"):
        try:
            made = LookBackDraw.objects.get(week=date.fromisoformat(asked))
        except (ValueError, LookBackDraw.DoesNotExist):
            raise Http404 from None
    context: dict[str, Any] = {"weeks": weeks, "made": made, "least": SAMPLE_LEAST}
    if made:
        mine = DrawnItem.objects.filter(
            draw=made, item__in=items_visible_to(request.user).values("pk")
        )
        page = keyset(mine.select_related("item__area__parent"), ("why", "pk"), after=request.GET.get("after"),
                      before=request.GET.get("before"), size=20)  # fmt: skip
        veil([row.item for row in page.rows], request.user)
        context |= {
            "page": page, "rows": [(row, lot(made.seed, row.item_id)[:8]) for row in page.rows], "same": redrawn(made),
            "total": mine.count(), "drawn": mine.exclude(why=DrawnItem.Why.NOT).count(),
        }  # fmt: skip
    return render(request, "rectification/draws.html", context)
