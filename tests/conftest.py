"""One database made by the owner of the tables; every test works as the application's role."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date, datetime
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client

from cadres.actions.areas import load_areas
from cadres.calendar import fill_years
from cadres.management.commands.load_areas import DEFAULT
from cadres.models import Area, Cadre, Post, Unit
from cadres.pinyin import sort_key
from yuexi.core.clock import SHANGHAI

PASSWORD = "mountain-path-7"
HASHED = make_password(PASSWORD)
COUNTY, QINGTIAN, DIANQIAN = "340828000000", "340828202000", "340828101000"
AT = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    owner = urlsplit(os.environ["DATABASE_OWNER_URL"])
    connection.settings_dict["USER"] = owner.username


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """Areas and the calendar never change in a test, so they are loaded once."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        load_areas(path=DEFAULT)
        fill_years(2016, 2028)
        connection.close()
        owner = connection.settings_dict["USER"]
        connection.settings_dict["USER"] = urlsplit(os.environ["DATABASE_URL"]).username
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connection.close()
        connection.settings_dict["USER"] = owner


@pytest.fixture
def owner_cursor(db: None) -> Iterator[psycopg2.extensions.cursor]:
    """The owner of the tables, on a connection of his own that is rolled back."""
    settings = connection.settings_dict
    owner = psycopg2.connect(
        os.environ["DATABASE_OWNER_URL"].rsplit("/", 1)[0] + "/" + str(settings["NAME"])
    )
    with owner.cursor() as cursor:
        yield cursor
    owner.close()


@pytest.fixture
def township(db: None) -> Area:
    return Area.objects.get(code=QINGTIAN)


@pytest.fixture
def person(db: None) -> Callable[..., Cadre]:
    """person('演示甲', role='TOWNSHIP_CLERK', area='340828202000') with a post since January."""

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
        )
        if role:
            Post.objects.create(
                cadre=cadre, unit=home, role=role, area=place, start=date(2026, 1, 1)
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
