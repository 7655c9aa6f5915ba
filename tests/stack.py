"""The real thing for a test: a database of its own, gunicorn, a Celery worker and beat.

Databases are copied from the test template (0.2 s), since append-only tables cannot be
flushed between tests.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from django.db import connection
from django.utils import timezone

from yuexi.embedded import dies_with_parent, free_port
from yuexi.start import COURIERS, THREADS, web

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 30


def on_server(variable: str, database: str) -> str:
    """The server that the variable names, and a database of it."""
    return urlsplit(os.environ[variable])._replace(path=f"/{database}").geturl()


def owner_run(sql: str, database: str = "") -> None:
    own = os.environ["DATABASE_OWNER_URL"]
    owner = psycopg2.connect(on_server("DATABASE_OWNER_URL", database) if database else own)
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute(sql)
    owner.close()


@contextmanager
def own_database() -> Iterator[str]:
    """A copy of the test template; Django's connections of every thread go there."""
    settings = connection.settings_dict
    template, name = settings["NAME"], f"real_{uuid.uuid4().hex[:12]}"
    connection.close()
    owner_run(f"CREATE DATABASE {name} TEMPLATE {template}")
    settings["NAME"] = name
    try:
        yield name
    finally:
        connection.close()
        settings["NAME"] = template
        owner_run(f"DROP DATABASE {name} WITH (FORCE)")


def wait_until(ask: Callable[[], object], what: str, patience: float = PATIENCE_S) -> None:
    """Ask until it is so; a test never sleeps in the hope that it will be."""
    end = time.monotonic() + patience
    while not ask():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {patience} s")
        time.sleep(0.05)


@dataclass
class Stack:
    database: str
    files: Path
    log: Path
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    offset: int = 0
    threads: int = THREADS
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def env(self) -> dict[str, str]:
        return {**os.environ, "DATABASE_URL": on_server("DATABASE_URL", self.database), "REDIS_URL": on_server("REDIS_URL", "7"),
                "YUEXI_FILES": str(self.files), "CLOCK_OFFSET_S": str(self.offset), "SWEEP_S": "1",
                "RESUME_S": "1", "COURIER_S": "1", "DJANGO_SETTINGS_MODULE": "yuexi.settings", **self.extra}  # fmt: skip

    def start(self, *names: str) -> None:
        celery = [sys.executable, "-m", "celery", "--app", "yuexi"]
        commands = {
            "web": web(f"127.0.0.1:{self.port}", self.threads),
            "worker": [*celery, "worker", "--concurrency", "1", "--loglevel", "warning"],
            "courier": [*celery, "worker", "--loglevel", "warning", *COURIERS],
            "beat": [*celery, "beat", "--schedule", str(self.log.parent / "beat"), "--loglevel", "warning"],
        }  # fmt: skip
        for name in names:
            self.children[name] = subprocess.Popen(
                commands[name], cwd=ROOT, env=self.env(),
                stdout=self.log.open("ab"), stderr=subprocess.STDOUT, start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGKILL),
            )  # fmt: skip
        if "web" in names:
            wait_until(self.answers, "the first page")

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.address}/login/", timeout=5).close()
            return True
        except OSError:  # refused, reset or slow
            return False

    def kill(self, name: str) -> None:
        """kill -9 of the process and of what it forked."""
        child = self.children.pop(name)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def stop(self) -> None:
        for name in list(self.children):
            self.kill(name)

    def at(self, moment: datetime) -> None:
        """Everything anew, with the clock set to this moment."""
        self.stop()
        self.offset = int((moment - timezone.now()).total_seconds())
        self.start("web", "worker", "beat")
