"""For which of the three bodies somebody speaks: by his posts, never by a unit's name."""

from __future__ import annotations

from datetime import date

from cadres.models import Cadre, Post
from inspections.models import Body

BODY_OF_ROLE = {
    "DISCIPLINE": Body.DISCIPLINE, "ORGANISATION": Body.ORGANISATION,
    "OFFICE_RECTIFY": Body.COMMAND, "OFFICE_DATA": Body.COMMAND,
}  # fmt: skip
ROLES_OF_BODY = {
    body.value: [role for role, of in BODY_OF_ROLE.items() if of == body] for body in Body
}


def seats_of(cadre: Cadre, today: date) -> dict[str, int]:
    """Body → the unit of the post that speaks for it. An inspector is of the body in whose unit he
    works."""
    own = list(Post.objects.in_force(today).filter(cadre=cadre).values_list("role", "unit_id"))
    found = {BODY_OF_ROLE[r].value: unit for r, unit in own if r in BODY_OF_ROLE}
    inspects_for = [unit for r, unit in own if r == "INSPECTOR"]
    if inspects_for:
        beside = Post.objects.in_force(today).filter(unit__in=inspects_for, role__in=BODY_OF_ROLE)
        for role, unit in beside.values_list("role", "unit_id"):
            found.setdefault(BODY_OF_ROLE[role].value, unit)
    return found
