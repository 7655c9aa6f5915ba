"""An evaluation until its release: frozen, drawn by somebody else, walked by its team, released."""

from __future__ import annotations

import json
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from cadres.actions.people import add_cadre, appoint
from cadres.actions.units import save_unit
from cadres.calendar import due_date
from cadres.categories import CATEGORIES
from cadres.events import record
from cadres.files import store
from cadres.models import Area, Cadre, StoredFile, Unit
from cadres.roles import EVALUATOR
from cadres.rules import in_force
from cadres.scope import require, scope_of
from households.models import Household, Monitoring
from inspections import redraw, sheets
from inspections.evaluation_reads import in_team
from inspections.evaluation_sql import sentence
from inspections.models import Evaluation, Result, Surveyor, Suspect
from inspections.sealed import Frame
from yuexi.core import clock, crypto
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno

Stage = Evaluation.Stage
LAYERS = {"POOR": "贫困户", "LIFTED": "脱贫户", "MONITORED": "监测对象", "GENERAL": "一般农户"}
EVALUATORS = "第三方评估组"


@contextmanager
def told() -> Iterator[None]:
    """A constraint or trigger that refuses says its sentence."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        found = sentence(error)
        if found is None:
            raise
        raise Refusal(*found) from None


def locked(evaluation: Evaluation, *stages: str) -> Evaluation:
    kept = Evaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)
    if kept.stage not in stages:
        raise Refusal("evaluation_stage", f"这次评估{kept.get_stage_display()}，不能再这样办；请刷新页面。")  # fmt: skip
    return kept


def frames(townships: Sequence[Area], layers: Sequence[str]) -> tuple[Frame, Frame]:
    """Every village that could be drawn by township, every household by village and layer. A
    watched household is of its own layer, whatever its kind."""
    watched = Monitoring.objects.filter(household=OuterRef("pk"), eliminated_on__isnull=True)
    villages: set[tuple[str, str]] = set()
    homes: Frame = []
    for township in townships:
        rows = Household.objects.filter(area__code__startswith=township.prefix, closed="").annotate(watched=Exists(watched))  # fmt: skip
        for code, kind, is_watched, uid in rows.values_list("area__code", "kind", "watched", "uid"):
            layer = "MONITORED" if is_watched else kind
            if layer in layers:
                villages.add((township.name, code))
                homes.append((f"{code}·{LAYERS[layer]}", str(uid)))
    return sorted(villages), homes


def prepare(
    *, kind: str, title: str, document_no: str, start: date, last_day: date, townships: Sequence[Area],
    layers: Sequence[str], villages: int, take: int, spare: int, by: Cadre, at: datetime,
) -> Evaluation:  # fmt: skip
    """Freezes lists and rules and publishes the commitments to them. The seed is the machine's."""
    require(by, "evaluation.manage")
    no_idno([title, document_no])
    if not title.strip():
        raise BadInput("title", "请写明评估名称。", field="title")
    if not townships or not layers:
        raise BadInput("townships", "请至少选一个乡镇和一种户类型。", field="townships")
    if last_day < start or last_day < clock.day(at):
        raise BadInput("period", "最后一天不能早于开始日期，也不能已经过去。", field="last_day")
    if last_day - start > timedelta(days=180):
        raise BadInput("period", "评估账号最长给 180 天；办不完可以再延长。", field="last_day")
    village_frame, home_frame = frames(townships, layers)
    there = Counter(township for township, _ in village_frame)
    if short := [t.name for t in townships if there[t.name] < villages]:
        raise BadInput("too_few", f"{'、'.join(short[:3])}没有 {villages} 个有这类农户的村，请减少村数或换乡镇。", field="villages")  # fmt: skip
    rules = {
        "villages": {"strata": {t.name: {"take": villages, "spare": 0} for t in townships}},
        "homes": {"strata": {s: {"take": take, "spare": spare} for s in sorted({s for s, _ in home_frame})}},
    }  # fmt: skip
    seed = secrets.token_hex(32)
    with told():
        made = Evaluation.objects.create(
            kind=kind, title=title.strip(), document_no=document_no.strip(), start=start,
            until=last_day + timedelta(days=1), by=by, at=at,
            village_commitment=redraw.commitment(seed, rules["villages"], village_frame),
            commitment=redraw.commitment(seed, rules["homes"], home_frame),
            sealed=crypto.encrypt(json.dumps({"seed": seed, "rules": rules}, ensure_ascii=False)),
            frame=sheets.write_frame(village_frame, home_frame),
        )  # fmt: skip
        record("evaluation.prepare", made, by=by, at=at, area=townships[0].code[:6] + "000000",
               after={"title": made.title, "start": str(start), "until": str(last_day)})  # fmt: skip
    return made


