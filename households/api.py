from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.response import Response
from rest_framework.views import APIView

from cadres.api import PhoneAuthentication, TokenAuthentication
from cadres.events import via
from cadres.models import Cadre
from cadres.request import ApiRequest
from cadres.scope import scope_of
from households.actions import photos
from households.actions.receiving import receive
from households.actions.visits import Problem, VisitEntry, log_visit
from households.models import Household, Member, Visit
from households.querysets import households_visible_to, visits_visible_to
from households.sync import records
from households.sync.day import delta
from yuexi.core import clock, crypto
from yuexi.core.api import as_answer, page, whole_number
from yuexi.core.refusals import BadInput, Refusal

PAGING = [
    OpenApiParameter("after", str, description="上一页返回的 next"),
    OpenApiParameter("size", int, description="每页条数，默认 50，最多 200"),
]


class MemberOut(serializers.ModelSerializer[Member]):
    class Meta:
        model = Member
        fields = ("national_no", "name", "relation", "idno_masked", "health", "labour", "work")


class HouseholdOut(serializers.ModelSerializer[Household]):
    area = serializers.CharField(source="area_id", help_text="村的 12 位区划代码")
    members = MemberOut(many=True)

    class Meta:
        model = Household
        fields = ("uid", "national_no", "area", "group", "head_name", "kind", "unsafe_house", "safe_water",
                  "closed", "closed_on", "members")  # fmt: skip


class VisitOut(serializers.ModelSerializer[Visit]):
    household = serializers.UUIDField(source="household.uid")
    area = serializers.CharField(source="area_id")
    visitor = serializers.CharField(source="visitor.work_no", help_text="走访人工号")
    via = serializers.CharField(help_text="来源：PHONE、PAGE 或 API（系统对接）")
    met = serializers.CharField(source="as_corrected.met", help_text="更正后的内容")
    done = serializers.CharField(source="as_corrected.done", help_text="更正后的内容")
    promise = serializers.CharField(source="as_corrected.promise", help_text="更正后的内容")
    corrected = serializers.BooleanField(source="as_corrected.corrected", help_text="有过更正")
    void = serializers.BooleanField(source="as_corrected.void", help_text="已作废，不算走访")

    class Meta:
        model = Visit
        fields = ("uid", "household", "area", "visitor", "mode", "met", "unreached",
                  "unreached_words", "done", "promise", "occurred_at",
                  "synced_at", "late_reason", "via", "corrected", "void")  # fmt: skip


class ProblemIn(serializers.Serializer[Any]):
    category = serializers.CharField(max_length=20)
    text = serializers.CharField(max_length=500)


class VisitIn(serializers.Serializer[Any]):
    """Shape only; the rules are the action's, the same as on the phone."""

    uid = serializers.UUIDField(help_text="由对接系统生成的 UUIDv7，重发同一编号不会重复")
    household_no = serializers.CharField(max_length=32, required=False, help_text="户编号")
    idno = serializers.CharField(
        max_length=22,
        required=False,
        write_only=True,
        help_text="任一成员证件号码，只用于匹配，不会返回",
    )
    visitor = serializers.CharField(max_length=20, help_text="走访人工号")
    mode = serializers.ChoiceField(choices=Visit.Mode.choices)
    met = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    unreached = serializers.ChoiceField(
        choices=Visit.Unreached.choices, required=False, allow_blank=True, default="",
        help_text="没见到人的原因，只在 mode 为 NOBODY 时填；不送也收（旧版客户端没有这一项）",
    )  # fmt: skip
    unreached_words = serializers.CharField(
        max_length=60, required=False, allow_blank=True, default="",
        help_text="原因补充，可不填；填了就要有 unreached",
    )  # fmt: skip
    done = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    promise = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    late_reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default=""
    )
    occurred_at = serializers.DateTimeField()
    problems = ProblemIn(many=True, required=False, default=list)


