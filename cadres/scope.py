"""What a person may see and do: the areas of his posts, by right, today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from cadres.models import Cadre, Delegation, Post, Unit
from cadres.roles import BY_CODE, LENT
from yuexi.core import clock
from yuexi.core.refusals import NotYours

NOTHING = Q(pk__in=[])


@dataclass(frozen=True)
class Loan:
    """A 授权 in force: where the giver's checks are this person's too."""

    prefix: str
    delegation_id: int
    giver_id: int


@dataclass(frozen=True)
class Scope:
    cadre_id: int
    unit_ids: frozenset[int] = frozenset()
    roles: frozenset[str] = frozenset()
    prefixes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    units: dict[str, frozenset[int]] = field(default_factory=dict)
    loans: tuple[Loan, ...] = ()  # only where no post of his own gives the same

    def has(self, right: str, area_code: str | None = None) -> bool:
        """The right anywhere, or for this place."""
        if area_code is None:
            return right in self.units
        return area_code.startswith(self.prefixes.get(right, ()))

    def units_with(self, right: str) -> frozenset[int]:
        """The units of the posts that give this right: right and unit from one post."""
        return self.units.get(right, frozenset())

    def loan_for(self, right: str, area_code: str) -> Loan | None:
        """On whose behalf the right holds here; None where it is his own."""
        found = (loan for loan in self.loans if area_code.startswith(loan.prefix))
        return next(found, None) if right in LENT else None

    def within(self, right: str, column: str) -> Q:
        """Rows whose 12-digit area code lies where the right holds. A prefix search on a
        column COLLATE "C" is a range on its plain index."""
        q = NOTHING
        for prefix in self.prefixes.get(right, ()):
            q |= Q(**{f"{column}__startswith": prefix})
        return q


def scope_of(cadre: Cadre, today: date | None = None) -> Scope:
    """Two queries, kept on the cadre for the request that loaded it."""
    kept: Scope | None = getattr(cadre, "_scope", None)
    if kept is None or today is not None:
        kept = _resolve(cadre, today or clock.today())
        if today is None:
            cadre._scope = kept  # type: ignore[attr-defined]
    return kept


def _resolve(cadre: Cadre, today: date) -> Scope:
    posts = list(
        Post.objects.in_force(today)
        .filter(cadre=cadre)
        .values_list("role", "unit_id", "area__prefix")
    )
    own = tuple(p for code, _, p in posts if "item.self_check" in BY_CODE[code].rights)
    return scope_from(cadre.pk, posts, _loans(cadre, today, own))


def scope_from(
    cadre_id: int,
    posts: Sequence[tuple[str, int, str]],
    loans: Sequence[tuple[Loan, int]] = (),
) -> Scope:
    """Of posts in force: role, unit and the prefix of the area; and of what others lent."""
    found: dict[str, set[str]] = {}
    units: dict[str, set[int]] = {}
    for code, unit, prefix in posts:
        role = BY_CODE[code]
        for right in role.rights:
            found.setdefault(right, set()).add(prefix)
        for right in role.rights | role.own_unit:
            units.setdefault(right, set()).add(unit)
    for loan, unit in loans:
        for right in LENT:
            found.setdefault(right, set()).add(loan.prefix)
            units.setdefault(right, set()).add(unit)
    return Scope(
        cadre_id=cadre_id,
        unit_ids=frozenset(unit for _, unit, _ in posts),
        roles=frozenset(role for role, _, _ in posts),
        prefixes={right: tuple(sorted(p)) for right, p in found.items()},
        units={right: frozenset(u) for right, u in units.items()},
        loans=tuple(loan for loan, _ in loans),
    )


def _loans(cadre: Cadre, today: date, own: tuple[str, ...]) -> list[tuple[Loan, int]]:
    """With the unit of the post that lends. What a post of his own gives is not borrowed."""
    lent = Delegation.objects.in_force(today).filter(receiver=cadre).order_by("pk")
    rows = lent.values_list("area__prefix", "pk", "giver_id", "post__unit_id")
    return [
        (Loan(prefix, pk, giver), unit)
        for prefix, pk, giver, unit in rows
        if not prefix.startswith(own)
    ]


def require(cadre: Cadre, right: str, area_code: str | None = None) -> None:
    if not scope_of(cadre).has(right, area_code):
        raise NotYours("no_right", "您的岗位没有这项权限；如需办理，请联系本单位管理员核对任职。")


def units_with(user: Cadre, right: str) -> Q:
    """Units over whose staff the right holds: those of the area, or, for a unit's own
    administrator, his unit, and with a township's also the villages below it."""
    scope = scope_of(user)
    own = [pk for pk in scope.units_with(right)] if not scope.prefixes.get(right) else []
    return (
        scope.within(right, "area__code")
        | Q(pk__in=own)
        | Q(kind=Unit.Kind.VILLAGE, area__parent__in=Unit.objects.filter(pk__in=own).values("area"))
    )


def manages(user: Cadre, unit: Unit | None) -> bool:
    if unit is None:
        return bool(scope_of(user).prefixes.get("cadre.manage"))
    return Unit.objects.filter(units_with(user, "cadre.manage"), pk=unit.pk).exists()


def require_manages(user: Cadre, unit: Unit | None) -> None:
    if not manages(user, unit):
        raise NotYours("no_right", "您的岗位没有这项权限；如需办理，请联系本单位管理员核对任职。")
