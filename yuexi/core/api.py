"""What every REST endpoint shares: the token, problems (RFC 9457), keyset pages."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from yuexi.core.paging import keyset
from yuexi.core.refusals import BadInput, Refusal

log = logging.getLogger(__name__)
PROBLEM = "application/problem+json"
TITLES = {
    400: ("bad_request", "请求格式不对，请按接口文档检查。"),
    401: ("no_token", "没有令牌，或令牌已停用、到期；请在 Authorization 头里写 Bearer 加令牌。"),
    403: ("no_right", "这个令牌没有这项权限。"),
    404: ("not_found", "没有这条记录，或不在令牌的范围内。"),
    405: ("method", "这个地址不支持这种请求方法。"),
    415: ("media_type", "请用 application/json 发送。"),
    413: ("too_large", "送来的内容太大，请分小再送。"),
    429: ("too_many", "请求太密，请稍后再试。"),
    500: (
        "server_error",
        "服务器出错，没有写入任何内容；请稍后重发，仍不行请联系管理员。",
    ),
}


# Where the reason decides what the sender does next.
SPECIAL = {
    "account_closed": ("account_closed", "这个账号已停用；没送出的记录请交乡镇专干代收。"),
    "session_ended": ("session_ended", "登录已过期，记录都还在手机上；重新登录后会接着送。"),
    "csrf": ("csrf", "页面已过期，请重新打开再送；记录都还在手机上。"),
}


def body_of(code: str, detail: str, http: int, **more: Any) -> dict[str, Any]:
    return {
        "type": f"/api/v1/problems/{code}",
        "title": code,
        "status": http,
        "detail": detail,
        **more,
    }


def problem(code: str, detail: str, http: int, **more: Any) -> Response:
    return Response(body_of(code, detail, http, **more), status=http, content_type=PROBLEM)


def as_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal and every bad request in one shape."""
    set_rollback()
    if isinstance(error, Refusal):
        return problem(
            error.code,
            error.message,
            error.status,
            **({"field": error.field} if error.field else {}),
        )
    if isinstance(error, Http404):
        return problem(*TITLES[404], http=404)
    if isinstance(error, exceptions.ValidationError):
        return problem("invalid", "有字段没有通过检查，见 errors。", 422, errors=error.detail)
    if isinstance(error, exceptions.APIException):
        http = error.status_code
        code, detail = SPECIAL.get(str(error.get_codes())) or TITLES.get(
            http, ("error", "请求没有办成。")
        )
        answer = problem(code, detail, http)
        if header := getattr(error, "auth_header", None):
            answer["WWW-Authenticate"] = header
        return answer
    if isinstance(error, RequestDataTooBig):
        return problem(*TITLES[413], http=413)
    if isinstance(error, RecursionError):
        return problem("bad_request", TITLES[400][1], 400)
    log.exception("api")
    return problem(*TITLES[500], http=500)


def as_answer(error: Exception) -> HttpResponse:
    """The same problem from a view that goes by without DRF."""
    said = as_problem(error, {})
    assert said is not None
    return JsonResponse(said.data, status=said.status_code, content_type=PROBLEM)


def page(
    request: Request, queryset: QuerySet[Any], order: tuple[str, ...],
    serializer: Callable[..., Any],
) -> Response:  # fmt: skip
    """`after` is the cursor of the page before; `size` is 50, 200 at the most."""
    raw = request.query_params.get("size", "50")
    size = min(200, int(raw)) if re.fullmatch("[1-9][0-9]{0,8}", raw) else 50
    found = keyset(queryset, order, after=request.query_params.get("after"), size=size)
    rows = serializer(found.rows, many=True).data
    return Response({"results": rows, "next": found.next}, status=status.HTTP_200_OK)


def whole_number(text: str | None) -> int:
    if text and text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise BadInput("number", "offset 和 size 应是整数（字节）。", field="offset")
