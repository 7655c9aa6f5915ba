"""提醒规则: one proposes, a second of another role puts in force (domain G.2)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

from django.db import IntegrityError, transaction

from cadres.events import record
from cadres.models import Cadre, RuleSet
from cadres.rules import LADDER, Rules, differences, in_force, settings
from cadres.scope import require
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal

LONGEST = timedelta(days=366)


def propose_rules(*, rules: Rules, start: date, why: str, by: Cadre, at: datetime) -> RuleSet:
    require(by, "rules.propose")
    today = clock.day(at)
    sound(rules)
    if not today < start <= today + LONGEST:
        raise BadInput(
            "rules_start", "生效日期最早是明天，最晚一年内：当天已经发出的提醒不会改变。", field="start"
        )  # fmt: skip
    if len(why.strip()) < 4:
        raise BadInput("why", "请写明为什么修改（至少 4 个字）。", field="why")
    if not differences(in_force(start), rules):
        raise BadInput("rules_same", "和届时执行的规则没有不同，不用提交；请先修改要变的项目。")
    taken = RuleSet.objects.filter(status=RuleSet.Status.ACCEPTED, start=start)
    if taken.exists():
        raise BadInput(
            "rules_day_taken", "已有一版规则从这一天起生效，请换一个日期。", field="start"
        )
    try:
        with transaction.atomic():
            made = RuleSet.objects.create(
                values=rules.values(), start=start, why=why.strip(), proposed_by=by, proposed_at=at
            )
            changed = {d.name: d.after for d in differences(in_force(today), rules)}
            record("rules.propose", made, by=by, at=at, area=_county(by),
                   after={"start": str(start), "why": made.why, "changed": changed})  # fmt: skip
    except IntegrityError as error:
        if "rules_one_waits" not in str(error):
            raise
        raise Refusal(
            "rules_waiting", "已有一版规则等确认，请先由确认人处理，或由提出人撤回后再提。"
        ) from None
    return made


def sound(rules: Rules) -> None:
    """Every number within its bounds, and each chain in order."""
    for setting in settings.all.values():
        if setting.number is None:
            continue
        number = rules.number(setting.code)
        if not setting.low <= number <= setting.high:
            raise BadInput(
                "rules_bounds",
                f"“{setting.name}”应在 {setting.low} 到 {setting.high} {setting.unit}之间，现在是 {number}。",
                field=f"n:{setting.code}",
            )
        if setting.ladder and rules.to(setting.code) not in LADDER:
            raise BadInput("rules_ladder", f"请选择“{setting.name}”告诉谁。", field=f"to:{setting.code}")  # fmt: skip
    for chain in settings.chains():
        said = [s for s in chain if rules.on(s.code)]
        for one, two in pairwise(said):
            first, second = rules.number(one.code), rules.number(two.code)
            if first <= second if one.falls else first >= second:
                order = "大于" if one.falls else "小于"
                raise BadInput(
                    "rules_order",
                    f"“{one.name}”的天数（{first}）应{order}“{two.name}”（{second}），否则两条提醒撞在一起。",
                    field=f"n:{two.code}",
                )
    if not rules.number("quiet_to") <= rules.number("digest_hour") < rules.number("quiet_from"):
        raise BadInput(
            "rules_digest", "每日摘要要在静默时段以外，请改钟点。", field="n:digest_hour"
        )


def decide_rules(*, rules_id: int, accept: bool, said: str, by: Cadre, at: datetime) -> RuleSet:
    with transaction.atomic():
        found = RuleSet.objects.select_for_update().get(pk=rules_id)
        require(by, "rules.confirm")
        _waits(found)
        if found.proposed_by_id == by.pk:
            raise NotYours("own_rules", "自己提出的规则须由另一个岗位的人确认。")
        if not accept and len(said.strip()) < 4:
            raise BadInput("said", "退回请写明原因（至少 4 个字）。", field="said")
        if accept and found.start <= clock.day(at):
            raise Refusal(
                "rules_late", "生效日期已到或已过，不能从过去起改规则；请退回，由提出人改日期再提。"
            )
        if accept and RuleSet.objects.filter(status="ACCEPTED", start=found.start).exists():
            raise Refusal(
                "rules_day_taken", "已有一版规则从这一天起生效，请退回，由提出人改日期再提。"
            )
        found.status = RuleSet.Status.ACCEPTED if accept else RuleSet.Status.REFUSED
        _decided(found, said, by, at)
        record("rules.confirm" if accept else "rules.refuse", found, by=by, at=at, area=_county(by),
               after={"start": str(found.start), "said": found.said})  # fmt: skip
    return found


def withdraw_rules(*, rules_id: int, by: Cadre, at: datetime) -> None:
    with transaction.atomic():
        found = RuleSet.objects.select_for_update().get(pk=rules_id)
        require(by, "rules.propose")
        _waits(found)
        found.status = RuleSet.Status.WITHDRAWN
        _decided(found, "", by, at)
        record("rules.withdraw", found, by=by, at=at, area=_county(by), after={"start": str(found.start)})  # fmt: skip


def _waits(found: RuleSet) -> None:
    if found.status != RuleSet.Status.WAITS:
        raise Refusal("rules_decided", "这一版规则已经处理过，请刷新页面查看。")


def _decided(found: RuleSet, said: str, by: Cadre, at: datetime) -> None:
    found.decided_by, found.decided_at, found.said = by, at, said.strip()
    found.save(update_fields=["status", "decided_by", "decided_at", "said"])


def _county(by: Cadre) -> str:
    return by.unit.area.code if by.unit else ""
