"""Fills a template with facts, in a process of its own with little time and memory, no
environment and no database: a template is code.

    python -m rectification.papers.filling < (8 bytes length of facts)(facts as JSON)(template)
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

SECONDS, MEMORY = 10, 768 * 1024 * 1024
UNFIT = 3  # exit status of a refused template: its sentence is on stderr


def limit() -> None:
    """Before anything of the template is touched."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def fill(template: bytes, facts: dict[str, Any]) -> bytes:
    from docxtpl import DocxTemplate
    from jinja2.exceptions import SecurityError, TemplateError, TemplateSyntaxError, UndefinedError

    from rectification.papers.inspecting import Unfit, inspect
    from rectification.papers.language import Checked

    inspect(template)
    document = DocxTemplate(io.BytesIO(template))
    try:
        document.render(facts, Checked(facts), autoescape=True)
    except TemplateSyntaxError as error:
        raise Unfit(
            "template_syntax",
            f"占位符写法不对，在“{near(error)}”附近。请对照可用的占位符改好再传。",
        ) from None
    except UndefinedError as error:
        name = re.sub(r".*?'([^']*)'[^']*$", r"\1", str(error.message))
        raise Unfit(
            "template_unknown", f"不认识占位符“{name}”，请对照可用的占位符改好再传。"
        ) from None
    except (SecurityError, TemplateError, TypeError, ValueError):
        raise Unfit(
            "template_code", "占位符里有不允许的写法，请对照可用的占位符改好再传。"
        ) from None
    made = io.BytesIO()
    document.save(made)
    inspect(made.getvalue())  # a condition may have put together what the template did not show
    return same_every_time(made.getvalue())


def near(error: Any) -> str:
    """The line of text that was not understood: docxtpl keeps three lines before it."""
    lines = [str(line).strip() for line in getattr(error, "docx_context", ())]
    return (lines[min(3, len(lines) - 1)] if lines else "")[:60] or "文末"


def same_every_time(document: bytes) -> bytes:
    """The same parts with one date: the same facts through the same template are the same bytes."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(document)) as old, ZipFile(made, "w", ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0)), old.read(entry), ZIP_DEFLATED)  # fmt: skip
    return made.getvalue()


def main() -> int:
    limit()
    from rectification.papers.inspecting import Unfit

    given = sys.stdin.buffer.read()
    size = int.from_bytes(given[:8], "big")
    facts = json.loads(given[8 : 8 + size])
    try:
        document = fill(given[8 + size :], facts)
    except Unfit as unfit:
        sys.stderr.write(json.dumps([unfit.code, unfit.message]))
        return UNFIT
    sys.stdout.buffer.write(document)
    return 0


if __name__ == "__main__":
    sys.exit(main())
