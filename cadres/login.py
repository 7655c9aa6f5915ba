from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q
from django.http import HttpRequest

from cadres.models import Cadre, Post
from cadres.roles import EVALUATOR
from yuexi.core import clock
from yuexi.core.crypto import lookup_hash, normal


def find(typed: str) -> Cadre | None:
    typed = normal(typed)
    return Cadre.objects.filter(Q(work_no=typed) | Q(phone_hash=lookup_hash(typed))).first()


def lock_name(typed: str) -> str:
    """What wrong passwords are counted by: the account and not its spelling, and never a
    telephone in clear."""
    cadre = find(typed)
    return f"account {cadre.pk}" if cadre else lookup_hash(typed).hex()[:32]


def username_of(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """AXES_USERNAME_CALLABLE"""
    post = request.POST if request is not None else {}
    return lock_name(str((credentials or {}).get("username") or post.get("username", "")))


class CadreBackend(ModelBackend):
    """Log in by work number or telephone."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Asked at log-in and again with every request of a session: an evaluator's account is
        shut with the day on which his post ends."""
        if not super().user_can_authenticate(user):
            return False
        if user.kind != Cadre.Kind.EVALUATOR:
            return True
        return Post.objects.in_force(clock.today()).filter(cadre=user, role=EVALUATOR).exists()

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Cadre | None:
        if not username or not password:
            return None
        cadre = find(username)
        if cadre is None:
            Cadre().set_password(password)  # the same time as for a known account
            return None
        if cadre.kind == Cadre.Kind.SYSTEM:
            return None  # a township system has tokens and no pages
        if cadre.check_password(password) and self.user_can_authenticate(cadre):
            return cadre
        return None
