"""The phone's pages: the shell that opens without a signal, and the same work as plain pages."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import uuid6
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.views.decorators.csrf import ensure_csrf_cookie

from cadres.files import store
from cadres.request import PageRequest
from cadres.typed import keeps_typed, take
from households.actions import visits
from households.forms import VisitForm
from households.querysets import (
    held_of,
    households_visible_to,
    my_households,
    with_last_visit,
)
from yuexi.core import clock
from yuexi.core.refusals import NotYours, Refusal
from yuexi.core.refused import add_to_form

HELD_SHOWN = 5


@ensure_csrf_cookie
def phone_home(request: PageRequest) -> HttpResponse:
    """Readable before any script runs; the script then draws from the phone's own memory."""
    households = with_last_visit(
        my_households(request.user).select_related("area").filter(closed="")
    )
    mine: list[Any] = list(households.order_by("area_id", "pinyin"))
    mine.sort(key=lambda h: (h.last_visit is not None, h.last_visit))
    month = [
        h
        for h in mine
        if h.last_visit and clock.day(h.last_visit).replace(day=1) == clock.today().replace(day=1)
    ]
    held = held_of(request.user, clock.today())[:HELD_SHOWN]
    context = {
        "households": mine,
        "visited": len(month),
        "held": held,
        "form": VisitForm(auto_id="f_%s"),
    }
    return render(request, "phone/app.html", context)


@login_not_required
def shell(request: HttpRequest) -> HttpResponse:
    """The page without anybody's data: what the service worker keeps."""
    return render(request, "phone/app.html", {"shell": True, "form": VisitForm(auto_id="f_%s")})


def other_owner(request: PageRequest) -> bool:
    return request.POST.get("owner", str(request.user.uid)) != str(request.user.uid)


@keeps_typed
def log(request: PageRequest, uid: UUID) -> HttpResponse:
    household = get_object_or_404(with_last_visit(households_visible_to(request.user)), uid=uid)
    if not visits.may_visit(request.user, household):
        raise NotYours("not_helper", visits.NOT_HELPER)
    now = clock.now().astimezone(clock.SHANGHAI)
    blank = {
        "uid": uuid6.uuid7(),
        "day": now.date(),
        "clock": now.time(),
        "met": household.head_name,
    }
    status = 422
    typed = take(request)
    if typed is not None:
        messages.warning(request, "登录过期前填的内容还在，没有丢；请核对后按“保存”。")
    form = VisitForm(request.POST or typed, request.FILES or None, initial=blank)
    if request.method == "POST" and other_owner(request):
        form.add_error(None, "这一页是另一个人打开的，没有保存；请由本人登录后保存。")
    if request.method == "POST" and form.is_valid():
        try:
            entry = form.entry()
            photo = form.cleaned_data["photo"]
            if photo:
                kept = store(
                    photo.read(), name="走访照片", by=request.user, at=clock.now(), only_photo=True
                )
                entry = replace(entry, photo=kept)
            visit = visits.log_visit(
                household=household,
                entry=entry,
                by=request.user,
                at=clock.now(),
                uid=form.cleaned_data["uid"],
            )
            messages.success(request, f"已保存：{household}，{visit.how}。")
            return redirect("phone-home")
        except Refusal as refusal:
            add_to_form(form, refusal)
            status = refusal.status
    return render(request, "phone/visit.html", {"form": form, "household": household},
                  status=status if request.method == "POST" and form.errors else 200)  # fmt: skip


HERE = Path(settings.BASE_DIR)
ASSETS = [*sorted((HERE / "static" / "phone").glob("*.js")), *sorted((HERE / "static" / "css").glob("*.css")),
          HERE / "static" / "mark.svg"]  # fmt: skip
TEMPLATES = sorted((HERE / "templates" / "phone").glob("*.html"))
WORKER = HERE / "static" / "phone" / "sw.js"


@lru_cache(maxsize=1)
def worker_text(name: str) -> str:
    """A change of any of the files, or of the county's name, makes a new version of the shell."""
    files = ["/m/shell/", *(static(f.relative_to(HERE / "static").as_posix()) for f in ASSETS if f != WORKER)]  # fmt: skip
    digest = hashlib.sha256(name.encode())
    for file in (*ASSETS, *TEMPLATES, Path(__file__).parent.parent / "forms.py"):
        digest.update(file.read_bytes())
    text = WORKER.read_text().replace("{{ version }}", digest.hexdigest()[:16])
    return text.replace("{{ files }}", json.dumps(files))


@login_not_required
def worker(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse(worker_text(settings.PRODUCT_NAME), content_type="text/javascript; charset=utf-8")  # fmt: skip
    answer["Cache-Control"] = "no-cache"
    return answer


@login_not_required
def manifest(request: HttpRequest) -> JsonResponse:
    icon = {"src": static("mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    answer = JsonResponse({
        "name": f"{settings.PRODUCT_NAME} 走访", "short_name": settings.PRODUCT_NAME, "id": "/m/", "start_url": "/m/",
        "scope": "/m/", "display": "standalone", "lang": "zh-CN", "background_color": "#f6f7f4",
        "theme_color": "#ffffff", "icons": [icon],
    })  # fmt: skip
    answer["Content-Type"] = "application/manifest+json"
    return answer
