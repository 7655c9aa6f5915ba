"""Invented people. Names are drawn from lists, numbers are reserved, never from a source."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from cadres.models import Area, Cadre, Post, Unit
from cadres.pinyin import sort_key
from yuexi.core import crypto

PASSWORD = "yanshi-2026"
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
GIVEN = ("有田", "大山", "春生", "秀英", "桂兰", "小梅", "志强", "建国", "玉兰", "冬生", "水根",
         "来喜", "金凤", "长河", "青松", "月娥", "树根", "满仓", "翠云", "石柱")  # fmt: skip
NAMES = [(s + g, sort_key(s + g)) for s in SURNAMES for g in GIVEN]
DEPARTMENTS = {
    "县住建局": ["住房安全"], "县水利局": ["饮水安全"], "县教育局": ["义务教育"],
    "县医保局": ["基本医疗"], "县人社局": ["务工就业"], "县农业农村局": ["产业发展", "政策落实"],
    "县交通局": ["基础设施"], "县档案馆": ["档案数据", "其他"],
}  # fmt: skip
STATIONED = 5  # of them one is enough to look at
COMMAND, DISCIPLINE, ORGANISATION = "县帮扶指挥部", "县纪委监委", "县委组织部"
PUBLICITY = "县委宣传部"


class People:
    """Makes units and cadres in bulk: one password hash for all, since PBKDF2 is slow."""

    def __init__(self, random: Random, today: date) -> None:
        self.random, self.today = random, today
        self.start = today - timedelta(days=800)
        self.hash = make_password(PASSWORD)
        self.cadres: list[Cadre] = []
        self.posts: list[Post] = []
        self.by_role: dict[tuple[str, str], list[Cadre]] = defaultdict(list)

    def add(self, role: str, unit: Unit, area: Area, times: int = 1) -> None:
        for _ in range(times):
            number = len(self.cadres) + 1
            name, pinyin = self.random.choice(NAMES)
            phone = f"19900{number:06}"
            cadre = Cadre(
                work_no=f"YS{number:05}", name=name, pinyin=pinyin, unit=unit,
                password=self.hash, must_change_password=False,
                phone=crypto.encrypt(phone), phone_hash=crypto.lookup_hash(phone),
            )  # fmt: skip
            self.cadres.append(cadre)
            self.posts.append(Post(cadre=cadre, unit=unit, role=role, area=area, start=self.start))
            key = unit.name if role == "DEPARTMENT" else area.prefix
            self.by_role[role, key].append(cadre)

    def save(self) -> None:
        Cadre.objects.bulk_create(self.cadres, batch_size=2000)
        Post.objects.bulk_create(self.posts, batch_size=2000)


def load_people(random: Random, today: date, cadres: int) -> People:
    """`cadres` in all; those who are no office holders help households."""
    county = Area.objects.get(level=Area.Level.COUNTY)
    townships = list(Area.objects.filter(level=Area.Level.TOWNSHIP).order_by("code"))
    villages = list(Area.objects.filter(level=Area.Level.VILLAGE).order_by("code"))
    names = [
        (n, "COUNTY", county) for n in (COMMAND, DISCIPLINE, ORGANISATION, PUBLICITY, *DEPARTMENTS)
    ]
    names += [(f"{t.name}政府", "TOWNSHIP", t) for t in townships]
    names += [(v.name, "VILLAGE", v) for v in villages]
    units = Unit.objects.bulk_create(
        [Unit(name=n, kind=k, area=a, fields=DEPARTMENTS.get(n, [])) for n, k, a in names]
    )
    at = {(u.area_id, u.name): u for u in units}
    office = at[county.pk, COMMAND]
    people = People(random, today)
    people.add("COUNTY_LEADER", office, county)
    people.add("OFFICE_DATA", office, county)
    people.add("OFFICE_RECTIFY", office, county, 3)
    people.add("DISCIPLINE", at[county.pk, DISCIPLINE], county)
    people.add("INSPECTOR", at[county.pk, DISCIPLINE], county, 2)
    people.add("INSPECTOR", at[county.pk, ORGANISATION], county)
    people.add("ORGANISATION", at[county.pk, ORGANISATION], county)
    people.add("SYSTEM_ADMIN", office, county)
    people.add("SECURITY_ADMIN", office, county)
    people.add("AUDIT_ADMIN", office, county)
    people.add("UNIT_ADMIN", office, county)
    for name in DEPARTMENTS:
        people.add("DEPARTMENT", at[county.pk, name], county, 3)
    for township in townships:
        unit = at[township.pk, f"{township.name}政府"]
        people.add("TOWNSHIP_HEAD", unit, township)
        people.add("TOWNSHIP_CLERK", unit, township)
    for township in townships[:STATIONED]:
        people.add("STATIONED_LEADER", office, township)
    for village in villages:
        people.add("VILLAGE", at[village.pk, village.name], village)
    for village in villages[:STATIONED]:
        people.add("STATION_TEAM", at[village.pk, village.name], village)
    with_villages = {v.code[:9] for v in villages}
    helped = [t for t in townships if t.prefix in with_villages]
    left = max(2 * len(helped), cadres - len(people.cadres))
    for i, township in enumerate(helped):
        share = left // len(helped) + (i < left % len(helped))
        people.add("HELPER", at[township.pk, f"{township.name}政府"], township, share)
    people.add("PUBLICITY", at[county.pk, PUBLICITY], county, 2)
    people.save()
    return people