class Households(APIView):
    @extend_schema(
        parameters=PAGING, responses=HouseholdOut(many=True), summary="农户（令牌范围内）"
    )
    def get(self, request: ApiRequest) -> Response:
        present = Prefetch("members", Member.objects.filter(left_on=None).order_by("pk"))
        homes = households_visible_to(request.user).prefetch_related(present)
        return page(request, homes, ("pk",), HouseholdOut)


class OneHousehold(APIView):
    @extend_schema(responses=HouseholdOut, summary="一户")
    def get(self, request: ApiRequest, uid: UUID) -> Response:
        return Response(
            HouseholdOut(get_object_or_404(households_visible_to(request.user), uid=uid)).data
        )


class Visits(APIView):
    @extend_schema(parameters=PAGING, responses=VisitOut(many=True), summary="走访（令牌范围内）")
    def get(self, request: ApiRequest) -> Response:
        found = visits_visible_to(request.user).prefetch_related("corrections")
        return page(request, found, ("pk",), VisitOut)

    @extend_schema(request=VisitIn, responses={201: VisitOut, 200: VisitOut}, summary="送一条走访")
    def post(self, request: ApiRequest) -> Response:
        shape = VisitIn(data=request.data)
        shape.is_valid(raise_exception=True)
        data = dict(shape.validated_data)
        uid = data.pop("uid")
        household = self._household(request, data.pop("household_no", ""), data.pop("idno", ""))
        visitor = self._visitor(request, data.pop("visitor"))
        problems = [Problem(**p) for p in data.pop("problems")]
        known = Visit.objects.filter(uid=uid).exists()
        visit = log_visit(household=household, entry=VisitEntry(**data, problems=problems), by=visitor,
                          sent_by=request.user, at=clock.now(), uid=uid)  # fmt: skip
        return Response(VisitOut(visit).data, status=200 if known else 201)

    @staticmethod
    def _household(request: ApiRequest, number: str, idno: str) -> Household:
        homes = households_visible_to(request.user)
        if number:
            found = homes.filter(national_no=number).first()
        elif idno:
            found = homes.filter(
                members__idno_hash=crypto.lookup_hash(crypto.normal(idno)[:18])
            ).first()
        else:
            raise BadInput("household", "请给出户编号或任一成员的证件号码。", field="household_no")
        if found is None:
            raise BadInput(
                "household_unknown", "找不到这一户，或不在令牌的范围内。", field="household_no"
            )
        return found

    @staticmethod
    def _visitor(request: ApiRequest, work_no: str) -> Cadre:
        """A cadre of the token's area, by work number."""
        here = scope_of(request.user).within("visit.create", "unit__area__code")
        helper = Cadre.objects.filter(
            here, work_no=work_no, is_active=True, kind=Cadre.Kind.CADRE
        ).first()
        if helper is None:
            raise BadInput(
                "visitor_unknown",
                "范围内没有这个工号的在用账号，请核对走访人工号。",
                field="visitor",
            )
        return helper


class AnswerOut(serializers.Serializer[Any]):
    uid = serializers.CharField(help_text="记录编号；读不出时为空")
    status = serializers.ChoiceField(
        choices=["accepted", "duplicate", "held", "conflict", "refused"],
        help_text="已收下、已收过、待人核定、内容冲突（两份都留、由人核定）、没有收",
    )
    receipt = serializers.CharField(required=False, help_text="收据号；没有收的没有")
    code = serializers.CharField(required=False, help_text="原因代码")
    message = serializers.CharField(required=False, help_text="原因")
    field = serializers.CharField(required=False, help_text="哪一项不对")
    flags = serializers.ListField(
        child=serializers.CharField(), required=False,
        help_text="CLOCK 时钟已改正、CLOSED 该户已销户",
    )  # fmt: skip


class AnswersOut(serializers.Serializer[Any]):
    answers = AnswerOut(many=True, help_text="与送来的记录同序，每条一个")
    server_time = serializers.DateTimeField()


