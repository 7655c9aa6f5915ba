"""One database made by the owner of the tables; every test works as the application's role."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg2
import pytest
import redis
from django.db import connection
from django.test import Client
from django.test.utils import setup_databases, teardown_databases

from cadres.actions.areas import load_areas
from cadres.calendar import fill_years
from cadres.management.commands.load_areas import DEFAULT
from cadres.models import Area, Cadre, Post, Unit
from cadres.pinyin import sort_key
from tests.cast import cast, files, home, item
from tests.county import COUNTY, HASHED, QINGTIAN
from tests.stack import Stack, on_server, own_database


def log_in_as(name: str) -> None:
    """Of the two roles in the environment, as Django's next connections."""
    url = urlsplit(os.environ[name])
    connection.settings_dict.update(USER=unquote(url.username or ""), PASSWORD=unquote(url.password or ""))  # fmt: skip


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Made by the owner of the tables, used as the application's role. Areas and the
    calendar never change in a test, so they are loaded once. Our own, because pytest-django
    makes no database for tests that only copy it (`real_db`)."""
    if "DATABASE_OWNER_URL" not in os.environ:
        pytest.exit(
            "DATABASE_URL points at a real server: also set DATABASE_OWNER_URL to a role that may "
            "create databases, since the application's own role must own no table."
        )
    with django_db_blocker.unblock():
        log_in_as("DATABASE_OWNER_URL")
        made = setup_databases(verbosity=0, interactive=False)
        load_areas(path=DEFAULT)
        fill_years(2016, 2028)
        connection.close()
        log_in_as("DATABASE_URL")
    yield
    with django_db_blocker.unblock():
        connection.close()
        log_in_as("DATABASE_OWNER_URL")
        teardown_databases(made, verbosity=0)


@pytest.fixture
def owner_cursor(db: None) -> Iterator[psycopg2.extensions.cursor]:
    """The owner of the tables, on a connection of his own that is rolled back."""
    owner = psycopg2.connect(on_server("DATABASE_OWNER_URL", connection.settings_dict["NAME"]))
    with owner.cursor() as cursor:
        yield cursor
    owner.close()


@pytest.fixture
def real_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """Committed rows and several connections, on a copy of the test database."""
    with django_db_blocker.unblock(), own_database() as name:
        yield name


@pytest.fixture
def stack(real_db: str, tmp_path: Path, settings: Any) -> Iterator[Stack]:
    settings.DATA_DIR = tmp_path / "files"
    made = Stack(real_db, tmp_path / "files", tmp_path / "stack.log")
    redis.Redis.from_url(made.env()["REDIS_URL"]).flushdb()
    yield made
    made.stop()


@pytest.fixture
def township(db: None) -> Area:
    return Area.objects.get(code=QINGTIAN)


@pytest.fixture
def person(request: pytest.FixtureRequest) -> Callable[..., Cadre]:
    """person('演示甲', role='TOWNSHIP_CLERK', area='340828202000') with a post since January."""
    if "real_db" not in request.fixturenames:
        request.getfixturevalue("db")

    def make(name: str, role: str | None = None, area: str = COUNTY, unit: str = "") -> Cadre:
        place = Area.objects.get(code=area)
        kind = {"COUNTY": "COUNTY", "TOWNSHIP": "TOWNSHIP", "VILLAGE": "VILLAGE"}[place.level]
        home, _ = Unit.objects.get_or_create(
            area=place, name=unit or place.name, defaults={"kind": kind}
        )
        cadre = Cadre.objects.create(
            work_no=f"T{Cadre.objects.count():04}",
            name=name,
            pinyin=sort_key(name),
            unit=home,
            password=HASHED,
            must_change_password=False,
            kind="EVALUATOR" if role == "EVALUATOR" else "CADRE",
        )
        if role:
            end = date(2099, 1, 1) if role == "EVALUATOR" else None
            Post.objects.create(
                cadre=cadre, unit=home, role=role, area=place, start=date(2026, 1, 1), end=end
            )
        return cadre

    return make


@pytest.fixture
def as_user() -> Callable[[Cadre], Client]:
    def log_in(cadre: Cadre) -> Client:
        client = Client()
        client.force_login(cadre, backend="cadres.login.CadreBackend")
        return client

    return log_in


__all__ = ["cast", "files", "home", "item"]
