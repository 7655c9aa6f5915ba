from __future__ import annotations

from datetime import date

from cadres.models import Cadre
from cadres.scope import scope_of
from rectification.models import PaperTemplate
from rectification.papers.kinds import KINDS
from rectification.papers.reading import in_state, papers_visible_to
from yuexi.core.desk import Todo


def todos(user: Cadre, today: date) -> list[Todo]:
    """送审稿 to sign, and a template that waits for its second person."""
    scope = scope_of(user)
    found = []
    signs = [kind.code for kind in KINDS.values() if kind.signs and scope.has(kind.signs)]
    if signs:
        drafts = in_state(papers_visible_to(user), "DRAFT").filter(kind__in=signs).count()
        if drafts:
            found.append(Todo(f"{drafts} 份文书送审稿等签发", "/papers/?state=DRAFT", count=drafts, order=4))  # fmt: skip
    if scope.has("paper.template"):
        waiting = PaperTemplate.objects.filter(decision__isnull=True).exclude(by=user).count()
        if waiting:
            found.append(Todo(f"{waiting} 个文书模板等您核对", "/papers/templates/", "去核对", count=waiting, order=4))  # fmt: skip
    return found