class RecordIn(VisitIn):
    """One record of a batch. The fields are decoded by households/sync/records.py."""

    household_no = serializers.CharField(max_length=32, required=False)
    household = serializers.UUIDField(required=False, help_text="农户 uid")
    visitor = serializers.CharField(
        max_length=20, required=False, help_text="走访人工号；对接系统必填，手机不填"
    )
    recorded_at = serializers.DateTimeField(required=False, help_text="记下来的时间，按发送方时钟")
    purposes = serializers.ListField(child=serializers.CharField(), required=False)
    policies = serializers.ListField(child=serializers.CharField(), required=False)
    changes = serializers.ListField(child=serializers.CharField(), required=False)
    photos = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="照片的 SHA-256"
    )
    signature = serializers.CharField(
        required=False, help_text="photos 里哪一张是户主签字（自愿，可不送）"
    )


class BatchIn(serializers.Serializer[Any]):
    sent_at = serializers.DateTimeField(
        required=False, help_text="发送方此刻的时钟；与本系统差十分钟以上时按差值改正各条时间"
    )
    visitor = serializers.CharField(required=False, help_text="没写走访人的记录是谁的（工号）")
    records = RecordIn(many=True, help_text="最多 500 条，一条有错不影响其他条")


class VisitSync(APIView):
    """From phones by their session, from township systems by their token."""

    authentication_classes = [TokenAuthentication, PhoneAuthentication]
    parser_classes: list[Any] = []

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A good token's batch goes straight to the action: what DRF would do for it (negotiate,
        parse, render) is not used, and costs as much as ten records. Everything else is DRF's."""
        if request.method == "POST" and "HTTP_AUTHORIZATION" in request.META:
            try:
                found = TokenAuthentication().authenticate(request)
                if found is not None:
                    return take_in(found[0], request.body, token=True)
            except AuthenticationFailed:
                pass
            except Exception as error:
                return as_answer(error)
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(request=BatchIn, responses=AnswersOut, summary="送一批走访，逐条答复")
    def post(self, request: ApiRequest) -> HttpResponse:
        return take_in(request.user, request._request.body, token=request.auth is not None)


def take_in(user: Cadre, body: bytes, *, token: bool) -> HttpResponse:
    at = clock.now()
    batch = records.open_batch(body)
    if batch.owner not in (None, user.uid):
        raise Refusal("other_owner", "这些记录是别的账号记的，请由本人登录后发送。")
    with via("API" if token else "PHONE"):
        answers = receive(records_raw=batch.records, sent_at=batch.sent_at, by=user, at=at,
                          for_others="visit.create" if token else "", visitor=batch.visitor)  # fmt: skip
    said = msgspec.json.encode({"answers": answers, "server_time": at})
    return HttpResponse(said, content_type="application/json")


class PhoneDay(APIView):
    """For the product's own phone pages; a township system reads the lists."""

    authentication_classes = [PhoneAuthentication]

    @extend_schema(exclude=True)
    def get(self, request: ApiRequest) -> HttpResponse:
        made = delta(request.user, clock.today(), request.query_params.get("since", ""))
        body = msgspec.json.encode({**made, "server_time": clock.now()})
        answer = HttpResponse(body, content_type="application/json")
        answer["Cache-Control"] = "private, no-store"
        return answer


class PhonePhoto(APIView):
    """GET asks how far a photo is, PUT appends a piece at `offset` of `size` bytes in all."""

    authentication_classes = [PhoneAuthentication]
    parser_classes: list[Any] = []

    @extend_schema(exclude=True)
    def get(self, request: ApiRequest, uid: UUID, sha256: str) -> Response:
        return Response(
            {"received": photos.received(visit_uid=uid, sha256=sha256, by=request.user)}
        )

    @extend_schema(exclude=True)
    def put(self, request: ApiRequest, uid: UUID, sha256: str) -> Response:
        offset, size = (whole_number(request.query_params.get(k)) for k in ("offset", "size"))
        got = photos.add_piece(visit_uid=uid, sha256=sha256, offset=offset, size=size,
                               content=request._request.body, by=request.user, at=clock.now())  # fmt: skip
        return Response({"received": got})
