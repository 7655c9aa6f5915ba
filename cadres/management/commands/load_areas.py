from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cadres.actions.areas import load_areas

DEFAULT = Path(__file__).resolve().parents[2] / "data" / "yuexi_divisions.csv"


class Command(BaseCommand):
    help = "载入行政区划文件（code,name,level,parent_code），可重复执行"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=DEFAULT)

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"区划 {load_areas(path=options['path'])} 条")
