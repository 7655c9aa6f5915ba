from collections.abc import Callable
from urllib.parse import urlsplit

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from yuexi.core.refusals import Refusal


def add_to_form(form: BaseForm, refusal: Refusal) -> None:
    """Say it beside the field that it names, or above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)


def said_errors(form: BaseForm) -> str:
    """Every error of a form in one line, for a place where its fields are not in sight: Django's
    own "this field is required" names no field."""
    said = []
    for name, errors in form.errors.items():
        field = form.fields.get(name)
        for error in errors:
            words = str(error)
            said.append(f"“{field.label}”：{words}" if field and field.label else words)
    return "；".join(dict.fromkeys(s.rstrip("。") for s in said)) + ("。" if said else "")


def came_from(request: HttpRequest) -> str:
    """The path of our own page that led here, or ''. A referrer is the reader's own text."""
    parts = urlsplit(request.headers.get("Referer", ""))
    if parts.netloc != request.get_host() or not parts.path.startswith("/"):
        return ""
    path = "/" + parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
    return "" if path == request.get_full_path() and request.method != "POST" else path


class refusals:
    """Middleware: a refusal that no view caught becomes a page that says it, never a 500; so
    does a method that the address does not take, which Django answers with nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if isinstance(answer, HttpResponseNotAllowed):
            page = render(request, "405.html", {"back": came_from(request)}, status=405)
            page["Allow"] = answer["Allow"]
            return page
        return answer

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refusal):
            return None
        shown = {"refusal": error, "back": came_from(request)}
        return render(request, "refused.html", shown, status=error.status)
