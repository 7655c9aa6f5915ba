from typing import Any

from django.core.management.base import BaseCommand

from cadres.calendar import fill_years
from yuexi.core import clock


class Command(BaseCommand):
    help = "补齐工作日历：2016年至后年，未公布的年份按周一至周五预计"

    def handle(self, *args: Any, **options: Any) -> None:
        fill_years(2016, clock.today().year + 2)
