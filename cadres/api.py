from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.db.models import Q
from django.http import HttpResponse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import (
    BaseAuthentication,
    CSRFCheck,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
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


class PhoneAuthentication(SessionAuthentication):
    """The phone's own pages, by the session that they were opened with."""

    def authenticate(self, request: Request) -> tuple[Cadre, None] | None:
        found = super().authenticate(request)
        if found is None:
            kept = request._request.session.get(SESSION_KEY)
            closed = kept and Cadre.objects.filter(pk=kept, is_active=False).exists()
            raise AuthenticationFailed(code="account_closed" if closed else "session_ended")
        if found[0].must_change_password:
            raise AuthenticationFailed(code="session_ended")
        return found

    def enforce_csrf(self, request: Request) -> None:
        """Asked of Django's own request: the body is ours to read and stays unparsed."""
        plain = request._request
        check = CSRFCheck(lambda r: HttpResponse())
        check.process_request(plain)
        if check.process_view(plain, lambda r: HttpResponse(), (), {}):
            raise PermissionDenied(code="csrf")

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class PhoneScheme(OpenApiAuthenticationExtension):
    target_class = PhoneAuthentication
    name = "手机"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "令牌"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
