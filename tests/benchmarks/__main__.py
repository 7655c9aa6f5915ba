"""A fresh database, then each benchmark; a line per figure: name value goal met|missed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg2


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    goal: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def line(self) -> str:
        sign = "<=" if self.at_most else ">="
        return f"{self.name} {self.value:.2f} {sign}{self.goal:g} {'met' if self.met else 'missed'}"


def fresh_database() -> None:
    owner = os.environ["DATABASE_OWNER_URL"]
    connection = psycopg2.connect(owner)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS bench WITH (FORCE)")
        cursor.execute("CREATE DATABASE bench")
    connection.close()
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        os.environ[name] = urlsplit(os.environ[name])._replace(path="/bench").geturl()
    for command in (["migrate", "--verbosity=0"], ["load_areas"], ["fill_calendar"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], check=True, stdout=subprocess.DEVNULL
        )


def main() -> int:
    chosen = [n for n in sys.argv[1:] if n] or [
        "sweep",
        "import",
        "sync",
        "summary",
        "ledger",
        "selfcheck",
    ]
    fresh_database()
    os.environ["DJANGO_SETTINGS_MODULE"] = "yuexi.settings"
    import django

    django.setup()
    from tests.benchmarks import importing, ledger, selfcheck, summary, sweep, sync

    known = {"sweep": sweep.run, "import": importing.run, "sync": sync.run, "summary": summary.run,
             "ledger": ledger.run, "selfcheck": selfcheck.run}  # fmt: skip
    if unknown := set(chosen) - set(known):
        sys.exit(f"unknown: {', '.join(unknown)}; one of: {', '.join(known)}")
    figures = [figure for name in chosen for figure in known[name]()]
    for figure in figures:
        print(figure.line())
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
