import time
from dataclasses import dataclass
from random import Random
from typing import Any

from django.contrib.auth.hashers import check_password
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction
from django.db.models import Count

from cadres.models import Cadre, Post
from cadres.reminders import sweeps
from cadres.roles import ROLES
from households.detectors import detect
from yuexi.core import clock
from yuexi.demo.batches import load_batch
from yuexi.demo.bell import load_clock, load_outbox
from yuexi.demo.campaign import load_campaign
from yuexi.demo.cards import load_cards
from yuexi.demo.coordination import load_coordination
from yuexi.demo.covering import load_covering
from yuexi.demo.evaluations import load_evaluations
from yuexi.demo.forces import load_forces
from yuexi.demo.homes import load_homes, load_visits
from yuexi.demo.inspections import load_inspections
from yuexi.demo.items import Items
from yuexi.demo.papers import load_papers
from yuexi.demo.people import PASSWORD, load_people
from yuexi.demo.policies import load_policies
from yuexi.demo.publicity import load_publicity
from yuexi.demo.registers import load_registers
from yuexi.demo.standards import load_standards
from yuexi.demo.waiting import load_waiting


@dataclass(frozen=True)
class Scale:
    households: int
    members: int
    cadres: int
    visits: int
    days: int
    items: int


SCALES = {
    "small": Scale(2_000, 6_400, 300, 2_400, 90, 200),
    "county": Scale(140_000, 450_000, 12_000, 1_000_000, 700, 50_000),
}


class Command(BaseCommand):
    help = "载入演示县：人物均为虚构，日期相对今天；已有账号的数据库不动"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", choices=SCALES, default="small")

    def handle(self, *args: Any, **options: Any) -> None:
        if not Cadre.objects.exists():
            began = time.monotonic()
            self.load(SCALES[options["scale"]])
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            self.stdout.write(f"演示县已载入，用时 {time.monotonic() - began:.1f} 秒")
        shown = open_to_look_at()
        for post in shown:
            self.stdout.write(
                f"  {post.cadre.work_no}  {post.get_role_display()}  {post.cadre.name}（{post.unit}）"
            )
        if shown:
            self.stdout.write(f"以上每种角色一个演示账号，密码都是 {PASSWORD}")

    def load(self, scale: Scale) -> None:
        random, today = Random(20170731), clock.today()
        with transaction.atomic():
            people = load_people(random, today, scale.cadres)
            homes = load_homes(random, today, people, scale.households, scale.members)
            seen = load_visits(random, today, homes, scale.visits, scale.days)
            Items(random, today, people, seen).load(scale.items)
            with connection.cursor() as cursor:  # what follows joins what was just copied in
                cursor.execute("ANALYZE")
            load_campaign(clock.now(), people.by_role["OFFICE_DATA", "340828"][0])
            load_policies(today)
            load_standards(clock.now(), people)
            load_inspections(clock.now(), people)
            load_evaluations(clock.now(), people)
            load_publicity(clock.now(), people)
            load_registers(clock.now(), people)
            load_papers(clock.now(), people)
            load_batch(clock.now(), people)
            load_waiting(clock.now())
            load_cards(clock.now())
            load_clock(clock.now())
            load_coordination(clock.now())
            load_forces(clock.now(), people)
            load_covering(clock.now(), people)
            sweeps.run(today=today, at=clock.now())
            load_outbox(clock.now())
            detect(at=clock.now())


def open_to_look_at() -> list[Post]:
    """One post of each role whose holder still has the demonstration's password. All of them
    got one hash, so the most common hash is it, and whoever chose his own has another. It is
    tried once, since a county may have numbers like ours."""
    theirs = Cadre.objects.filter(work_no__startswith="YS", is_active=True)
    common = theirs.values_list("password").annotate(n=Count("pk")).order_by("-n").first()
    if common is None or not check_password(PASSWORD, common[0]):
        return []
    posts = (
        Post.objects.in_force(clock.today())
        .filter(cadre__in=theirs.filter(password=common[0]))
        .order_by("role", "pk")
        .distinct("role")
        .select_related("cadre", "unit")
    )
    order = [r.code for r in ROLES]
    return sorted(posts, key=lambda p: order.index(p.role))
