from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q
from django.http import HttpRequest

from cadres.models import Cadre
from yuexi.core.crypto import lookup_hash, normal


class CadreBackend(ModelBackend):
    """Log in by work number or telephone."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Cadre | None:
        if not username or not password:
            return None
        typed = normal(username)
        cadre = Cadre.objects.filter(Q(work_no=typed) | Q(phone_hash=lookup_hash(typed))).first()
        if cadre is None:
            Cadre().set_password(password)  # the same time as for a known account
            return None
        if cadre.check_password(password) and self.user_can_authenticate(cadre):
            return cadre
        return None
