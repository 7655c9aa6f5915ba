import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from cadres.models import Area, Event


class Command(BaseCommand):
    help = (
        "启动前的准备：升级数据库、首次载入区划（AREAS 指定文件）、补齐工作日历、按 DEMO 载入演示县"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """One process when there is nothing to do, since each costs more than a second."""
        if not may_read() or not migrated():
            connection.close()
            # A process of its own: it alone works as the owner of the tables.
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
            if subprocess.run(migrate).returncode or not may_read():
                raise CommandError(
                    "数据库没有升级成：请把 DATABASE_OWNER_URL 设为能建表的角色。\n"
                    "The database was not migrated: DATABASE_OWNER_URL must name a role that may create tables."
                )
        if owns_tables():
            self.stderr.write(
                "注意：DATABASE_URL 的角色拥有数据表，日志不可改只靠触发器。"
                "请另设一个不拥有表的角色给 DATABASE_URL，把拥有者写进 DATABASE_OWNER_URL。\n"
                "Warning: the role in DATABASE_URL owns the tables, so triggers alone hold the log. "
                "Give DATABASE_URL a role that owns none, and name the owner in DATABASE_OWNER_URL."
            )
        if not Area.objects.exists():  # a county that loaded its own keeps its own
            given = os.environ.get("AREAS")
            call_command("load_areas", *([Path(given)] if given else []))
        call_command("fill_calendar")
        if os.environ.get("DEMO") == "1":
            call_command("demo")


def migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def may_read() -> bool:
    """False for a role that no migration has granted to yet; tables that are not there do not
    count."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(to_regclass('django_migrations'), 'SELECT')")
        return bool(cursor.fetchone() != (False,))


def owns_tables() -> bool:
    """Itself, as a member of the owning role, or as one that may do everything."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = to_regclass(%s)",
            [Event._meta.db_table],
        )
        return bool(cursor.fetchone() == (True,))
