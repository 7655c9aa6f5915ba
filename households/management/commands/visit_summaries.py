from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from households import summaries


class Command(BaseCommand):
    help = "核对走访汇总表与逐条走访是否一致；--mend 按逐条走访重新算出（期间暂停收走访）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mend", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["mend"]:
            summaries.mend()
        found = summaries.differences()
        for one in found[:20]:
            self.stderr.write(f"{one.what}：汇总 {one.kept}，逐条 {one.counted}")
        if found:
            raise CommandError(
                f'走访汇总表有 {len(found)} 处与逐条走访不一致，请运行：make manage DO="visit_summaries --mend"'
            )
        self.stdout.write("走访汇总表与逐条走访一致")