def add_surveyor(
    *, evaluation: Evaluation, cadre: Cadre, lead: bool, by: Cadre, at: datetime
) -> Surveyor:
    require(by, "evaluation.manage")
    if not cadre.is_active:
        raise BadInput("cadre", "这个账号已停用，请另选。", field="cadre")
    if cadre.kind == Cadre.Kind.CADRE and not scope_of(cadre).has("item.view"):
        raise BadInput("cadre", "请选现有任职、看得到农户的同志。", field="cadre")
    with told():
        evaluation = locked(evaluation, Stage.PREPARED, Stage.DRAWN)
        made = Surveyor.objects.create(evaluation=evaluation, cadre=cadre, lead=lead)
        record("evaluation.team", evaluation, by=by, at=at, after={"person": cadre.name, "work_no": cadre.work_no, "lead": lead})  # fmt: skip
    return made


def add_evaluator(
    *, evaluation: Evaluation, work_no: str, name: str, phone: str, lead: bool, by: Cadre, at: datetime
) -> tuple[Cadre, str]:  # fmt: skip
    """An account that is shut when the evaluation's days are over, and opens only when a second
    administrator confirmed its post. Whoever keeps accounts does it, not who runs the evaluation."""
    require(by, "cadre.manage")
    county = Area.objects.get(level=Area.Level.COUNTY)
    with told():
        evaluation = locked(evaluation, Stage.PREPARED, Stage.DRAWN)
        if evaluation.kind != Evaluation.Kind.THIRD_PARTY:
            raise BadInput("kind", "模拟评估用本县干部，不发评估账号。")
        unit, _ = save_unit(
            name=EVALUATORS, kind=Unit.Kind.COUNTY, area=county, fields=[], by=by, at=at
        )
        cadre, password = add_cadre(
            work_no=work_no, name=name, unit=unit, phone=phone, by=by, at=at, kind=Cadre.Kind.EVALUATOR
        )  # fmt: skip
        appoint(
            cadre=cadre, role=EVALUATOR, unit=unit, area=county, start=evaluation.start, end=evaluation.until,
            by=by, at=at,
        )  # fmt: skip
        Surveyor.objects.create(evaluation=evaluation, cadre=cadre, lead=lead)
        record("evaluation.team", evaluation, by=by, at=at, after={"person": cadre.name, "work_no": cadre.work_no, "lead": lead})  # fmt: skip
    return cadre, password


def renew_evaluators(*, evaluation: Evaluation, by: Cadre, at: datetime) -> int:
    """After the evaluation was prolonged: a further post for each, confirmed by a second one."""
    require(by, "cadre.manage")
    county = Area.objects.get(level=Area.Level.COUNTY)
    made = 0
    with told():
        kept = locked(evaluation, Stage.PREPARED, Stage.DRAWN, Stage.RELEASED)
        for member in kept.surveyors.filter(cadre__kind=Cadre.Kind.EVALUATOR, cadre__is_active=True).select_related("cadre__unit"):  # fmt: skip
            last = member.cadre.posts.filter(role=EVALUATOR).order_by("-end").first()
            if last is None or last.end is None or last.end >= kept.until:
                continue
            appoint(
                cadre=member.cadre, role=EVALUATOR, unit=last.unit, area=county,
                start=max(last.end, clock.day(at)), end=kept.until, by=by, at=at,
            )  # fmt: skip
            made += 1
    if not made:
        raise Refusal("nothing_to_renew", "评估账号的有效期都已到评估的最后一天，不用再续。")
    return made


