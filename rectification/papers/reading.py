"""Which papers a person sees, which items a paper may stand on, who may draft and who may sign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from cadres.models import Cadre
from cadres.scope import scope_of
from rectification.models import Item, Paper, PaperItem, PaperTemplate
from rectification.papers.kinds import APPLIED, ENDED, KINDS, Kind
from rectification.querysets import items_visible_to, overdue, readable
from rectification.workflow import WITH_DISCIPLINE


def own_units(user: Cadre) -> set[int]:
    return {*scope_of(user).unit_ids, *([user.unit_id] if user.unit_id else [])}


def papers_visible_to(user: Cadre) -> QuerySet[Paper]:
    """Whose every item is in his sight, since a paper on several tells of them all, and one of
    which at least he may read: those that went to 纪委监委 are veiled (papers/veiling.py). Drafts
    and what was withdrawn are for the drafter's unit and for who signs them."""
    scope = scope_of(user)
    links = PaperItem.objects.filter(paper=OuterRef("pk"))
    sight = items_visible_to(user).order_by()
    beyond = links.exclude(item__in=sight.values("pk"))
    told = links.filter(item__in=readable(sight, user).values("pk"))
    signs = [kind.code for kind in KINDS.values() if kind.signs and scope.has(kind.signs)]
    open_ = Q(decision__outcome="ISSUED") | Q(by=user) | Q(by__unit__in=own_units(user))
    return Paper.objects.filter(
        ~Exists(beyond), Exists(told), open_ | Q(kind__in=signs)
    ).select_related("decision", "by__unit", "dispatch")


def untold(user: Cadre) -> QuerySet[PaperItem]:
    """The links to what this reader may not know."""
    mine = scope_of(user).within("discipline.handle", "item__area__code")
    return PaperItem.objects.filter(item__status__in=WITH_DISCIPLINE).exclude(mine)


def titled(papers: QuerySet[Paper], words: str, user: Cadre) -> QuerySet[Paper]:
    """Those whose title may be searched: of a veiled one it may say the words of the item."""
    return papers.filter(title__contains=words).exclude(pk__in=untold(user).values("paper"))


def of_unit(papers: QuerySet[Paper], unit: int, user: Cadre) -> QuerySet[Paper]:
    links = PaperItem.objects.filter(item__unit=unit)
    return papers.filter(pk__in=links.exclude(pk__in=untold(user).values("pk")).values("paper"))


def in_state(papers: QuerySet[Paper], state: str) -> QuerySet[Paper]:
    if state == "DRAFT":
        return papers.filter(decision__isnull=True)
    return papers.filter(decision__outcome=state)


def may_draft(kind: Kind, item: Item, user: Cadre) -> bool:
    scope = scope_of(user)
    if kind.drafts:
        return scope.has(kind.drafts, item.area_id)
    mends = item.person_id == user.pk or item.unit_id in own_units(user)
    return mends or scope.has("item.assign", item.area_id)


def may_sign(kind: Kind, items: Sequence[Item], user: Cadre) -> bool:
    scope = scope_of(user)
    return all(
        scope.has(kind.signs, item.area_id) if kind.signs else may_draft(kind, item, user)
        for item in items
    )


def _may_draft_q(kind: Kind, user: Cadre) -> Q:
    scope = scope_of(user)
    if kind.drafts:
        return scope.within(kind.drafts, "area__code")
    return Q(person=user) | Q(unit__in=own_units(user)) | scope.within("item.assign", "area__code")


def fitting(kind: Kind, items: QuerySet[Item], today: date) -> QuerySet[Item]:
    """The items that such a paper may stand on now."""
    if kind.code == "DISPATCH":
        live = PaperItem.objects.filter(
            item=OuterRef("pk"), paper__dispatch=OuterRef("dispatch")
        ).exclude(paper__decision__outcome="WITHDRAWN")
        return items.filter(~Exists(live), dispatch__isnull=False)
    if kind.code == "URGE":
        return overdue(items, today)
    if kind.code == "BULLETIN":
        return items.filter(issued_on__isnull=False)
    if kind.code == "REPORT":
        return items.exclude(measure="")
    return items.filter(status__in=APPLIED if kind.code == "CLOSING" else ENDED)


def candidates(kind: Kind, user: Cadre, today: date) -> QuerySet[Item]:
    mine = readable(items_visible_to(user), user).filter(_may_draft_q(kind, user))
    return fitting(kind, mine, today)


def kinds_for(item: Item, user: Cadre, today: date) -> list[Kind]:
    """What may be drafted of this item now, by this reader."""
    one = Item.objects.filter(pk=item.pk)
    return [
        kind for kind in KINDS.values()
        if may_draft(kind, item, user) and fitting(kind, one, today).exists()
    ]  # fmt: skip


def template_in_force(kind: str) -> PaperTemplate | None:
    """The newest that a second person took; without one, or when that one says so, the standard."""
    return (
        PaperTemplate.objects.filter(kind=kind, decision__taken=True)
        .select_related("file", "by", "decision__by")
        .order_by("-version")
        .first()
    )


def papers_of(user: Cadre, item: Item) -> QuerySet[Paper]:
    return papers_visible_to(user).filter(links__item=item).order_by("-at", "-pk")
