"""Patterns worth a question (domain.md D.6), found by night in what is stored anyway.

Each rule is one INSERT … SELECT into the queue of leads; UNIQUE per kind and subject makes a
second run, or four at once, write nothing twice. The subject is the visit that a pile begins
with: a pile that grows overnight keeps its lead. Void visits are left out everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from cadres.leads import LeadKind
from cadres.rules import Setting, in_force
from households import marks
from yuexi.core import clock

# Thresholds by rule, as data: what a county changes, it changes here and nowhere else.
LOOK_BACK_DAYS = 35
LATE_RECORDS, LATE_HOURS, LATE_DAYS = 8, 48, 7
BURST_RECORDS, BURST_MINUTES = 8, 30
TEXT_HOMES, TEXT_DAYS, TEXT_CHARS = 5, 7, 8
SAME_MINUTES = 10
NO_PROBLEM_VISITS, NO_PROBLEM_OTHERS = 20, 3
# Why a member is no more: who died is met by nobody, who moved out or is in prison not at the door.
DEAD, AWAY = ["%死亡%"], ["%迁出%", "%收监%", "%服刑%"]
BELOW_PERCENT, ABOVE_PERCENT, SAME_INCOME_HOMES = 10, 3, 8
# The county's own number from its document, never one of ours: without one nothing is asked.
INCOME_LINE = Setting(
    "income_line", "线索", "收入线（人均纯收入，按现行文件；没有文件的填 0，不判断）", 0, 0, 50_000, "元", occasion=False
)  # fmt: skip
RUSH_PERCENT, RUSH_DAYS, RUSH_VISITS, SETTLED_DAYS = 40, 5, 10, 4

STANDING = (
    "NOT EXISTS (SELECT FROM households_visitcorrection c WHERE c.visit_id = v.id AND c.void)"
)
LEAD = "INSERT INTO cadres_lead (uid, kind, subject_kind, subject_id, area_code, text, about, opened_at)"
ONCE = "ON CONFLICT (kind, subject_kind, subject_id) DO NOTHING"


def words(column: str) -> str:
    """A text without what people vary: blanks, punctuation, capitals."""
    return f"lower(regexp_replace({column}, '[[:space:][:punct:]，。、；：！？“”‘’（）《》【】…—·～]+', '', 'g'))"


def day(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'Asia/Shanghai', 'FMMM"月"FMDD"日"')"""


def money(column: str) -> str:
    return f"to_char({column}, 'FM9999999990.00')"


def pile(*, rows: str, moment: str, same: str, measure: str, text: str) -> str:
    """Rows of one visitor (and of the same words) that lie within a window from the first one.
    `rows` narrows visits, `moment` is the time that counts, `measure` is compared."""
    return f"""
WITH rows AS (
  SELECT v.id, v.visitor_id, v.household_id, v.area_code, v.done, {moment} AS t, {same} AS same
    FROM households_visit v WHERE v.occurred_at >= %(since)s AND {STANDING} AND {rows}),
counted AS (
  SELECT a.id, a.visitor_id, a.area_code, a.done, a.t, a.same, count(*) AS records,
         count(DISTINCT b.household_id) AS homes, max(b.t) AS until
    FROM rows a JOIN rows b ON b.visitor_id = a.visitor_id AND b.same = a.same
                           AND b.t BETWEEN a.t AND a.t + %(window)s
   GROUP BY a.id, a.visitor_id, a.area_code, a.done, a.t, a.same),
big AS (SELECT * FROM counted WHERE {measure} >= %(at_least)s)
{LEAD}
SELECT uuidv7(), %(kind)s, 'visit', f.id, f.area_code, {text}, ARRAY[f.visitor_id], %(at)s
  FROM big f JOIN cadres_cadre c ON c.id = f.visitor_id
 WHERE NOT EXISTS (
         SELECT FROM big e WHERE e.visitor_id = f.visitor_id AND e.same = f.same
            AND (e.t, e.id) < (f.t, f.id) AND e.t >= f.t - %(window)s)
   AND NOT EXISTS (
         SELECT FROM cadres_lead l JOIN households_visit v ON v.id = l.subject_id
          WHERE l.kind = %(kind)s AND l.subject_kind = 'visit' AND v.visitor_id = f.visitor_id
            AND {same} = f.same AND {moment} BETWEEN f.t - %(window)s AND f.t + %(window)s)
 ORDER BY f.id
{ONCE}"""


