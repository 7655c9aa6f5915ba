from __future__ import annotations

import hashlib
import secrets
from datetime import date, datetime

from django.db import transaction

from cadres.events import record
from cadres.models import ApiToken, Area, Cadre, Post, Unit
from cadres.pinyin import sort_key
from cadres.scope import require
from yuexi.core import clock
from yuexi.core.refusals import BadInput

PREFIX = "yx_"


def digest(token: str) -> bytes:
    """A token is 32 random bytes, so a plain hash is enough: there is nothing to guess."""
    return hashlib.sha256(token.encode()).digest()


def issue_token(
    *, area: Area, purpose: str, agreement: str, responsible: str, by: Cadre | None, at: datetime,
    expires_on: date | None = None,
) -> tuple[ApiToken, str]:  # fmt: skip
    """Returns the token's text once; afterwards only its hash is known."""
    if by is not None:
        require(by, "token.issue", area.code)
    if not (purpose.strip() and agreement.strip() and responsible.strip()):
        raise BadInput("token_says_what_for", "令牌要写明用途、协议编号和责任人。", field="purpose")
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        unit, _ = Unit.objects.get_or_create(
            area=area, name=f"{area.name}对接系统", defaults={"kind": Unit.Kind.TOWNSHIP}
        )
        number = f"API{area.prefix}"
        system, made = Cadre.objects.get_or_create(
            work_no=number, kind=Cadre.Kind.SYSTEM,
            defaults={"name": unit.name, "pinyin": sort_key(unit.name), "unit": unit,
                       "must_change_password": False},
        )  # fmt: skip
        if made:
            system.set_unusable_password()
            system.save(update_fields=["password"])
            Post.objects.create(
                cadre=system, unit=unit, role="SYSTEM", area=area, start=clock.day(at)
            )
        token = ApiToken.objects.create(
            system=system, digest=digest(text), area=area, purpose=purpose.strip(),
            agreement=agreement.strip(), responsible=responsible.strip(), created_at=at, expires_on=expires_on,
        )  # fmt: skip
        record("token.issue", token, by=by, at=at, area=area.code,
               after={"purpose": token.purpose, "agreement": token.agreement, "responsible": token.responsible})  # fmt: skip
    return token, text


def revoke_token(*, token: ApiToken, by: Cadre, at: datetime) -> None:
    require(by, "token.issue", token.area.code)
    with transaction.atomic():
        ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at)
        record("token.revoke", token, by=by, at=at, area=token.area.code)
