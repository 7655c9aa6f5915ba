"""延期: granted once, asked before the deadline by the person, decided one level above the lead
unit. What was refused is no extension: it may be asked once more, with new reasons."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from cadres.calendar import due_date
from cadres.events import record
from cadres.models import Cadre
from cadres.scope import scope_of
from cadres.templatetags.county import cn_day
from rectification.actions.hands import rectified
from rectification.actions.milestones import put_off
from rectification.actions.moving import locked, rectifier_only
from rectification.models import Extension, ExtensionDecision, Item
from rectification.sql import SENTENCES
from rectification.workflow import ASKED_MAX, EXTENDS, EXTENSION_DAYS, WITH_RECTIFIER, Route
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno


def asked(item: Item) -> list[Extension]:
    """As they were asked, the last one the last."""
    return list(Extension.objects.filter(item=item).select_related("by", "decision__by").order_by("no"))  # fmt: skip


def may_ask_again(before: list[Extension]) -> bool:
    last = before[-1] if before else None
    refused = last is not None and hasattr(last, "decision") and not last.decision.granted
    return last is None or (refused and len(before) < ASKED_MAX)


def ask_extension(*, item_id: int, days: int, reason: str, by: Cadre, at: datetime) -> Extension:
    reason, today = reason.strip(), clock.day(at)
    if len(reason) < 4:
        raise BadInput("reason", "请写明为什么按期办不完（至少 4 个字）。", field="reason")
    no_idno(reason)
    try:
        with transaction.atomic():
            (item,) = locked([item_id])
            rectifier_only(item, by)
            if item.status not in WITH_RECTIFIER or Route(item.route) not in EXTENDS:
                raise Refusal(
                    "wrong_state", f"{item.number} 现在是“{item.waiting_label}”，不能申请延期。"
                )
            before = asked(item)
            if not may_ask_again(before):
                raise Refusal(*_not_again(before), field="reason")
            if any(e.reason == reason for e in before):
                raise BadInput("extension_again", SENTENCES["extension_again"], field="reason")
            if today > item.deadline:
                raise Refusal("extension_late", SENTENCES["extension_late"], field="reason")
            if not 1 <= days <= (item.length or 0):
                raise BadInput(
                    "extension_long",
                    f"延长的工作日要在 1 到 {item.length or 0} 之间：总共不能超过原来给的 {item.length or 0} 个工作日。",
                    field="days",
                )
            made = Extension.objects.create(
                item=item, no=len(before) + 1, days=days, deadline=item.deadline, reason=reason, by=by, at=at,
                due=due_date(today, EXTENSION_DAYS).date,
            )  # fmt: skip
            record("item.extend", item, by=by, at=at, area=item.area_id,
                   after={"days": days, "reason": reason, "wanted": str(due_date(item.deadline, days).date)})  # fmt: skip
            return made
    except IntegrityError as error:
        raise said_by_database(error) from None


def _not_again(before: list[Extension]) -> tuple[str, str]:
    if not hasattr(before[-1], "decision"):
        return "extension_waits", "延期申请正在等审批，批过以后再看。"
    if before[-1].decision.granted:
        return "extension_once", SENTENCES["extension_once"]
    return "extension_twice_at_most", SENTENCES["extension_twice_at_most"]


def may_decide(item: Item, by: Cadre) -> bool:
    """Without the loans of 授权: what is lent are a head's checks and not this."""
    level = EXTENDS.get(Route(item.route))
    if level is None or not item.is_open:
        return False
    scope = scope_of(by)
    if not scope.has(level.right, item.area_id) or scope.loan_for(level.right, item.area_id):
        return False
    if by.pk in {item.person_id, *rectified(item)}:
        return False
    return level.own_unit or item.unit_id not in {by.unit_id, *scope.unit_ids}


def decide_extension(
    *, item_id: int, granted: bool, opinion: str, by: Cadre, at: datetime
) -> ExtensionDecision:
    """Counts from the deadline of now: what a return added meanwhile stays added, and a decision
    that came late takes no day from the rectifier."""
    opinion = opinion.strip()
    if len(opinion) < 2:
        raise BadInput("opinion", "请写审批意见（至少 2 个字）。", field="opinion")
    no_idno(opinion)
    try:
        with transaction.atomic():
            (item,) = locked([item_id])
            extension = next(iter(asked(item)[-1:]), None)
            if extension is None:
                raise Refusal("no_extension", f"{item.number} 没有等审批的延期申请。")
            if hasattr(extension, "decision"):
                raise Refusal("extension_decided", "这份延期申请已经有人批过，请刷新页面查看。")
            if not may_decide(item, by):
                who = EXTENDS[Route(item.route)].who
                raise NotYours("not_above", f"延期由{who}审批，整改的人和整改单位不能批自己。")
            made = ExtensionDecision.objects.create(
                extension=extension, granted=granted, opinion=opinion, by=by, at=at
            )
            before = item.deadline
            if granted:
                put_off(item, extension.days)
                item.save()
            record("item.extended" if granted else "item.not_extended", item, by=by, at=at, area=item.area_id,
                   before={"deadline": str(before)}, after={"opinion": opinion, "days": extension.days, "deadline": str(item.deadline)})  # fmt: skip
            return made
    except IntegrityError as error:
        raise said_by_database(error) from None


def said_by_database(error: IntegrityError) -> Exception:
    for name, sentence in SENTENCES.items():
        if name in str(error):
            return Refusal(name, sentence)
    return error


def said_extension(extension: Extension) -> str:
    """One line for the page, visible for ever."""
    wanted = f"申请延长 {extension.days} 个工作日"
    decision = getattr(extension, "decision", None)
    if decision is None:
        return f"{wanted}，等审批（{cn_day(extension.due)}前）"
    return f"{wanted}，{'已同意' if decision.granted else '未同意'}"