LATE = pile(
    rows="v.recorded_at - v.occurred_at > %(late)s", moment="v.recorded_at", same="''",
    measure="records",
    text=f"""c.name || ' ' || {day("f.t")} || '起 {LATE_DAYS} 天内补记了 ' || f.records || ' 条走访，涉及 ' || f.homes
         || ' 户，每条都在走访 {LATE_HOURS} 小时以后才记录。'""",
)  # fmt: skip
# A township's system passes on many at once by its nature: only what people typed counts.
BURST = pile(
    rows="v.via IN ('PAGE', 'PHONE')", moment="v.recorded_at", same="''", measure="records",
    text=f"""c.name || ' ' || {day("f.t")} || to_char(f.t AT TIME ZONE 'Asia/Shanghai', ' HH24:MI') || ' 至 '
         || to_char(f.until AT TIME ZONE 'Asia/Shanghai', 'HH24:MI') || ' 记录了 ' || f.records
         || ' 条走访，涉及 ' || f.homes || ' 户。'""",
)  # fmt: skip
TEXT = pile(
    rows=f"length({words('v.done')}) >= %(chars)s", moment="v.occurred_at", same=words("v.done"), measure="homes",
    text=f"""c.name || ' ' || {day("f.t")} || '至' || {day("f.until")} || '在 ' || f.homes || ' 户的 ' || f.records
         || ' 次走访里，“办了什么”写得一样：“' || rtrim(left(f.done, 60), '。.') || '”。'""",
)  # fmt: skip
PHOTO = f"""
WITH photos AS (
  SELECT p.visit_id, f.sha256 FROM households_visitphoto p JOIN cadres_storedfile f ON f.id = p.file_id
  UNION SELECT id, unnest(photo_hashes) FROM households_visit WHERE photo_hashes <> '{{}}'
  EXCEPT SELECT id, signature_hash FROM households_visit WHERE signature_hash <> ''),
shown AS (
  SELECT v.id, v.household_id, v.visitor_id, v.area_code, v.occurred_at, p.sha256
    FROM photos p JOIN households_visit v ON v.id = p.visit_id WHERE {STANDING}),
pairs AS (
  SELECT DISTINCT ON (b.id) b.id, b.area_code, b.visitor_id AS who, a.visitor_id AS other, b.occurred_at AS t,
         a.occurred_at AS before, b.household_id AS home, a.household_id AS first_home
    FROM shown b JOIN shown a ON a.sha256 = b.sha256 AND a.id < b.id
   WHERE b.occurred_at >= %(since)s ORDER BY b.id, a.id)
{LEAD}
SELECT uuidv7(), %(kind)s, 'visit', p.id, p.area_code,
       c.name || ' ' || {day("p.t")} || '走访' || h.head_name || '户的照片，与' || o.name || ' ' || {day("p.before")} || '走访'
         || g.head_name || '户的照片完全相同。',
       ARRAY(SELECT DISTINCT x FROM unnest(ARRAY[p.who, p.other]) AS x ORDER BY x), %(at)s
  FROM pairs p JOIN cadres_cadre c ON c.id = p.who JOIN cadres_cadre o ON o.id = p.other
  JOIN households_household h ON h.id = p.home JOIN households_household g ON g.id = p.first_home
 ORDER BY p.id
{ONCE}"""
# One and the same householder may well sign twice; two households with one signature do not.
SIGNED = f"""
WITH signed AS (
  SELECT v.id, v.household_id, v.visitor_id, v.area_code, v.occurred_at, v.signature_hash
    FROM households_visit v WHERE v.signature_hash <> '' AND {STANDING}),
pairs AS (
  SELECT DISTINCT ON (b.id) b.id, b.area_code, b.visitor_id AS who, a.visitor_id AS other, b.occurred_at AS t,
         a.occurred_at AS before, b.household_id AS home, a.household_id AS first_home
    FROM signed b JOIN signed a ON a.signature_hash = b.signature_hash AND a.id < b.id
                               AND a.household_id <> b.household_id
   WHERE b.occurred_at >= %(since)s ORDER BY b.id, a.id)
{LEAD}
SELECT uuidv7(), %(kind)s, 'visit', p.id, p.area_code,
       h.head_name || '户 ' || {day("p.t")} || '的户主签字，与' || g.head_name || '户 ' || {day("p.before")}
         || '的签字是同一个图。',
       ARRAY(SELECT DISTINCT x FROM unnest(ARRAY[p.who, p.other]) AS x ORDER BY x), %(at)s
  FROM pairs p JOIN households_household h ON h.id = p.home JOIN households_household g ON g.id = p.first_home
 ORDER BY p.id
{ONCE}"""
# A visit keeps when it was and not when it ended: so two villages within minutes, and no overlap.
SAME_TIME = f"""
WITH talks AS (
  SELECT v.id, v.visitor_id, v.household_id, v.area_code, v.occurred_at AS t
    FROM households_visit v WHERE v.mode = 'IN_PERSON' AND v.occurred_at >= %(since)s AND {STANDING}),
pairs AS (
  SELECT DISTINCT ON (b.id) b.id, b.area_code, b.visitor_id, a.t AS before, b.t, a.area_code AS there,
         a.household_id AS first_home, b.household_id AS home
    FROM talks b JOIN talks a ON a.visitor_id = b.visitor_id AND a.area_code <> b.area_code
                             AND (a.t, a.id) < (b.t, b.id) AND a.t > b.t - %(window)s
   ORDER BY b.id, a.t DESC, a.id),
-- one question a person and day, however many households
first AS (
  SELECT DISTINCT ON (visitor_id, (t AT TIME ZONE 'Asia/Shanghai')::date) * FROM pairs
   ORDER BY visitor_id, (t AT TIME ZONE 'Asia/Shanghai')::date, t, id)
{LEAD}
SELECT uuidv7(), %(kind)s, 'visit', p.id, p.area_code,
       c.name || ' ' || {day("p.t")} || to_char(p.before AT TIME ZONE 'Asia/Shanghai', ' HH24:MI') || ' 在' || x.name
         || g.head_name || '户，' || to_char(p.t AT TIME ZONE 'Asia/Shanghai', 'HH24:MI') || ' 在' || y.name || h.head_name
         || '户，都记为入户面谈。',
       ARRAY[p.visitor_id], %(at)s
  FROM first p JOIN cadres_cadre c ON c.id = p.visitor_id
  JOIN cadres_area x ON x.code = p.there JOIN cadres_area y ON y.code = p.area_code
  JOIN households_household h ON h.id = p.home JOIN households_household g ON g.id = p.first_home
 WHERE NOT EXISTS (
         SELECT FROM cadres_lead l JOIN households_visit v ON v.id = l.subject_id
          WHERE l.kind = %(kind)s AND l.subject_kind = 'visit' AND v.visitor_id = p.visitor_id
            AND (v.occurred_at AT TIME ZONE 'Asia/Shanghai')::date = (p.t AT TIME ZONE 'Asia/Shanghai')::date)
 ORDER BY p.id
{ONCE}"""
NO_PROBLEM = f"""
WITH talks AS (
  SELECT v.id, v.visitor_id, v.area_code, v.occurred_at,
         EXISTS (SELECT FROM households_visitproblem p WHERE p.visit_id = v.id) AS finds
    FROM households_visit v
   WHERE v.mode <> 'NOBODY' AND v.occurred_at >= %(first)s AND v.occurred_at < %(end)s AND {STANDING}),
own AS (
  SELECT visitor_id, area_code, count(*) AS visits, count(*) FILTER (WHERE finds) AS found,
         (array_agg(id ORDER BY occurred_at, id))[1] AS id
    FROM talks GROUP BY visitor_id, area_code),
village AS (SELECT area_code, sum(found) AS found FROM own GROUP BY area_code)
{LEAD}
SELECT uuidv7(), %(kind)s, 'visit', o.id, o.area_code,
       c.name || %(said)s || '在' || a.name || '走访 ' || o.visits || ' 次，没有发现问题；同村其他人的走访发现了 '
         || w.found || ' 次。',
       ARRAY[o.visitor_id], %(at)s
  FROM own o JOIN village w ON w.area_code = o.area_code AND w.found >= %(others)s
  JOIN cadres_cadre c ON c.id = o.visitor_id JOIN cadres_area a ON a.code = o.area_code
 WHERE o.visits >= %(visits)s AND o.found = 0
   AND NOT EXISTS (
         SELECT FROM cadres_lead l JOIN households_visit v ON v.id = l.subject_id
          WHERE l.kind = %(kind)s AND l.subject_kind = 'visit' AND v.visitor_id = o.visitor_id
            AND v.area_code = o.area_code AND v.occurred_at >= %(first)s AND v.occurred_at < %(end)s)
 ORDER BY o.id
{ONCE}"""
# By name, since a visit names whom it met: a namesake who still lives there settles it.
MET = """COALESCE((SELECT k.values->'met'->>1 FROM households_visitcorrection k
       WHERE k.visit_id = v.id AND k.values->'met' IS NOT NULL ORDER BY k.id DESC LIMIT 1), v.met)"""
