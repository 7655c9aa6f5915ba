"""A sealed inspection in a valley: real Chromium, the network switched off, and what lies on the phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from cadres.models import Cadre
from inspections import sealed
from inspections.actions import plans, release
from inspections.models import Answer, Finding, Plan
from tests.browser.test_phone import keys, until
from tests.county import COUNTY, PASSWORD, QINGTIAN
from tests.households.builders import helps, household
from tests.inspections.conftest import TITLE, Team, plan_of
from tests.inspections.test_field import in_use, member_of
from tests.stack import Stack
from yuexi.core import clock

Enter = Callable[..., Page]
WORD = "shanlu66"
NAMES = [f"演示暗{n}" for n in "甲乙丙丁戊"]
# Everything that any store of any database of this origin holds, and every kept answer, as text.
LYING = """async () => {
  const texts = [];
  const walk = (v) => {
    if (v instanceof ArrayBuffer) texts.push(new TextDecoder().decode(v));
    else if (ArrayBuffer.isView(v)) texts.push(new TextDecoder().decode(v));
    else if (v && typeof v === "object") Object.values(v).forEach(walk);
    else texts.push(String(v));
  };
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((done) => { const q = indexedDB.open(name); q.onsuccess = () => done(q.result); });
    for (const store of db.objectStoreNames) {
      walk(await new Promise((done) => { const q = db.transaction(store).objectStore(store).getAll(); q.onsuccess = () => done(q.result); }));
    }
    db.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) { texts.push(request.url); texts.push(await (await cache.match(request)).text()); }
  }
  walk({ ...localStorage });
  walk({ ...sessionStorage });
  return texts.join("\\n");
}"""


@pytest.fixture
def team(stack: Stack, person: Callable[..., Cadre]) -> Team:
    made = Team(
        leader=person("演示组长", "INSPECTOR", COUNTY, "县纪委监委"),
        member=person("演示组员", "INSPECTOR", COUNTY, "县委组织部"),
        outsider=person("演示组外", "INSPECTOR", COUNTY, "县纪委监委"),
    )
    for name in NAMES:
        member_of(household(name))
    in_use(person, clock.now() - timedelta(days=2), "HOUSEHOLD")
    stack.start("web")
    return made


@pytest.fixture
def begun(team: Team) -> Plan:
    now = clock.now()
    plan = plan_of(team, at=now - timedelta(days=1), start=now - timedelta(hours=1))
    plans.draw(plan=plan, by=team.leader, at=now - timedelta(hours=20))
    return plan


def to_list(page: Page, stack: Stack) -> Page:
    """The first time, with a signal: the list under the owner's word."""
    page.goto(f"{stack.address}/m/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    until(page, lambda: "owner" in keys(page, "kv"), "the day")
    page.get_by_role("link", name="我的").click()
    page.get_by_role("link", name="督查").click()
    page.get_by_label("检查口令（至少 6 位）").fill(WORD)
    page.get_by_label("再输一遍").fill(WORD)
    page.get_by_role("button", name="保存到手机").click()
    expect(page.get_by_text(TITLE)).to_be_visible()
    return page


def open_list(page: Page) -> None:
    page.get_by_label("检查口令").fill(WORD)
    page.get_by_role("button", name="打开").click()
    expect(page.get_by_text(TITLE)).to_be_visible()


def write_down(page: Page, photo: Path, text: str) -> None:
    page.locator("a.house").first.click()
    dry = page.locator("[data-code='WATER.DRY']")
    dry.get_by_text("没有达到").click()
    dry.get_by_label("问题原话").fill(text)
    dry.locator("input[type=file]").set_input_files(photo)
    expect(dry.locator(".shelf img")).to_have_count(1)
    page.get_by_role("group", name="基本医疗有保障演示员").get_by_text("已参保").click()
    page.get_by_text("不在场，已清场").click()
    page.get_by_role("button", name="保存到手机").click()
    expect(page.locator(".say")).to_contain_text("已保存到手机")


def photos(folder: Path) -> list[Path]:
    found = []
    for n, colour in enumerate(("red", "green", "blue")):
        found.append(folder / f"{n}.png")
        Image.new("RGB", (40, 40), colour).save(found[-1])
    return found


def hides(text: str) -> None:
    assert not [w for w in (TITLE, "走小路", "断水", WORD, *NAMES) if w in text]


def test_three_doors_without_a_signal_are_there_once(
    stack: Stack, enter: Enter, team: Team, begun: Plan, tmp_path: Path
) -> None:
    page = to_list(enter(team.member, phone=True), stack)
    context = page.context
    context.set_offline(True)
    for n, photo in enumerate(photos(tmp_path)):
        write_down(page, photo, f"断水第{n}家")
    expect(page.get_by_text("3 户，都有结果了。")).to_be_visible()
    hides(page.evaluate(LYING))
    page.close()

    again = context.new_page()
    again.goto(f"{stack.address}/m/#/w")
    assert again.title() == "记录"
    assert not again.get_by_text(TITLE).count()
    open_list(again)
    expect(again.get_by_text("待发送")).to_have_count(3)
    expect(again.get_by_text("还有 3 份记录、3 张照片在手机上")).to_be_visible()
    assert not sealed.read(begun).records

    def lost(route: Route) -> None:
        route.fetch()  # the server wrote it; the answer never arrives
        route.abort()

    context.route("**/records", lost, times=1)
    context.set_offline(False)
    until(again, lambda: len(sealed.read(begun).records) == 3, "the records")
    again.get_by_role("button", name="更新名单").click()
    until(again, lambda: len(sealed.read(begun).arrived) == 3, "the photos")
    expect(again.get_by_text("记下的都已送到。")).to_be_visible()
    state = sealed.read(begun)
    assert sorted(f.text for f in state.found) == ["断水第0家", "断水第1家", "断水第2家"]
    assert len(state.records) == 3 and not state.waiting() and not state.photos_out()
    release.release(plan=begun, report_no="", by=team.leader, at=clock.now())
    assert Answer.objects.filter(code="WATER.DRY", said="NO").count() == 3
    assert Answer.objects.filter(code="INSURED", member__name="演示员", said="YES").count() == 3
    assert all(f.code == "WATER.DRY" and f.files.count() == 1 for f in Finding.objects.all())


def test_a_household_is_replaced_by_the_next_spare_without_a_signal(
    stack: Stack, enter: Enter, team: Team, begun: Plan
) -> None:
    page = to_list(enter(team.member, phone=True), stack)
    page.context.set_offline(True)
    page.locator("a.house").first.click()
    page.get_by_text("换户", exact=True).click()
    expect(page.get_by_text("下一个备用户")).to_be_visible()
    page.get_by_role("button", name="保存到手机").click()
    expect(page.get_by_text("换户要写明原因")).to_be_visible()
    page.locator("[name=said]").fill("整户外出")
    page.get_by_role("button", name="保存到手机").click()
    expect(page.get_by_text("4 户，还有 3 户没有结果。")).to_be_visible()
    page.context.set_offline(False)
    until(page, lambda: len(sealed.read(begun).records) == 1, "the record")
    assert len(sealed.read(begun).sample()["青天乡·脱贫户"]) == 4


def test_a_draft_is_ciphertext_too_and_comes_back(
    stack: Stack, enter: Enter, team: Team, begun: Plan
) -> None:
    page = to_list(enter(team.member, phone=True), stack)
    page.context.set_offline(True)
    page.locator("a.house").first.click()
    page.locator("[name=said]").fill("断水半个月")
    count = "() => new Promise(d => { const q = indexedDB.open('yuexi-box'); q.onsuccess = () => { const k = q.result.transaction('box').objectStore('box').count(); k.onsuccess = () => { q.result.close(); d(k.result); } } })"
    until(page, lambda: page.evaluate(count) == 1, "the draft")
    hides(page.evaluate(LYING))
    page.reload()
    open_list_at_form(page)
    expect(page.locator("[name=said]")).to_have_value("断水半个月")


def open_list_at_form(page: Page) -> None:
    page.get_by_label("检查口令").fill(WORD)
    page.get_by_role("button", name="打开").click()


def test_a_lost_phone_opens_with_no_guess(
    stack: Stack, enter: Enter, team: Team, begun: Plan, tmp_path: Path
) -> None:
    page = to_list(enter(team.member, phone=True), stack)
    page.context.set_offline(True)
    write_down(page, photos(tmp_path)[0], "断水")
    page.reload()
    for left in (4, 3, 2, 1):
        page.get_by_label("检查口令").fill("123456")
        page.get_by_role("button", name="打开").click()
        expect(page.get_by_text(f"再错 {left} 次")).to_be_visible()
    page.get_by_role("button", name="打开").click()
    expect(page.get_by_text("名单已从这部手机上清除")).to_be_visible()
    assert "field" not in keys(page, "kv")
    page.context.set_offline(False)  # what was written down is not lost with it
    until(page, lambda: len(sealed.read(begun).records) == 1, "the record")


def test_log_out_without_a_signal_leaves_nothing_that_opens_and_the_next_person_sees_nothing(
    stack: Stack,
    enter: Enter,
    team: Team,
    begun: Plan,
    person: Callable[..., Cadre],
    tmp_path: Path,
) -> None:
    page = to_list(enter(team.member, phone=True), stack)
    page.on("dialog", lambda d: d.accept())
    page.context.set_offline(True)
    write_down(page, photos(tmp_path)[0], "断水")
    page.goto(f"{stack.address}/m/#/me")
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_text("有信号时自动退出登录")).to_be_visible()
    assert "field" not in keys(page, "kv")
    hides(page.evaluate(LYING))
    page.goto(f"{stack.address}/m/#/w")
    expect(page.get_by_text("手机里没有名单")).to_be_visible()

    other = person("演示接手", "HELPER", QINGTIAN)
    helps(other, household("演示别户"))
    page.context.set_offline(False)
    expect(page.get_by_text("登录已过期，记录都在手机上。")).to_be_visible()
    for stranger in (team.outsider, other):
        page.context.clear_cookies()
        page.goto(f"{stack.address}/login/")
        page.locator("[name=username]").fill(stranger.work_no)
        page.locator("[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{stack.address}/")
        for path in ("#/", "#/out", "#/me", "#/w"):
            page.goto(f"{stack.address}/m/?{stranger.pk}{path}")
            page.wait_for_load_state("networkidle")
            shown = page.locator("body").inner_text() + page.title()
            hides(shown)
            assert "没送出" not in shown and "待发" not in shown.replace("待发送 0 条", "")
        expect(page.get_by_text("现在没有要您记的检查")).to_be_visible()
        hides(page.evaluate(LYING))
    assert not sealed.read(begun).records

    page.context.clear_cookies()
    page.goto(f"{stack.address}/login/?next=/m/")
    page.locator("[name=username]").fill(team.member.work_no)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    until(page, lambda: len(sealed.read(begun).records) == 1, "the record of its owner")


def test_after_the_end_the_list_leaves_the_phone_and_what_was_not_sent_is_told(
    stack: Stack, enter: Enter, team: Team, begun: Plan, tmp_path: Path
) -> None:
    page = to_list(enter(team.member, phone=True), stack)
    page.context.set_offline(True)
    write_down(page, photos(tmp_path)[0], "断水")
    plans.cancel(plan=begun, by=team.leader, at=clock.now())
    page.context.set_offline(False)
    expect(page.get_by_text("这一条没有送到")).to_be_visible()
    page.get_by_text("记下的内容").click()
    expect(page.get_by_text("饮水安全：断水")).to_be_visible()
    page.on("dialog", lambda d: d.accept())
    page.get_by_role("button", name="删去").click()
    expect(page.get_by_text("现在没有要您记的检查")).to_be_visible()
    assert "field" not in keys(page, "kv")
