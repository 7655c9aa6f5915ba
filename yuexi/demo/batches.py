"""来文批次: the first file of a 第三方评估, of which every fate is to be seen: in the ledger, merged,
不成立, and one row that waits for its correction."""

from __future__ import annotations

import io
from datetime import datetime

import xlsxwriter

from cadres.actions.imports import decide, upload
from cadres.models import Area
from cadres.tasks import run_import
from rectification.actions import batches
from rectification.models import BatchRow
from yuexi.demo.people import People

HEADS = ("问题", "类别", "问题来源", "批次", "乡镇", "行政村", "等级", "发现组")
NO_PLACE = "没有这个村"
FOUND = (
    ("入户核查发现卫生间屋顶渗水，户主说上报过两次", "住房安全", "限期整改"),
    ("水池无人管护，池壁青苔，三户反映水浑", "饮水安全", "限期整改"),
    ("脱贫户就医报销政策不知晓，手册未签字", "政策落实", "立行立改"),
    ("光伏电站收益分配公示栏空白", "产业发展", "限期整改"),
    (
        "水池无人管护，池壁青苔，三户反映水浑",
        "饮水安全",
        "限期整改",
    ),  # the assessors' own repetition
    ("户内无产业，帮扶措施写“不详”", "措施不明", "限期整改"),  # a category that nobody has
    ("通组路塌方半幅，学生上学绕行", "基础设施", "立行立改"),  # a village that is not there
)


def load_batch(now: datetime, people: People) -> None:
    office, reviewer, *_ = people.by_role["OFFICE_RECTIFY", "340828"]
    villages = list(Area.objects.filter(level=Area.Level.VILLAGE).select_related("parent").order_by("code")[:4])  # fmt: skip
    title = f"{now.year}年第三方评估第一批"
    run = upload(
        kind="ITEMS", content=_file(villages, title), name=f"{title}问题清单.xlsx", by=office, at=now,
        details={"title": title, "document_no": f"评估函〔{now.year}〕6号"},
    )  # fmt: skip
    run_import(run.pk)
    decide(run_id=run.pk, accept=True, by=office, at=now)
    run_import(run.pk)
    odd = BatchRow.objects.get(batch__run=run, text=FOUND[5][0])
    batches.reject_row(
        row_id=odd.pk, reason="现场核实：该户有茶园 2 亩，手册漏填，已当场补记", by=reviewer, at=now
    )


def _file(villages: list[Area], title: str) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    page = book.add_worksheet("问题清单")
    page.write_row(0, 0, HEADS)
    for n, (text, category, grade) in enumerate(FOUND):
        place = villages[1 if n == 4 else n % len(villages)]
        township = place.parent.name if place.parent else ""
        village = NO_PLACE if n == 6 else place.name
        page.write_row(n + 1, 0, (text, category, "第三方评估", title, township, village, grade, "评估第三组"))  # fmt: skip
    book.close()
    return buffer.getvalue()
