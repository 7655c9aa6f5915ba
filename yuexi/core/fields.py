from typing import Any

from django.db import models
from django.db.models import BigAutoField, Func, Lookup


class Xid8Field(models.Field):  # type: ignore[type-arg]
    """The writing transaction's number; psycopg2 reads it as text, nobody writes it."""

    def db_type(self, connection: object) -> str:
        return "xid8"


class CurrentXact(Func):
    function = "pg_current_xact_id"
    template = "%(function)s()"
    arity = 0


@BigAutoField.register_lookup
class Among(Lookup):
    """pk = ANY(ARRAY(SELECT …)): found once and looked up by index, also beside other conditions
    under an OR, where IN (SELECT …) would be asked of every row."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, given = self.process_lhs(compiler, connection)
        right, more = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", (*given, *more)
