from datetime import date

from cadres.leads import to_decide
from cadres.models import Cadre
from cadres.scope import scope_of
from yuexi.core.desk import Todo


def todos(user: Cadre, today: date) -> list[Todo]:
    if not scope_of(user).has("lead.decide"):
        return []
    waiting = to_decide(user).count()
    if not waiting:
        return []
    return [Todo(f"{waiting} 条线索等核实", "/leads/", "去核实", count=waiting, order=4)]
