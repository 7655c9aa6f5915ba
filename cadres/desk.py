from datetime import date, timedelta

from cadres.leads import leads_visible_to, to_decide, to_discipline
from cadres.models import Cadre, RuleSet
from cadres.scope import scope_of
from yuexi.core import clock
from yuexi.core.desk import Todo

HANDED_DAYS = 30


def todos(user: Cadre, today: date) -> list[Todo]:
    return [*_leads(user, today), *_rules(user)]


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
