"""What comes out of the printer: lists and an item's way, without buttons and boxes."""

from __future__ import annotations

from collections.abc import Callable

from django.core.management import call_command
from playwright.sync_api import Page, expect

from cadres.models import Cadre, Post
from households.models import Household
from households.querysets import without_helper
from rectification.models import Item
from tests.browser.test_pages import holder
from tests.county import HASHED
from tests.stack import Stack
from yuexi.core import clock

Enter = Callable[..., Page]
A4 = {"width": 718, "height": 1045}  # 190 × 276 mm between the margins, in CSS pixels


def test_tables_are_printed_and_controls_are_not(stack: Stack, enter: Enter) -> None:
    call_command("demo", scale="small")
    stack.start("web")
    page = enter(holder("OFFICE_RECTIFY"))
    item = Item.objects.filter(status="ACCEPT")[0]
    page.emulate_media(media="print")
    page.set_viewport_size(A4)  # type: ignore[arg-type]
    for path in ("/items/?view=mine", "/households/?view=orphan", f"/items/{item.uid}/"):
        page.goto(f"{stack.address}{path}")
        for control in page.locator("button, a.btn, input, select, summary").all():
            expect(control).to_be_hidden()
        if path.endswith("mine") or path.endswith("orphan"):
            expect(page.locator("td a").first).to_be_visible()
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wider) <= 0, path
    chain = "(c => c.scrollWidth - c.clientWidth)(document.querySelector('.chain'))"
    assert page.evaluate(chain) <= 0
    orphan = without_helper(Household.objects.all(), clock.today())[0]
    post = Post.objects.get(role="TOWNSHIP_CLERK", area__prefix=orphan.area_id[:9])
    Cadre.objects.filter(pk=post.cadre_id).update(password=HASHED)
    clerk = enter(post.cadre)
    clerk.emulate_media(media="print")
    clerk.goto(f"{stack.address}/households/?view=orphan")
    expect(clerk.locator("td a").first).to_be_visible()
