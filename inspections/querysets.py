"""Reads. To whoever is not of its team a sealed inspection does not exist, on any road."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from cadres.models import Cadre
from cadres.scope import scope_of
from inspections.models import Finding, Joint, Plan, PlanArea, Sampled, TeamMember
from inspections.registers import joints_visible_to
from inspections.sealed import who
from inspections.standards import Question, questions_of
from rectification.models import Item
from rectification.querysets import veiled_items


def plans_of(user: Cadre) -> QuerySet[Plan]:
    """Sealed ones of whose team the user is: found by a keyed hash, in one indexed statement
    that costs an outsider what it costs a member."""
    if not scope_of(user).has("inspection.plan"):
        return Plan.objects.none()  # moved on since, or never an inspector: the same for any plan
    mine = TeamMember.objects.filter(plan=OuterRef("pk"), who=who(user))
    return Plan.objects.filter(Exists(mine), ended="")


def released_to(user: Cadre) -> QuerySet[Plan]:
    """Issued ones that went to a township of the user's sight."""
    here = PlanArea.objects.filter(scope_of(user).within("item.view", "area__code"))
    return Plan.objects.filter(pk__in=here.values("plan"), ended=Plan.Ended.RELEASED)


def board() -> QuerySet[Plan]:
    """Commitments: public, since they say nothing."""
    return Plan.objects.only(
        "uid", "commitment", "committed_on", "ended", "ended_on", "title", "opened", "started_on"
    ).order_by("-committed_on", "-pk")


def findings_visible_to(user: Cadre, of: Plan | Joint) -> QuerySet[Finding]:
    """With the number of the item that each became; of an open inspection also what one noted
    oneself."""
    here = scope_of(user).within("item.view", "area__code")
    if isinstance(of, Joint):
        here = (here | Q(found_by=user)) & Q(joint=of)
    else:
        here &= Q(plan=of)
    item = Item.objects.filter(source_kind="inspection", source_id=OuterRef("pk"))
    return (
        Finding.objects.filter(here)
        .select_related("area__parent", "household", "found_by", "plan", "joint")
        .annotate(
            item_number=item.values("number")[:1],
            item_uid=item.values("uid")[:1],
            item_id=item.values("pk")[:1],
        )
        .order_by("pk")
    )


def readable_findings(user: Cadre, of: Plan | Joint) -> list[Finding]:
    """As they are listed: of one whose item went to 纪委监委 others read that it did, and no more."""
    found = list(findings_visible_to(user, of).prefetch_related("files__file"))
    red = veiled_items(user, {f.item_id for f in found if f.item_id})  # type: ignore[attr-defined]
    for finding in found:
        finding.veiled = finding.item_id in red  # type: ignore[attr-defined]
    return found


def doors_of(user: Cadre, plan: Plan) -> QuerySet[Sampled]:
    """Households of an issued inspection that the reader may see."""
    here = scope_of(user).within("household.view", "household__area__code")
    return plan.sampled.filter(here).select_related("household__area__parent")


def item_panel(user: Cadre, item: Any) -> tuple[str, dict[str, Any]]:
    """Back from an item to the question, the household and the inspection that found it."""
    template = "inspections/_of_item.html"
    if item.source_kind != "inspection":
        return template, {}
    finding = (
        Finding.objects.filter(Q(plan__in=released_to(user)) | Q(joint__in=joints_visible_to(user)), pk=item.source_id)
        .select_related("plan", "joint", "household", "standard", "found_by")
        .first()
    )  # fmt: skip
    if finding is None:
        return template, {}
    plan = finding.plan
    door = doors_of(user, plan).filter(household=finding.household).first() if plan else None
    return template, {
        "finding": finding, "door": door, "files": list(finding.files.order_by("pk")),
        "question": question_of(finding),
    }  # fmt: skip


def question_of(finding: Finding) -> Question | None:
    if finding.standard is None:
        return None
    return next((q for q in questions_of(finding.standard) if q.code == finding.code), None)


def without_item(findings: QuerySet[Finding]) -> QuerySet[Finding]:
    """Not in the ledger yet."""
    done = Item.objects.filter(source_kind="inspection", source_id=OuterRef("pk"))
    return findings.filter(~Exists(done))


def to_transfer(user: Cadre) -> QuerySet[Finding]:
    """What waits for whoever may bring findings of issued reports and of open inspections into the
    ledger."""
    scope = scope_of(user)
    here = scope.within("inspection.plan", "area__code") & Q(plan__isnull=False)
    here |= scope.within("register.join", "area__code") & Q(joint__isnull=False)
    here &= scope.within("item.create", "area__code")
    return without_item(Finding.objects.filter(here))
