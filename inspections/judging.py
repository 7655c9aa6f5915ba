"""自查 computed: one statement an indicator judges all that it applies to, keeps the gaps and the
sums of each village. Figures and rows come from the same rows, so they cannot disagree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from cadres.models import Area
from inspections.models import CheckCount, CheckRun, Gap, Indicator, Standard
from inspections.standards import holds, line_in_force, rates, tie

# `m` sums the members, `w` is the open monitoring, `seen` what visits saw and nobody answered yet.
MEMBERS = """LEFT JOIN (SELECT household_id, count(*) AS n, count(*) FILTER (WHERE school ~ '失学|辍学') AS out_of_school,
  count(*) FILTER (WHERE insured IS FALSE) AS uninsured, count(*) FILTER (WHERE insured IS NULL) AS unsaid
  FROM households_member WHERE left_on IS NULL GROUP BY household_id) m ON m.household_id = h.id"""
WATCHED = """LEFT JOIN (SELECT DISTINCT ON (household_id) * FROM households_monitoring WHERE identified_on <= %(day)s
  AND (eliminated_on IS NULL OR eliminated_on > %(day)s) ORDER BY household_id, id DESC) w ON w.household_id = h.id"""
HELPED = """LEFT JOIN (SELECT DISTINCT a.household_id FROM households_assignment a JOIN cadres_cadre c ON c.id = a.cadre_id AND c.is_active
  WHERE a.rank = 'MAIN' AND a.start <= %(day)s AND (a."end" IS NULL OR a."end" > %(day)s)) helped ON helped.household_id = h.id"""
ANSWERED = """LEFT JOIN (SELECT DISTINCT ON (household_id, area_code) household_id, area_code, answer, said FROM inspections_judgement
  WHERE level = %(level)s AND code = %(code)s ORDER BY household_id, area_code, id DESC) j ON """


def seen_bad(field: str, bad: str) -> str:
    """Households where a visit that nobody reviewed yet saw what the roster does not say."""
    return f"""LEFT JOIN (SELECT DISTINCT v.household_id FROM households_visitfact f JOIN households_visit v ON v.id = f.visit_id
  WHERE f.field = '{field}' AND f.value = '{bad}' AND f.base <> f.value
    AND NOT EXISTS (SELECT 1 FROM households_changereview r WHERE r.visit_id = v.id)
    AND NOT EXISTS (SELECT 1 FROM households_visitcorrection x WHERE x.visit_id = v.id AND x.void)) seen ON seen.household_id = h.id"""


@dataclass(frozen=True)
class Rule:
    """`met` is TRUE, FALSE or NULL where nothing can be said; `fact` says why it is not TRUE."""

    met: str
    fact: str
    joins: str = ""


RULES = {
    "HOUSE": Rule(
        "CASE WHEN seen.household_id IS NOT NULL THEN FALSE ELSE NOT h.unsafe_house END",
        "CASE WHEN h.unsafe_house THEN '在册是危房户' WHEN seen.household_id IS NOT NULL THEN '走访看到是危房，变更还没有审' ELSE '在册没有登记是否危房户' END",
        seen_bad("unsafe_house", "是"),
    ),
    "WATER": Rule(
        "CASE WHEN seen.household_id IS NOT NULL THEN FALSE ELSE h.safe_water END",
        "CASE WHEN h.safe_water IS FALSE THEN '在册未解决安全饮用水' WHEN seen.household_id IS NOT NULL THEN '走访看到饮水不安全，变更还没有审' ELSE '在册没有登记是否解决安全饮用水' END",
        seen_bad("safe_water", "否"),
    ),
    "SCHOOL": Rule(
        "CASE WHEN m.n IS NULL THEN NULL ELSE m.out_of_school = 0 END",
        "CASE WHEN m.n IS NULL THEN '在册没有家庭成员' ELSE m.out_of_school || ' 名成员在册是失学或辍学' END",
        MEMBERS,
    ),
    "INSURED": Rule(
        "CASE WHEN m.uninsured > 0 THEN FALSE WHEN m.n IS NULL OR m.unsaid > 0 THEN NULL ELSE TRUE END",
        "CASE WHEN m.uninsured > 0 THEN m.uninsured || ' 名成员在册没有参保' WHEN m.n IS NULL THEN '在册没有家庭成员' ELSE m.unsaid || ' 名成员没有登记是否参保' END",
        MEMBERS,
    ),
    "INCOME": Rule(
        "h.income_per_head > %(line)s::numeric",
        "CASE WHEN %(line)s::numeric IS NULL THEN '没有现行的收入线' WHEN h.income_per_head IS NULL THEN '在册没有登记人均纯收入' ELSE '在册人均纯收入 ' || trim_scale(h.income_per_head) || ' 元，收入线 ' || %(line)s || ' 元' END",
    ),
    "RISK": Rule("w.id IS NULL", "'监测对象，风险：' || w.risk || '，' || w.identified_on || ' 识别，未消除'"),
    "HELPER": Rule("helped.household_id IS NOT NULL", "'没有在岗的帮扶责任人'", HELPED),
}  # fmt: skip
KEEP = """,
gaps AS (INSERT INTO inspections_gap (run_id, code, area_code, household_id, verdict, fact)
  SELECT %(run)s, %(code)s, area_code, household, verdict, left(fact, 200) FROM judged WHERE verdict IN ('FAILED', 'UNKNOWN'))
