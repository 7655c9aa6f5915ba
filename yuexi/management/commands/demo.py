from random import Random
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from cadres.models import Cadre, Post
from yuexi.core import clock
from yuexi.demo.people import PASSWORD, load_people


class Command(BaseCommand):
    help = "载入演示县：人物均为虚构；已有账号的数据库不动"

    def handle(self, *args: Any, **options: Any) -> None:
        if not Cadre.objects.exists():
            with transaction.atomic():
                load_people(Random(20170731), clock.today(), helpers_per_township=3)
        self.stdout.write(f"登录（密码都是 {PASSWORD}）：")
        first_of_role = Post.objects.order_by("role", "pk").distinct("role")
        for post in first_of_role.select_related("cadre", "unit"):
            role, cadre = post.get_role_display(), post.cadre
            self.stdout.write(f"  {cadre.work_no}  {role}  {cadre.name}（{post.unit}）")
