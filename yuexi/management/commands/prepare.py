import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from cadres.models import Area


class Command(BaseCommand):
    help = (
        "启动前的准备：升级数据库、首次载入区划（AREAS 指定文件）、补齐工作日历、按 DEMO 载入演示县"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """One process when there is nothing to do, since each costs more than a second."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            connection.close()
            # A process of its own: it alone works as the owner of the tables.
            subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], check=True)
        if not Area.objects.exists():  # a county that loaded its own keeps its own
            given = os.environ.get("AREAS")
            call_command("load_areas", *([Path(given)] if given else []))
        call_command("fill_calendar")
        if os.environ.get("DEMO") == "1":
            call_command("demo")
