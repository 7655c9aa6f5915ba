from django.db.models import Count, Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.actions.absences import running
from cadres.calendar import is_working_day
from cadres.models import Absence, Area, Notice
from cadres.request import PageRequest
from yuexi.core import clock
from yuexi.core.desk import desk
from yuexi.core.paging import keyset
from yuexi.core.refused import came_from

WEEKDAYS = "一二三四五六日"


def desk_page(request: PageRequest) -> HttpResponse:
    today = clock.today()
    todos = desk.todos(request.user, today)
    context = {
        "today": today, "weekday": f"星期{WEEKDAYS[today.weekday()]}", "works": is_working_day(today),
        "todos": todos, "total": sum(t.count for t in todos), "cards": desk.cards(request.user, today),
    }  # fmt: skip
    return render(request, "desk.html", context)


def inbox(request: PageRequest) -> HttpResponse:
    mine = Notice.objects.filter(recipient=request.user)
    page = keyset(
        mine,
        ("-day", "level", "-pk"),
        after=request.GET.get("after"),
        before=request.GET.get("before"),
        size=30,
    )
    away = Absence.objects.filter(running(clock.today()), cadre=request.user)
    context = {"page": page, "away": away.select_related("deputy").first()}
    return render(request, "inbox/list.html", context)


@require_POST
def notices_read(request: PageRequest) -> HttpResponse:
    Notice.objects.filter(recipient=request.user, read_at=None).update(read_at=clock.now())
    return redirect("inbox")


@require_POST
def notice_ack(request: PageRequest, pk: int) -> HttpResponse:
    """知悉: that a red notice was seen, by its reader and once. Nobody is asked to hurry."""
    mine = Notice.objects.filter(recipient=request.user, level=Notice.Level.RED)
    found = get_object_or_404(mine, pk=pk)
    at = clock.now()
    waits = mine.filter(pk=found.pk, acked_at=None)
    waits.update(acked_at=at, read_at=found.read_at or at)
    return redirect(came_from(request) or "inbox")


def area_list(request: PageRequest) -> HttpResponse:
    townships = (
        Area.objects.filter(level=Area.Level.TOWNSHIP)
        .annotate(villages=Count("children"))
        .prefetch_related(Prefetch("children", Area.objects.order_by("code")))
        .order_by("code")
    )
    county = Area.objects.filter(level=Area.Level.COUNTY).first()
    return render(request, "areas/list.html", {"county": county, "townships": townships})
