"""Reads. Out of scope does not exist: a view turns an empty result into a 404."""

from django.db.models import Prefetch, Q, QuerySet

from cadres.models import Area, Cadre, Post
from cadres.scope import scope_of
from yuexi.core import clock


def cadres_visible_to(user: Cadre) -> QuerySet[Cadre]:
    scope = scope_of(user)
    return Cadre.objects.filter(
        Q(pk=user.pk) | scope.within("cadre.view", "unit__area__code")
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
    current = Post.objects.filter(
        Q(end__isnull=True) | Q(end__gt=today), start__lte=today
    ).select_related("area")
    return cadres.prefetch_related(Prefetch("posts", current, to_attr="current_posts"))


def areas_within(user: Cadre, right: str) -> QuerySet[Area]:
    return Area.objects.filter(scope_of(user).within(right, "code")).order_by("code")


def waiting_for_slip(user: Cadre) -> QuerySet[Cadre]:
    """Accounts that nobody could have logged in to yet, by unit, as slips are handed out."""
    return Cadre.objects.filter(
        scope_of(user).within("cadre.manage", "unit__area__code"),
        slip_at__isnull=True, last_login__isnull=True, must_change_password=True,
        is_active=True, kind=Cadre.Kind.CADRE,
    ).order_by("unit__area__code", "unit__name", "pinyin", "pk")  # fmt: skip
