"""The clock's rules of an item as data, and the one statement that finds whom they reach.

A rule names the days by 工作日 left (or passed), so each becomes ranges of dates that the
column's index answers. It holds from its first day on, so that what happens on a Saturday or
after the last sweep is told with the next one; how often is its `since`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from cadres.calendar import near
from cadres.reminders import Select, Sweep, sweep_one
from cadres.rules import Rules, Setting
from rectification.sql import TOWNSHIP_STEPS
from rectification.sql.look_back import had_a_hand
from rectification.sql.time import roles_with

FAR_PAST = date(1970, 1, 1)


# The states that a rule is about, as SQL over item i.
RUNNING = "i.status IN ('ISSUED', 'SIGNED', 'RECTIFYING')"
CHECKING = "i.status IN ('SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE')"
SENT_BACK = """i.status = 'RECTIFYING' AND i.round > 1 AND EXISTS (SELECT 1 FROM rectification_check k
   WHERE k.item_id = i.id AND k.round = i.round - 1 AND NOT k.passed)"""
LATELY = "SELECT h.item_id FROM rectification_handover h WHERE h.at >= %(today)s::date - 14"
HANDED = f"i.status NOT IN ('CLOSED', 'CONSOLIDATED', 'DISMISSED', 'MERGED') AND i.id IN ({LATELY})"
TAKEN_ON = """(SELECT max(h.at AT TIME ZONE 'Asia/Shanghai')::date FROM rectification_handover h
   WHERE h.item_id = i.id AND h.taker_id = i.person_id)"""
STAGE = "i.status = 'MILESTONE'"
EXTENDING = """EXISTS (SELECT 1 FROM rectification_extension e LEFT JOIN rectification_extensiondecision d ON d.extension_id = e.id
   WHERE e.item_id = i.id AND d.id IS NULL) AND i.status NOT IN ('CLOSED', 'CONSOLIDATED', 'DISMISSED', 'MERGED')"""
ASKED_ON = "(SELECT (max(e.at) AT TIME ZONE 'Asia/Shanghai')::date FROM rectification_extension e WHERE e.item_id = i.id)"
REPLANNING = """EXISTS (SELECT 1 FROM rectification_planchange e LEFT JOIN rectification_plandecision d ON d.change_id = e.id
   WHERE e.item_id = i.id AND e.cycle = i.rebounds AND d.id IS NULL) AND i.status NOT IN ('CLOSED', 'CONSOLIDATED', 'DISMISSED', 'MERGED')"""
REPLANNED_ON = "(SELECT (max(e.at) AT TIME ZONE 'Asia/Shanghai')::date FROM rectification_planchange e WHERE e.item_id = i.id)"
TODAY, THIS_WEEK = "%(today)s::date", "%(today)s::date - 6"


@dataclass(frozen=True)
class Rule:
    """Says `text` to `to` while the date in `column` lies `first` down to `last` 工作日 ahead
    (negative: behind); without `last`, from `first` on. It is said again only when its last
    notice is older than `since`: once for its occasion, or each day, or each week."""

    code: str
    state: str
    column: str
    first: int
    last: int | None
    to: str
    level: str
    text: str
    since: str = ""  # SQL; '' for the day on which the date came `first` 工作日 near
    per_step: bool = False  # one occasion for each check of the chain
    # Of an escalation that the rules in force may send to somebody else.
    whose: bool = False


# Who holds a 授权 is reminded of the township's checks beside the head who gave it.
DELEGATES = f""" UNION SELECT d.receiver_id FROM delegations_in_force(%(today)s) d
   JOIN cadres_area a ON a.id = d.area_id AND a.prefix = left(i.area_code, 9)
 WHERE (i.route, i.status) IN ({TOWNSHIP_STEPS}) AND i.person_id NOT IN (d.receiver_id, d.giver_id)"""
# The recipient of a notice, as SQL over item i.
PERSON = "SELECT i.person_id AS id"
POSTS = """SELECT p.cadre_id AS id FROM cadres_post p JOIN cadres_area a ON a.id = p.area_id
 JOIN cadres_cadre c ON c.id = p.cadre_id AND c.is_active
 WHERE p.start <= %(today)s AND (p.end IS NULL OR p.end > %(today)s) AND NOT p.waits AND {condition}"""
# Who may look back: with the right there, and without a hand in it.
LOOKERS = roles_with("item.lookback")
FREE = f"starts_with(i.area_code, a.prefix) AND NOT {had_a_hand('i.id', 'p.cadre_id')}"
OFFICE_FREE = POSTS.format(condition=f"p.role = 'OFFICE_RECTIFY' AND {FREE}")
NONE_FREE = f"i.status = 'CLOSED' AND NOT EXISTS ({OFFICE_FREE})"
RECIPIENTS = {
    "person": PERSON,
    "unit": POSTS.format(
        condition="p.unit_id = i.unit_id AND p.role IN ('DEPARTMENT', 'TOWNSHIP_HEAD') AND p.cadre_id <> i.person_id"
    ),
    "township": POSTS.format(
        condition="a.prefix = left(i.area_code, 9) AND p.role IN ('TOWNSHIP_HEAD', 'TOWNSHIP_CLERK')"
    ),
    "leader": POSTS.format(
        condition="p.role = 'STATIONED_LEADER' AND starts_with(i.area_code, a.prefix)"
    ),
    "office": POSTS.format(
        condition="p.role = 'OFFICE_RECTIFY' AND starts_with(i.area_code, a.prefix)"
    ),
    "checker": POSTS.format(
        condition="""p.cadre_id <> i.person_id
  AND NOT EXISTS (SELECT 1 FROM rectification_check k WHERE k.item_id = i.id AND k.round = i.round AND k.by_id = p.cadre_id)
  AND NOT EXISTS (SELECT 1 FROM rectification_handover h WHERE h.item_id = i.id AND h.giver_id = p.cadre_id) AND (
      (i.status = 'SELF_CHECK' AND i.route <> 'DEPARTMENT' AND p.role = 'TOWNSHIP_HEAD' AND a.prefix = left(i.area_code, 9))
   OR (i.status = 'SELF_CHECK' AND i.route = 'DEPARTMENT' AND p.role = 'DEPARTMENT' AND p.unit_id = i.unit_id)
   OR (i.status = 'VERIFY' AND i.route <> 'DEPARTMENT' AND p.role = 'DEPARTMENT' AND p.unit_id = i.lead_unit_id)
   OR (i.status = 'VERIFY' AND i.route = 'DEPARTMENT' AND p.role = 'TOWNSHIP_HEAD' AND a.prefix = left(i.area_code, 9))
   OR (i.status = 'APPROVE' AND i.route IN ('VILLAGE', 'ON_SPOT') AND p.role = 'TOWNSHIP_HEAD' AND a.prefix = left(i.area_code, 9))
   OR (i.status IN ('ACCEPT', 'APPROVE') AND i.route IN ('COUNTY', 'DEPARTMENT') AND p.role = 'OFFICE_RECTIFY' AND starts_with(i.area_code, a.prefix)))"""
    )
    + DELEGATES,
    "watcher": POSTS.format(condition=f"p.role = ANY({LOOKERS}) AND {FREE}"),
    "stage": POSTS.format(
        condition="""p.cadre_id <> i.person_id
  AND NOT EXISTS (SELECT 1 FROM rectification_handover h WHERE h.item_id = i.id AND h.giver_id = p.cadre_id) AND (
      (i.route IN ('COUNTY', 'TOWNSHIP') AND p.role = 'DEPARTMENT' AND p.unit_id = i.lead_unit_id)
   OR (i.route IN ('VILLAGE', 'DEPARTMENT') AND p.role = 'TOWNSHIP_HEAD' AND a.prefix = left(i.area_code, 9)))"""
    )
    + DELEGATES,
    "above": POSTS.format(
        condition="""p.cadre_id <> i.person_id AND (
      (i.route = 'VILLAGE' AND p.role = 'TOWNSHIP_HEAD' AND a.prefix = left(i.area_code, 9))
   OR (i.route <> 'VILLAGE' AND p.role = 'OFFICE_RECTIFY' AND starts_with(i.area_code, a.prefix)))"""
    ),
    "reviewer": POSTS.format(
        condition="p.role = 'OFFICE_RECTIFY' AND starts_with(i.area_code, a.prefix) AND p.cadre_id <> i.person_id"
    ),
    "discipline": POSTS.format(
        condition="p.role = 'DISCIPLINE' AND starts_with(i.area_code, a.prefix) AND p.cadre_id <> i.person_id"
    ),
}
RULES = (
    Rule("N-REVIEW", "i.status = 'REGISTERED'", "since", 0, None, "office", "C_PLAIN", "等您审核", "i.since"),
    Rule("N-ISSUE", "i.status = 'CONFIRMED'", "since", 0, None, "office", "C_PLAIN", "等您交办", "i.since"),
    Rule("N-DECLINED", "i.status = 'DECLINED'", "since", 0, None, "office", "B_AMBER", "退签，请在 {reassign} 个工作日内改派", "i.since"),
    Rule("N-DECLINED+", "i.status = 'DECLINED'", "since", -2, None, "office", "A_RED", "退签后改派已逾期", TODAY),
    Rule("N-SIGN", "i.status = 'ISSUED'", "since", 0, None, "person", "B_AMBER", "新交办，请在 {sign} 个工作日内签收", "i.since"),
    Rule("N-SIGN+", "i.status = 'ISSUED'", "since", -2, None, "person", "A_RED", "签收已逾期", TODAY),
    Rule("N-BACK", SENT_BACK, "since", 0, None, "person", "B_AMBER", "检查退回，请按意见继续整改", "i.since"),
    Rule("N-HANDED", HANDED, "since", 0, None, "person", "C_PLAIN", "移交给您接着办", TAKEN_ON),
    Rule("D-7", RUNNING, "deadline", 7, 4, "person", "C_PLAIN", "还剩 {n} 个工作日"),
    Rule("D-3", RUNNING, "deadline", 3, 2, "person", "B_AMBER", "还剩 {n} 个工作日"),
    Rule("D-1", RUNNING, "deadline", 1, 0, "person", "B_AMBER", "还剩 {n} 个工作日"),
    Rule("D+1", RUNNING, "deadline", -1, None, "person", "A_RED", "已逾期", TODAY),
    Rule("D+2", RUNNING, "deadline", -2, None, "unit", "A_RED", "{whose}整改逾期 {n} 个工作日以上", "i.deadline", whose=True),
    Rule("D+3", RUNNING, "deadline", -3, None, "township", "A_RED", "{whose}整改逾期 {n} 个工作日以上", "i.deadline", whose=True),
    Rule("D+5", RUNNING, "deadline", -5, None, "office", "A_RED", "{whose}整改逾期 {n} 个工作日以上", "i.deadline", whose=True),
    Rule("C-3", CHECKING, "check_due", 3, 2, "checker", "C_PLAIN", "等您检查，办理时限还剩 {n} 个工作日", "i.since", True),
    Rule("C-1", CHECKING, "check_due", 1, 0, "checker", "B_AMBER", "等您检查，还剩 {n} 个工作日", "i.since", True),
    Rule("C+1", CHECKING, "check_due", -1, None, "checker", "A_RED", "等您检查，已逾期", TODAY),
    Rule("C+3", CHECKING, "check_due", -3, None, "office", "A_RED", "{whose}检查逾期 {n} 个工作日以上", "i.since", True, whose=True),
    Rule("L", "i.status = 'CLOSED'", "lookback_due", 0, -6, "watcher", "B_AMBER", "到了回头看的日子", "i.lookback_due"),
    Rule("L+7", "i.status = 'CLOSED'", "lookback_due", -7, None, "watcher", "A_RED", "回头看已逾期", THIS_WEEK),
    Rule("L-OFFICE", NONE_FREE, "lookback_due", 0, None, "office", "B_AMBER", "该回头看了，本办都经手过，请督查组或没有经手的人去看", THIS_WEEK),
    Rule("M-3", STAGE, "check_due", 3, 2, "stage", "C_PLAIN", "阶段等您核查，办理时限还剩 {n} 个工作日", "i.since"),
    Rule("M-1", STAGE, "check_due", 1, 0, "stage", "B_AMBER", "阶段等您核查，还剩 {n} 个工作日", "i.since"),
    Rule("M+1", STAGE, "check_due", -1, None, "stage", "A_RED", "阶段等您核查，已逾期", TODAY),
    Rule("N-EXTEND", EXTENDING, "since", 0, None, "above", "B_AMBER", "申请延期，请在 2 个工作日内审批", ASKED_ON),
    Rule("N-REPLAN", REPLANNING, "since", 0, None, "above", "B_AMBER", "申请变更阶段计划，请在 2 个工作日内审批", REPLANNED_ON),
    Rule("Q", "i.review_due IS NOT NULL", "review_due", 10, None, "reviewer", "C_PLAIN", "本季度还没有复核", "i.review_due - 14"),
    Rule("Q+", "i.review_due IS NOT NULL", "review_due", -1, None, "reviewer", "A_RED", "季度复核已逾期", THIS_WEEK),
    Rule("N-RED", "i.status = 'REDLINE'", "since", 0, None, "discipline", "A_RED", "红线问题，请处理", "i.since"),
)  # fmt: skip


# What a reader calls each; a rule without a name here is called by what it says.
NAMES = {
    "N-REVIEW": "登记后，请指挥部审核", "N-ISSUE": "审核成立后，请指挥部交办", "N-DECLINED": "退签后，请指挥部改派",
    "N-DECLINED+": "改派逾期，每天", "N-SIGN": "交办后，请责任人签收", "N-SIGN+": "签收逾期，每天", "N-BACK": "检查退回",
    "N-HANDED": "移交接手", "D-7": "期限前第一次", "D-3": "期限前第二次", "D-1": "期限前最后一次", "D+1": "逾期，每天告诉责任人",
    "D+2": "逾期升级第一级", "D+3": "逾期升级第二级", "D+5": "逾期升级第三级", "C-3": "等检查，第一次", "C-1": "等检查，最后一次",
    "C+1": "检查逾期，每天告诉检查人", "C+3": "检查逾期升级", "L": "到了回头看的日子", "L+7": "回头看逾期，每周",
    "L-OFFICE": "指挥部都经手过、自己不能回头看的，每周",
}  # fmt: skip
GROUPS = {"N": "登记、交办和签收", "D": "整改期限", "C": "检查办理时限", "L": "回头看"}
WHOSE = {"unit": "本单位", "township": "辖区", "leader": "辖区", "office": ""}
# How many 工作日 a step may take; overdue is told on the day after.
SIGN = Setting("sign", "登记、交办和签收", "签收、退签的时限", 1, 1, 10, occasion=False)
REASSIGN = Setting("reassign", "登记、交办和签收", "退签后改派的时限", 1, 1, 10, occasion=False)


def setting_of(rule: Rule) -> Setting:
    """A day that follows from a limit, or is the day of the occasion, is no number of its own."""
    follows = rule.code in ("N-SIGN+", "N-DECLINED+") or rule.first == 0
    return Setting(
        rule.code, GROUPS.get(rule.code[0], "其他"), NAMES.get(rule.code, rule.text),
        None if follows else abs(rule.first), high=60 if rule.column == "lookback_due" else 30,
        unit="天" if rule.column == "lookback_due" else "个工作日", to=rule.to if rule.whose else "",
        chain="" if follows else rule.code[:2], falls=rule.first > 0,
    )  # fmt: skip


def settings_of(rules: tuple[Rule, ...]) -> list[Setting]:
    return [SIGN, REASSIGN, *(setting_of(rule) for rule in rules)]


def spoken(given: Rules) -> list[Rule]:
    """The rules as the version in force says them."""
    limits = {"sign": given.number("sign"), "reassign": given.number("reassign")}
    behind = {"N-SIGN+": -limits["sign"] - 1, "N-DECLINED+": -limits["reassign"] - 1}
    said = []
    for rule in RULES:
        if not given.on(rule.code):
            continue
        first = behind.get(rule.code, rule.first)
        if rule.code not in behind and rule.first:
            first = given.number(rule.code) * (1 if rule.first > 0 else -1)
        to = given.to(rule.code) if rule.whose else rule.to
        words = {**limits, "whose": WHOSE.get(to, ""), "n": "{n}" if first > 0 else -first}
        said.append(replace(rule, first=first, to=to, text=rule.text.format(**words)))
    return [replace(rule, last=last_of(rule, said)) for rule in said]


def last_of(rule: Rule, said: list[Rule]) -> int | None:
    """Until the next of the same column takes over."""
    if rule.last is None:
        return None
    following = [
        r.first for r in said
        if (r.column, r.state) == (rule.column, rule.state) and r.first < rule.first
        and (r.last is not None or rule.first <= 0)
    ]  # fmt: skip
    return max(following) + 1 if following else min(rule.last, 0)


@dataclass(frozen=True)
class Window:
    """A half-open range of dates, what is said of it, and since when once is once."""

    start: date
    end: date
    text: str
    since: str


def windows(rule: Rule, today: date, nth: Callable[[int], date]) -> list[Window]:
    if rule.column == "lookback_due":  # calendar days
        end = today + timedelta(days=rule.first + 1)
        start = FAR_PAST if rule.last is None else today + timedelta(days=rule.last)
        return [Window(start, end, rule.text, rule.since)]
    if rule.last is None:
        end = nth(rule.first + 1)
        return [Window(FAR_PAST, end, rule.text, rule.since)]
    found = []
    for n in range(rule.first, rule.last - 1, -1):
        start = nth(n) if n else today
        came = nth(n - rule.first)
        text = rule.text.format(n=n) if n else rule.text.split("还剩")[0] + "今天到期"
        since = rule.since or f"'{came}'::date"
        found.append(Window(start, nth(n + 1), text, since))
    return found


def statement(today: date, given: Rules) -> Select:
    """One SELECT a rule: what is said and since when go by the window that the date lies in."""
    parts = []
    values: dict[str, Any] = {"today": today}
    rules = spoken(given)
    if not rules:
        return None
    nth = near(today, 1 + max(abs(rule.first) for rule in rules))
    for n, rule in enumerate(rules):
        ranges = windows(rule, today, nth)  # the farthest first
        said, since = f"%(text{n}_{len(ranges) - 1})s", ranges[-1].since
        for k, window in reversed(list(enumerate(ranges))):
            values[f"text{n}_{k}"], values[f"lo{n}_{k}"] = window.text, window.start
            if k < len(ranges) - 1:
                here = f"WHEN i.{rule.column} >= %(lo{n}_{k})s"
                said = f"CASE {here} THEN %(text{n}_{k})s ELSE {said} END"
                since = f"CASE {here} THEN {window.since} ELSE {since} END"
        code = f"%(code{n})s" + (" || '.' || i.status" if rule.per_step else "")
        values |= {f"lo{n}": ranges[-1].start, f"hi{n}": ranges[0].end,
                   f"code{n}": rule.code, f"level{n}": rule.level}  # fmt: skip
        parts.append(f"""
