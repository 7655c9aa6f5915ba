"""How often one address may ask what anybody may ask. Counted in Redis, where all processes
see it; without Redis nothing is refused, since the pages behind it are harmless."""

from __future__ import annotations

import logging
from functools import lru_cache

import redis
from django.conf import settings
from django.http import HttpRequest

log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def _store() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def sender(request: HttpRequest) -> str:
    """Behind a TLS proxy the last entry is the proxy's own word; the rest is the sender's."""
    if settings.HTTPS:
        return request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def too_often(what: str, who: str, *, at_most: int, seconds: int) -> bool:
    """Counts this one. A window begins with the first and is over after `seconds`."""
    key = f"limit:{what}:{who}"
    try:
        with _store().pipeline() as pipe:
            pipe.set(key, 0, ex=seconds, nx=True)
            pipe.incr(key)
            return int(pipe.execute()[1]) > at_most
    except redis.RedisError:
        log.warning("no limits: Redis does not answer")
        return False
