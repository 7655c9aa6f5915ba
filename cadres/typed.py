"""What somebody typed into a form whose session had ended: kept until he has logged in.

It travels sealed in the log-in page itself and is never stored for a stranger: only the person
who had opened the form gets it back, into his own session, for one look.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any, TypeVar

from cryptography.exceptions import InvalidTag
from django.http import HttpRequest, QueryDict

from cadres.models import Cadre
from yuexi.core import clock, crypto

V = TypeVar("V", bound=Callable[..., Any])
HOURS, SIZE_MAX = 24, 60_000
NOT_KEPT = ("csrfmiddlewaretoken", "owner")


def keeps_typed(view: V) -> V:
    """The view's form names its `owner` and fills itself from `take`."""
    view.keeps_typed = True  # type: ignore[attr-defined]
    return view


def keep(request: HttpRequest) -> str:
    owner = request.POST.get("owner", "")
    typed = request.POST.copy()
    for name in NOT_KEPT:
        typed.pop(name, None)
    said = typed.urlencode()
    if not owner or len(said) > SIZE_MAX:
        return ""
    told = {"owner": owner, "path": request.path, "typed": said, "at": clock.now().timestamp()}
    return urlsafe_b64encode(crypto.encrypt(json.dumps(told))).decode()


def _open(kept: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(crypto.decrypt(urlsafe_b64decode(kept)))
    except (ValueError, KeyError, InvalidTag):
        return {}
    return found if clock.now().timestamp() - found["at"] < HOURS * 3600 else {}


def give_back(request: HttpRequest, user: Cadre, kept: str) -> bool:
    """After the log-in. False where it was another person's."""
    told = _open(kept)
    if told.get("owner") != str(user.uid):
        return not told
    request.session["typed"] = kept
    return True


def take(request: HttpRequest) -> QueryDict | None:
    if request.method != "GET" or "typed" not in request.session:
        return None
    told = _open(request.session["typed"])
    if told and told["path"] != request.path:
        return None
    del request.session["typed"]
    return QueryDict(told["typed"]) if told else None
