"""Invented people. Surnames and given names are drawn from lists, never from a source."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from cadres.models import Area, Cadre, Post, Unit
from cadres.pinyin import sort_key
from yuexi.core import crypto

PASSWORD = "yanshi-2026"
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
GIVEN = ["有田", "大山", "春生", "秀英", "桂兰", "小梅", "志强", "建国", "玉兰", "冬生", "水根",
         "来喜", "金凤", "长河", "青松", "月娥", "树根", "满仓", "翠云", "石柱"]  # fmt: skip
DEPARTMENTS = ["县住建局", "县水利局", "县教育局", "县医保局", "县民政局", "县人社局",
               "县交通局", "县残联"]  # fmt: skip
COMMAND, DISCIPLINE, ORGANISATION = "县帮扶指挥部", "县纪委监委", "县委组织部"


def invented_name(random: Random) -> str:
    return random.choice(SURNAMES) + random.choice(GIVEN)


class People:
    """Makes units and cadres in bulk: one password hash for all, since PBKDF2 is slow."""

    def __init__(self, random: Random, today: date) -> None:
        self.random, self.today = random, today
        self.start = today - timedelta(days=400)
        self.hash = make_password(PASSWORD)
        self.cadres: list[Cadre] = []
        self.posts: list[Post] = []

    def add(self, role: str, unit: Unit, area: Area, *, name: str = "") -> Cadre:
        number = len(self.cadres) + 1
        name = name or invented_name(self.random)
        phone = f"1990000{number:04}" if number < 10000 else f"199000{number:05}"
        cadre = Cadre(
            work_no=f"YS{number:05}", name=name, pinyin=sort_key(name), unit=unit,
            password=self.hash, must_change_password=False,
            phone=crypto.encrypt(phone), phone_hash=crypto.lookup_hash(phone),
        )  # fmt: skip
        self.cadres.append(cadre)
        self.posts.append(Post(cadre=cadre, unit=unit, role=role, area=area, start=self.start))
        return cadre

    def save(self) -> None:
        Cadre.objects.bulk_create(self.cadres, batch_size=2000)
        Post.objects.bulk_create(self.posts, batch_size=2000)


def load_people(random: Random, today: date, helpers_per_township: int) -> People:
    county = Area.objects.get(level=Area.Level.COUNTY)
    townships = list(Area.objects.filter(level=Area.Level.TOWNSHIP).order_by("code"))
    villages = list(Area.objects.filter(level=Area.Level.VILLAGE).order_by("code"))
    names = [(n, "COUNTY", county) for n in (COMMAND, DISCIPLINE, ORGANISATION, *DEPARTMENTS)]
    names += [(f"{t.name}政府", "TOWNSHIP", t) for t in townships]
    names += [(v.name, "VILLAGE", v) for v in villages]
    units = Unit.objects.bulk_create([Unit(name=n, kind=k, area=a) for n, k, a in names])
    by_place = {(u.area_id, u.name): u for u in units}
    office = by_place[county.pk, COMMAND]
    people = People(random, today)
    people.add("COUNTY_LEADER", office, county)
    people.add("OFFICE_DATA", office, county)
    people.add("OFFICE_RECTIFY", office, county)
    people.add("OFFICE_RECTIFY", office, county)
    people.add("OFFICE_RECTIFY", office, county)
    people.add("DISCIPLINE", by_place[county.pk, DISCIPLINE], county)
    people.add("INSPECTOR", by_place[county.pk, DISCIPLINE], county)
    people.add("ORGANISATION", by_place[county.pk, ORGANISATION], county)
    people.add("SYSTEM_ADMIN", office, county)
    people.add("AUDIT_ADMIN", office, county)
    for name in DEPARTMENTS:
        for _ in range(3):
            people.add("DEPARTMENT", by_place[county.pk, name], county)
    for township in townships:
        unit = by_place[township.pk, f"{township.name}政府"]
        people.add("TOWNSHIP_HEAD", unit, township)
        people.add("TOWNSHIP_CLERK", unit, township)
        for _ in range(helpers_per_township):
            people.add("HELPER", unit, township)
    for village in villages:
        people.add("VILLAGE", by_place[village.pk, village.name], village)
    people.save()
    return people
