from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from cadres.actions.tokens import digest
from cadres.models import Cadre
from cadres.scope import scope_from
from yuexi.core import clock
from yuexi.core.prepared import Prepared

# Who it is and what he may do at once: a batch of visits feels every statement and every plan.
_FIELDS = [f.attname for f in Cadre._meta.concrete_fields]
BY_TOKEN = Prepared("by_token", f"""
SELECT {", ".join(f"c.{f.column}" for f in Cadre._meta.concrete_fields)}, t.id,
       (SELECT json_agg(json_build_array(p.role, p.unit_id, a.prefix))
          FROM cadres_post p JOIN cadres_area a ON a.id = p.area_id
         WHERE p.cadre_id = c.id AND NOT p.waits AND p.start <= %(today)s AND (p.end IS NULL OR p.end > %(today)s))
  FROM cadres_apitoken t JOIN cadres_cadre c ON c.id = t.system_id
 WHERE t.digest = %(digest)s AND t.revoked_at IS NULL AND (t.expires_on IS NULL OR t.expires_on >= %(today)s) AND c.is_active
""", {"today": "date", "digest": "bytea"})  # fmt: skip


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`; the token acts as its township's system, in its area."""

    def authenticate(self, request: Request | HttpRequest) -> tuple[Cadre, int] | None:
        words = get_authorization_header(request).split()  # type: ignore[arg-type]
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise AuthenticationFailed
        rows = BY_TOKEN.rows({"today": clock.today(), "digest": digest(words[1].decode("latin-1"))})
        if not rows:
            raise AuthenticationFailed
        *values, token, posts = rows[0]
        found: Any = Cadre.from_db("default", _FIELDS, values)
        found._scope = scope_from(found.pk, posts or [])
        return found, token

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
        # Django's own request: DRF's would first look for a parser, to find the token in a form.
        try:
            super().enforce_csrf(request._request)  # type: ignore[arg-type]
        except PermissionDenied:
            raise PermissionDenied(code="csrf") from None

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
