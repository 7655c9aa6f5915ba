"""The demonstration county: every state, road and turn is there, and its days are in order."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from django.core.management import call_command
from django.db.models import F, Q

from cadres.models import Delegation, Event, Lead
from households.models import Card, Visit, VisitProblem
from households.querysets import visits_to_ask
from rectification.models import Batch, Check, Evidence, HandOver, Item, ItemHousehold, LookBack
from rectification.workflow import ROUTES, Status
from yuexi.core import clock

pytestmark = pytest.mark.django_db


def test_every_state_road_and_turn_with_its_days_in_order() -> None:
    call_command("demo", scale="small")
    items = list(Item.objects.all())
    today = clock.today()
    assert {i.status for i in items} == set(Status)
    assert {i.route for i in items} == set(ROUTES)
    assert Item.objects.filter(rebounds=1, status="CONFIRMED").exists()
    assert Item.objects.filter(round=2, rebounds=0, status="RECTIFYING").exists()
    assert Check.objects.filter(passed=False).exists() and LookBack.objects.filter(held=False)
    assert Lead.objects.filter(kind="NOT_COME", decision=None).exists()
    carded = Card.objects.select_related("household")
    assert carded.exists() and any(visits_to_ask(c.household, today) for c in carded)
    assert Visit.objects.exclude(unreached="").exists()
    batch = Batch.objects.get(source="EVALUATION")
    fates = Counter(batch.rows.values_list("fate", flat=True))
    assert fates == {"LEDGERED": 4, "MERGED": 1, "REJECTED": 1, "UNDECIDED": 1}
    assert batch.run.answer is not None and sum(fates.values()) == batch.count
    assert Delegation.objects.exists() and HandOver.objects.exists()
    visits = {
        p.pk: clock.day(p.visit.occurred_at)
        for p in VisitProblem.objects.select_related("visit")
    }  # fmt: skip
    evidence: dict[int, list] = defaultdict(list)  # type: ignore[type-arg]
    for piece in Evidence.objects.all():
        evidence[piece.item_id].append(clock.day(piece.at))
    events: dict[int, list] = defaultdict(list)  # type: ignore[type-arg]
    for event in Event.objects.filter(kind="item").order_by("seq"):
        events[event.object_id].append(event.at)
    for item in items:
        found = visits.get(item.source_id) if item.source_kind == "visit" else None
        days = [found, clock.day(item.created_at), item.issued_on, item.applied_on, item.closed_on]
        known = [day for day in days if day]
        assert known == sorted(known) and known[-1] <= today, (item.number, days)
        assert known[0] < known[-1] or item.closed_on is None, (item.number, days)
        assert item.since <= today and item.since >= known[0], item.number
        assert events[item.pk] == sorted(events[item.pk]), item.number
        assert all(day >= known[1 if found else 0] for day in evidence[item.pk]), item.number
    mended = Q(item__person=F("asked_by")) | Q(item__evidence__by=F("asked_by"))
    assert not ItemHousehold.objects.filter(mended).exists()
    numbers = [i.number for i in sorted(items, key=lambda i: i.created_at)]
    assert len(set(numbers)) == len(items)
