"""What a person may see and do: the areas of his posts, by right, today."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from cadres.models import Cadre, Post
from cadres.roles import BY_CODE
from yuexi.core import clock
from yuexi.core.refusals import NotYours

NOTHING = Q(pk__in=[])


@dataclass(frozen=True)
class Scope:
    cadre_id: int
    unit_ids: frozenset[int] = frozenset()
    roles: frozenset[str] = frozenset()
    prefixes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def has(self, right: str, area_code: str | None = None) -> bool:
        """The right anywhere, or for this place."""
        prefixes = self.prefixes.get(right, ())
        return bool(prefixes) if area_code is None else area_code.startswith(prefixes)

    def within(self, right: str, column: str) -> Q:
        """Rows whose 12-digit area code lies where the right holds. A prefix search on a
        column COLLATE "C" is a range on its plain index."""
        q = NOTHING
        for prefix in self.prefixes.get(right, ()):
            q |= Q(**{f"{column}__startswith": prefix})
        return q


def scope_of(cadre: Cadre, today: date | None = None) -> Scope:
    """One query, kept on the cadre for the request that loaded it."""
    kept: Scope | None = getattr(cadre, "_scope", None)
    if kept is None or today is not None:
        kept = _resolve(cadre, today or clock.today())
        if today is None:
            cadre._scope = kept  # type: ignore[attr-defined]
    return kept


def _resolve(cadre: Cadre, today: date) -> Scope:
    posts = list(
        Post.objects.filter(
            Q(end__isnull=True) | Q(end__gt=today), cadre=cadre, start__lte=today
        ).values_list("role", "unit_id", "area__prefix")
    )
    found: dict[str, set[str]] = {}
    for role, _, prefix in posts:
        for right in BY_CODE[role].rights:
            found.setdefault(right, set()).add(prefix)
    return Scope(
        cadre_id=cadre.pk,
        unit_ids=frozenset(unit for _, unit, _ in posts),
        roles=frozenset(role for role, _, _ in posts),
        prefixes={right: tuple(sorted(p)) for right, p in found.items()},
    )


def require(cadre: Cadre, right: str, area_code: str | None = None) -> None:
    if not scope_of(cadre).has(right, area_code):
        raise NotYours("no_right", "您的岗位没有这项权限；如需办理，请联系本单位管理员核对任职。")
