"""From a template and facts to a document, through the process that does it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from django.conf import settings

from rectification.papers.filling import UNFIT
from yuexi.core.refusals import BadInput

PATIENCE_S = 20
TOO_MUCH = "模板填起来太慢或太大（循环套得太多？），没有收下；请简化后再传。"


def render(template: bytes, facts: dict[str, Any]) -> bytes:
    """Refuses with the sentence of whatever the template does wrong."""
    told = json.dumps(facts, ensure_ascii=True).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-s", "-m", "rectification.papers.filling"],
            input=len(told).to_bytes(8, "big") + told + template,
            capture_output=True, timeout=PATIENCE_S, cwd=settings.BASE_DIR, env={"PYTHONDONTWRITEBYTECODE": "1"}, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise BadInput("template_heavy", TOO_MUCH, field="file") from None
    if done.returncode == UNFIT:
        code, message = json.loads(done.stderr)
        raise BadInput(code, message, field="file")
    if (
        done.returncode < 0 or b"MemoryError" in done.stderr
    ):  # by a signal, such as that of the limit
        raise BadInput("template_heavy", TOO_MUCH, field="file")
    if done.returncode:
        raise BadInput(
            "template_broken", "这个模板填不出文书，请用 Word 另存为 .docx 再传。", field="file"
        )
    return done.stdout
