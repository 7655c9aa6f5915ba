"""氛围营造: columns with a plan, articles, good practice with live figures, 典型 in every state."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

from django.db.models import Count
from PIL import Image, ImageDraw

from cadres.models import Area, Cadre
from households.models import Campaign, Household
from households.querysets import standing
from inspections.actions import columns, consents, honours, practices
from inspections.actions.practices import Binding
from inspections.models import Honour
from yuexi.core import clock
from yuexi.demo.people import People

COLUMNS = (
    ("县融媒体中心", "APP", "决战决胜在一线", 4, ("包保干部冒雪送药进山", "茶园里的晚课", "修通最后三百米水管")),
    ("县广播电视台", "TV", "大走访见闻", 2, ("一天走了五户人家", "老支书讲政策")),
    ("县政府网站", "WEB", "乡村振兴", 6, ("本县帮扶车间招工启事",)),
)  # fmt: skip
DEED_CADRE = "驻村以后，他先把全组的水源走了一遍，和村民一起接通了过冬的水管；谁家有老人独住，他每周都去坐一坐，记下要办的事，一件一件带回答复。"
DEED_HOME = "一家人靠养蚕和零工还清了欠款，农闲时{head}去帮扶车间做工，还把养蚕的办法教给左邻右舍，第二年主动退出了补助。"


def load_publicity(now: datetime, people: People) -> None:
    office, second = people.by_role["PUBLICITY", "340828"]
    reviewer = people.by_role["ORGANISATION", "340828"][0]
    discipline = people.by_role["DISCIPLINE", "340828"][0]
    today = clock.day(now)
    _columns(now, office)
    busy = standing().filter(mode="IN_PERSON").values("area").annotate(n=Count("pk")).order_by("-n", "area")  # fmt: skip
    village = Area.objects.select_related("parent").get(code=busy[0]["area"])
    assert village.parent is not None
    clerk = people.by_role["TOWNSHIP_CLERK", village.parent.prefix][0]
    _practices(now, village, clerk, office)
    homes = list(Household.objects.filter(area=village, kind="LIFTED", closed="").order_by("pk")[:4])  # fmt: skip
    made = [_home(home, clerk, now - timedelta(days=12), n) for n, home in enumerate(homes)]
    for honour in made[:-1]:
        honours.review(honour=honour, by=second, at=now - timedelta(days=11))
    at = now - timedelta(days=10)
    for honour in made[:2]:
        honours.give_notice(honour=honour, contact="县委宣传部 0556-0000001", by=office, at=at)
    honours.publish(honour=Honour.objects.get(pk=made[0].pk), by=office, at=now - timedelta(days=1))
    _cadres(now, people, office, reviewer, discipline, today)


def _columns(now: datetime, office: Cadre) -> None:
    today = clock.day(now)
    for outlet, medium, name, planned, titles in COLUMNS:
        at = now - timedelta(days=100)
        column = columns.open_column(name=name, medium=medium, outlet=outlet, start=clock.day(at), by=office, at=at)  # fmt: skip
        columns.plan_month(column=column, month=today, count=planned, by=office, at=now)
        last = today.replace(day=1) - timedelta(days=1)
        columns.plan_month(column=column, month=last, count=planned, by=office, at=clock.start_of(last))  # fmt: skip
        for n, title in enumerate(titles):
            on = max(today - timedelta(days=3 * n), column.start)
            link = "" if medium == "TV" else f"http://example.invalid/{column.pk}/{n}"
            columns.add_article(column=column, title=title, published_on=on, link=link,
                                place="晚间新闻" if medium == "TV" else "", by=office, at=now)  # fmt: skip


def _practices(now: datetime, village: Area, clerk: Cadre, office: Cadre) -> None:
    today = clock.day(now)
    campaign = Campaign.objects.order_by("-pk").first()
    talked = Binding("甲", "TALKED", today - timedelta(days=80), today - timedelta(days=21))
    text = (
        "村里把饮水管护落到人头，谁管哪一段、坏了找谁，写在每家的墙上。秋收以来干部入户面谈 {甲} 次"
    )
    bindings = [talked]
    if campaign:
        bindings.append(Binding("乙", "CAMPAIGN", campaign=campaign))
        text += "，大走访中当面谈到 {乙} 户"
    first = practices.send_in(area=village, title="水管有人管，冬天不断水", text=text + "，坏了当天就有人来修。",
                              bindings=bindings, by=clerk, at=now - timedelta(days=20))  # fmt: skip
    practices.add_photo(practice=first, content=_picture(), no_children=True, by=clerk, at=now)
    practices.approve(practice=first, by=office, at=now - timedelta(days=19))
    practices.send_in(area=village, title="晚课开到院坝里", text="农闲时把政策课开在院坝里，讲完当场答疑，村里在册脱贫户 {甲} 户都有人来听。",
                      bindings=[Binding("甲", "LIFTED")], by=clerk, at=now)  # fmt: skip


def _home(home: Household, clerk: Cadre, at: datetime, n: int) -> Honour:
    paper = consents.keep_consent(
        household=home, signed_by=home.head_name, photo=True, name=n == 1, story=True, health=False, start=clock.day(at),
        last=clock.day(at) + timedelta(days=365), content=_picture("授权书"), file_name="授权书.jpg", by=clerk, at=at,
    )  # fmt: skip
    masking = ("SURNAME", "FULL", "HIDDEN", "SURNAME")[n]
    made = honours.recommend_household(
        household=home, title=("勤劳换来好日子", "把手艺教给乡邻", "自己站起来", "养蚕路上不掉队")[n],
        deed=DEED_HOME.format(head=home.head_name), masking=masking, tells_health=False, consent=paper, by=clerk, at=at,
    )  # fmt: skip
    if n == 0:
        honours.add_photo(honour=made, content=_picture(), no_children=True, by=clerk, at=at)
    return made


def _cadres(now: datetime, people: People, office: Cadre, reviewer: Cadre, discipline: Cadre, today: date) -> None:  # fmt: skip
    """Before the notice every one waits for 纪委监委; here three that it had nothing against."""
    titles = ("把家安在村部的人", "山路上的十年", "办公桌搬到田埂上", "把群众的事记在本子上")
    found = [p for (role, _), some in sorted(people.by_role.items()) if role == "STATION_TEAM" for p in some]  # fmt: skip
    at = now - timedelta(days=10)
    for n, (cadre, title) in enumerate(zip(found, titles, strict=False)):
        made = honours.recommend_cadre(work_no=cadre.work_no, name=cadre.name, title=title, deed=DEED_CADRE,
                                       by=office, at=at - timedelta(days=3))  # fmt: skip
        if n == 3:
            continue
        honours.review(honour=made, by=reviewer, at=at - timedelta(days=2))
        if n == 2:
            continue
        honours.give_opinion(honour=made, clear=True, document_no="", by=discipline, at=at - timedelta(days=1))  # fmt: skip
        honours.give_notice(honour=made, contact="县委组织部 0556-0000002", by=office, at=at if n == 0 else now)  # fmt: skip
        if n == 0:
            honours.give_opinion(honour=made, clear=True, document_no="", by=discipline, at=now)
            honours.publish(honour=made, by=office, at=now)


def _picture(words: str = "") -> bytes:
    """Hills and a field; nobody is on it."""
    image = Image.new("RGB", (960, 640), "#dfe9ee")
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 400), (260, 150), (520, 420), (760, 220), (960, 430), (960, 640), (0, 640)], fill="#5d8a6b")  # fmt: skip
    for n in range(8):
        draw.arc((-200, 420 + 30 * n, 1160, 760 + 30 * n), 180, 360, fill="#2f5d43", width=6)
    if words:
        draw.rectangle((300, 120, 660, 560), fill="white", outline="black")
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=80)
    return kept.getvalue()