SELECT r.id, i.id, '/items/' || i.uid || '/', {code}, %(level{n})s,
       left(i.number || ' ' || rtrim(left(i.text, 40), '。；，') || '：' || {said}, 200), {since}
  FROM rectification_item i CROSS JOIN LATERAL ({RECIPIENTS[rule.to]}) r
 WHERE {rule.state} AND i.{rule.column} >= %(lo{n})s AND i.{rule.column} < %(hi{n})s""")
    return ONCE.format(select=" UNION ALL ".join(parts)), values


# What the rule said of this occasion on an earlier day is not said again. Of today's, `tell`
# knows by itself.
ONCE = """
SELECT c.recipient, c.subject, c.path, c.rule, c.level, c.text
  FROM ({select}) AS c (recipient, subject, path, rule, level, text, since)
 WHERE c.since >= %(today)s OR NOT EXISTS (
   SELECT 1 FROM cadres_notice t WHERE t.subject_kind = 'item' AND t.subject_id = c.subject AND t.rule = c.rule
      AND t.recipient_id = c.recipient AND t.day >= c.since AND t.day < %(today)s)"""


SWEEP = Sweep("item", statement)


def sweep(*, today: date, at: datetime) -> int:
    """Returns how many notices are new."""
    return sweep_one(SWEEP, today=today, at=at)
