"""Every route × every role × read and write: nobody without a post opens what takes a right,
nothing answers with a 500, and a route that this list does not know is a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from cadres.actions.leads import open_lead
from cadres.models import Cadre, Lead
from cadres.roles import ROLES
from households.actions.visits import VisitEntry, log_visit
from households.models import Campaign, CampaignHousehold, Card
from rectification.models import Item
from tests.cast import Cast, to_check
from tests.county import AT, COUNTY, QINGTIAN
from tests.households.builders import VILLAGE, helps, policy
from tests.inspections.evaluating import evaluator, homes, released
from tests.inspections.publicity import publicity
from tests.inspections.standing import standing
from tests.rectification.papers import drafted

pytestmark = pytest.mark.django_db
PUBLIC = {
    "card",
    "phone-shell",
    "phone-worker",
    "phone-manifest",
    "login",
    "logout",
    "api-schema",
    "api-docs",
}
TOKEN_ONLY = {
    "api-households",
    "api-household",
    "api-visits",
    "api-visit-sync",
    "api-phone-day",
    "api-phone-photo",
    "api-items",
    "api-item",
    "api-item-sign",
    "api-item-decline",
    "api-item-plan",
    "api-item-report",
    "api-item-evidence",
    "api-item-apply",
    "api-item-by-person",
    "api-codes",
    "api-field-day",
    "api-field-records",
    "api-field-photo",
}
# What a role needs to open a page at all; the rest is open to everyone who is logged in.
NEEDS = {
    "coordination-list": "coordination.view",
    "forces": "cadre.view", "force-leaders": "cadre.view", "force-dated": "cadre.view",
    "cadre-transfer": "cadre.transfer", "force-villages": "cadre.view", "force-task": "cadre.view", "force-task-one": "cadre.view",
    "cadre-list": "cadre.view", "cadre-new": "cadre.manage", "token-list": "token.issue", "post-confirm": "post.confirm", "unit-list": "cadre.view",
    "unit-new": "unit.manage", "unit": "unit.manage", "cadre-slips": "cadre.manage", "cadre-edit": "cadre.manage",
    "import-new": "household.import", "import-template": "household.import",
    "household-assign": "assignment.edit", "household-reveal": "idno.reveal", "household-member": "household.edit",
    "campaign-new": "campaign.manage", "policy-new": "policy.edit", "policy-edit": "policy.edit", "term-list": "term.edit", "term-new": "term.edit", "term-edit": "term.edit",
    "household-new": "household.edit", "visit-hand-over": "household.edit", "change-review": "household.edit",
    "household-changes": "household.edit", "household-leave": "household.edit", "household-head": "household.edit",
    "household-cards": "household.edit", "household-card": "household.edit", "visit-word": "visit.create",
    "rules-new": "rules.propose", "channel-list": "channel.manage", "channel-new": "channel.manage", "channel": "channel.manage", "channel-do": "channel.manage", "channel-outbox": "channel.manage", "inspection-new": "inspection.plan", "lead-list": "lead.view", "lead": "lead.view", "log": "log.view",
    "item-new": "item.create", "item-solved": "item.create", "delegation-list": "item.delegate", "delegation-end": "item.delegate", "item-urge": "cadre.view", "template-list": "paper.template", "template-file": "paper.template", "template-decide": "paper.template", "item-figures": "item.view", "item-steps": "item.view", "item-batch-row": "item.create",
    "item-reporter": "discipline.handle",
    "item-accountability-list": "discipline.handle", "item-accountability": "discipline.handle",
    "item-look-backs": "item.lookback",
    "publicity-column-new": "publicity.edit", "publicity-article-new": "publicity.edit", "publicity-practice-new": "publicity.edit", "honour-new": "publicity.edit",
    "consent-list": "publicity.edit", "consent-new": "publicity.edit", "consent": "publicity.edit", "consent-revoke": "publicity.edit", "consent-file": "publicity.edit",
    "standard-new": "standard.propose", "handbook-new": "handbook.issue", "judge-household": "standard.judge", "judge-area": "standard.judge",
    "judge-pick": "standard.judge",
    "filing-list": "register.view", "joint-list": "register.view", "meeting-list": "register.view", "form-list": "register.view",
    "burden": "register.view", "burden-rows": "register.view", "covert": "register.view",
    "filing-new": "register.file", "meeting-new": "register.file", "form-new": "register.file", "joint-new": "register.join",
    "report-new": "register.report", "report-list": "lead.view", "report": "lead.view",
    "evaluation-new": "evaluation.manage",
}  # fmt: skip
OPEN = {
    "coordination", "coordination-do", "coordination-rows", "coordination-paper", "coordination-file",
    "force-ab", "force-ab-post", "force-ab-do", "force-village-end", "force-stays", "force-task-end",
    "half-days", "force-unit", "force-dated-end", "rulings", "ruling", "ruling-scan", "absence-approve",
    "absence-list", "absence-end", "notice-ack", "calendar", "wishes", "rules", "rules-version", "password", "area-list", "cadre", "cadre-hand-over", "cadre-reset", "post-end", "inbox", "notice-read", "desk", "household-list",
    "household-export", "import", "import-decide", "import-answer", "import-list", "cadre-active", "find", "household", "visit-list", "visit", "visit-photo",
    "visit-held-list", "policy-list", "policy", "campaign-list", "campaign", "campaign-homes", "household-handbook", "visit-held",
    "phone-home", "phone-visit", "item-list", "item-hand-over", "item-many", "item", "item-evidence", "item-act", "item-similar", "item-screened-list", "item-screened", "token-revoke", "item-dossier", "paper-list", "paper-new", "paper-dispatch", "paper", "paper-file", "paper-scan", "paper-act", "item-returned", "item-batch-list", "item-batch", "item-columns",
    "inspection-list", "draw-board", "draw-script", "draw-opened", "inspection", "inspection-transfer", "inspection-evidence", "inspection-act", "inspection-door",
    "publicity", "publicity-column", "publicity-article-list", "publicity-article", "publicity-practice-list", "publicity-practice", "publicity-practice-edit", "publicity-practice-figure", "publicity-practice-photo", "publicity-practice-act",
    "honour-list", "honour-notice", "honour", "honour-edit", "honour-photo", "honour-act",
    "standard-list", "standard-initial", "income-lines", "income-line", "standard", "standard-compare", "check-list", "check-ask", "check",
    "check-changes", "gap-item", "judgement-file", "handbook-list", "handbook", "handbook-file", "handbook-do", "handbook-page", "handbook-mine",
    "filing", "joint", "joint-notice", "joint-transfer", "joint-evidence", "meeting", "form",
    "evaluation-list", "evaluation", "evaluation-act", "evaluation-sheets", "evaluation-sheet", "evaluation-opened", "evaluation-rates", "evaluation-rows",
    "evaluation-suspects", "evaluation-suspect", "evaluation-file", "yardstick-list", "leaving", "leaving-file",
}  # fmt: skip


def routes(resolver: URLResolver | None = None, before: str = "/") -> Iterator[tuple[str, str]]:
    for entry in (resolver or get_resolver()).url_patterns:
        path = before + str(entry.pattern).lstrip("^").rstrip("$")
        if isinstance(entry, URLResolver):
            yield from routes(entry, path)
        elif isinstance(entry, URLPattern):
            yield entry.name or "", path


def test_every_route_is_known() -> None:
    assert {name for name, _ in routes()} == PUBLIC | TOKEN_ONLY | set(NEEDS) | OPEN


@pytest.fixture
def addresses(item: Item, cast: Cast, person: Callable[..., Cadre]) -> dict[str, str]:
    """Each route with the ids of real rows in Qingtian."""
    to_check(item, cast)
    home = item.households.get()
    helps(cast.village, home)
    entry = VisitEntry(mode="IN_PERSON", met="演示陈", occurred_at=AT)
    visit = log_visit(household=home, entry=entry, by=cast.village, at=AT)
    office = Cadre.objects.create(work_no="OFFICE", name="演示数据", unit=cast.head.unit)
    campaign = Campaign.objects.create(
        name="大走访",
        area=home.area,
        start=AT.date(),
        end=AT.date() + timedelta(days=9),
        by=office,
        at=AT,
    )
    CampaignHousehold.objects.create(
        campaign=campaign, household=home, area=home.area, kind=home.kind
    )
    uid = {"cadre": cast.clerk.uid, "household": home.uid, "phone-visit": home.uid, "visit": visit.uid, "policy": policy(name="医疗救助").uid, "campaign": campaign.uid,
           "item": item.uid, "item-returned": item.uid, "import": item.uid, "api-household": home.uid, "api-item": item.uid}  # fmt: skip
    card = Card.objects.create(household=home, code="a" * 22, issued_on=AT.date(), by=cast.clerk)
    open_lead(
        kind="ODD",
        subject_kind="visit",
        subject_id=visit.pk,
        area=visit.area_id,
        text="对不上",
        about=[],
        at=AT,
    )
    uid["lead"] = Lead.objects.get().uid
    uid["paper"] = drafted("DISPATCH", cast.accepter, item).uid
    uid["paper-dispatch"] = Item.objects.get().dispatch.uid  # type: ignore[union-attr]
    uid |= publicity(cast, home)
    stands = standing(cast.accepter, person("演示县长", "COUNTY_LEADER", COUNTY))
    pks = {"standard": stands.standard.pk, "income-line": stands.line.pk, "check": stands.run.pk, "gap-item": stands.gap.pk, "handbook": stands.book.pk}  # fmt: skip
    others = {"standard-compare": stands.older.pk, "check-changes": stands.before.pk}
    uid["judge-household"] = home.uid
    homes()
    evaluation = released(cast, evaluator("演示组长"))
    uid["evaluation"] = evaluation.uid
    matter = evaluation.suspects.order_by("pk")[0]
    uid["evaluation-suspect"] = uid["evaluation-file"] = matter.uid
    uid["evaluation-suspects"] = evaluation.uid
    made = {}
    for name, path in routes():
        pk = next((v for k, v in pks.items() if name.startswith(k)), 1)
        key = max((k for k in uid if name.startswith(k)), key=len, default="item")
        path = (
            path.replace("<uuid:uid>", str(uid[key]))
            .replace("<int:pk>", str(pk))
            .replace("<int:other>", str(others.get(name, 1)))
            .replace("<slug:level>", "household")
            .replace("<int:number>", "2")
            .replace(
                "<slug:kind>",
                "URGE"
                if name.startswith("template")
                else "stationing"
                if name.startswith("force")
                else "ROSTER",
            )
            .replace("<slug:code>", "TIME")
            .replace("<slug:which>", "homes" if name.startswith("evaluation") else "draft")
            .replace("<slug:key>", "wrong")
            .replace("<uuid:home>", str(home.uid))
            .replace(
                "<str:code>",
                {"judge-area": VILLAGE}.get(
                    name, QINGTIAN if name.startswith("coordination") else card.code
                ),
            )
            .replace("<uuid:household>", str(home.uid))
            .replace("<slug:sha256>", "0" * 64)
            .replace("<str:day>", str(AT.date()))
            .replace("<str:section>", "late")
            .replace("<str:which>", "minutes")
            .replace("(?P<kind>stationing|profile|exemption)", "stationing")
            .replace("(?P<code>[0-9]{12})/(?P<day>[0-9-]{10})", f"{QINGTIAN}/{AT.date()}")
            .replace("(?P<verb>draft|decide|take-back|follow-up|confirm|drop)", "draft")
        )
        path = path.replace("(?P<uid>[0-9a-f-]{36})", str(visit.uid)).replace("(?P<sha256>[0-9a-f]{64})", "0" * 64)  # fmt: skip
        made[name] = path.replace("<slug:verb>", "confirm").replace(
            "(?P<verb>confirm|issue|sign)", "confirm"
        )
    return made


@pytest.mark.parametrize("role", [r.code for r in ROLES] + [""])
def test_roles_open_what_is_theirs_and_nothing_breaks(
    role: str,
    addresses: dict[str, str],
    person: Callable[..., Cadre],
    as_user: Callable[[Cadre], Client],
) -> None:
    place = (
        COUNTY if role not in ("TOWNSHIP_HEAD", "TOWNSHIP_CLERK", "VILLAGE", "HELPER") else QINGTIAN
    )
    client = as_user(person("演示人", role or None, place))
    rights = next((r.rights | r.own_unit for r in ROLES if r.code == role), frozenset())
    for name, path in addresses.items():
        if name in PUBLIC | TOKEN_ONLY:
            continue
        for method in (client.get, client.post):
            answer: Any = method(path)
            assert answer.status_code < 500, (name, path)
            if name in NEEDS and NEEDS[name] not in rights:
                assert answer.status_code in (403, 404, 405), (name, role, answer.status_code)


def test_nobody_enters_without_logging_in(addresses: dict[str, str]) -> None:
    for name, path in addresses.items():
        if name in PUBLIC:
            continue
        for method in (Client().get, Client().post):
            answer: Any = method(path)
            if name in TOKEN_ONLY:
                assert answer.status_code in (401, 405), (name, answer.status_code)
            else:
                assert answer.status_code == 302 and "/login/" in answer.headers["Location"], name


def test_the_public_routes_open_and_nothing_breaks(addresses: dict[str, str]) -> None:
    for name in PUBLIC:
        for method in (Client().get, Client().post):
            answer: Any = method(addresses[name])
            assert answer.status_code < 500, name


def test_identity_numbers_and_telephones_are_on_no_page(
    addresses: dict[str, str],
    cast: Cast,
    as_user: Callable[[Cadre], Client],
) -> None:
    from cadres.models import Cadre as Person
    from households.actions.roster import add_member
    from households.models import Household
    from tests.households.builders import idno
    from yuexi.core import crypto

    home = Household.objects.get(head_name="演示陈")
    add_member(
        household=home, name="演示员", idno=idno(9), relation_name="配偶", by=cast.clerk, at=AT
    )
    Person.objects.filter(pk=cast.clerk.pk).update(
        phone=crypto.encrypt("19900000099"), phone_hash=crypto.lookup_hash("19900000099")
    )
    client = as_user(cast.clerk)
    for path in addresses.values():
        shown = b"".join(client.get(path)).decode("latin-1", "replace")
        assert idno(9) not in shown and "19900000099" not in shown, path
