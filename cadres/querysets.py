"""Reads. Out of scope does not exist: a view turns an empty result into a 404."""

from datetime import date

from django.db.models import Prefetch, Q, QuerySet

from cadres.models import Area, Cadre, Delegation, Post, Unit
from cadres.roles import ROLES
from cadres.scope import NOTHING, scope_of, units_with
from yuexi.core import clock


def cadres_visible_to(user: Cadre) -> QuerySet[Cadre]:
    scope = scope_of(user)
    return Cadre.objects.filter(
        Q(pk=user.pk)
        | scope.within("cadre.view", "unit__area__code")
        | Q(unit__in=Unit.objects.filter(units_with(user, "cadre.view")))
    ).select_related("unit__area")


def find_cadres(cadres: QuerySet[Cadre], words: str) -> QuerySet[Cadre]:
    words = words.strip()
    if not words:
        return cadres
    return cadres.filter(
        Q(name__contains=words) | Q(pinyin__startswith=words.lower()) | Q(work_no=words.upper())
    )


def with_current_posts(cadres: QuerySet[Cadre]) -> QuerySet[Cadre]:
    today = clock.today()
    current = Post.objects.in_force(today).select_related("area")
    return cadres.prefetch_related(Prefetch("posts", current, to_attr="current_posts"))


def areas_within(user: Cadre, right: str) -> QuerySet[Area]:
    return Area.objects.filter(scope_of(user).within(right, "code")).order_by("code")


def waiting_for_slip(user: Cadre) -> QuerySet[Cadre]:
    """Accounts that nobody could have logged in to yet, by unit, as slips are handed out."""
    return Cadre.objects.filter(
        unit__in=Unit.objects.filter(units_with(user, "cadre.manage")),
        slip_at__isnull=True, last_login__isnull=True, must_change_password=True,
        is_active=True, kind=Cadre.Kind.CADRE,
    ).order_by("unit__area__code", "unit__name", "pinyin", "pk")  # fmt: skip


def areas_with(user: Cadre, right: str) -> QuerySet[Area]:
    """Where the right reaches: all of the area, or the places of the own unit's staff."""
    staffed = Unit.objects.filter(units_with(user, right)).values("area")
    return Area.objects.filter(scope_of(user).within(right, "code") | Q(pk__in=staffed)).order_by(
        "code"
    )


def posts_to_confirm(user: Cadre) -> QuerySet[Post]:
    return (
        Post.objects.filter(
            scope_of(user).within("post.confirm", "area__code"),
            Q(end__isnull=True) | Q(end__gt=clock.today()),
            waits=True,
        )
        .select_related("cadre", "unit", "area", "appointed_by")
        .order_by("pk")
    )


def staff_of(prefixes: tuple[str, ...], today: date) -> QuerySet[Cadre]:
    """Who works in these townships: by his unit or by a post in force there."""
    units = NOTHING
    for prefix in prefixes:
        units |= Q(area__code__startswith=prefix)
    there = Unit.objects.filter(units)
    posted = Post.objects.in_force(today).filter(unit__in=there).values("cadre")
    return Cadre.objects.filter(
        Q(unit__in=there) | Q(pk__in=posted), is_active=True, kind=Cadre.Kind.CADRE
    ).select_related("unit")


def holders_of(right: str, area: Area, today: date) -> QuerySet[Cadre]:
    """Whom to ask: active cadres whose post in force gives the right over this very area."""
    roles = [r.code for r in ROLES if right in r.rights]
    posts = Post.objects.in_force(today).filter(role__in=roles, area=area)
    return Cadre.objects.filter(pk__in=posts.values("cadre"), is_active=True).order_by("pk")


def delegations_of(user: Cadre) -> QuerySet[Delegation]:
    here = scope_of(user).within("item.delegate", "area__code")
    return (
        Delegation.objects.filter(here)
        .select_related("area", "giver", "receiver__unit", "ended_by")
        .order_by("-end", "-pk")
    )


def colleagues(cadre: Cadre, today: date) -> QuerySet[Cadre]:
    """Of the same unit, by belonging or by a post in force; not himself."""
    posted = Post.objects.in_force(today).filter(unit=cadre.unit_id).values("cadre")
    here = Cadre.objects.filter(Q(unit=cadre.unit_id) | Q(pk__in=posted), unit__isnull=False)
    return here.filter(is_active=True, kind=Cadre.Kind.CADRE).exclude(pk=cadre.pk)
