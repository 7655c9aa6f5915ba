"""The main job through real browsers, a real worker and a real clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Page, expect

from cadres.models import Cadre, Unit
from households.models import Visit
from rectification.models import Item
from tests.cast import PHOTO
from tests.county import COUNTY, QINGTIAN
from tests.households.builders import line, workbook
from tests.stack import Stack, wait_until
from yuexi.core.clock import SHANGHAI

Enter = Callable[..., Page]
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)


def opens_evidence(page: Page) -> None:
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="通水照片").click()
    opened.value.close()
    page.reload()


def checks(page: Page, address: str, label: str) -> None:
    page.goto(address)
    opens_evidence(page)
    page.locator("summary", has_text=f"{label}通过").click()
    page.locator("details[open]").get_by_label("意见").fill("到现场看过，水已经通了")
    page.locator("details[open]").get_by_role("button", name=f"{label}通过").click()
    expect(page.get_by_role("status").first).to_contain_text("已通过")


def test_from_a_list_of_households_to_a_relapse(
    stack: Stack, person: Callable[..., Cadre], enter: Enter, tmp_path: Path
) -> None:
    clerk = person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    head = person("演示书记", "TOWNSHIP_HEAD", QINGTIAN)
    department = person("演示水利", "DEPARTMENT", COUNTY, "县水利局")
    office, approver = (
        person(n, "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部") for n in ("演示整改", "演示批准")
    )
    inspector = person("演示督查", "INSPECTOR", COUNTY, "县纪委监委")
    village = person("演示村干", "VILLAGE", "340828202200")
    Unit.objects.filter(name="县水利局").update(fields=["饮水安全"])
    stack.at(MONDAY)

    # import: the worker checks while the page shows it, then the owner says so
    desk = enter(clerk)
    sheet = tmp_path / "花名册.xlsx"
    sheet.write_bytes(workbook([line(1), line(2), line(3, 姓名="")]))
    desk.goto(f"{stack.address}/imports/new/ROSTER/")
    desk.get_by_label("Excel 文件").set_input_files(sheet)
    desk.get_by_role("button", name="上传并检查").click()
    expect(desk.get_by_role("heading", name="等您确认")).to_be_visible()
    expect(desk.locator("#run")).to_contain_text("3 行 ＝ 新增 2 ＋ 更新 0 ＋ 无变化 0 ＋ 未通过 1")
    desk.get_by_role("button", name="导入通过的行").click()
    expect(desk.get_by_role("heading", name="已导入")).to_be_visible()

    # assign
    desk.goto(f"{stack.address}/households/?view=orphan")
    desk.get_by_label("选演示1户").check()
    desk.get_by_label("帮扶人").select_option(label=f"演示帮扶（{helper.unit}，{helper.work_no}）")
    desk.get_by_role("button", name="指派").click()
    expect(desk.get_by_role("status").first).to_contain_text("已为 1 户指派演示帮扶")

    # visit with a problem, on a phone
    phone = enter(helper, phone=True)
    phone.goto(f"{stack.address}/m/")
    phone.get_by_text("演示1户").click()
    phone.get_by_role("group", name="发现问题").get_by_text("饮水", exact=True).click()
    phone.get_by_label("问题说清楚").first.fill("水管冻裂，连续三天没有水")
    phone.get_by_role("button", name="保存").click()
    expect(phone.locator(".say")).to_contain_text("已保存到手机：演示1户")
    wait_until(Item.objects.exists, "the item of the visit's problem")

    # reviewed, given a near deadline, issued
    room = enter(office)
    room.get_by_role("link", name="去办理").first.click()
    room.get_by_role("link", name="水管冻裂，连续三天没有水").click()
    address = room.url
    room.get_by_role("button", name="审核成立").click()
    room.locator("summary", has_text="改派").click()
    form = room.locator("details[open]")
    form.get_by_label("责任人").select_option(label=f"{clerk.unit} · 演示专干")
    form.get_by_label("整改期限").fill("2026-11-24")
    form.get_by_role("button", name="改派").click()
    room.get_by_role("button", name="交办").click()
    expect(room.get_by_role("status").first).to_contain_text("已交办，交办2026-0001")

    # the clock reminds the person: D-1
    desk.goto(f"{stack.address}/inbox/")
    for _ in range(40):
        if desk.get_by_text("还剩 1 个工作日").count():
            break
        desk.wait_for_timeout(500)
        desk.reload()
    desk.get_by_role("link", name="水管冻裂").first.click()

    # signed, planned, done, with evidence
    desk.get_by_role("button", name="签收").click()
    desk.get_by_label("整改措施").fill("更换管线并加保温")
    desk.get_by_role("button", name="保存措施").click()
    desk.locator("summary", has_text="上传佐证材料").click()
    photo = tmp_path / "通水.jpg"
    photo.write_bytes(PHOTO)
    desk.locator("details[open]").get_by_label("佐证材料").set_input_files(photo)
    desk.locator("details[open]").get_by_label("这是什么").fill("通水照片")
    desk.locator("details[open]").get_by_role("button", name="上传佐证材料").click()
    desk.get_by_role("button", name="申请销号").click()
    expect(desk.get_by_role("status").first).to_contain_text("期限停表")

    # the household is asked by somebody else
    hall = enter(village)
    hall.goto(address)
    hall.locator("summary", has_text="登记答复").click()
    hall.locator("details[open]").get_by_text("已解决", exact=True).click()
    hall.get_by_role("button", name="保存答复").click()

    # nothing closes before somebody was at the house after completion
    phone.goto(f"{stack.address}/m/")
    phone.get_by_text("演示1户").click()
    phone.get_by_role("button", name="保存").click()
    expect(phone.locator(".say")).to_contain_text("已保存到手机：演示1户")
    wait_until(lambda: Visit.objects.count() == 2, "the visit after completion")

    # four independent checks; nobody's button is there for the rectifier
    desk.goto(address)
    assert desk.get_by_text("等您办").count() == 0
    for who, label in (
        (head, "乡镇自查"),
        (department, "部门核查"),
        (office, "县级验收"),
        (approver, "批准销号"),
    ):
        checks(enter(who), address, label)
    desk.goto(address)
    expect(desk.locator(".seal")).to_have_text("已销号")

    # a month later somebody looks back and finds it broken again: the same item
    stack.at(datetime(2026, 12, 24, 10, 0, tzinfo=SHANGHAI))
    walker = enter(inspector)
    walker.goto(f"{stack.address}/items/?view=mine")
    walker.get_by_role("link", name="水管冻裂，连续三天没有水").click()
    walker.locator("summary", has_text="已经反弹").click()
    walker.locator("details[open]").get_by_label("意见").fill("又冻裂了，水又断了")
    walker.locator("details[open]").get_by_role("button", name="已经反弹").click()
    expect(walker.locator("main")).to_contain_text("反弹 1 次")
    item = Item.objects.get()
    assert (item.number, item.status, item.rebounds) == ("26-0001", "CONFIRMED", 1)
