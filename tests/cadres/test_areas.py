from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.actions.areas import load_areas
from cadres.management.commands.load_areas import DEFAULT
from cadres.models import Area, Cadre

pytestmark = pytest.mark.django_db


def test_county_loads_once_and_again_without_change() -> None:
    first = list(Area.objects.order_by("pk").values())
    load_areas(path=DEFAULT)
    assert list(Area.objects.order_by("pk").values()) == first
    assert Area.objects.filter(level="TOWNSHIP").count() == 25
    assert Area.objects.filter(level="VILLAGE").count() == 188
    assert not Area.objects.filter(name__contains="委会").exists()
    assert not Area.objects.filter(prefix__startswith="340828400", level="VILLAGE").exists()


def test_page_lists_townships(
    person: Callable[..., Cadre], as_user: Callable[[Cadre], Client]
) -> None:
    page = as_user(person("演示甲")).get("/areas/")
    assert "店前镇" in page.content.decode()


@pytest.mark.parametrize(
    ("code", "prefix", "level"),
    [
        ("34082899900", "340828999", "TOWNSHIP"),
        ("340828999000", "3408289", "TOWNSHIP"),
        ("340828999000", "340828999000", "TOWNSHIP"),
        ("340828999000", "340828999", "TOWNSHIP"),  # no parent
    ],
)
def test_database_refuses_a_wrong_area(code: str, prefix: str, level: str) -> None:
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cadres_area (code, prefix, name, level) VALUES (%s, %s, '甲', %s)",
            [code, prefix, level],
        )


def test_the_page_of_areas_unfolds_the_villages(
    person: Callable[..., Cadre], as_user: Callable[[Cadre], Client]
) -> None:
    client = as_user(person("演示甲"))
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/areas/").content.decode()
    assert "340828202202" in page and "青天" in page
    assert len(queries) < 15
