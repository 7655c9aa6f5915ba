"""Every page on the desk and on the phone: no serious axe finding, nothing wider than the
screen, no error in the console, also without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Page

from cadres.actions.leads import open_lead
from cadres.models import Cadre, Channel, Lead, Post, RuleSet
from households.models import Campaign, Card, Household, Policy, Visit
from inspections.models import (
    Article,
    Column,
    Consent,
    Filing,
    FormKind,
    Honour,
    Joint,
    Meeting,
    Practice,
)
from rectification.actions import papers, templates
from rectification.models import Accountability, Item
from tests.county import PASSWORD
from tests.rectification.papers import drafted
from tests.stack import Stack
from yuexi.core import clock

Enter = Callable[..., Page]


def faults(page: Page, path: str) -> list[str]:
    found = []
    width = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    if width > 0:
        found.append(f"{path}: {width} px wider than the screen")
    results: dict[str, Any] = Axe().run(page).response
    for violation in results["violations"]:
        if violation["impact"] in ("serious", "critical"):
            nodes = [n["html"][:120] for n in violation["nodes"][:2]]
            found.append(f"{path}: {violation['id']} {nodes}")
    return found


def holder(role: str) -> Cadre:
    cadre: Cadre = Post.objects.filter(role=role).order_by("pk").select_related("cadre")[0].cadre
    cadre.set_password(PASSWORD)
    cadre.save()
    return cadre


def test_every_page_reads_well_on_desk_and_phone(stack: Stack, enter: Enter) -> None:
    call_command("demo", scale="small")
    stack.start("web")
    office, admin, helper = holder("OFFICE_RECTIFY"), holder("SYSTEM_ADMIN"), holder("HELPER")
    clerk, data = holder("TOWNSHIP_CLERK"), holder("OFFICE_DATA")
    mine = (
        Item.objects.filter(person=clerk, status="RECTIFYING").first()
        or Item.objects.filter(person=clerk)[0]
    )
    closed = Item.objects.filter(status="CLOSED", dispatch__isnull=False)[0]
    checked = Item.objects.filter(status="ACCEPT")[0]
    home = Household.objects.filter(assignments__cadre=helper)[0]
    visit = Visit.objects.filter(visitor=helper)[0]
    policy = Policy.objects.filter(valid_to__isnull=False)[0]
    campaign = Campaign.objects.get()
    walk = {
        clerk: ["/", "/households/", "/households/?view=orphan", "/households/new/", "/households/reviews/", f"/households/{home.uid}/", f"/households/{home.uid}/changes/", f"/households/{home.uid}/handbook/", "/imports/", "/imports/new/ROSTER/", "/visits/", "/visits/held/", "/visits/hand-over/",
                f"/visits/{visit.uid}/", "/items/", "/items/urge/", "/items/new/", "/items/solved/", f"/items/{mine.uid}/", "/inbox/", "/areas/", "/password/"],
        office: ["/", "/items/?view=mine", f"/items/{closed.uid}/", f"/items/{checked.uid}/", "/items/?view=late", "/cadres/"],
        admin: ["/cadres/", f"/cadres/{clerk.uid}/", f"/cadres/{clerk.uid}/hand-over/", "/cadres/new/", f"/cadres/{clerk.uid}/edit/", "/units/", "/units/new/", "/cadres/slips/",
                "/posts/confirm/", "/imports/", "/"],
        holder("TOWNSHIP_HEAD"): ["/delegations/"],
        data: ["/tokens/", "/policies/", "/policies/new/", f"/policies/{policy.uid}/", "/terms/", "/terms/new/",
                "/campaigns/", "/campaigns/new/", f"/campaigns/{campaign.uid}/", f"/campaigns/{campaign.uid}/households/?outcome=NONE"],
        helper: ["/", "/m/", f"/m/households/{home.uid}/visit/", "/items/", "/households/"],
    }  # fmt: skip
    walk[office] += [f"/inspections/{p}" for p in (
        "filings/", "filings/new/", f"filings/{Filing.objects.get(status='WAITS').uid}/", "joints/", "joints/new/", "covert/", "meetings/", "meetings/new/",
        *(f"joints/{j.uid}/" for j in Joint.objects.all()), f"meetings/{Meeting.objects.filter(status='WAITS')[0].uid}/", "forms/", "forms/new/",
        f"forms/{FormKind.objects.filter(status='WAITS')[0].uid}/", "burden/", "burden/?township=340828100")]  # fmt: skip
    walk[clerk] += ["/inspections/reports/new/", "/inspections/covert/", "/inspections/filings/"]
    version = RuleSet.objects.get()
    walk[office] += ["/rules/", f"/rules/{version.pk}/"]
    walk[admin] += [
        "/channels/",
        "/channels/new/SMTP/",
        f"/channels/{Channel.objects.all()[0].pk}/",
        "/channels/outbox/",
        "/channels/outbox/?state=WAITS",
    ]
    walk[clerk] += ["/inbox/channels/", "/inbox/away/", "/calendar/?year=2026"]
    walk[holder("COUNTY_LEADER")] = ["/", f"/rules/{version.pk}/"]
    walk[data] += ["/calendar/", "/calendar/?year=2027"]
    card, _ = Card.objects.get_or_create(
        household=home, ended_on=None, defaults={"code": "a" * 22, "issued_on": clock.today(), "by": clerk}
    )  # fmt: skip
    open_lead(kind="TEXT", subject_kind="visit", subject_id=visit.pk, area=visit.area_id, text="写得一样", about=[], at=clock.now())  # fmt: skip
    lead = Lead.objects.order_by("pk")[0]
    walk[clerk] += ["/households/cards/", f"/households/cards/?village={home.area_id}"]
    walk[holder("INSPECTOR")] = [
        "/",
        "/leads/",
        f"/leads/{lead.uid}/",
        "/leads/?view=all",
        "/leads/?view=discipline",
    ]
    walk[admin] += [f"/c/{card.code}/"]
    late, signed = drafted("BULLETIN", office, closed), drafted("CLOSING", office, closed)
    papers.issue(paper=signed, document_no="岳农工办〔2026〕99号", signed_off_by="演示签发", by=office, at=clock.now())  # fmt: skip
    templates.hand_in(kind="URGE", content=None, note="用标准的", by=office, at=clock.now())
    walk[office] += ["/papers/", "/papers/new/?kind=BULLETIN", f"/papers/{late.uid}/", f"/papers/{signed.uid}/", "/papers/templates/",
                     f"/papers/dispatch/{closed.dispatch.uid}/"]  # fmt: skip
    lasting, red = Item.objects.filter(status="MILESTONE")[0], Item.objects.filter(status="REDLINE")[0]  # fmt: skip
    listed = Item.objects.filter(screenings__isnull=False)[0]
    asked = Item.objects.filter(extensions__isnull=False, extensions__decision=None)[0]
    walk[office] += [f"/items/{i.uid}/" for i in (lasting, red, asked)] + [f"/items/{listed.uid}/similar/", "/items/look-backs/"]  # fmt: skip
    blame = Accountability.objects.order_by("pk")[0]
    walk[holder("DISCIPLINE")] = [f"/items/{red.uid}/", "/items/?view=red", "/items/accountability/", f"/items/accountability/{blame.uid}/"]  # fmt: skip
    walk[holder("VILLAGE")] = ["/items/screened/"]
    told, paper, live = Practice.objects.filter(status="APPROVED")[0], Consent.objects.all()[0], Honour.objects.filter(kind="HOUSEHOLD", status="NOTICE")[0]  # fmt: skip
    public = "/inspections/publicity/"
    walk[holder("PUBLICITY")] = [
        "/", public, f"{public}columns/new/", f"{public}columns/{Column.objects.all()[0].uid}/", f"{public}articles/", f"{public}articles/new/",
        f"{public}articles/{Article.objects.all()[0].uid}/", f"{public}practices/", f"{public}practices/new/", f"{public}practices/{told.uid}/",
        f"{public}practices/{told.uid}/figures/1/", f"{public}honours/", f"{public}honours/new/", f"{public}honours/notice/", f"{public}honours/{live.uid}/",
    ]  # fmt: skip
    keeper = paper.by
    keeper.set_password(PASSWORD)
    keeper.save()
    walk[keeper] = [f"{public}consents/", f"{public}consents/{paper.uid}/", f"{public}consents/new/?household={paper.household.uid}", f"{public}honours/new/?household={paper.household.uid}"]  # fmt: skip
    asked_of = Honour.objects.filter(kind="CADRE", status="REVIEWED")[0]
    walk[holder("DISCIPLINE")] += [f"{public}honours/?view=opinion", f"{public}honours/{asked_of.uid}/"]  # fmt: skip
    found: list[str] = []
    broken: list[str] = []
    for cadre, paths in walk.items():
        for phone in (False, True):
            page = enter(cadre, phone=phone)
            page.on(
                "response",
                lambda r: broken.append(f"{r.status} {r.url}") if r.status >= 400 else None,
            )
            page.on("console", lambda m: broken.append(m.text) if m.type == "error" else None)
            for path in paths:
                page.goto(stack.address + path)
                kept = len(broken)  # what axe itself loads and styles is not ours
                found += [f"{'phone' if phone else 'desk'} {fault}" for fault in faults(page, path)]
                del broken[kept:]
    assert not found + broken, "\n".join(sorted({*found, *broken}))
