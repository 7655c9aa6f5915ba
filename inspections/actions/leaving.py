"""退出: planned steps in their order; the application only through its gates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cadres.events import record
from cadres.files import store
from cadres.models import Cadre
from cadres.scope import require
from inspections.actions.evaluations import told
from inspections.gates import Gate, GateState, gates
from inspections.models import GateReading, GateWord, Leaving, LeavingStep
from yuexi.core import clock
from yuexi.core.refusals import BadInput, Refusal
from yuexi.core.secrecy import no_idno

Code = LeavingStep.Code


@dataclass(frozen=True)
class Standing:
    """A gate as it is read now: `word` is what was last written beside it."""

    gate: Gate
    state: GateState
    word: GateWord | None

    @property
    def passed(self) -> bool:
        """Green, or red with its reason in writing."""
        return self.state.green or self.word is not None


def standings(leaving: Leaving, today: date) -> list[Standing]:
    last: dict[str, GateWord] = {
        w.code: w for w in GateWord.objects.filter(leaving=leaving).select_related("by").order_by("pk")
    }  # fmt: skip
    found = []
    for gate in gates.all():
        word = last.get(gate.code)
        if gate.ask is not None:
            state = gate.ask(today)
        elif word is None or word.green is None:
            state = GateState(False, "还没有填写")
        else:
            state = GateState(word.green, word.document_no if word.green else "不符合")
        found.append(Standing(gate, state, word))
    return found


def begin(*, title: str, target: date, planned: dict[str, date], by: Cadre, at: datetime) -> Leaving:  # fmt: skip
    require(by, "exit.manage")
    if not title.strip():
        raise BadInput("title", "请写名称，例如“岳西县脱贫摘帽”。", field="title")
    days = [planned[c] for c in Code.values]
    if days != sorted(days):
        raise BadInput(
            "planned", "计划日期要按环节的先后，后一个环节不能早于前一个。", field="APPLY"
        )
    if days[-1] > target:
        raise BadInput("target", "批准退出的计划日期不能晚于目标日期。", field="target")
    no_idno([title])
    with told():
        made = Leaving.objects.create(title=title.strip(), target=target, by=by, at=at)
        LeavingStep.objects.bulk_create(
            LeavingStep(leaving=made, code=code, number=n, planned=planned[code])
            for n, code in enumerate(Code.values, start=1)
        )
        record("leaving.begin", made, by=by, at=at, after={"title": made.title, "deadline": str(target)})  # fmt: skip
    return made


def say(
    *, leaving: Leaving, code: str, green: bool | None, text: str, document_no: str, by: Cadre, at: datetime
) -> GateWord:  # fmt: skip
    require(by, "exit.manage")
    gate = gates.of(code)
    if gate is None:
        raise BadInput("code", "没有这一项条件，请刷新页面。")
    if not text.strip():
        raise BadInput("text", "请写明情况或不符合的原因。", field="text")
    if gate.ask is not None:
        green = None  # a figure answers; a person explains
    elif green and not document_no.strip():
        raise BadInput("document_no", "说“符合”要写依据的文号。", field="document_no")
    no_idno([text, document_no])
    with told():
        _open(leaving)
        made = GateWord.objects.create(leaving=leaving, code=code, green=green, text=text.strip(), document_no=document_no.strip(), by=by, at=at)  # fmt: skip
        record("leaving.say", leaving, by=by, at=at, after={"title": gate.name, "text": made.text, "document_no": made.document_no})  # fmt: skip
    return made


def _open(leaving: Leaving) -> Leaving:
    kept = Leaving.objects.select_for_update().get(pk=leaving.pk)
    if kept.ended_at is not None:
        raise Refusal("leaving_ended", "这个退出程序已经结束。")
    return kept


def plan(*, step: LeavingStep, planned: date, by: Cadre, at: datetime) -> None:
    require(by, "exit.manage")
    with told():
        _open(step.leaving)
        kept = LeavingStep.objects.select_for_update().get(pk=step.pk)
        before, kept.planned = kept.planned, planned
        kept.save(update_fields=["planned"])
        record("leaving.plan", step.leaving, by=by, at=at, before={"on": str(before)},
               after={"step": kept.get_code_display(), "on": str(planned)})  # fmt: skip


def finish(
    *, step: LeavingStep, done: date, document_no: str, said: str, file: tuple[str, bytes] | None,
    by: Cadre, at: datetime,
) -> None:  # fmt: skip
    """A step is done on a day by a document. The application reads every gate in this moment and
    keeps the reading: a red one without a word refuses it, here and in a trigger."""
    require(by, "exit.manage")
    if not document_no.strip():
        raise BadInput("document_no", "请写文号；没有文号的环节不算完成。", field="document_no")
    if done > clock.day(at):
        raise BadInput("done", "完成日期不能晚于今天。", field="done")
    no_idno([document_no, said])
    with told():
        leaving = _open(step.leaving)
        kept = LeavingStep.objects.select_for_update().get(pk=step.pk)
        if kept.done is not None:
            raise Refusal("leaving_step_kept", "这个环节刚刚已登记完成，请刷新页面。")
        if kept.code == Code.APPLY:
            _read_gates(leaving, at)
        kept.done, kept.document_no, kept.said = done, document_no.strip(), said.strip()
        kept.by, kept.at = by, at
        if file:
            kept.file = store(file[1], name=file[0], by=by, at=at)
        kept.save(update_fields=["done", "document_no", "said", "by", "at", "file"])
        record("leaving.finish", leaving, by=by, at=at, after={"step": kept.get_code_display(), "on": str(done), "document_no": kept.document_no})  # fmt: skip


def _read_gates(leaving: Leaving, at: datetime) -> None:
    found = standings(leaving, clock.day(at))
    red = [s.gate.name for s in found if not s.passed]
    if red:
        raise Refusal(
            "leaving_gates",
            f"还有 {len(red)} 项条件没有符合，也没有书面说明：{'、'.join(red[:4])}。请先整改，或逐项写明原因。",
        )
    GateReading.objects.bulk_create(
        GateReading(leaving=leaving, code=s.gate.code, name=s.gate.name, green=s.state.green, shown=s.state.shown,
                    word=s.word, at=at)
        for s in found
    )  # fmt: skip


def end(*, leaving: Leaving, by: Cadre, at: datetime) -> None:
    """After the approval, or given up: the next one begins anew."""
    require(by, "exit.manage")
    with told():
        kept = _open(leaving)
        kept.ended_at = at
        kept.save(update_fields=["ended_at"])
        record("leaving.end", kept, by=by, at=at, after={"title": kept.title})
