"""报表目录 and what comes from outside of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from cadres.actions.leads import open_lead
from cadres.calendar import due_date
from cadres.events import record
from cadres.models import Area, Cadre, Post, Unit
from cadres.rules import in_force
from cadres.scope import require, scope_of
from inspections.actions.filings import in_words
from inspections.held import held
from inspections.law import CATALOGUE, refused
from inspections.models import BurdenReport, FormAsk, FormKind, ReporterOpening
from yuexi.core import clock, crypto
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno

FIELDS_MAX = 60
LEAD_KINDS = {"INSPECTION": "UNFILED", "FORM": "UNLISTED", "MEETING": "UNFILED_MEETING"}


def propose(
    *, name: str, unit: Unit, frequency: str, fields: Sequence[str], minutes: int, basis: str, collects: bool,
    by: Cadre, at: datetime,
) -> FormKind:  # fmt: skip
    """What is already held is not asked for again."""
    require(by, "register.file")
    if unit.pk not in scope_of(by).units_with("register.file"):
        raise NotYours("not_own_unit", "只能替本单位申报。")
    asked = [f.strip() for f in fields if f.strip()]
    no_idno([name, basis, *asked])
    if not asked or len(asked) > FIELDS_MAX:
        raise BadInput(
            "fields", f"请逐行写要填的栏目，最多 {FIELDS_MAX} 栏。", field="fields_asked"
        )
    if long := [f for f in asked if len(f) > 30]:
        raise BadInput(
            "fields", f"栏目名最多 30 个字，“{long[0][:12]}…”太长。", field="fields_asked"
        )
    if known := held(asked):
        where = "；".join(f"“{f}”在{place}" for f, place in known)
        raise BadInput("already_held", refused(
            CATALOGUE, f"这些内容系统里已有，不能再向村里要：{where}",
            "请从要填的栏目里删去，需要时到所指的页面查看或导出。"), field="fields_asked")  # fmt: skip
    if collects and frequency != FormKind.Frequency.YEARLY:
        raise BadInput("frequency", refused(CATALOGUE, "入户采集每年只能一次", "请把频次改为“每年一次”，或不入户采集。"), field="frequency")  # fmt: skip
    today = clock.day(at)
    with in_words():
        form = FormKind.objects.create(
            name=name.strip(), unit=unit, frequency=frequency, fields=asked, minutes=minutes, basis=basis.strip(),
            collects=collects, proposed_by=by, proposed_at=at,
            decide_due=due_date(today, in_force(today).number("decide_days")).date,
        )  # fmt: skip
        logged("form.propose", form, by, at)
    return form


def decide(*, form: FormKind, accept: bool, said: str, by: Cadre, at: datetime) -> FormKind:
    require(by, "register.decide")
    if not accept and len(said.strip()) < 4:
        raise BadInput("said", "不列入要写明原因（至少 4 个字）。", field="said")
    no_idno(said)
    with in_words():
        form = FormKind.objects.select_for_update().get(pk=form.pk)
        if form.proposed_by_id == by.pk:
            raise NotYours("own_form", "自己申报的报表要由别人决定。")
        if form.status != FormKind.Status.WAITS:
            raise Refusal("decided", "这张表已经有了决定，请刷新页面查看。")
        form.status = FormKind.Status.LISTED if accept else FormKind.Status.DENIED
        form.said, form.decided_by, form.decided_at = said.strip(), by, at
        form.save()
        logged("form.decide", form, by, at)
    return form


def end(*, form: FormKind, by: Cadre, at: datetime) -> FormKind:
    """退出目录: from now on nobody may ask for it."""
    require(by, "register.decide")
    with in_words():
        form = FormKind.objects.select_for_update().get(pk=form.pk)
        if form.status != FormKind.Status.LISTED:
            raise Refusal("ended", "这张表不在目录里，请刷新页面查看。")
        form.status = FormKind.Status.ENDED
        form.save()
        logged("form.end", form, by, at)
    return form


def logged(verb: str, form: FormKind, by: Cadre, at: datetime, **after: object) -> None:
    place = Unit.objects.values_list("area__code", flat=True).get(pk=form.unit_id)
    record(verb, form, by=by, at=at, area=place,
           after={"title": form.name, "status": form.get_status_display(), **after})  # fmt: skip


def period_of(frequency: str, on: date) -> date:
    """The first day of the year, quarter, month or week that a form is asked for."""
    if frequency == FormKind.Frequency.YEARLY:
        return date(on.year, 1, 1)
    if frequency == FormKind.Frequency.QUARTERLY:
        return date(on.year, on.month - (on.month - 1) % 3, 1)
    if frequency == FormKind.Frequency.MONTHLY:
        return on.replace(day=1)
    return on - timedelta(days=on.weekday())


def ask(*, form: FormKind, villages: Sequence[Area], on: date, by: Cadre, at: datetime) -> int:
    """要表: of a listed form, once a period."""
    if not villages:
        raise BadInput("villages", "请至少选一个村。", field="villages")
    for village in villages:
        require(by, "register.file", village.code)
    if form.unit_id not in scope_of(by).units_with("register.file"):
        raise NotYours("not_own_unit", "只有主管单位可以要这张表。")
    if not clock.day(at) <= on <= clock.day(at) + timedelta(days=366):
        raise BadInput("on", "要表日期从今天起，一年以内。", field="on")
    if form.status != FormKind.Status.LISTED:
        raise Refusal("form_unlisted", refused(CATALOGUE, f"“{form.name}”不在报表目录里，不能向村里要", "请先申报，列入目录后再要。"))  # fmt: skip
    period = period_of(form.frequency, on)
    done = FormAsk.objects.filter(form=form, period=period, area__in=villages).select_related("area")  # fmt: skip
    if again := list(done[:3]):
        raise BadInput("form_once_a_period", refused(
            CATALOGUE, f"{'、'.join(a.area.name for a in again)}这一期（{form.get_frequency_display()}）已经要过“{form.name}”",
            "请去掉这些村，或等下一期。"), field="villages")  # fmt: skip
    with in_words():
        FormAsk.objects.bulk_create(
            FormAsk(form=form, area=v, period=period, on=on, asked_by=by, at=at)
            for v in sorted(villages, key=lambda v: v.code)
        )
        logged("form.ask", form, by, at, on=str(on), count=len(villages))
    return len(villages)


def report(
    *, kind: str, organiser: str, area: Area, met_on: date, said: str, by: Cadre, at: datetime
) -> BurdenReport:  # fmt: skip
    """Of a village or a township, protected: nothing in the log, no hour, the name encrypted. The
    lead has the facts alone, and nobody of the reported unit sees it."""
    require(by, "register.report", area.code)
    today = clock.day(at)
    if kind not in BurdenReport.Kind.values:
        raise BadInput("kind", "请选择反映什么。", field="kind")
    if not organiser.strip():
        raise BadInput("organiser", "请写明是哪个单位。", field="organiser")
    if not today - timedelta(days=90) <= met_on <= today:
        raise BadInput("met_on", "请填三个月以内的日期，最晚是今天。", field="met_on")
    if len(said.strip()) < 6:
        raise BadInput("said", "请写清看到的情况（至少 6 个字）。", field="said")
    no_idno([organiser, said])
    who = f"{by.name}（{by.work_no}，{by.unit or '无单位'}）"
    reporter = crypto.encrypt(who)
    with transaction.atomic():
        Area.objects.select_for_update().get(pk=area.pk)  # a second press waits for the first
        same = BurdenReport.objects.filter(kind=kind, organiser=organiser.strip(), area=area, met_on=met_on)  # fmt: skip
        for found in same:
            if crypto.decrypt(found.reporter) == who and crypto.decrypt(found.said) == said.strip():
                return found
        made = BurdenReport.objects.create(
            kind=kind, organiser=organiser.strip(), area=area, met_on=met_on,
            said=crypto.encrypt(said.strip()), reporter=reporter,
        )  # fmt: skip
        about = Post.objects.in_force(today).filter(
            role__in=["INSPECTOR", "DISCIPLINE"], unit__name=made.organiser
        )
        open_lead(
            kind=LEAD_KINDS[kind], subject_kind="burdenreport", subject_id=made.pk, area=area.code,
            text=f"{made.get_kind_display()}：{made.organiser}，{met_on.year}年{met_on.month}月{met_on.day}日，{area.name}",
            about=list(about.values_list("cadre_id", flat=True).distinct()), at=clock.start_of(today), timeless=True,
        )  # fmt: skip
    return made


def open_reporter(*, made: BurdenReport, by: Cadre, at: datetime) -> str:
    """Who reported, for 纪委监委 alone; that somebody looked is kept."""
    require(by, "discipline.handle", made.area_id)
    ReporterOpening.objects.create(report=made, by=by, at=at)
    return crypto.decrypt(made.reporter)
