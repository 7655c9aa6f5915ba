from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from cadres import log
from cadres.export import ROWS_MAX, export
from cadres.models import Cadre, Event
from cadres.request import PageRequest
from cadres.scope import require
from yuexi.core import clock, crypto
from yuexi.core.paging import keyset


def log_page(request: PageRequest) -> HttpResponse:
    """日志, within scope. Reading costs the same for any page."""
    require(request.user, "log.view")
    found = filtered(request)
    if request.GET.get("format") == "xlsx":
        rows = log.lines(list(found.order_by("-at", "-seq")[: ROWS_MAX + 1]), request.user)
        heads = ["时间", "操作人", "工号", "途径", "动作", "对象", "之前", "之后"]
        table = [
            (f"{at(r['event']):%Y-%m-%d %H:%M:%S}", *actor(r["event"]), r["event"].get_via_display(), r["action"],
             f"{r['kind']} {r['subject']}".strip(), r["before"], r["after"])
            for r in rows
        ]  # fmt: skip
        return export("日志", heads, table, by=request.user, at=clock.now())
    page = keyset(found, ("-at", "-seq"), after=request.GET.get("after"), before=request.GET.get("before"))  # fmt: skip
    business = log.sees_business(request.user)
    known = log.ACTIONS if business else {a: log.ACTIONS[a] for a in log.ACCOUNTS}
    context = {
        "page": page, "lines": log.lines(page.rows, request.user), "actions": known, "business": business,
        "kinds": log.KINDS if business else {k: log.KINDS[k] for k in log.PLAIN_KINDS},
        "chosen": {k: request.GET.get(k, "") for k in ("from", "to", "who", "action", "kind")},
    }  # fmt: skip
    return render(request, "log/list.html", context)


def filtered(request: PageRequest) -> QuerySet[Event]:
    found = log.events_visible_to(request.user)
    start, end = day_of(request.GET.get("from", "")), day_of(request.GET.get("to", ""))
    if start:
        found = found.filter(at__gte=datetime.combine(start, time(), clock.SHANGHAI))
    if end and end < date.max:
        found = found.filter(at__lt=datetime.combine(end + timedelta(days=1), time(), clock.SHANGHAI))  # fmt: skip
    if who := crypto.normal(request.GET.get("who", "")):
        person = Cadre.objects.filter(work_no=who).values_list("pk", flat=True).first()
        found = found.filter(actor_id=person) if person else found.none()
    if (action := request.GET.get("action", "")) in log.ACTIONS:
        found = found.filter(action=action)
    if (kind := request.GET.get("kind", "")) in log.KINDS:
        found = found.filter(kind=kind)
    return found


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def at(event: Event) -> datetime:
    return event.at.astimezone(clock.SHANGHAI)


def actor(event: Event) -> tuple[str, str]:
    return (event.actor.name, event.actor.work_no) if event.actor else ("系统", "")
