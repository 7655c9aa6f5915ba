"""How old a piece of evidence is, and whether another item shows the same."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from PIL import Image, ImageDraw

from cadres.models import Cadre, Lead
from households.models import Household
from rectification.actions import closing
from rectification.actions.registering import Finding, register
from rectification.models import Evidence, Item
from rectification.pictures import read_photo
from tests.cast import PHOTO, Cast, to_work
from tests.county import AT

pytestmark = pytest.mark.django_db
AsUser = Callable[[Cadre], Client]


def drawn(shift: int = 0, *, taken: str = "", quality: int = 90) -> bytes:
    image = Image.new("RGB", (160, 120), "white")
    ImageDraw.Draw(image).polygon([(0, 120), (60 + shift, 20), (160, 120)], fill="navy")
    exif = image.getexif()
    if taken:
        exif.get_ifd(0x8769)[36867] = taken
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, exif=exif)
    return out.getvalue()


def test_what_a_photo_tells_and_what_it_does_not() -> None:
    told = read_photo(drawn(taken="2026:10:01 08:30:00"))
    assert told.taken_on == date(2026, 10, 1) and told.look is not None
    assert read_photo(drawn(quality=40)).look == told.look, "saved anew"
    assert read_photo(drawn(90)).look != told.look
    assert read_photo(drawn(taken="0000:00:00 00:00:00")).taken_on is None
    for bad in (PHOTO, b"", b"\x89PNG\r\n\x1a\n broken", drawn()[:60]):
        assert read_photo(bad).taken_on is None
    white = io.BytesIO()
    Image.new("RGB", (50, 50), "white").save(white, "PNG")
    assert read_photo(white.getvalue()).look is None, "a wall looks like any other"


def add(item: Item, by: Cadre, content: bytes, name: str = "a.jpg", what: str = "照片") -> Evidence:
    return closing.add_evidence(item_id=item.pk, content=content, name=name, what=what, by=by, at=AT)  # fmt: skip


def test_older_than_the_charge_is_said_to_the_checker_and_not_refused(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    to_work(item, cast)
    old = add(item, cast.clerk, drawn(taken="2026:10:01 08:30:00"), what="通水照片")
    new = add(item, cast.clerk, drawn(70, taken="2026:11:23 08:30:00"))
    assert old.older_than_issue and not new.older_than_issue
    closing.apply(item_id=item.pk, by=cast.clerk, at=AT)
    said = as_user(cast.head).get(f"/items/{item.uid}/").content.decode()
    assert said.count("拍摄于10月1日，早于11月23日的交办") == 1


def test_without_a_camera_s_day_the_first_upload_counts(
    item: Item, cast: Cast, home: Household
) -> None:
    from cadres.files import store

    store(PHOTO, name="旧.jpg", by=cast.clerk, at=AT - timedelta(days=40))
    to_work(item, cast)
    piece = add(item, cast.clerk, PHOTO)
    assert piece.older_than_issue.startswith("最早上传于10月14日")


@pytest.mark.parametrize("again", ["same", "saved"])
def test_one_photo_on_two_items_is_a_question_once(
    item: Item, cast: Cast, home: Household, again: str, as_user: AsUser
) -> None:
    other = register(finding=Finding(text="水池渗漏", category="饮水安全", area=home.area, source="INSPECTION"),
                     by=cast.clerk, at=AT)  # fmt: skip
    for one in (item, other):
        to_work(one, cast)
    add(item, cast.clerk, drawn())
    assert not Lead.objects.exists()
    add(other, cast.clerk, drawn() if again == "same" else drawn(quality=40))
    lead = Lead.objects.get()
    assert (lead.kind, lead.subject_id, lead.about) == ("EVIDENCE", other.pk, [cast.clerk.pk])
    assert ("文件完全相同" if again == "same" else "画面相同") in lead.text
    add(other, cast.clerk, drawn(70))
    add(item, cast.clerk, drawn(70, quality=40))
    assert Lead.objects.count() == 2 and Lead.objects.filter(subject_id=item.pk).count() == 1
    said = as_user(cast.inspector).get("/leads/").content.decode()
    assert "佐证照片重复" in said and f"/items/{other.uid}/" in said
    assert as_user(cast.clerk).get("/leads/").status_code == 403
