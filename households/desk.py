from datetime import date

from django.db.models import Count

from cadres.models import Cadre, ImportRun
from cadres.scope import scope_of
from households.campaigns import (
    Outcome,
    campaigns_visible_to,
    coverage,
    outcomes_visible_to,
    running,
    total,
)
from households.querysets import (
    changes_to_review,
    count_visits,
    due_a_visit,
    held_to_decide,
    households_visible_to,
    met_since,
    my_households,
    talked_since,
    without_helper,
)
from yuexi.core.desk import Card, Todo


def todos(user: Cadre, today: date) -> list[Todo]:
    found = []
    scope = scope_of(user)
    if scope.has("assignment.edit"):
        orphans = without_helper(households_visible_to(user), today).count()
        if orphans:
            found.append(
                Todo(f"{orphans} 户没有帮扶责任人", "/households/?view=orphan", "指派", order=4)
            )
    if scope.has("household.edit"):
        seen = changes_to_review(user).count()
        if seen:
            found.append(
                Todo(
                    f"{seen} 条走访记到的家庭变化等您核实",
                    "/households/reviews/",
                    "去处理",
                    order=5,
                )
            )
    held = held_to_decide(user).count() if scope.has("visit.view") else 0
    if held:
        found.append(Todo(f"{held} 条走访等您核定收不收", "/visits/held/", "去核定", order=4))
    for run in ImportRun.objects.filter(by=user, status="READY").select_related("file"):
        found.append(
            Todo(
                f"《{run.file.name}》检查完了，等您确认",
                f"/imports/{run.uid}/",
                "去确认",
                order=3,
            )
        )
    mine = my_households(user, today)
    left = due_a_visit(mine, today).count()
    if left:
        found.append(Todo(f"{left} 户本月还没有走访", "/m/", "去走访", when="月底前", order=6))
    return found


def cards(user: Cadre, today: date) -> list[Card]:
    """面谈 alone makes the headline; 电话视频 stands beside it."""
    if not scope_of(user).has("household.view"):
        return []
    return [*campaign_cards(user, today), *month_cards(user, today)]


def campaign_cards(user: Cadre, today: date) -> list[Card]:
    found = []
    for campaign in running(campaigns_visible_to(user), today).order_by("end", "pk")[:2]:
        whole = total(coverage(outcomes_visible_to(user, campaign), 6))
        both, path = whole.both, f"/campaigns/{campaign.uid}/"
        rows = f"{path}households/?outcome="
        links = [
            (f"{label} {n:,} 户", f"{rows}{outcome}", False)
            for outcome, label, n in both.cells
            if n and outcome != Outcome.TALKED
        ]
        found.append(
            Card(f"{campaign}（面谈）", both.percent, f"{both.talked:,} / {both.total:,} 户",
                 percent=both.talked * 100 // both.total, links=[*links, ("看各村", path, False)])
        )  # fmt: skip
    return found


def month_cards(user: Cadre, today: date) -> list[Card]:
    since = today.replace(day=1)
    helped = households_visible_to(user).filter(closed="").exclude(kind="GENERAL")
    n = helped.aggregate(
        total=Count("pk"), met=Count("pk", filter=met_since(since)), left=Count("pk", filter=~talked_since(since))
    )  # fmt: skip
    if not n["total"]:
        return []
    met, times = n["met"], count_visits(user, since)
    links = [(f"电话视频 {n['total'] - n['left'] - met} 户", "/households/?view=remote", False),
             (f"还差 {n['left']} 户", "/households/?view=unvisited", False),
             (f"走访 {times:,} 次", f"/visits/?since={since}", False)]  # fmt: skip
    return [Card("本月走访（面谈）", f"{met * 100 / n['total']:.1f}%", f"{met:,} / {n['total']:,} 户",
                 percent=met * 100 // n["total"], links=links)]  # fmt: skip
