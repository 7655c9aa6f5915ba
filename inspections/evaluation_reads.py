"""Reads of evaluations and 口径. Before its release an evaluation's sample is its team's alone."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from cadres.models import Cadre
from cadres.scope import scope_of
from households.models import Household
from inspections import sheets
from inspections.models import Evaluation, Surveyor, Suspect, Yardstick
from rectification.models import Item
from yuexi.core import clock

SOURCE = "evaluation"


def in_team(user: Cadre, today: date | None = None) -> QuerySet[Evaluation]:
    """Where the user works now: a member, within its days and still what he was. A cadre's post
    may have ended since; an evaluator's account is shut with his."""
    today = today or clock.today()
    mine = Surveyor.objects.filter(evaluation=OuterRef("pk"), cadre=user)
    within = Evaluation.objects.filter(Exists(mine), until__gt=today)
    if user.kind == Cadre.Kind.EVALUATOR:
        return within if scope_of(user).has("evaluation.sheet") else within.none()
    return within if scope_of(user).has("item.view") else within.none()


def sees_county(user: Cadre) -> bool:
    """Rates are the county's: whoever reads all of it opens every figure into its rows."""
    return any(len(p) == 6 for p in scope_of(user).prefixes.get("item.view", ()))


def keeps_accounts(user: Cadre) -> bool:
    """Who adds evaluators: he sees that an evaluation is held and who is in its team."""
    return any(len(p) == 6 for p in scope_of(user).prefixes.get("cadre.manage", ()))


def evaluations_visible_to(user: Cadre) -> QuerySet[Evaluation]:
    """That one is held is no secret to the county; a township knows of those with matters of its
    own; a team of its own."""
    if sees_county(user) or keeps_accounts(user):
        return Evaluation.objects.all()
    here = Suspect.objects.filter(
        scope_of(user).within("item.view", "area__code"), evaluation=OuterRef("pk")
    )
    return Evaluation.objects.filter(Q(pk__in=in_team(user)) | Exists(here))


def suspects_visible_to(user: Cadre, evaluation: Evaluation) -> QuerySet[Suspect]:
    """Of a released evaluation; the team reads all of its own."""
    found = Suspect.objects.filter(evaluation=evaluation)
    if not in_team(user).filter(pk=evaluation.pk).exists():
        found = found.filter(scope_of(user).within("item.view", "area__code"))
    item = Item.objects.filter(source_kind=SOURCE, source_id=OuterRef("pk"))
    return (
        found.select_related("area__parent", "result__household", "evaluation", "decided_by")
        .annotate(item_number=item.values("number")[:1], item_uid=item.values("uid")[:1], item_id=item.values("pk")[:1])
        .order_by("area__code", "pk")
    )  # fmt: skip


def leads(user: Cadre, evaluation: Evaluation) -> bool:
    team = in_team(user).filter(pk=evaluation.pk)
    return team.exists() and evaluation.surveyors.filter(cadre=user, lead=True).exists()


def without_item(suspects: QuerySet[Suspect]) -> QuerySet[Suspect]:
    done = Item.objects.filter(source_kind=SOURCE, source_id=OuterRef("pk"))
    return suspects.filter(~Exists(done), state=Suspect.State.FOUND)


def households_of_sample(user: Cadre) -> QuerySet[Household] | None:
    """household_needs: an evaluator sees the households of his sample and no other."""
    if user.kind != Cadre.Kind.EVALUATOR:
        return None
    uids: list[str] = []
    for evaluation in in_team(user).filter(stage=Evaluation.Stage.DRAWN):
        uids += [h for chosen in sheets.read(evaluation).sample().values() for h in chosen]
    argued = Suspect.objects.filter(
        evaluation__in=in_team(user).filter(stage=Evaluation.Stage.RELEASED)
    )
    return Household.objects.filter(
        Q(uid__in=uids) | Q(pk__in=argued.values("result__household"))
    ).values("pk")  # type: ignore[return-value]


def item_panel(user: Cadre, item: Item) -> tuple[str, dict[str, Any]]:
    """Back from an item to the matter, the household and the evaluation that found it."""
    template = "evaluations/_of_item.html"
    if item.source_kind != SOURCE or item.source_id is None:
        return template, {}
    evaluation = evaluations_visible_to(user).filter(suspects=item.source_id).first()
    if evaluation is None:
        return template, {}
    suspect = suspects_visible_to(user, evaluation).filter(pk=item.source_id).first()
    if suspect is None:
        return template, {}
    said = suspect.result.answers
    asked = [text for code, text in sheets.QUESTIONS.items() if said.get(code) is False]
    return template, {"suspect": suspect, "asked": asked}


def yardsticks_on(day: date) -> dict[str, Yardstick]:
    """What is in force, by code; what is missing has no ruling."""
    found = Yardstick.objects.filter(
        Q(end__isnull=True) | Q(end__gt=day), start__lte=day, confirmed_by__isnull=False
    )
    return {y.code: y for y in found}
