"""明白卡 on paper, in a householder's hand, and what becomes of a 没来过."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Browser, Page, expect

from cadres.models import Cadre, Lead
from households.actions.visits import VisitEntry, log_visit
from households.models import Card
from tests.browser.conftest import PHONE
from tests.county import COUNTY, QINGTIAN
from tests.households.builders import VILLAGE, helps, household
from tests.stack import Stack
from yuexi.core import clock

Enter = Callable[..., Page]


def test_from_the_printed_sheet_to_the_inspectors_desk(
    stack: Stack, browser: Browser, person: Callable[..., Cadre], enter: Enter
) -> None:
    clerk = person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    inspector = person("演示督查", "INSPECTOR", COUNTY, "县纪委监委")
    homes = [household(f"演示{n}") for n in range(9)]
    for home in homes:
        helps(helper, home)
    yesterday = clock.now() - timedelta(days=1)
    entry = VisitEntry(mode="IN_PERSON", met="演示户主", occurred_at=yesterday)
    log_visit(household=homes[0], entry=entry, by=helper, at=yesterday)
    stack.start("web")

    desk = enter(clerk)
    desk.goto(f"{stack.address}/households/cards/?village={VILLAGE}")
    desk.get_by_role("button", name="生成卡片").click()
    expect(desk.get_by_role("img", name="二维码")).to_have_count(9)
    paper = desk.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 2  # eight on a sheet

    hand = browser.new_context(**PHONE)
    card = hand.new_page()
    code = Card.objects.get(household=homes[0]).code
    card.goto(f"{stack.address}/c/{code}/")
    expect(card.locator("main")).to_contain_text("演示帮扶记了来您家走访")
    card.get_by_text("没来过", exact=True).click()
    card.get_by_text("还想说一句").click()
    card.get_by_label("想说的话").fill("那天家里没人")
    card.get_by_role("button", name="交上去").click()
    expect(card.get_by_role("status")).to_contain_text("谢谢您")
    hand.close()

    room = enter(inspector)
    room.get_by_role("link", name="去核实").click()
    room.get_by_role("link", name="农户说没来过").click()
    expect(room.locator(".quote")).to_contain_text("那天家里没人")
    room.get_by_label("看了什么、问了谁").fill("到户问了，记错了日子")
    room.get_by_role("button", name="记下").click()
    room.locator("summary", has_text="作出结论").click()
    room.get_by_text("说明即可", exact=True).click()
    room.get_by_label("依据").fill("户主记错了日子，邻居看见来过")
    room.get_by_role("button", name="作出结论").click()
    expect(room.locator("main")).to_contain_text("结论：说明即可")
    assert Lead.objects.get().decision.by == inspector
