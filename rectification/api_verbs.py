"""What the pages' verbs do on an item, over REST: signed, planned, told, shown and handed in by the
person in charge. Checks, approvals and decisions stay with people who log in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser, JSONParser, MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from cadres.models import Cadre
from cadres.request import ApiRequest
from rectification.actions import closing, moving
from rectification.actions.sending import Sent, send
from rectification.api import ItemFull
from rectification.models import Item
from rectification.querysets import items_visible_to
from rectification.workflow import MOVE, STAGES_MAX
from yuexi.core import clock
from yuexi.core.refusals import NotYours

BY_PERSON = "“{}”要由办理人本人登录系统办理，对接系统不能代办；对接系统可以签收、退签、制定措施、记进展、上传佐证、申请销号。"


class VerbIn(serializers.Serializer[Any]):
    key = serializers.UUIDField(help_text="由对接系统生成的 UUIDv7，重发同一编号不会办两次")
    person = serializers.CharField(
        max_length=20, help_text="责任人工号；动作记在责任人名下，来源记为系统对接"
    )


class DeclineIn(VerbIn):
    reason = serializers.CharField(max_length=300, help_text="非本单位职责的理由和改派建议")


class StageIn(serializers.Serializer[Any]):
    goal = serializers.CharField(max_length=200, help_text="阶段目标")
    due = serializers.DateField(help_text="计划完成日期")


class PlanIn(VerbIn):
    measure = serializers.CharField(max_length=500, help_text="整改措施，一行一项任务")
    goal = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", help_text="整改目标")  # fmt: skip
    stages = serializers.ListField(
        child=StageIn(), required=False, default=list, max_length=STAGES_MAX,
        help_text="只有“长期坚持”的分阶段",
    )  # fmt: skip


class ReportIn(VerbIn):
    text = serializers.CharField(max_length=500, help_text="进展")


class EvidenceIn(VerbIn):
    what = serializers.CharField(max_length=100, help_text="这份材料是什么，例如“通水照片”")
    file = serializers.FileField(help_text="照片、PDF、Word 或 Excel，50 MB 以内")


@dataclass(frozen=True)
class Doing:
    item: Item
    data: dict[str, Any]
    by: Cadre
    at: datetime

    @property
    def who(self) -> dict[str, Any]:
        return {"item_id": self.item.pk, "by": self.by, "at": self.at}

    @property
    def many(self) -> dict[str, Any]:
        return {"item_ids": [self.item.pk], "by": self.by, "at": self.at}


def _sign(do: Doing) -> None:
    moving.sign(**do.many)


def _decline(do: Doing) -> None:
    moving.decline(reason=do.data["reason"], **do.who)


def _plan(do: Doing) -> None:
    stages = [(s["goal"], s["due"]) for s in do.data["stages"]]
    moving.plan(measure=do.data["measure"], goal=do.data["goal"], stages=stages, **do.who)


def _report(do: Doing) -> None:
    moving.report(text=do.data["text"], **do.who)


def _evidence(do: Doing) -> None:
    content, name = do.data["content"], do.data["file"]
    closing.add_evidence(content=content, name=name, what=do.data["what"], **do.who)


def _apply(do: Doing) -> None:
    closing.apply(**do.who)


def _read(data: dict[str, Any]) -> dict[str, Any]:
    """An uploaded file as its bytes and its name."""
    if "file" not in data:
        return data
    return {**data, "content": data["file"].read(), "file": data["file"].name}


def digest_of(data: dict[str, Any]) -> str:
    told = {k: v for k, v in data.items() if k not in ("key", "content")}
    if "content" in data:
        told["sha256"] = hashlib.sha256(data["content"]).hexdigest()
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


class ItemVerb(APIView):
    verb: str
    shape: type[VerbIn]
    run: Callable[[Doing], None]

    def post(self, request: ApiRequest, uid: UUID) -> Response:
        item = get_object_or_404(items_visible_to(request.user), uid=uid)
        shape = self.shape(data=request.data)
        shape.is_valid(raise_exception=True)
        data, at = _read(dict(shape.validated_data)), clock.now()
        sent = Sent(data["key"], item, self.verb, data["person"], digest_of(data))
        run = type(self).run
        new = send(sent, lambda by: run(Doing(item, data, by, at)), system=request.user, at=at)
        now = items_visible_to(request.user).get(pk=item.pk)
        return Response(ItemFull(now, context={"request": request}).data, status=201 if new else 200)  # fmt: skip


def view_of(
    verb: str, summary: str, shape: type[VerbIn], run: Callable[[Doing], None],
    *parsers: type[BaseParser],
) -> Any:  # fmt: skip
    """Each verb has an address of its own, so that the documentation tells its fields."""
    made = type(f"Item{verb.title()}", (ItemVerb,), {
        "verb": verb, "shape": shape, "run": staticmethod(run), "parser_classes": parsers or (JSONParser,),
        "post": extend_schema(
            summary=summary, request=shape, responses={201: ItemFull, 200: ItemFull},
            operation_id=f"items_{verb}",
        )(lambda self, request, uid: ItemVerb.post(self, request, uid)),
    })  # fmt: skip
    return made.as_view()  # type: ignore[attr-defined]


VERBS = {
    "sign": view_of("sign", "签收", VerbIn, _sign),
    "decline": view_of("decline", "退签", DeclineIn, _decline),
    "plan": view_of("plan", "制定措施", PlanIn, _plan),
    "report": view_of("report", "记进展", ReportIn, _report),
    "evidence": view_of("evidence", "上传佐证材料", EvidenceIn, _evidence, MultiPartParser),
    "apply": view_of("apply", "申请销号（长期坚持：本阶段报核查，或申请转入长效）", VerbIn, _apply),
}


class ByPerson(APIView):
    """Every other verb of the pages: known, and not for a system."""

    @extend_schema(exclude=True)
    def post(self, request: ApiRequest, uid: UUID, verb: str) -> Response:
        get_object_or_404(items_visible_to(request.user), uid=uid)
        if verb not in MOVE:
            raise Http404
        raise NotYours("by_person", BY_PERSON.format(MOVE[verb].label))
