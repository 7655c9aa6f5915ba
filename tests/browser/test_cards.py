"""明白卡 as they come out of the printer: a telephone reads each code, and it leads to its card."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import cast

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from cadres.models import Cadre
from households.models import Card, Household
from tests.county import QINGTIAN
from tests.households.builders import VILLAGE, helps, household
from tests.stack import Stack


def read_codes(page: Page) -> list[str]:
    """What stands in the QR codes of a picture of the printed page, at the screen's 96 dpi."""
    page.emulate_media(media="print")
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    return sorted(found.text for found in zxingcpp.read_barcodes(picture))


def test_each_printed_code_is_read_and_leads_to_its_card(
    stack: Stack, enter: Callable[..., Page], person: Callable[..., Cadre]
) -> None:
    clerk = person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    for name in ("演示陈", "演示李", "演示王"):
        helps(helper, household(name))
    stack.start("web")
    page = enter(clerk)
    page.goto(f"{stack.address}/households/cards/?village={VILLAGE}")
    page.get_by_role("button", name="生成卡片").click()
    expect(page.locator(".plaque")).to_have_count(3)
    codes = read_codes(page)
    cards = Card.objects.order_by("code")
    assert codes == sorted(f"{stack.address}/c/{card.code}/" for card in cards)
    home = cast(Household, Card.objects.get(code=codes[0].rsplit("/", 2)[1]).household)
    for told in (home.head_name, str(home.uid), home.national_no or "—"):
        assert told not in codes[0]
    anybody = page.context.browser
    assert anybody
    stranger = anybody.new_page()
    stranger.goto(codes[0])
    expect(stranger.get_by_text("演示帮扶").first).to_be_visible()
    stranger.close()
