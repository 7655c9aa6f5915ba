from django.db import models
from django.db.models import Func


class Xid8Field(models.Field):  # type: ignore[type-arg]
    """The writing transaction's number; psycopg2 reads it as text, nobody writes it."""

    def db_type(self, connection: object) -> str:
        return "xid8"


class CurrentXact(Func):
    function = "pg_current_xact_id"
    template = "%(function)s()"
    arity = 0
