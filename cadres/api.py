from __future__ import annotations

from typing import Any

from django.db.models import Q
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from cadres.actions.tokens import digest
from cadres.models import ApiToken, Cadre
from yuexi.core import clock


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`; the token acts as its township's system, in its area."""

    def authenticate(self, request: Request) -> tuple[Cadre, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise AuthenticationFailed
        token = (
            ApiToken.objects.filter(Q(expires_on=None) | Q(expires_on__gte=clock.today()),
                                    digest=digest(words[1].decode("latin-1")), revoked_at=None)
            .select_related("system")
            .first()
        )  # fmt: skip
        if token is None or not token.system.is_active:
            raise AuthenticationFailed
        return token.system, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "令牌"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
