from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from cadres.categories import CATEGORIES
from cadres.models import Area
from cadres.request import ApiRequest
from cadres.scope import scope_of
from households.api import PAGING
from households.models import Visit
from households.querysets import households_visible_to
from rectification.actions.registering import Finding, register
from rectification.models import Check, Item
from rectification.querysets import hide, items_visible_to
from rectification.timeline import history
from rectification.workflow import GRADES, LABELS, ROUTE_LABELS, SOURCES, step_of
from yuexi.core import clock
from yuexi.core.api import page
from yuexi.core.refusals import BadInput, Refusal


class ItemOut(serializers.ModelSerializer[Item]):
    area = serializers.CharField(source="area_id")
    unit = serializers.CharField(source="unit.name")
    person = serializers.CharField(source="person.work_no", help_text="责任人工号")
    waiting = serializers.CharField(source="waiting_label")

    def to_representation(self, instance: Item) -> Any:
        """Of an item with 纪委监委 a program too learns its state and no more."""
        if instance.with_discipline:
            hide(instance)
        return super().to_representation(instance)

    class Meta:
        model = Item
        fields = ("uid", "number", "source", "lineage", "text", "category", "area", "unit", "person", "grade", "route",
                  "status", "waiting", "deadline", "issued_on", "applied_on", "closed_on", "rebounds")  # fmt: skip


class CheckOut(serializers.Serializer[Any]):
    step = serializers.SerializerMethodField(help_text="哪一道检查")
    round = serializers.IntegerField(help_text="第几次申请")
    passed = serializers.BooleanField(help_text="通过；否则是退回")
    opinion = serializers.CharField()
    by = serializers.CharField(source="by.name", help_text="检查人")
    at = serializers.DateTimeField()

    def get_step(self, check: Check) -> str:
        return step_of(check.item.route, check.step).label


class EvidenceOut(serializers.Serializer[Any]):
    what = serializers.CharField()
    name = serializers.CharField(source="file.name", help_text="文件名")
    sha256 = serializers.CharField(source="file.sha256")
    round = serializers.IntegerField(help_text="第几次申请用的")
    by = serializers.CharField(source="by.name", help_text="上传人")
    at = serializers.DateTimeField()


class LineOut(serializers.Serializer[Any]):
    title = serializers.CharField()
    who = serializers.CharField(help_text="谁办的")
    at = serializers.DateTimeField()
    text = serializers.CharField(allow_blank=True)


class ItemFull(ItemOut):
    """One item with what the page tells of it; of one with 纪委监委 the lists are empty."""

    measure = serializers.CharField(help_text="整改措施")
    goal = serializers.CharField(help_text="整改目标")
    checks = serializers.SerializerMethodField(help_text="各道检查，先办的在前")
    evidence = serializers.SerializerMethodField(help_text="佐证材料清单")
    timeline = serializers.SerializerMethodField(help_text="经过，最近的在前")

    class Meta(ItemOut.Meta):
        fields: Any = (*ItemOut.Meta.fields, "measure", "goal", "checks", "evidence", "timeline")

    @extend_schema_field(CheckOut(many=True))
    def get_checks(self, item: Item) -> Any:
        if item.with_discipline:
            return []
        found = item.checks.select_related("by", "item").order_by("at", "pk")
        return CheckOut(found, many=True).data

    @extend_schema_field(EvidenceOut(many=True))
    def get_evidence(self, item: Item) -> Any:
        if item.with_discipline:
            return []
        found = item.evidence.select_related("by", "file").order_by("pk")
        return EvidenceOut(found, many=True).data

    @extend_schema_field(LineOut(many=True))
    def get_timeline(self, item: Item) -> Any:
        return [] if item.with_discipline else LineOut(history(item), many=True).data


class ItemIn(serializers.Serializer[Any]):
    uid = serializers.UUIDField(help_text="由对接系统生成的 UUIDv7，重发同一编号不会重复")
    text = serializers.CharField(max_length=500, help_text="问题原文，登记后不能修改")
    category = serializers.ChoiceField(choices=[(c, c) for c in CATEGORIES])
    area = serializers.CharField(max_length=12, help_text="村或乡镇的 12 位区划代码")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # Field.source is another thing
        choices=list(SOURCES.items()), default="SELF"
    )
    lineage = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    grade = serializers.ChoiceField(
        choices=[(k, v[0]) for k, v in GRADES.items()], default="LIMITED"
    )
    household_no = serializers.CharField(
        max_length=32, required=False, allow_blank=True, default=""
    )


class Items(APIView):
    @extend_schema(
        parameters=PAGING, responses=ItemOut(many=True), summary="整改事项（令牌范围内）"
    )
    def get(self, request: ApiRequest) -> Response:
        return page(request, items_visible_to(request.user), ("pk",), ItemOut)

    @extend_schema(request=ItemIn, responses={201: ItemOut, 200: ItemOut}, summary="登记一件问题")
    def post(self, request: ApiRequest) -> Response:
        shape = ItemIn(data=request.data)
        shape.is_valid(raise_exception=True)
        data = dict(shape.validated_data)
        known = items_visible_to(request.user).filter(uid=data["uid"]).first()
        if known:
            return Response(ItemOut(known).data)
        here = scope_of(request.user).within("item.create", "code")
        area = Area.objects.filter(here, code=data["area"]).first()
        if area is None:
            raise BadInput("area_unknown", "没有这个区划代码，或不在令牌的范围内。", field="area")
        homes = households_visible_to(request.user)
        number = data.pop("household_no")
        household = homes.filter(national_no=number).first() if number else None
        if number and household is None:
            raise BadInput(
                "household_unknown", "找不到这一户，或不在令牌的范围内。", field="household_no"
            )
        finding = Finding(**{**data, "area": area}, households=[household] if household else [])
        try:
            item = register(finding=finding, by=request.user, at=clock.now())
        except IntegrityError:
            raise Refusal("number_taken", "这条记录的编号已被使用，请换一个 uid 再送。") from None
        return Response(ItemOut(item).data, status=201)


class OneItem(APIView):
    @extend_schema(responses=ItemFull, summary="一件整改事项：检查、佐证清单和经过")
    def get(self, request: ApiRequest, uid: UUID) -> Response:
        return Response(ItemFull(get_object_or_404(items_visible_to(request.user), uid=uid)).data)


class Codes(APIView):
    @extend_schema(responses={200: dict}, summary="代码表")
    def get(self, request: ApiRequest) -> Response:
        areas = Area.objects.filter(scope_of(request.user).within("item.view", "code")).order_by(
            "code"
        )
        return Response({
            "area": dict(areas.values_list("code", "name")),
            "visit_mode": dict(Visit.Mode.choices),
            "visit_unreached": dict(Visit.Unreached.choices),
            "category": {c: c for c in CATEGORIES},
            "grade": {k: v[0] for k, v in GRADES.items()},
            "source": SOURCES,
            "route": {r.value: n for r, n in ROUTE_LABELS.items()},
            "status": {s.value: n for s, n in LABELS.items()},
        })  # fmt: skip
