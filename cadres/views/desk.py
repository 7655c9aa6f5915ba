from django.db.models import Count, Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cadres.calendar import is_working_day
from cadres.models import Area, Notice
from cadres.request import PageRequest
from yuexi.core import clock
from yuexi.core.desk import desk
from yuexi.core.paging import keyset

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
    return render(request, "inbox/list.html", {"page": page})


@require_POST
def notices_read(request: PageRequest) -> HttpResponse:
    Notice.objects.filter(recipient=request.user, read_at=None).update(read_at=clock.now())
    return redirect("inbox")


def area_list(request: PageRequest) -> HttpResponse:
    townships = (
        Area.objects.filter(level=Area.Level.TOWNSHIP)
        .annotate(villages=Count("children"))
        .prefetch_related(Prefetch("children", Area.objects.order_by("code")))
        .order_by("code")
    )
    county = Area.objects.filter(level=Area.Level.COUNTY).first()
    return render(request, "areas/list.html", {"county": county, "townships": townships})