def draw(*, evaluation: Evaluation, by: Cadre, at: datetime) -> None:
    """Once, by somebody who did not prepare it: a third party draws itself, ours the inspectors."""
    with told():
        kept = locked(evaluation, Stage.PREPARED)
        if kept.kind == Evaluation.Kind.REHEARSAL:
            require(by, "evaluation.draw")
        elif not in_team(by).filter(pk=kept.pk).exists():
            raise NotYours("evaluation_drawer", "第三方评估由评估组自己抽取。")
        if by.pk == kept.by_id:
            raise NotYours("evaluation_drawer_is_another", "准备方案的人不能自己抽取，请由督查组的同志抽取。")  # fmt: skip
        if not kept.surveyors.filter(lead=True).exists():
            raise Refusal("no_lead", "还没有定组长，先把评估组成员加齐再抽取。")
        state = sheets.read(kept)
        villages, drawn = sheets.draw(state, *sheets.read_frame(kept))
        kept.stage, kept.drawn_by, kept.drawn_at = Stage.DRAWN, by, at
        kept.save(update_fields=["stage", "drawn_by", "drawn_at"])
        sheets.append(kept, "DRAWN", by=by, at=at, villages=villages, drawn=drawn)
        record("evaluation.draw", kept, by=by, at=at, after={"title": kept.title})


def _sheet_of(
    evaluation: Evaluation, household: UUID, by: Cadre, at: datetime
) -> tuple[Evaluation, sheets.Field, Household]:
    if not in_team(by, clock.day(at)).filter(pk=evaluation.pk).exists():
        raise NotYours("not_in_team", "只有评估组成员可以记录。")
    kept = locked(evaluation, Stage.DRAWN)
    if clock.day(at) < kept.start:
        raise Refusal("not_begun", "评估还没有开始，到开始日期才能记录。")
    state = sheets.read(kept)
    if state.stratum_of(str(household)) is None:
        raise BadInput("household", "这一户不在抽中的名单里，请核对。", field="household")
    return kept, state, Household.objects.get(uid=household)


def write_sheet(
    *, evaluation: Evaluation, household: UUID, people: int, registered: int, wrong: int, missed: int,
    approves: bool, answers: dict[str, bool], category: str, problems: dict[str, str], said: str,
    by: Cadre, at: datetime,
) -> None:  # fmt: skip
    """A household's sheet; put right before the release by a later one, and both stay."""
    with told():
        kept, state, home = _sheet_of(evaluation, household, by, at)
        if state.is_replaced(str(household)):
            raise Refusal("replaced", "这一户已经换户，不再记录。")
        problems = {k: v.strip() for k, v in problems.items() if v.strip()}
        said = said.strip()
        no_idno([said, problems])
        _fits(home.kind, people, registered, wrong, missed, approves, category, problems)
        sheets.append(
            kept, "SHEET", by=by, at=at, household=str(household), outcome="SEEN", people=people, registered=registered,
            wrong=wrong, missed=missed, approves=approves, answers=answers, category=category, problems=problems, said=said,
        )  # fmt: skip


def _fits(
    kind: str, people: int, registered: int, wrong: int, missed: int, approves: bool, category: str,
    problems: dict[str, str],
) -> None:  # fmt: skip
    if people < 1:
        raise BadInput("people", "调查人数至少 1 人；没有人在家的请换户。", field="people")
    if not 0 <= registered <= people:
        raise BadInput("registered", f"建档立卡人数应在 0 到 {people} 人之间。", field="registered")
    if wrong and kind != "LIFTED":
        raise BadInput("wrong", "错退只看脱贫户的脱贫人口，这一户不是脱贫户。", field="wrong")
    if not 0 <= wrong <= registered:
        raise BadInput(
            "wrong", f"疑似错退人数不能超过建档立卡人数 {registered} 人。", field="wrong"
        )
    if not 0 <= missed <= people - registered:
        raise BadInput(
            "missed", f"疑似漏评人数不能超过没有建档立卡的 {people - registered} 人。", field="missed"
        )  # fmt: skip
    wanted = {"WRONG_EXIT": wrong > 0, "MISSED": missed > 0, "DISAPPROVAL": not approves}
    for code, needed in wanted.items():
        label = Suspect.Kind(code).label
        if needed and code not in problems:
            raise BadInput("problem", f"请写明“{label}”的情况，这段原话会进举证和整改清单。", field=f"problem_{code}")  # fmt: skip
        if not needed and code in problems:
            raise BadInput("problem", f"没有{label}，不用写这一栏；是别的问题请写在“其他问题”。", field=f"problem_{code}")  # fmt: skip
    if problems and category not in CATEGORIES:
        raise BadInput("category", "有问题的请选类别，移交整改时按类别找主管部门。", field="category")  # fmt: skip


