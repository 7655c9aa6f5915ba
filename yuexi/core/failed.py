"""What is answered when no view could: a page that says why and leads on, or, for a program,
a problem (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from yuexi.core.api import PROBLEM, TITLES, body_of
from yuexi.core.refused import came_from


def answer(request: HttpRequest, http: int, template: str = "") -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(body_of(*TITLES[http], http=http), status=http, content_type=PROBLEM)
    return render(request, template or f"{http}.html", {"back": came_from(request)}, status=http)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """As little as possible: it may be the host's name itself that is wrong."""
    return HttpResponse(bare("400.html"), status=400)


def no_right(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 404)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(request, 403, "csrf.html")


def broken(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return answer(request, 500)
    return HttpResponse(bare("500.html"), status=500)


def bare(template: str) -> str:
    """Without the reader's name and menu: what they need may be what is broken."""
    shown: dict[str, Any] = {"product_name": settings.PRODUCT_NAME, "demo": settings.DEMO}
    return render_to_string(template, shown)
