"""A first password: shown once, never made anew by a page that is sent again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from cadres.actions.people import add_cadre, print_slips
from cadres.models import Cadre, Post
from tests.county import AT, PASSWORD, QINGTIAN

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(person: Person) -> Cadre:
    return person("演示管", "SYSTEM_ADMIN")


def test_a_reset_password_is_shown_once_and_appointing_resets_nothing(
    admin: Cadre, person: Person, as_user: AsUser
) -> None:
    cadre = person("演示乙", None, QINGTIAN)
    client, page = as_user(admin), f"/cadres/{cadre.uid}/"
    went = client.post(f"{page}reset/")
    assert went.status_code == 302 and went.headers["Location"] == page
    cadre.refresh_from_db()
    kept = cadre.password
    client.head(page)
    shown = client.get(page)
    slip = shown.context["first_password"]
    assert slip and cadre.check_password(slip) and shown.headers["Cache-Control"] == "private, no-store"  # fmt: skip
    assert f'action="{page}"' in shown.content.decode()
    assert not any(slip in str(s.get_decoded()) for s in Session.objects.all())
    assert not client.get(page).context["first_password"]
    form = {"role": "HELPER", "unit": cadre.unit_id, "area": Post.objects.get(cadre=admin).area_id, "start": "2026-11-01"}  # fmt: skip
    assert client.post(page, form).status_code == 302
    cadre.refresh_from_db()
    assert cadre.password == kept and cadre.posts.count() == 1


def test_a_new_cadre_has_a_page_of_his_own(admin: Cadre, as_user: AsUser) -> None:
    client = as_user(admin)
    form = {"name": "演示新", "work_no": "Q900", "unit": admin.unit_id, "phone": ""}
    went = client.post("/cadres/new/", form)
    made = Cadre.objects.get(work_no="Q900")
    assert went.headers["Location"] == f"/cadres/{made.uid}/"
    other = Cadre.objects.exclude(pk=made.pk).first()
    assert other and made.check_password(client.get(went.headers["Location"]).context["first_password"])  # fmt: skip


def test_another_ones_page_shows_it_not(admin: Cadre, person: Person, as_user: AsUser) -> None:
    client, other = as_user(admin), person("演示丙")
    client.post(f"/cadres/{person('演示乙').uid}/reset/")
    assert not client.get(f"/cadres/{other.uid}/").context["first_password"]


def test_a_printed_sheet_replaces_no_password_in_hand(
    admin: Cadre, person: Person, as_user: AsUser
) -> None:
    assert admin.unit
    waiting, _ = add_cadre(work_no="Q901", name="演示待", unit=admin.unit, phone="", by=admin, at=AT,
                           with_password=False)  # fmt: skip
    client = as_user(admin)
    client.post(f"/cadres/{waiting.uid}/reset/")
    slip = client.get(f"/cadres/{waiting.uid}/").context["first_password"]
    assert client.post("/cadres/slips/").context["made"] == []
    assert print_slips(cadre_ids=[waiting.pk], by=admin, at=AT) == []
    waiting.refresh_from_db()
    assert waiting.check_password(slip)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("abc1", "至少要 8 位"),
        ("83726150", "不能全是数字"),
        ("password1", "太常见"),
        ("x-t0000-2026", "不能有自己的工号"),
    ],
)
def test_a_weak_password_is_refused_in_chinese(
    new: str, said: str, person: Person, as_user: AsUser
) -> None:
    cadre = person("演示丁")
    assert cadre.work_no == "T0000"
    form = {"old": PASSWORD, "new": new, "again": new}
    page = as_user(cadre).post("/password/", form)
    assert page.status_code == 422 and said in page.content.decode()
    assert "This password" not in page.content.decode()