ABSENT = f"""
WITH met AS (
  SELECT DISTINCT ON (v.id) v.id, v.household_id, v.visitor_id, v.area_code, v.occurred_at AS t, m.name, m.left, m.left_on
    FROM households_visit v JOIN households_member m ON m.household_id = v.household_id
   WHERE v.mode <> 'NOBODY' AND v.occurred_at >= %(since)s AND {STANDING}
     AND m.name = ANY (regexp_split_to_array({MET}, '[、，,；;和 ]+'))
     AND m.left_on < (v.occurred_at AT TIME ZONE 'Asia/Shanghai')::date
     AND (m.left LIKE ANY (%(dead)s) OR v.mode = 'IN_PERSON' AND m.left LIKE ANY (%(away)s))
     AND NOT EXISTS (SELECT FROM households_member n WHERE n.household_id = v.household_id AND n.name = m.name
                        AND (n.left_on IS NULL OR n.left_on >= (v.occurred_at AT TIME ZONE 'Asia/Shanghai')::date))
   ORDER BY v.id, m.id)
{LEAD}
SELECT uuidv7(), %(kind)s, 'visit', p.id, p.area_code,
       c.name || ' ' || {day("p.t")} || '走访' || h.head_name || '户记为见到' || p.name || '，花名册上此人 '
         || to_char(p.left_on, 'FMYYYY"年"FMMM"月"FMDD"日"') || '已减少（' || p.left || '）。',
       ARRAY[p.visitor_id], %(at)s
  FROM met p JOIN cadres_cadre c ON c.id = p.visitor_id JOIN households_household h ON h.id = p.household_id
 ORDER BY p.id
{ONCE}"""
RUSH = f"""
WITH quarter AS (
  SELECT v.visitor_id, count(*) AS visits, count(*) FILTER (WHERE v.occurred_at >= %(last_days)s) AS late,
         (array_agg(v.id ORDER BY v.occurred_at, v.id) FILTER (WHERE v.occurred_at >= %(last_days)s))[1] AS id
    FROM households_visit v
   WHERE v.occurred_at >= %(first)s AND v.occurred_at < %(end)s AND {STANDING} GROUP BY v.visitor_id)
{LEAD}
SELECT uuidv7(), %(kind)s, 'visit', q.id, w.area_code,
       c.name || %(said)s || '走访 ' || q.visits || ' 次，其中 ' || q.late || ' 次在最后 {RUSH_DAYS} 天。',
       ARRAY[q.visitor_id], %(at)s
  FROM quarter q JOIN cadres_cadre c ON c.id = q.visitor_id JOIN households_visit w ON w.id = q.id
 WHERE q.visits >= %(visits)s AND q.late * 100 > q.visits * %(percent)s
   AND NOT EXISTS (
         SELECT FROM cadres_lead l JOIN households_visit v ON v.id = l.subject_id
          WHERE l.kind = %(kind)s AND l.subject_kind = 'visit' AND v.visitor_id = q.visitor_id
            AND v.occurred_at >= %(first)s AND v.occurred_at < %(end)s)
 ORDER BY q.id
{ONCE}"""

