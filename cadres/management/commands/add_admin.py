from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction

from cadres.actions.people import first_password
from cadres.events import record
from cadres.models import Area, Cadre, Post, Unit
from cadres.pinyin import sort_key
from yuexi.core import clock, crypto

ROLES = ("SYSTEM_ADMIN", "ORGANISATION", "AUDIT_ADMIN")


class Command(BaseCommand):
    help = "新增一名管理员并显示初始密码（空库第一次使用时，须建两名，以便互相确认任职）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("work_no", help="工号")
        parser.add_argument("name", help="姓名")
        parser.add_argument("--role", choices=ROLES, default="SYSTEM_ADMIN")
        parser.add_argument("--unit", default="县帮扶指挥部", help="单位名称")

    def handle(self, *args: Any, **options: Any) -> None:
        county = Area.objects.filter(level=Area.Level.COUNTY).first()
        if county is None:
            raise CommandError("还没有区划，请先运行 manage.py load_areas。")
        at, password = clock.now(), first_password()
        try:
            with transaction.atomic():
                unit, _ = Unit.objects.get_or_create(
                    area=county, name=options["unit"], defaults={"kind": Unit.Kind.COUNTY}
                )
                cadre = Cadre(
                    work_no=crypto.normal(options["work_no"]), name=options["name"], unit=unit,
                    pinyin=sort_key(options["name"]), kind=Cadre.Kind.ADMINISTRATOR, slip_at=at,
                )  # fmt: skip
                cadre.set_password(password)
                cadre.save(force_insert=True)
                Post.objects.create(
                    cadre=cadre, unit=unit, role=options["role"], area=county, start=clock.day(at)
                )
                record("cadre.add_admin", cadre, by=None, at=at, area=county.code,
                       after={"work_no": cadre.work_no, "role": options["role"]})  # fmt: skip
        except IntegrityError:
            raise CommandError(f"工号 {options['work_no']} 已有人使用。") from None
        self.stdout.write(
            f"工号 {cadre.work_no}，初始密码 {password}（只显示这一次，首次登录须修改）"
        )
        if Post.objects.filter(role__in=ROLES[:2]).values("cadre").distinct().count() < 2:
            self.stdout.write(
                "还需要第二名管理员（SYSTEM_ADMIN 或 ORGANISATION），任职才能互相确认。"
            )
