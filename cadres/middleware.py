from collections.abc import Callable
from typing import Any

import uuid6
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse

from cadres.events import Origin, origin_is
from cadres.typed import keep
from yuexi.core.refused import came_from

View = Callable[[HttpRequest], HttpResponse]
BEFORE_PASSWORD = ("password", "logout", "login")


def origin(get_response: View) -> View:
    """Tell the event log where a write comes from, and give the request a number."""

    def middleware(request: HttpRequest) -> HttpResponse:
        number = str(uuid6.uuid7())
        via = {"/m/": "PHONE", "/api/": "API"}
        road = next((v for p, v in via.items() if request.path.startswith(p)), "PAGE")
        with origin_is(Origin(via=road, request_id=number)):
            response = get_response(request)
        response["X-Request-Id"] = number
        return response

    return middleware


def no_nul(get_response: View) -> View:
    """PostgreSQL keeps no NUL character; an address that holds one was never typed by a person."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path:
            return HttpResponseBadRequest("地址里有不能使用的字符，请重新输入。")
        return get_response(request)

    return middleware


class LogInFirst(LoginRequiredMiddleware):
    """Nobody enters without logging in; what was typed into a form is asked for only once."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:  # type: ignore[override]
        if request.method == "POST" and getattr(view_func, "keeps_typed", False):
            kept = keep(request)
            if kept:
                shown = {"form": AuthenticationForm(request), "kept": kept, "next": request.path}
                answer = render(request, "people/login.html", shown, status=401)
                answer["Cache-Control"] = "private, no-store"
                return answer
        if request.method == "POST":
            # Where a form is sent to is often no page: after the log-in it goes on where it stood.
            return redirect_to_login(came_from(request) or reverse("desk"))
        refused: HttpResponse = super().handle_no_permission(request, view_func)
        return refused


def password_first(get_response: View) -> View:
    """A first password, printed on a slip, opens nothing but the page that changes it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.must_change_password:
            allowed = {reverse(name) for name in BEFORE_PASSWORD}
            if request.path not in allowed and not request.path.startswith("/static/"):
                return redirect("password")
        return get_response(request)

    return middleware
