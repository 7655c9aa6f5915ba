"""The phone's side of field work. To whoever is not of the team each of these addresses answers as
one of a plan that never was, after the same statements and before anything is deciphered."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from msgspec import Raw, Struct
from rest_framework.response import Response
from rest_framework.views import APIView

from cadres.api import PhoneAuthentication
from cadres.request import ApiRequest
from inspections.actions import field
from inspections.day import day_of
from inspections.models import Plan
from inspections.querysets import plans_of
from yuexi.core import clock
from yuexi.core.api import whole_number
from yuexi.core.refusals import BadInput, Refusal

BODY_MAX, RECORDS_MAX = 2 * 1024 * 1024, 100


class Batch(Struct, forbid_unknown_fields=True, kw_only=True):
    """`sent_at` is the phone's clock while sending; `owner` whose records they are."""

    records: list[Raw]
    sent_at: field.Moment
    owner: UUID


_batch = msgspec.json.Decoder(Batch)
_record = msgspec.json.Decoder(field.DoorRecord)


def own_plan(request: ApiRequest, uid: UUID) -> Plan:
    plans: QuerySet[Plan] = plans_of(request.user)
    return get_object_or_404(plans, uid=uid)


A = TypeVar("A", bound=HttpResponse)


def unkept(answer: A) -> A:
    """By no browser and no proxy."""
    answer["Cache-Control"] = "private, no-store"
    return answer


class FieldDay(APIView):
    authentication_classes = [PhoneAuthentication]

    @extend_schema(exclude=True)
    def get(self, request: ApiRequest) -> HttpResponse:
        body = msgspec.json.encode(day_of(request.user, clock.now()))
        return unkept(HttpResponse(body, content_type="application/json"))


class FieldRecords(APIView):
    """An answer for each record, in their order; what is cut off is simply sent again."""

    authentication_classes = [PhoneAuthentication]
    parser_classes: list[Any] = []

    @extend_schema(exclude=True)
    def post(self, request: ApiRequest, uid: UUID) -> Response:
        plan = own_plan(request, uid)
        batch = opened(request._request.body)
        if batch.owner != request.user.uid:
            raise Refusal("other_owner", "这些记录是别的账号记的，请由本人登录后发送。")
        answers = [answer(plan, raw, batch.sent_at, request) for raw in batch.records]
        return unkept(Response({"answers": answers}))


def opened(body: bytes) -> Batch:
    try:
        batch = _batch.decode(body if len(body) <= BODY_MAX else b"")
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise BadInput(
            "batch_shape", "送来的内容格式不对，请更新手机页面后再送。", field="records"
        ) from None
    if len(batch.records) > RECORDS_MAX or batch.sent_at.year not in range(1970, 2200):
        raise BadInput("batch_shape", "一次送得太多或手机日期不对，请核对后再送。", field="records")
    return batch


HELD_SAID = "这一户已先有一份记录，以先到的为准；您的这份另存，由检查组核对，发现的问题已收下。"


def answer(plan: Plan, raw: Raw, sent_at: datetime, request: ApiRequest) -> dict[str, str]:
    try:
        given = _record.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {"status": "refused", "code": "record_shape", "message": "这一条的格式不对，请打开核对后再送。"}  # fmt: skip
    try:
        status = field.record(plan=plan, given=given, by=request.user, at=clock.now(), sent_at=sent_at)  # fmt: skip
    except Refusal as refusal:
        return {"status": "refused", "code": refusal.code, "message": refusal.message, "field": refusal.field}  # fmt: skip
    return {"status": status, **({"message": HELD_SAID} if status == field.HELD else {})}


class FieldPhoto(APIView):
    """GET asks how far a photo is, PUT appends a piece at `offset` of `size` bytes in all."""

    authentication_classes = [PhoneAuthentication]
    parser_classes: list[Any] = []

    @extend_schema(exclude=True)
    def get(self, request: ApiRequest, uid: UUID, sha256: str) -> Response:
        got = field.received(plan=own_plan(request, uid), sha256=sha256, by=request.user, at=clock.now())  # fmt: skip
        return unkept(Response({"received": got}))

    @extend_schema(exclude=True)
    def put(self, request: ApiRequest, uid: UUID, sha256: str) -> Response:
        plan = own_plan(request, uid)
        offset, size = (whole_number(request.query_params.get(k)) for k in ("offset", "size"))
        got = field.add_piece(plan=plan, sha256=sha256, offset=offset, size=size, content=request._request.body,
                              by=request.user, at=clock.now())  # fmt: skip
        return unkept(Response({"received": got}))
