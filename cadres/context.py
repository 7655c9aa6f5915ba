from typing import Any

from django.conf import settings
from django.http import HttpRequest

from cadres.imports.importer import importers
from cadres.models import Notice
from cadres.scope import scope_of


def product(request: HttpRequest) -> dict[str, Any]:
    """What every page shows: names, the demonstration banner, and only the doors that open."""
    shared = {"product_name": settings.PRODUCT_NAME, "demo": settings.DEMO}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return shared
    unread = Notice.objects.filter(recipient=user, read_at=None).count()
    return {**shared, "user": user, "scope": scope_of(user), "unread": unread,
            "importers": importers.for_(user)}  # fmt: skip
