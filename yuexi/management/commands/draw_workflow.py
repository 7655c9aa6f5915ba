from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from rectification.workflow import (
    EXTENDS,
    LABELS,
    MILESTONE_CHECKS,
    MOVES,
    ROUTE_LABELS,
    ROUTES,
    Status,
)

PAGE = Path(settings.BASE_DIR) / "docs" / "workflow.md"


def drawing() -> str:
    """docs/workflow.md, whole: written by this command, compared by a test."""
    lines = ["# The way of an item 整改事项", "", "Drawn by `manage.py draw_workflow` from rectification/workflow.py.", "",
             "```mermaid", "stateDiagram-v2"]  # fmt: skip
    lines += [f'  state "{label}" as {status.value}' for status, label in LABELS.items()]
    lines.append("  [*] --> REGISTERED : 登记")
    for move in MOVES:
        if move.verb not in ("apply", "pass"):
            lines += [
                f"  {a.value} --> {b.value} : {move.label}" for a in move.start for b in move.end
            ]
    ways = {
        f"  RECTIFYING --> {Status.MILESTONE} : 阶段报核查（长期坚持）",
        f"  {Status.MILESTONE} --> RECTIFYING : 阶段核查通过",
    }
    for steps in ROUTES.values():
        ways.add(f"  RECTIFYING --> {steps[0].status.value} : 申请销号")
        for step, following in zip(
            steps, [s.status.value for s in steps[1:]] + ["CLOSED"], strict=True
        ):
            ways.add(f"  {step.status.value} --> {following} : {step.label}通过")
    lines += [*sorted(ways), "```", ""]
    lines += ["| 路线 | 检查 | 阶段核查（长期坚持） | 延期由谁批 |", "| --- | --- | --- | --- |"]
    for route, steps in ROUTES.items():
        stage, above = MILESTONE_CHECKS.get(route), EXTENDS.get(route)
        parts = [ROUTE_LABELS[route], " → ".join(s.label for s in steps),
                 stage.right if stage else "—", above.who if above else "—"]  # fmt: skip
        lines.append(f"| {' | '.join(parts)} |")
    lines += ["", "| 动作 | 从 | 谁 | 可批量 |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {m.label} | {'、'.join(LABELS[s] for s in m.start)} | {m.who} | {'是' if m.many else '否'} |"
        for m in MOVES
    ]
    return "\n".join(lines) + "\n"


class Command(BaseCommand):
    help = "由流程声明重画 docs/workflow.md"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=PAGE)

    def handle(self, *args: Any, **options: Any) -> None:
        options["to"].write_text(drawing())