# 红线② (domain A-57), of what the roster itself says. Whoever wrote the figures is concerned.
INCOME_JUMP = f"""
WITH changes AS (
  SELECT r.object_id, e.seq, e.actor_id, (r.changes->'income_per_head'->>0)::numeric AS before
    FROM cadres_rowchange r JOIN cadres_event e ON e.seq = r.event_id
   WHERE r.kind = 'household' AND r.changes->'income_per_head' IS NOT NULL AND e.at >= %(year_ago)s AND e.at <= %(at)s
  UNION ALL
  SELECT e.object_id, e.seq, e.actor_id, (e.before->>'income_per_head')::numeric
    FROM cadres_event e
   WHERE e.action = 'household.edit' AND e.after->'income_per_head' IS NOT NULL AND e.at >= %(year_ago)s AND e.at <= %(at)s),
jumps AS (
  SELECT object_id, (array_agg(before ORDER BY seq))[1] AS before,
         array_agg(DISTINCT actor_id) FILTER (WHERE actor_id IS NOT NULL) AS who
    FROM changes GROUP BY object_id)
{LEAD}
SELECT uuidv7(), %(kind)s, 'household', h.id, h.area_code,
       h.head_name || '户在册的人均纯收入一年内由 ' || {money("j.before")} || ' 元改为 ' || {money("h.income_per_head")}
         || ' 元，比收入线 ' || %(line)s || ' 元高 ' || {money("h.income_per_head - %(line)s")} || ' 元。',
       coalesce(j.who, ARRAY[]::bigint[]), %(at)s
  FROM jumps j JOIN households_household h ON h.id = j.object_id
 WHERE %(line)s > 0 AND h.closed = '' AND j.before * 100 <= %(line)s * (100 - %(below)s)
   AND h.income_per_head >= %(line)s AND h.income_per_head * 100 <= %(line)s * (100 + %(above)s)
 ORDER BY h.id
{ONCE}"""
SAME_INCOME = f"""
{LEAD}
SELECT uuidv7(), %(kind)s, 'area', a.id, a.code,
       a.name || '在册有人均纯收入的 ' || count(*) || ' 户，都是 ' || {money("min(h.income_per_head)")} || ' 元。',
       ARRAY[]::bigint[], %(at)s
  FROM households_household h JOIN cadres_area a ON a.code = h.area_code
 WHERE h.closed = '' AND h.income_per_head IS NOT NULL
 GROUP BY a.id, a.code, a.name
HAVING count(*) >= %(homes)s AND min(h.income_per_head) = max(h.income_per_head)
 ORDER BY a.id
{ONCE}"""
RED = (("危房", marks.HOUSE), ("未解决安全饮水", marks.WATER), ("有成员失学、辍学", marks.SCHOOL), ("有成员没有参保", marks.INSURANCE))  # fmt: skip
LIFTED_RED = f"""
WITH red AS (
  SELECT h.id, h.area_code, h.head_name, h.lifted_year,
         concat_ws('；', {", ".join(f"CASE WHEN {sql} THEN '{name}' END" for name, sql in RED)}) AS marks
    FROM households_household h WHERE h.kind = 'LIFTED' AND h.closed = '')
{LEAD}
SELECT uuidv7(), %(kind)s, 'household', r.id, r.area_code,
       r.head_name || '户在册为脱贫户' || CASE WHEN r.lifted_year <> '' THEN '（' || r.lifted_year || ' 年脱贫）' ELSE '' END
         || '，同时在册：' || r.marks || '。',
       ARRAY[]::bigint[], %(at)s
  FROM red r WHERE r.marks <> ''
 ORDER BY r.id
{ONCE}"""


