from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from cadres.models import Cadre
from tests.county import PASSWORD
from tests.stack import Stack

# A busy machine is slow and not wrong.
expect.set_options(timeout=20_000)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The one permitted skip: no browser, and not in CI, where a missing one is a failure."""
    if CHROMIUM is None and os.environ.get("CI") != "true":
        said = pytest.mark.skip(reason="没有浏览器：请安装 chromium 和 fonts-noto-cjk")
        for item in items:
            if "browser" in item.path.parts:
                item.add_marker(said)


@pytest.fixture
def browser(stack: Stack) -> Iterator[Browser]:
    """After the stack, since Playwright's loop gives this thread other connections."""
    assert CHROMIUM, "CI needs a browser: apt-get install chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # our own calls stay plain ones
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        connections.close_all()  # what an earlier test's loop left, its database is gone
        yield made
        connections.close_all()
        made.close()


DESK = {"viewport": {"width": 1366, "height": 768}, "locale": "zh-CN"}
PHONE = {
    "viewport": {"width": 360, "height": 740},
    "locale": "zh-CN",
    "is_mobile": True,
    "has_touch": True,
}


@pytest.fixture
def enter(browser: Browser, stack: Stack) -> Iterator[Callable[..., Page]]:
    """enter(cadre) logs in through the page, on the desk or with phone=True."""
    contexts: list[BrowserContext] = []

    def log_in(cadre: Cadre, *, phone: bool = False) -> Page:
        context = browser.new_context(**(PHONE if phone else DESK))
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{stack.address}/login/")
        page.get_by_label("工号").or_(page.get_by_label("Username")).first.fill(cadre.work_no)
        page.locator("[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{stack.address}/")
        return page

    yield log_in
    for context in contexts:
        context.close()
