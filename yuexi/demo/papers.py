"""文书: one that waits for its signature and one that is signed."""

from __future__ import annotations

from datetime import datetime

from rectification.actions import papers
from rectification.models import Item
from rectification.papers.facts import Draft
from rectification.papers.forms import proposed
from rectification.papers.kinds import KINDS
from rectification.papers.reading import fitting
from yuexi.core import clock
from yuexi.demo.people import People


def load_papers(now: datetime, people: People) -> None:
    drafter, signer, *_ = people.by_role["OFFICE_RECTIFY", "340828"]
    today = clock.day(now)
    for n, code in enumerate(("URGE", "DISPATCH")):
        kind = KINDS[code]
        item = fitting(kind, Item.objects.all(), today).order_by("pk").first()
        if item is None:
            continue
        items = [item] if code == "URGE" else list(Item.objects.filter(dispatch=item.dispatch))
        said = {"to": item.unit.name, **proposed(kind, items, drafter, today)}
        paper = papers.draft(kind=code, item_ids=[i.pk for i in items], draft=Draft(**said), by=drafter, at=now)  # fmt: skip
        if n:
            papers.issue(paper=paper, document_no=f"岳农工办〔{today.year}〕{n}号", signed_off_by=people.by_role["COUNTY_LEADER", "340828"][0].name,
                         by=signer, at=now)  # fmt: skip
