from functools import partial
from typing import Any

from django.apps import AppConfig


def _home_of(model: Any, ids: set[int]) -> dict[int, str]:
    return {
        v.pk: str(v.household) for v in model.objects.filter(pk__in=ids).select_related("household")
    }


class HouseholdsConfig(AppConfig):
    name = "households"
    verbose_name = "农户"

    def ready(self) -> None:
        from cadres.imports.importer import importers
        from cadres.leads import LeadKind, lead_kinds
        from cadres.reminders import sweeps
        from cadres.rules import settings
        from households import desk as own
        from households import reminders
        from households.actions import assignments
        from households.actions.words import NOT_COME
        from households.detectors import DETECTORS, INCOME_LINE
        from households.halfdays import VISITED
        from households.imports.pairs import PairImporter
        from households.imports.roster import RosterImporter
        from households.models import (
            FACTS,
            Assignment,
            HeldVisit,
            Household,
            Member,
            Monitoring,
            Term,
            Visit,
        )
        from households.querysets import (
            ASKED_DAYS,
            household_subjects,
            label_of,
            open_assignments_phrase,
            roster_subjects,
            visit_subjects,
        )
        from yuexi.core.desk import desk
        from yuexi.core.registries import half_day_evidence, log_subjects, ownership

        said = f"农户对 {ASKED_DAYS} 天内的入户走访说“没来过”，扫卡说的或村里代记的。"
        lead_kinds.add(LeadKind(NOT_COME, "农户说没来过", said), *(d.kind for d in DETECTORS))
        lead_kinds.add_subject("visit", visit_subjects)
        lead_kinds.add_subject("household", household_subjects)
        lead_kinds.add_subject("area", roster_subjects)
        importers.add(RosterImporter())
        importers.add(PairImporter())
        ownership.add(open_assignments_phrase)
        ownership.hands("home", assignments.held_homes, assignments.give_homes)
        half_day_evidence.add("visit", VISITED, rank=10)
        desk.add(own.todos, own.cards)
        sweeps.add(reminders.SWEEP)
        settings.add(*reminders.SETTINGS, INCOME_LINE)
        log_subjects.add("household", lambda ids: {h.pk: str(h) for h in Household.objects.filter(pk__in=ids)})  # fmt: skip
        log_subjects.add(
            "member", lambda ids: {m.pk: m.name for m in Member.objects.filter(pk__in=ids)}
        )
        log_subjects.add("term", lambda ids: {
            t.pk: f"{t.get_thing_display()}：{t}" for t in Term.objects.filter(pk__in=ids)
        })  # fmt: skip
        for kind, model in (("visit", Visit), ("heldvisit", HeldVisit)):
            log_subjects.add(kind, partial(_home_of, model))
        for choices in (Household.Kind, Household.Closed, Visit.Mode, Assignment.Rank, HeldVisit.Why, Monitoring.Category):  # fmt: skip
            log_subjects.words({code: str(name) for code, name in choices.choices})
        log_subjects.words({name: label_of(name) for name in FACTS})
