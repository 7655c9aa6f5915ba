from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from cadres.models import Area, Cadre, Unit
from households.actions.visits import VisitEntry, log_visit
from households.models import Household
from rectification.actions import closing, moving
from rectification.actions.registering import Finding, register
from rectification.models import Item
from tests.county import AT, COUNTY, QINGTIAN
from tests.households.builders import VILLAGE, household

# Who hears of an item on its third day late when no sweep ran before: D+2 is caught up.
THREE_DAYS_LATE = [
    ("D+1", "演示专干"),
    ("D+2", "演示书记"),
    ("D+3", "演示专干"),
    ("D+3", "演示书记"),
]
PHOTO = b"\xff\xd8\xff" + b"a photo of running water"


@dataclass
class Cast:
    """Everyone who has a part in one item of the full chain."""

    clerk: Cadre  # registers, and rectifies by default
    head: Cadre
    department: Cadre
    accepter: Cadre
    approver: Cadre
    inspector: Cadre
    village: Cadre


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def cast(person: Callable[..., Cadre]) -> Cast:
    made = Cast(
        clerk=person("演示专干", "TOWNSHIP_CLERK", QINGTIAN),
        head=person("演示书记", "TOWNSHIP_HEAD", QINGTIAN),
        department=person("演示水利", "DEPARTMENT", COUNTY, "县水利局"),
        accepter=person("演示验收", "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部"),
        approver=person("演示批准", "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部"),
        inspector=person("演示督查", "INSPECTOR", COUNTY, "县纪委监委"),
        village=person("演示村干", "VILLAGE", VILLAGE),
    )
    Unit.objects.filter(name="县水利局").update(fields=["饮水安全"])
    return made


@pytest.fixture
def home(cast: Cast) -> Household:
    return household("演示陈")


@pytest.fixture
def item(cast: Cast, home: Household) -> Item:
    area = Area.objects.get(code=VILLAGE)
    finding = Finding(
        text="水管冻裂", category="饮水安全", area=area, source="INSPECTION", households=[home]
    )
    return register(finding=finding, by=cast.clerk, at=AT)


def fresh(item: Item) -> Item:
    return Item.objects.get(pk=item.pk)


def to_work(item: Item, cast: Cast) -> None:
    moving.confirm(item_ids=[item.pk], by=cast.accepter, at=AT)
    moving.issue(item_ids=[item.pk], by=cast.accepter, at=AT)
    moving.sign(item_ids=[item.pk], by=cast.clerk, at=AT)
    moving.plan(item_id=item.pk, measure="换管并加保温", goal="通水", by=cast.clerk, at=AT)


def to_check(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    closing.add_evidence(
        item_id=item.pk, content=PHOTO, name="通水.jpg", what="通水照片", by=cast.clerk, at=AT
    )
    for link in item.homes.all():
        closing.answer_household(
            item_id=item.pk,
            household=link.household,
            solved=True,
            said="通水了",
            by=cast.village,
            at=AT,
        )
    closing.apply(item_id=item.pk, by=cast.clerk, at=AT)
    visited(item, cast)


def visited(item: Item, cast: Cast, at: datetime = AT) -> None:
    """Somebody was at each house after the application."""
    for link in item.homes.select_related("household"):
        entry = VisitEntry(mode="IN_PERSON", met="本人", occurred_at=at)
        log_visit(household=link.household, entry=entry, by=cast.village, at=at)


def passes(item: Item, by: Cadre, step: str, opinion: str = "已现场看过") -> Item:
    for piece in item.evidence.all():
        closing.open_evidence(evidence=piece, by=by, at=AT)
    return closing.check(item_id=item.pk, step=step, passed=True, opinion=opinion, by=by, at=AT)


def to_closed(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    for by, step in (
        (cast.head, "SELF_CHECK"),
        (cast.department, "VERIFY"),
        (cast.accepter, "ACCEPT"),
        (cast.approver, "APPROVE"),
    ):
        passes(item, by, step)