INSERT INTO inspections_checkcount (run_id, code, area_code, met, failed, unknown, open, num, den)
SELECT %(run)s, %(code)s, area_code, count(*) FILTER (WHERE verdict = 'MET'), count(*) FILTER (WHERE verdict = 'FAILED'),
       count(*) FILTER (WHERE verdict = 'UNKNOWN'), count(*) FILTER (WHERE verdict = 'OPEN'), max(num), max(den)
  FROM judged WHERE verdict <> 'NA' GROUP BY area_code"""
VERDICT = "CASE {met} WHEN TRUE THEN 'MET' WHEN FALSE THEN 'FAILED' ELSE 'UNKNOWN' END"
BY_ANSWER = "coalesce(j.answer, 'OPEN')"
HOMES = """WITH judged AS MATERIALIZED (
SELECT h.id AS household, h.area_code, {verdict} AS verdict, {fact} AS fact, NULL::bigint AS num, NULL::bigint AS den
  FROM households_household h {watched} {joins}
 WHERE h.closed = '' AND (h.kind = ANY(%(kinds)s) OR (%(watched)s AND w.id IS NOT NULL)))"""
AREAS = """WITH judged AS MATERIALIZED (
SELECT NULL::bigint AS household, a.code AS area_code, {verdict} AS verdict, {fact} AS fact, {num}::bigint AS num, {den}::bigint AS den
  FROM cadres_area a {joins}
 WHERE a.level = %(level)s AND (a.valid_from IS NULL OR a.valid_from <= %(day)s) AND (a.valid_to IS NULL OR a.valid_to > %(day)s))"""
# 农村人口 as the roster has it: members, else the number that the household's row gives.
PEOPLE = """LEFT JOIN (SELECT h.area_code, sum(coalesce(m.n, h.size, 0)) AS den, sum(coalesce(m.n, h.size, 0)) FILTER (WHERE h.kind = 'POOR') AS num
  FROM households_household h LEFT JOIN (SELECT household_id, count(*) AS n FROM households_member WHERE left_on IS NULL GROUP BY 1) m
    ON m.household_id = h.id WHERE h.closed = '' GROUP BY h.area_code) p ON p.area_code = a.code"""


def statement(indicator: Indicator, level: str) -> str:
    if level == Standard.Level.HOUSEHOLD:
        if indicator.judged == Indicator.Judged.MANUAL:
            return HOMES.format(verdict=BY_ANSWER, fact="j.said", watched=WATCHED, joins=f"{ANSWERED} j.household_id = h.id") + KEEP  # fmt: skip
        rule = RULES[indicator.judged]
        return HOMES.format(verdict=VERDICT.format(met=f"({rule.met})"), fact=rule.fact, watched=WATCHED, joins=rule.joins) + KEEP  # fmt: skip
    if indicator.judged == Indicator.Judged.POVERTY_RATE:
        sign = "<" if indicator.comparison == Indicator.Comparison.BELOW else ">"
        sign += "" if indicator.strict else "="
        num, den = "coalesce(p.num, 0)", "coalesce(p.den, 0)"
        left, right = f"{num}::numeric * %(t_den)s", f"%(t_num)s::numeric * {den}"
        met = f"(CASE WHEN {den} = 0 THEN NULL ELSE {left} {sign} {right} END)"
        fact = f"""CASE WHEN {den} = 0 THEN '在册没有人口' ELSE '贫困人口 ' || {num} || ' 人，在册人口 ' || {den} || ' 人'
            || CASE WHEN {left} = {right} THEN '，正好等于阈值' ELSE '' END END"""
        return AREAS.format(verdict=VERDICT.format(met=met), fact=fact, num=num, den=den, joins=PEOPLE) + KEEP  # fmt: skip
    return AREAS.format(verdict=BY_ANSWER, fact="j.said", num="NULL", den="NULL",
                        joins=f"{ANSWERED} j.household_id IS NULL AND j.area_code = a.code") + KEEP  # fmt: skip


def judge(indicator: Indicator, run: CheckRun) -> None:
    """One indicator of a run, in one transaction."""
    level = run.standard.level
    if indicator.judged == Indicator.Judged.RATE:
        return judge_rate(indicator, run)
    line = line_in_force(run.day, indicator.line) if indicator.line else None
    given: dict[str, Any] = {
        "run": run.pk, "code": indicator.code, "level": level, "day": run.day,
        "kinds": [k for k in indicator.applies if k != "WATCHED"],
        "watched": "WATCHED" in indicator.applies, "line": line.yuan if line else None,
        "t_num": indicator.threshold_num, "t_den": indicator.threshold_den,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(statement(indicator, level), given)


def judge_rate(indicator: Indicator, run: CheckRun) -> None:
    """三率一度: counted elsewhere, weighed here."""
    ratio = rates.of(indicator.code, run.day)
    for county in Area.objects.filter(level=Area.Level.COUNTY):
        count = CheckCount(run=run, code=indicator.code, area=county)
        if ratio is None:
            count.open = 1
        else:
            count.num, count.den = ratio.num, ratio.den
            met = holds(indicator, ratio.num, ratio.den)
            said = f"{ratio.num} / {ratio.den}" + ("，正好等于阈值" if tie(indicator, ratio.num, ratio.den) else "")  # fmt: skip
            said += f"；{ratio.said}" if ratio.said else ""
            if met:
                count.met = 1
            else:
                count.failed, count.unknown = int(met is False), int(met is None)
                verdict = Gap.Verdict.UNKNOWN if met is None else Gap.Verdict.FAILED
                Gap.objects.create(run=run, code=indicator.code, area=county, verdict=verdict, fact=said[:200])  # fmt: skip
        count.save()


def carry_out(run_id: int, *, at: datetime) -> None:
    """From the first indicator on, whatever an earlier try left behind. Each is committed by itself
    and counted, so that whoever waits sees how far it is."""
    run = CheckRun.objects.select_related("standard").get(pk=run_id)
    if run.state not in (CheckRun.State.WAITS, CheckRun.State.RUNNING):
        return
    indicators = list(run.standard.indicators.order_by("order", "pk"))
    with transaction.atomic():
        Gap.objects.filter(run=run).delete()
        CheckCount.objects.filter(run=run).delete()
        told(run, state=CheckRun.State.RUNNING, seen=0, total=len(indicators))
    for n, indicator in enumerate(indicators, start=1):
        judge(indicator, run)
        told(run, seen=n)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE inspections_gap, inspections_checkcount")
    told(run, state=CheckRun.State.DONE, finished_at=at)


def told(run: CheckRun, **changes: Any) -> None:
    CheckRun.objects.filter(pk=run.pk).update(**changes)


def day_before(run: CheckRun) -> CheckRun | None:
    """The run that this one is laid beside: the last finished one of the same level."""
    earlier = CheckRun.objects.filter(standard__level=run.standard.level, state=CheckRun.State.DONE)
    return earlier.exclude(pk=run.pk).filter(day__lte=run.day).order_by("-day", "-finished_at").first()  # fmt: skip
