from collections.abc import Callable

from django.apps import AppConfig
from django.db import models


def named_by(model: type[models.Model]) -> Callable[[set[int]], dict[int, str]]:
    return lambda ids: {row.pk: str(row) for row in model._default_manager.filter(pk__in=ids)}


class InspectionsConfig(AppConfig):
    name = "inspections"
    verbose_name = "督查"

    def ready(self) -> None:
        from cadres.imports.importer import importers
        from cadres.reminders import sweeps
        from cadres.rules import settings
        from inspections import desk as own
        from inspections import own_gates, reminders
        from inspections.evaluation_reads import households_of_sample
        from inspections.imports import EvaluationImporter
        from inspections.models import Evaluation, Leaving, Plan, Suspect, Yardstick
        from yuexi.core.desk import desk
        from yuexi.core.registries import household_needs, log_subjects

        desk.add(own.todos)
        settings.add(*reminders.SETTINGS)
        settings.add(*reminders.EVALUATION_SETTINGS, *reminders.LEAVING_SETTINGS)
        sweeps.add(reminders.SWEEP)
        sweeps.add(reminders.EVALUATION_SWEEP)
        sweeps.add(reminders.LEAVING_SWEEP)
        importers.add(EvaluationImporter())
        household_needs.add(households_of_sample)
        desk.add(own.evaluation_todos)
        log_subjects.add(
            "plan", lambda ids: {p.pk: p.title for p in Plan.objects.filter(pk__in=ids)}
        )
        own_gates.fill()
        for model in (Evaluation, Leaving, Suspect, Yardstick):
            log_subjects.add(str(model._meta.model_name), named_by(model))
