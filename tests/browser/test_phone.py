"""The phone in a valley: real Chromium, real service worker, the network switched off."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from cadres.models import Cadre
from households.models import HeldVisit, Household, Visit
from rectification.models import Item
from tests.county import PASSWORD, QINGTIAN
from tests.households.builders import helps, household
from tests.stack import PATIENCE_S, Stack
from yuexi.core import clock

Enter = Callable[..., Page]
# A real picture: one red pixel as PNG.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


@pytest.fixture
def helper(stack: Stack, person: Callable[..., Cadre]) -> Cadre:
    person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    made = person("演示帮扶", "HELPER", QINGTIAN)
    for name in ("演示陈", "演示李", "演示王"):
        helps(made, household(name))
    stack.start("web")
    return made


KEYS = """store => new Promise(done => { const q = indexedDB.open('yuexi-day'); q.onsuccess = () => {
    const k = q.result.transaction(store).objectStore(store).getAllKeys();
    k.onsuccess = () => { q.result.close(); done(k.result); } } })"""


def keys(page: Page, store: str) -> list[str]:
    found: list[str] = page.evaluate(KEYS, store)
    return found


def until(page: Page, ask: Callable[[], object], what: str) -> None:
    """Ask while the browser goes on; a plain wait would also stop what is routed through us."""
    for _ in range(PATIENCE_S * 10):
        if ask():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{what} did not arrive")


def on_the_phone(page: Page, stack: Stack) -> Page:
    """Open the app once with signal, until the worker and the day are there."""
    page.goto(f"{stack.address}/m/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    until(page, lambda: len(keys(page, "homes")) == 3, "the day")
    return page


def open_form(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("button", name="保存到手机")).to_be_visible()


def save(page: Page) -> None:
    page.get_by_role("button", name="保存到手机").click()
    expect(page.locator(".say")).to_contain_text("已保存到手机")


def test_three_visits_without_signal_arrive_once(
    stack: Stack, enter: Enter, helper: Cadre, tmp_path: Path
) -> None:
    page = enter(helper, phone=True)
    context = page.context
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": 30.85, "longitude": 116.36, "accuracy": 35})
    on_the_phone(page, stack)
    context.set_offline(True)
    page.reload()
    expect(page.get_by_text("没有信号，照常记录")).to_be_visible()
    photo = tmp_path / "photo.png"
    photo.write_bytes(PIXEL)
    for name in ("演示陈", "演示李", "演示王"):
        open_form(page, name)
        page.get_by_text("时间、照片、位置").click()
        page.locator("[name=photo]").set_input_files(photo)
        expect(page.locator(".shelf img")).to_have_count(1)
        page.get_by_role("button", name="附上位置").click()
        expect(page.get_by_text("已附上，误差约 35 米")).to_be_visible()
        page.locator("[name=done]").fill(f"看望{name}")
        save(page)
    page.close()

    again = context.new_page()
    again.goto(f"{stack.address}/m/#/out")
    expect(again.get_by_text("待发送 3 条")).to_be_visible()
    assert not Visit.objects.exists()
    context.set_offline(False)
    expect(again.get_by_text("待发送 0 条")).to_be_visible()
    expect(again.get_by_text("收据 V")).to_have_count(3)
    until(again, lambda: Visit.objects.filter(photos__isnull=False).count() == 3, "the photos")
    visits = list(Visit.objects.order_by("pk"))
    assert sorted(v.done for v in visits) == ["看望演示李", "看望演示王", "看望演示陈"]
    assert all(v.latitude == 30.85 and v.met == v.household.head_name for v in visits)
    assert all(v.via == "PHONE" and v.visitor == helper for v in visits)


def test_a_usual_visit_takes_few_taps(stack: Stack, enter: Enter, helper: Cadre) -> None:
    page = on_the_phone(enter(helper, phone=True), stack)
    page.evaluate(
        "window.taps = 0; document.addEventListener('click', (e) => { if (e.isTrusted) window.taps++; }, true)"
    )
    page.get_by_role("link", name="演示陈").tap()
    page.locator("[name=done]").tap()
    page.locator("[name=done]").fill("送药上门，叮嘱按时吃")
    page.get_by_role("button", name="保存到手机").tap()
    expect(page.locator(".say")).to_contain_text("已保存到手机")
    assert page.evaluate("window.taps") <= 6
    until(page, lambda: Visit.objects.count() == 1, "the visit")


def test_nobody_at_home_is_two_taps_and_says_why(stack: Stack, enter: Enter, helper: Cadre) -> None:
    page = on_the_phone(enter(helper, phone=True), stack)
    open_form(page, "演示陈")
    expect(page.get_by_text("没见到人的原因")).to_be_hidden()
    page.get_by_text("外出无人", exact=True).tap()
    page.get_by_role("button", name="保存到手机").tap()
    expect(page.get_by_text("请点一下为什么没见到人")).to_be_visible()
    page.get_by_text("电话停机或空号").tap()
    save(page)
    until(page, lambda: Visit.objects.count() == 1, "the visit")
    assert Visit.objects.get().how == "外出无人（电话停机或空号）"


def test_a_householder_who_signs_is_told_apart_from_a_photo(
    stack: Stack, enter: Enter, helper: Cadre
) -> None:
    page = on_the_phone(enter(helper, phone=True), stack)
    open_form(page, "演示陈")
    page.get_by_text("时间、照片、位置").click()
    page.get_by_text("户主签字（自愿）").click()
    box = page.locator("canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 60, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="用这个签字").click()
    expect(page.get_by_alt_text("户主签字")).to_be_visible()
    save(page)
    until(page, lambda: Visit.objects.filter(photos__isnull=False).count() == 1, "the signature")
    visit = Visit.objects.get()
    assert visit.photo_hashes == [visit.signature_hash]


def test_a_problem_from_the_valley_becomes_an_item(
    stack: Stack, enter: Enter, helper: Cadre
) -> None:
    stack.start("worker")
    page = on_the_phone(enter(helper, phone=True), stack)
    page.context.set_offline(True)
    open_form(page, "演示陈")
    page.get_by_role("group", name="发现问题").get_by_text("饮水", exact=True).click()
    beside = page.get_by_text("选了“没变化”又记了问题")
    expect(beside).to_be_visible()
    page.get_by_role("group", name="家里有变化吗").get_by_text("饮水", exact=True).click()
    expect(beside).to_be_hidden()
    page.get_by_role("button", name="保存到手机").click()
    expect(page.get_by_text("请把问题说清楚")).to_be_visible()
    page.get_by_label("问题说清楚").first.fill("水管冻裂，三天没水")
    save(page)
    page.context.set_offline(False)
    until(page, lambda: Item.objects.filter(text="水管冻裂，三天没水").exists(), "the item")


def test_a_session_that_ends_in_the_valley_ends_nothing(
    stack: Stack, enter: Enter, helper: Cadre
) -> None:
    page = on_the_phone(enter(helper, phone=True), stack)
    page.context.clear_cookies()
    open_form(page, "演示李")
    save(page)
    expect(page.get_by_text("登录已过期，记录都在手机上。")).to_be_visible()
    page.get_by_role("link", name="重新登录").click()
    page.locator("[name=username]").fill(helper.work_no)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    until(page, lambda: Visit.objects.count() == 1, "the visit")


def test_an_answer_that_is_lost_is_asked_for_again(
    stack: Stack, enter: Enter, helper: Cadre
) -> None:
    page = on_the_phone(enter(helper, phone=True), stack)

    def lost(route: Route) -> None:
        route.fetch()  # the server wrote it; the answer never arrives
        route.abort()

    page.context.route("**/visits/sync", lost, times=1)
    open_form(page, "演示王")
    save(page)
    until(page, lambda: Visit.objects.count() == 1, "the write")
    page.goto(f"{stack.address}/m/#/out")
    page.get_by_role("button", name="立即发送").click()
    expect(page.get_by_text("收据 V")).to_be_visible()
    assert Visit.objects.count() == 1


def test_what_the_server_refuses_is_told_and_mended(
    stack: Stack, enter: Enter, helper: Cadre
) -> None:
    page = on_the_phone(enter(helper, phone=True), stack)
    page.context.set_offline(True)
    open_form(page, "演示陈")
    save(page)
    # the rules of the door are passed by, as an old page would
    page.evaluate("""new Promise(done => { const q = indexedDB.open('yuexi-out'); q.onsuccess = () => {
        const s = q.result.transaction('outbox', 'readwrite').objectStore('outbox'); const g = s.getAll();
        g.onsuccess = () => { const r = g.result[0]; r.record.met = ''; s.put(r); q.result.close(); done(); } } })""")
    page.context.set_offline(False)
    expect(page.get_by_text("1 条需要您处理")).to_be_visible()
    page.get_by_role("link", name="查看").click()
    expect(page.get_by_text("请写见到了谁")).to_be_visible()
    page.get_by_role("link", name="打开核对").click()
    save(page)
    until(page, lambda: Visit.objects.count() == 1, "the mended visit")


def test_logging_out_wipes_the_households_and_keeps_the_outbox(
    stack: Stack, enter: Enter, helper: Cadre, person: Callable[..., Cadre]
) -> None:
    page = on_the_phone(enter(helper, phone=True), stack)
    page.context.set_offline(True)
    open_form(page, "演示陈")
    save(page)
    page.on("dialog", lambda d: d.accept())
    page.context.route("**/visits/sync", lambda r: r.abort())
    page.context.set_offline(False)
    page.goto(f"{stack.address}/m/#/me")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login/")
    other = person("演示接手", "HELPER", QINGTIAN)
    page.locator("[name=username]").fill(other.work_no)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{stack.address}/")
    page.goto(f"{stack.address}/m/")
    expect(page.get_by_text("您名下还没有包保的农户")).to_be_visible()
    page.get_by_label("手机版导航").get_by_role("link", name="发送").click()
    expect(page.get_by_text("另有 1 条是别的账号记的")).to_be_visible()
    assert page.get_by_text("演示陈").count() == 0


def test_logging_out_without_a_signal_ends_the_session_with_the_next_one(
    stack: Stack, enter: Enter, helper: Cadre
) -> None:
    page = on_the_phone(enter(helper, phone=True), stack)
    page.on("dialog", lambda d: d.accept())
    page.context.set_offline(True)
    open_form(page, "演示陈")
    save(page)
    page.goto(f"{stack.address}/m/#/me")
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_text("有信号时自动退出登录")).to_be_visible()
    assert not keys(page, "homes")
    page.context.set_offline(False)
    expect(page.get_by_text("登录已过期")).to_be_visible()
    assert page.request.get(f"{stack.address}/api/v1/phone/day").status == 401
    assert not keys(page, "homes")
    page.goto(f"{stack.address}/m/#/out")
    expect(page.get_by_text("有 1 条")).to_be_visible()


def test_a_closed_account_s_records_leave_the_phone_as_a_file(
    stack: Stack, enter: Enter, helper: Cadre, person: Callable[..., Cadre], tmp_path: Path
) -> None:
    page = on_the_phone(enter(helper, phone=True), stack)
    page.context.set_offline(True)
    open_form(page, "演示陈")
    save(page)
    Cadre.objects.filter(pk=helper.pk).update(is_active=False)
    page.context.set_offline(False)
    expect(page.get_by_text("这个账号已停用")).to_be_visible()
    until(page, lambda: not keys(page, "homes"), "the wiping")
    page.goto(f"{stack.address}/m/#/out")
    expect(page.get_by_text("有 1 条没送出的记录")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="导出交专干代收").click()
    file = tmp_path / "走访记录.json"
    download.value.save_as(file)
    clerk = Cadre.objects.get(posts__role="TOWNSHIP_CLERK")
    desk = enter(clerk)
    desk.goto(f"{stack.address}/visits/hand-over/")
    desk.locator("[name=file]").set_input_files(file)
    desk.get_by_role("button", name="代收").click()
    expect(desk.get_by_text("收到 1 条")).to_be_visible()
    held = HeldVisit.objects.get()
    assert (held.why, held.visitor, held.sent_by) == ("ACCOUNT", helper, clerk)


def test_nobody_at_home_counts_as_no_visit_while_it_waits(
    stack: Stack, enter: Enter, helper: Cadre
) -> None:
    page = on_the_phone(enter(helper, phone=True), stack)
    page.context.set_offline(True)
    open_form(page, "演示陈")
    page.get_by_text("外出无人", exact=True).tap()
    page.get_by_text("电话停机或空号").tap()
    save(page)
    expect(page.get_by_text("3 户，本月已走访 0 户。")).to_be_visible()
    open_form(page, "演示李")
    save(page)
    expect(page.get_by_text("3 户，本月已走访 1 户。")).to_be_visible()


def test_the_first_load_is_light_and_the_next_ones_are_nothing(
    stack: Stack, enter: Enter, helper: Cadre
) -> None:
    page = enter(helper, phone=True)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
    on_the_phone(page, stack)
    first = sum(sizes)
    assert 0 < first <= 200 * 1024, first
    sizes.clear()
    page.goto(f"{stack.address}/m/?again")
    expect(page.get_by_role("link", name="演示陈")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert sum(sizes) < 4 * 1024, sum(sizes)


def test_facts_seen_at_the_door_wait_beside_the_roster(
    stack: Stack, enter: Enter, helper: Cadre
) -> None:
    home = Household.objects.get(head_name="演示陈")
    page = on_the_phone(enter(helper, phone=True), stack)
    open_form(page, "演示陈")
    page.get_by_role("group", name="家里有变化吗").get_by_text("饮水", exact=True).click()
    page.get_by_role("group", name="是否解决安全饮用水").get_by_text("否", exact=True).click()
    save(page)
    until(page, lambda: Visit.objects.count() == 1, "the visit")
    fact = Visit.objects.get().facts.get()
    assert (fact.field, fact.base, fact.value) == ("safe_water", "", "否")
    home.refresh_from_db()
    assert home.safe_water is None


def test_a_long_name_is_not_cut_within_a_character(
    stack: Stack, enter: Enter, helper: Cadre
) -> None:
    page = on_the_phone(enter(helper, phone=True), stack)
    open_form(page, "演示陈")
    page.locator("[name=met]").fill("甲" * 55 + "😀")  # after 演示陈、 at the 60th place
    save(page)
    until(page, lambda: Visit.objects.count() == 1, "the visit")
    assert Visit.objects.get().met == "演示陈、" + "甲" * 55


def test_a_draft_survives_a_closed_page(stack: Stack, enter: Enter, helper: Cadre) -> None:
    page = on_the_phone(enter(helper, phone=True), stack)
    page.context.set_offline(True)
    open_form(page, "演示陈")
    page.locator("[name=promise]").fill("下周带种子来")
    until(page, lambda: any(k.startswith("draft:") for k in keys(page, "kv")), "the draft")
    context = page.context
    page.close()
    again = context.new_page()
    again.goto(f"{stack.address}/m/")
    open_form(again, "演示陈")
    expect(again.locator("[name=promise]")).to_have_value("下周带种子来")


def test_a_wrong_phone_clock_is_told_to_its_owner(
    stack: Stack, enter: Enter, helper: Cadre
) -> None:
    page = enter(helper, phone=True)
    page.clock.set_system_time(clock.now() - timedelta(hours=5))
    on_the_phone(page, stack)
    open_form(page, "演示陈")
    save(page)
    page.get_by_label("手机版导航").get_by_role("link", name="发送").click()
    expect(page.get_by_text("手机时间不准")).to_be_visible()
    visit = Visit.objects.get()
    assert abs(visit.recorded_at - clock.now()) < timedelta(minutes=2)
    assert visit.clock_offset_s
