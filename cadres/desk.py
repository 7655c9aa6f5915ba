from datetime import date, timedelta

from cadres.actions.calendar import missing_year
from cadres.leads import leads_visible_to, to_decide, to_discipline
from cadres.models import Cadre, Outgoing, RuleSet
from cadres.scope import scope_of
from yuexi.core import clock
from yuexi.core.desk import Todo

HANDED_DAYS = 30


def todos(user: Cadre, today: date) -> list[Todo]:
    return [*_leads(user, today), *_rules(user), *_calendar(user, today), *_outbox(user)]


def _outbox(user: Cadre) -> list[Todo]:
    dead = 0
    if scope_of(user).has("channel.manage"):
        dead = Outgoing.objects.filter(state="DEAD").count()
    why = "试了六次都没有发出，提醒仍在收件箱里"
    return [Todo(f"{dead} 条消息没发出去", "/channels/outbox/?state=DEAD", "去处理", count=dead, why=why, order=4)] if dead else []  # fmt: skip


def _calendar(user: Cadre, today: date) -> list[Todo]:
    year = missing_year(today) if scope_of(user).has("calendar.edit") else None
    if year is None:
        return []
    why = "现在按周一至周五预计，跨年的期限到时可能要改"
    return [Todo(f"{year} 年放假安排还没有录入", f"/calendar/?year={year}", "去录入", why=why, order=4)]  # fmt: skip


def _rules(user: Cadre) -> list[Todo]:
    if not scope_of(user).has("rules.confirm"):
        return []
    waiting = RuleSet.objects.filter(status="WAITS").exclude(proposed_by=user)
    return [
        Todo("提醒规则有修改，等您确认", f"/rules/{r.pk}/", "去确认", why=r.why, order=4)
        for r in waiting
    ]


def _leads(user: Cadre, today: date) -> list[Todo]:
    scope = scope_of(user)
    if not scope.has("lead.decide"):
        return []
    made = []
    if waiting := to_decide(user).count():
        made.append(Todo(f"{waiting} 条线索等核实", "/leads/", "去核实", count=waiting, order=4))
    if scope.has("lead.receive"):
        since = clock.start_of(today - timedelta(days=HANDED_DAYS))
        handed = to_discipline(leads_visible_to(user)).filter(decision__at__gte=since)
        if count := handed.exclude(decision__by=user).count():
            made.append(Todo(f"{HANDED_DAYS} 天内转来 {count} 条线索", "/leads/?view=discipline", "查看", count=count, order=4))  # fmt: skip
    return made