def replace_home(
    *, evaluation: Evaluation, household: UUID, why: str, by: Cadre, at: datetime
) -> None:
    """换户: the next spare of the same village and layer, in the order that was drawn."""
    with told():
        kept, state, _ = _sheet_of(evaluation, household, by, at)
        if str(household) in state.sheets:
            raise Refusal("marked", "这一户已经有记录，不能换户；请刷新页面。")
        if not why.strip():
            raise BadInput("said", "换户要写明原因，例如“整户外出，电话联系不上”。", field="said")
        no_idno([why])
        sheets.append(kept, "SHEET", by=by, at=at, household=str(household), outcome="REPLACED", said=why.strip())  # fmt: skip


def cancel(*, evaluation: Evaluation, by: Cadre, at: datetime) -> None:
    require(by, "evaluation.manage")
    with told():
        kept = locked(evaluation, Stage.PREPARED, Stage.DRAWN)
        if kept.stage == Stage.DRAWN and sheets.read(kept).sheets:
            raise Refusal("walked", "评估组已经入户调查，不能作废；请由组长公布结果。")
        kept.stage = Stage.CANCELLED
        kept.save(update_fields=["stage"])
        record("evaluation.cancel", kept, by=by, at=at, after={"title": kept.title})


def prolong(*, evaluation: Evaluation, last_day: date, by: Cadre, at: datetime) -> None:
    """Of the evaluation; an evaluator's account is prolonged by the administrators, with a post
    of their own confirming."""
    require(by, "evaluation.manage")
    with told():
        kept = locked(evaluation, Stage.PREPARED, Stage.DRAWN, Stage.RELEASED)
        until = last_day + timedelta(days=1)
        if until <= kept.until or last_day < clock.day(at):
            raise BadInput("last_day", "新的最后一天要比原来的晚，也不能已经过去。", field="last_day")  # fmt: skip
        if until - kept.start > timedelta(days=366):
            raise BadInput("last_day", "从开始日期算起最长一年。", field="last_day")
        before, kept.until = kept.until, until
        kept.save(update_fields=["until"])
        record("evaluation.prolong", kept, by=by, at=at, before={"until": str(before - timedelta(days=1))}, after={"until": str(last_day)})  # fmt: skip


def release(*, evaluation: Evaluation, by: Cadre, at: datetime) -> Evaluation:
    """公布: in one transaction sheets stand in clear, matters are suspected, the county may argue."""
    with told():
        if not in_team(by, clock.day(at)).filter(pk=evaluation.pk).exists():
            raise NotYours("not_in_team", "只有评估组组长可以公布结果。")
        kept = locked(evaluation, Stage.DRAWN)
        if not kept.surveyors.filter(cadre=by, lead=True).exists():
            raise NotYours("evaluation_release", "只有评估组组长可以公布结果。")
        state = sheets.read(kept)
        if waiting := len(state.waiting()):
            raise Refusal("waiting", f"还有 {waiting} 户没有记录；请入户后记录，或写明原因换户。")
        frame = sheets.read_frame(kept)
        _open(kept, state, frame, by, at)
        results = _results(kept, state, frame)
        kept.village_people = people_of(Q(area__code__in=state.villages, kind="GENERAL"))
        kept.save(update_fields=["stage", "released_by", "released_at", "argue_due", "opened", "opened_villages", *COUNTED])  # fmt: skip
        Result.objects.bulk_create(results)
        suspects = suspects_of(kept, results, state.sheets)
        Suspect.objects.bulk_create(suspects)
        record("evaluation.release", kept, by=by, at=at, area=results[0].area_id[:6] + "000000" if results else "", after={
            "title": kept.title, "households": len(results), "findings": len(suspects), "until": str(kept.argue_due),
        })  # fmt: skip
    return kept