@dataclass(frozen=True)
class Detector:
    kind: LeadKind
    statement: str
    values: dict[str, Any]


DETECTORS = (
    Detector(
        LeadKind("LATE", "集中补录", f"同一人 {LATE_DAYS} 天内有 {LATE_RECORDS} 条以上走访，都在走访 {LATE_HOURS} 小时以后才记录。",
                 "本村部分走访隔了多日才集中补录，请核对这些走访，查明原因（没有信号、不会用手机等）并帮助改进。"),
        LATE, {"window": timedelta(days=LATE_DAYS), "late": timedelta(hours=LATE_HOURS), "at_least": LATE_RECORDS},
    ),
    Detector(
        LeadKind("BURST", "短时间集中记录", f"同一人 {BURST_MINUTES} 分钟内在手机或网页上记录了 {BURST_RECORDS} 条以上走访。",
                 "本村部分走访在短时间内集中记录，请核对内容是否属实、完整，有缺漏的补走补记。"),
        BURST, {"window": timedelta(minutes=BURST_MINUTES), "at_least": BURST_RECORDS},
    ),
    Detector(LeadKind("PHOTO", "照片重复", "两次走访的照片文件完全相同。"), PHOTO, {}),
    Detector(
        LeadKind("TEXT", "文字雷同", f"同一人 {TEXT_DAYS} 天内在 {TEXT_HOMES} 户以上的走访里，“办了什么”一字不差（不计标点和空格，至少 {TEXT_CHARS} 个字）。"),
        TEXT, {"window": timedelta(days=TEXT_DAYS), "at_least": TEXT_HOMES, "chars": TEXT_CHARS},
    ),
    Detector(
        LeadKind("RUSH", "考核前突击", f"同一人一个季度走访 {RUSH_VISITS} 次以上，超过 {RUSH_PERCENT}% 在季度最后 {RUSH_DAYS} 天；季度结束 {SETTLED_DAYS} 天后判断。",
                 "本村走访集中在季度末，请均衡安排日常走访，把平时没有走到的户补上。"),
        RUSH, {"visits": RUSH_VISITS, "percent": RUSH_PERCENT},
    ),
    Detector(
        LeadKind("SAME_TIME", "两村同时", f"同一人两次入户面谈相隔不到 {SAME_MINUTES} 分钟，却在两个村。走访只记时间不记离开时间，同村邻户不算。"),
        SAME_TIME, {"window": timedelta(minutes=SAME_MINUTES)},
    ),
    Detector(
        LeadKind("NO_PROBLEM", "一直没有问题", f"同一人一个季度在同一村走访 {NO_PROBLEM_VISITS} 次以上，一个问题也没有，而同村其他人的走访有 {NO_PROBLEM_OTHERS} 次以上发现问题；季度结束 {SETTLED_DAYS} 天后判断。",
                 "本村走访中发现的问题可能有遗漏，请对照“两不愁三保障”和饮水逐户再排查一次。"),
        NO_PROBLEM, {"visits": NO_PROBLEM_VISITS, "others": NO_PROBLEM_OTHERS},
    ),
    Detector(
        LeadKind("ABSENT", "见到的人不在", "走访记为见到的人，花名册上在那天以前已死亡；入户面谈还包括已迁出、收监。花名册可能登记晚了或重名，要去问。"),
        ABSENT, {"dead": DEAD, "away": AWAY},
    ),
    Detector(
        LeadKind("INCOME_JUMP", "收入刚过线", f"在册的人均纯收入一年内由低于收入线 {BELOW_PERCENT}% 以上，改到收入线以上 {ABOVE_PERCENT}% 以内；收入线按“规则”里现行的数，没有定的不判断。"),
        INCOME_JUMP, {"below": BELOW_PERCENT, "above": ABOVE_PERCENT},
    ),
    Detector(
        LeadKind("SAME_INCOME", "同村收入一样", f"一个村在册有人均纯收入的户在 {SAME_INCOME_HOMES} 户以上，全部相同。",
                 "本村各户人均纯收入登记得都一样，请逐户重新核算，如实登记。"),
        SAME_INCOME, {"homes": SAME_INCOME_HOMES},
    ),
    Detector(
        LeadKind("LIFTED_RED", "脱贫户仍有短板", "在册为脱贫户，同时在册仍是危房、未解决安全饮水，或有成员失学辍学、没有参保。花名册可能没有更新，要去看。",
                 "在册情况与脱贫户不符，请到户核实：属实的逐项解决，花名册没有更新的按实际更正。"),
        LIFTED_RED, {},
    ),
    Detector(LeadKind("SIGNED", "签字相同", "两户的户主签字是同一个图。"), SIGNED, {}),
)  # fmt: skip


def detect(*, at: datetime) -> dict[str, int]:
    """How many leads each rule opened. One short transaction a rule."""
    today = clock.day(at)
    shared = {
        "at": at,
        "since": clock.start_of(today - timedelta(days=LOOK_BACK_DAYS)),
        "year_ago": clock.start_of(today - timedelta(days=365)),
        "line": in_force(today).number(INCOME_LINE.code),
        **quarter(today),
    }
    opened = {}
    for detector in DETECTORS:
        values = {**shared, **detector.values, "kind": detector.kind.code}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(detector.statement, values)
            opened[detector.kind.code] = cursor.rowcount
    return opened


def quarter(today: date) -> dict[str, Any]:
    """The last quarter that is over and has had time for what was recorded without a signal."""
    settled = today - timedelta(days=SETTLED_DAYS)
    end = settled.replace(month=settled.month - (settled.month - 1) % 3, day=1)
    last = end - timedelta(days=1)
    first = last.replace(month=last.month - 2, day=1)
    said = f" {first.year} 年第{'一二三四'[first.month // 3]}季度"
    return {"first": clock.start_of(first), "end": clock.start_of(end), "last_days": clock.start_of(end - timedelta(days=RUSH_DAYS)),
            "said": said}  # fmt: skip
