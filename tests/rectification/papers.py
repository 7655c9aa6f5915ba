"""Drafts as the office makes them, and what stands in a document."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from docx import Document

from cadres.files import read
from cadres.models import Cadre, StoredFile
from rectification.actions import papers
from rectification.models import Item, Paper
from rectification.papers.facts import Draft
from rectification.papers.kinds import KINDS
from tests.county import AT

SAID = Draft(
    title="整改事项督办单", to="青天乡", cc="县纪委监委", contact="演示联系", reason="下列事项逾期。",
    demand="请抓紧。", feedback="在系统里反馈。", consequence="将予通报。", plan="再看一遍。", done_by=date(2026, 12, 1),
)  # fmt: skip


def drafted(kind: str, by: Cadre, *items: Item, **changed: Any) -> Paper:
    at = changed.pop("at", AT)
    said = Draft(**{**vars(SAID), "title": KINDS[kind].title or "关于整改情况的文书", **changed})
    return papers.draft(kind=kind, item_ids=[i.pk for i in items], draft=said, by=by, at=at)


def late(item: Item, days: int = 10) -> Item:
    """As if time had gone on: its deadline lies behind."""
    Item.objects.filter(pk=item.pk).update(deadline=AT.date() - timedelta(days=days))
    return Item.objects.get(pk=item.pk)


def opened(file: StoredFile | bytes) -> Any:
    return Document(io.BytesIO(file if isinstance(file, bytes) else read(file)))


def words(document: Any) -> str:
    """Everything that a reader of it sees, headers and tables too."""
    found = [p.text for p in document.paragraphs]
    tables = list(document.tables)
    for table in tables:
        for row in table.rows:
            found += [cell.text for cell in row.cells]
    section = document.sections[0]
    for part in (
        section.header,
        section.even_page_header,
        section.footer,
        section.even_page_footer,
    ):
        found += [p.text for p in part.paragraphs]
    return "\n".join(found)


Person = Callable[..., Cadre]