COUNTED = ("poor_people", "lifted_people", "unregistered_people", "village_people")


def people_of(homes: Q) -> int:
    """Persons, as the roster counts them: the household's number, else its members."""
    rows = Household.objects.filter(homes, closed="").annotate(
        n=Coalesce(F("size"), Count("members", filter=Q(members__left_on__isnull=True)))
    )
    return int(rows.aggregate(total=Sum("n"))["total"] or 0)


def count_people(evaluation: Evaluation) -> None:
    evaluation.poor_people = people_of(Q(kind="POOR"))
    evaluation.lifted_people = people_of(Q(kind="LIFTED"))
    evaluation.unregistered_people = people_of(Q(kind="GENERAL"))


def argue_until(at: datetime) -> date:
    today = clock.day(at)
    return due_date(today, in_force(today).number("argue_days")).date


def _open(
    evaluation: Evaluation, state: sheets.Field, frame: tuple[Frame, Frame], by: Cadre, at: datetime
) -> None:
    evaluation.stage, evaluation.released_by, evaluation.released_at = Stage.RELEASED, by, at
    evaluation.argue_due = argue_until(at)
    count_people(evaluation)
    villages, homes = frame

    def opened(name: str, commitment: str, rules: dict[str, Any], rows: Frame) -> StoredFile:
        told = {
            "commitment": commitment, "committed_on": str(clock.day(evaluation.at)), "seed": state.seed,
            "rules": rules, "drawn": redraw.draw(state.seed, rules, rows), "frame": rows,
        }  # fmt: skip
        text = json.dumps(told, ensure_ascii=False, indent=1).encode()
        return store(text, name=f"{name}-{commitment[:8]}.json", by=by, at=at, content_type="application/json")  # fmt: skip

    evaluation.opened_villages = opened("村抽取公开", evaluation.village_commitment, state.rules["villages"], villages)  # fmt: skip
    evaluation.opened = opened("农户抽取公开", evaluation.commitment, state.rules["homes"], homes)


def _results(
    evaluation: Evaluation, state: sheets.Field, frame: tuple[Frame, Frame]
) -> list[Result]:
    """With the weight of each: villages of its township to those drawn, households of its
    village and layer to those seen."""
    villages, homes = frame
    township_of = {code: township for township, code in villages}
    in_township = Counter(township for township, _ in villages)
    drawn_in = Counter(township_of[code] for code in state.villages)
    in_layer = Counter(stratum for stratum, _ in homes)
    sample = state.sample()
    known = {str(h.uid): h for h in Household.objects.filter(uid__in=[u for c in sample.values() for u in c])}  # fmt: skip
    made = []
    for stratum, chosen in sample.items():
        code, _, layer = stratum.partition("·")
        township = township_of[code]
        seen = sum(not state.is_replaced(h) for h in chosen)
        taken = set((state.drawn or {})[stratum]["taken"])
        weight = in_township[township] / drawn_in[township] * in_layer[stratum] / max(1, seen)
        for uid in chosen:
            home, sheet = known[uid], state.sheets[uid]
            made.append(
                Result(
                    evaluation=evaluation, household=home, area_id=code, layer=layer, kind=home.kind, spare=uid not in taken,
                    outcome=sheet.outcome, people=sheet.people, registered=sheet.registered, wrong=sheet.wrong,
                    missed=sheet.missed, approves=sheet.approves, answers=sheet.answers, said=sheet.said, weight=weight,
                )
            )  # fmt: skip
    return made


def suspects_of(
    evaluation: Evaluation, results: Sequence[Result], known: dict[str, sheets.Sheet]
) -> list[Suspect]:
    made = []
    for result in results:
        sheet = known[str(result.household.uid)]
        persons = defaultdict(int, {"WRONG_EXIT": result.wrong, "MISSED": result.missed})
        for kind, text in sheet.problems.items():
            made.append(
                Suspect(evaluation=evaluation, result=result, area_id=result.area_id, kind=kind, persons=persons[kind],
                        category=sheet.category, text=text)
            )  # fmt: skip
    return made
