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
        from cadres.reminders import sweeps
        from households import desk as own
        from households import reminders
        from households.imports.pairs import PairImporter
        from households.imports.roster import RosterImporter
        from households.models import (
            FACTS,
            Assignment,
            HeldVisit,
            Household,
            Member,
            Monitoring,
            Visit,
        )
        from households.querysets import label_of, open_assignments_phrase
        from yuexi.core.desk import desk
        from yuexi.core.registries import log_subjects, ownership

        importers.add(RosterImporter())
        importers.add(PairImporter())
        ownership.add(open_assignments_phrase)
        desk.add(own.todos, own.cards)
        sweeps.add(reminders.sweep)
        log_subjects.add("household", lambda ids: {h.pk: str(h) for h in Household.objects.filter(pk__in=ids)})  # fmt: skip
        log_subjects.add(
            "member", lambda ids: {m.pk: m.name for m in Member.objects.filter(pk__in=ids)}
        )
        for kind, model in (("visit", Visit), ("heldvisit", HeldVisit)):
            log_subjects.add(kind, partial(_home_of, model))
        for choices in (Household.Kind, Household.Closed, Visit.Mode, Assignment.Rank, HeldVisit.Why, Monitoring.Category):  # fmt: skip
            log_subjects.words({code: str(name) for code, name in choices.choices})
        log_subjects.words({name: label_of(name) for name in FACTS})
