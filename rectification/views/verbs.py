"""Every verb of one item as the page knows it: its form, and the action that it calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404

from cadres.models import Cadre
from cadres.request import PageRequest
from rectification import forms
from rectification.actions import (
    closing,
    extending,
    milestones,
    moving,
    onspot,
    red_lines,
    replanning,
)
from rectification.models import Item


@dataclass(frozen=True)
class Press:
    """Somebody pressed a button: on what, with what written, and when."""

    item: Item
    data: dict[str, Any]
    post: QueryDict
    by: Cadre
    at: datetime

    @property
    def who(self) -> dict[str, Any]:
        return {"item_id": self.item.pk, "by": self.by, "at": self.at}

    @property
    def many(self) -> dict[str, Any]:
        return {"item_ids": [self.item.pk], "by": self.by, "at": self.at}


def a_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def confirm(press: Press) -> str:
    moving.confirm(**press.many)
    return "审核成立，等待交办。"


def dismiss(press: Press) -> str:
    moving.dismiss(reason=press.data["opinion"], **press.who)
    return "已登记为不成立。"


def merge(press: Press) -> str:
    moving.merge(into=press.data["into"], **press.who)
    return f"已并入 {press.data['into'].number}。"


def solve(press: Press) -> str:
    done, file = press.data["done"], press.data["file"]
    onspot.solve(
        solution=onspot.Solution(done=done, content=file.read(), name=file.name), **press.who
    )
    return "已登记现场解决，等另一人确认后销号。"


def issue(press: Press) -> str:
    return f"已交办，{moving.issue(**press.many).number}。"


def sign(press: Press) -> str:
    moving.sign(**press.many)
    return "已签收，请制定措施。"


def decline(press: Press) -> str:
    moving.decline(reason=press.data["opinion"], **press.who)
    return "已退签，等待改派。"


def reassign(press: Press) -> str:
    moving.reassign(unit=press.data["person"].unit, **press.data, **press.who)
    return "已改派。"


def plan(press: Press) -> str:
    data = press.data
    stages = data.get("stages", ())
    moving.plan(measure=data["measure"], goal=data["goal"], stages=stages, **press.who)
    return f"措施和 {len(stages)} 个阶段已保存，开始整改。" if stages else "措施已保存，开始整改。"


def report(press: Press) -> str:
    moving.report(text=press.data["text"], **press.who)
    return "进展已记下。"


def evidence(press: Press) -> str:
    file = press.data["file"]
    closing.add_evidence(content=file.read(), name=file.name, what=press.data["what"], **press.who)
    return "佐证材料已上传。"


def answer(press: Press) -> str:
    link = get_object_or_404(
        press.item.homes.select_related("household"),
        household__uid=a_uuid(press.post.get("household", "")),
    )
    closing.answer_household(household=link.household, solved=press.data["solved"] == "1",
                             said=press.data["said"], **press.who)  # fmt: skip
    return "农户答复已登记。"


def apply(press: Press) -> str:
    stage = milestones.current(press.item)
    closing.apply(**press.who)
    if stage:
        return f"第 {stage.no} 阶段已报核查，整改期限停表。"
    return "已申请转入长效，整改期限停表。" if press.item.lasts else "已申请销号，整改期限停表。"


def checked(passed: bool) -> Callable[[Press], str]:
    def run(press: Press) -> str:
        step, opinion = press.post.get("step", ""), press.data["opinion"]
        closing.check(step=step, passed=passed, opinion=opinion, **press.who)
        return "已通过。" if passed else "已退回整改，期限已顺延检查占用的天数。"

    return run


def looked(held: bool) -> Callable[[Press], str]:
    def run(press: Press) -> str:
        closing.look_back(held=held, finding=press.data["opinion"], **press.who)
        return "回头看已登记。" if held else "已按反弹重新挂号，等待交办。"

    return run


def extend(press: Press) -> str:
    extending.ask_extension(days=press.data["days"], reason=press.data["reason"], **press.who)
    return "延期申请已报上一级，批准以前仍按原期限。"


def extended(granted: bool) -> Callable[[Press], str]:
    def run(press: Press) -> str:
        extending.decide_extension(granted=granted, opinion=press.data["opinion"], **press.who)
        return "已同意延期。" if granted else "已登记为不同意延期。"

    return run


def replan(press: Press) -> str:
    data = press.data
    replanning.replan(stages=data["stages"], reason=data["reason"], **press.who)
    return "阶段计划变更已报上一级，批准以前仍按原计划。"


def replanned(granted: bool) -> Callable[[Press], str]:
    def run(press: Press) -> str:
        replanning.decide_plan(granted=granted, opinion=press.data["opinion"], **press.who)
        return (
            "已同意变更，新的阶段计划生效，原计划留着可查。" if granted else "已登记为不同意变更。"
        )

    return run


def review(press: Press) -> str:
    milestones.review(finding=press.data["opinion"], **press.who)
    return "季度复核已登记。"


def red_line(press: Press) -> str:
    red_lines.report_red_line(line=press.data["line"], said=press.data["said"], **press.who)
    return "已送纪委监委，本件普通流程停办。您的姓名只有纪委监委能看到，经过和日志里都没有。"


def settled(outcome: str) -> Callable[[Press], str]:
    def run(press: Press) -> str:
        number = press.data["document_no"]
        red_lines.settle_red_line(outcome=outcome, document_no=number, **press.who)
        return (
            "已退回普通流程，占用的工作日已补回期限。" if outcome == "RETURNED" else "已登记办结。"
        )

    return run


@dataclass(frozen=True)
class Verb:
    """A verb whose form has no field is a plain button."""

    run: Callable[[Press], str]
    form: type[Form] = forms.OpinionForm


VERBS: dict[str, Verb] = {
    "confirm": Verb(confirm, Form), "dismiss": Verb(dismiss), "merge": Verb(merge, forms.MergeForm),
    "solve": Verb(solve, forms.SolveForm), "issue": Verb(issue, Form), "sign": Verb(sign, Form),
    "decline": Verb(decline), "reassign": Verb(reassign, forms.ReassignForm), "plan": Verb(plan, forms.PlanForm),
    "report": Verb(report, forms.TextForm), "evidence": Verb(evidence, forms.EvidenceForm),
    "answer": Verb(answer, forms.AnswerForm), "apply": Verb(apply, Form),
    "pass": Verb(checked(True)), "return": Verb(checked(False)),
    "held": Verb(looked(True)), "rebound": Verb(looked(False)),
    "extend": Verb(extend, forms.ExtendForm), "extended": Verb(extended(True)),
    "not_extended": Verb(extended(False)), "replan": Verb(replan, forms.ReplanForm),
    "replanned": Verb(replanned(True)), "not_replanned": Verb(replanned(False)), "review": Verb(review),
    "red_line": Verb(red_line, forms.RedLineForm), "red_return": Verb(settled("RETURNED"), forms.SettleForm),
    "red_end": Verb(settled("ENDED"), forms.SettleForm),
}  # fmt: skip


def form_of(request: PageRequest, item: Item, verb: str, *, bound: bool) -> Form:
    """Ids carry the verb, since several of these forms stand on one page."""
    given: dict[str, Any] = {"auto_id": f"id_{verb}_%s"}
    form = VERBS[verb].form
    if verb == "merge":
        given["by"] = request.user
    if verb in ("reassign", "extend", "replan"):
        given["item"] = item
    if verb == "plan" and item.lasts:
        form = forms.StagesForm
    if bound:
        given |= {"data": request.POST, "files": request.FILES}
    return form(**given)
