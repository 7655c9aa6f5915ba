from collections.abc import Callable
from typing import Any

from django.apps import AppConfig


def _names(model: Any, said: Callable[[Any], str]) -> Callable[[set[int]], dict[int, str]]:
    """How the log calls rows of this model."""
    return lambda ids: {row.pk: said(row) for row in model.objects.filter(pk__in=ids)}


class InspectionsConfig(AppConfig):
    name = "inspections"
    verbose_name = "督查"

    def ready(self) -> None:
        from cadres.imports.importer import importers
        from cadres.leads import lead_kinds
        from cadres.reminders import sweeps
        from cadres.rules import settings
        from inspections import desk as own
        from inspections import leads, models, own_gates, planned, receipt_reminders, reminders
        from inspections import settings as registers
        from inspections.actions.selfcheck import SOURCE, finding_of_case
        from inspections.evaluation_reads import households_of_sample
        from inspections.evaluation_reads import item_panel as matter_panel
        from inspections.gaps import household_panel as gap_panel
        from inspections.gaps import item_panel as case_panel
        from inspections.imports import EvaluationImporter
        from inspections.publicity import desk as publicity
        from inspections.publicity import reminders as campaign
        from inspections.publicity.querysets import household_panel as honour_panel
        from inspections.querysets import item_panel
        from rectification.actions.registering import FINDING_OF
        from yuexi.core.desk import desk
        from yuexi.core.registries import (
            household_needs,
            household_panels,
            item_panels,
            log_subjects,
        )

        desk.add(own.todos)
        desk.add(publicity.todos)
        desk.add(own.evaluation_todos)
        importers.add(EvaluationImporter())
        household_needs.add(households_of_sample)
        own_gates.fill()
        settings.add(
            *reminders.SETTINGS, *reminders.EVALUATION_SETTINGS, *reminders.LEAVING_SETTINGS
        )
        settings.add(*registers.SETTINGS, *receipt_reminders.SETTINGS, *campaign.SETTINGS)  # fmt: skip
        for sweep in (*reminders.SWEEPS, receipt_reminders.SWEEP, *campaign.SWEEPS):
            sweeps.add(sweep)
        lead_kinds.add(*leads.KINDS)
        lead_kinds.add_subject("burdenreport", leads.subjects)
        for panel in (gap_panel, planned.household_panel, honour_panel):
            household_panels.add(panel)
        for of_item in (item_panel, matter_panel, case_panel):
            item_panels.add(of_item)
        FINDING_OF[SOURCE] = finding_of_case
        named: dict[str, tuple[Any, Callable[[Any], str]]] = {
            "plan": (models.Plan, lambda p: p.title),
            "standard": (models.Standard, str),
            "incomeline": (models.IncomeLine, str),
            "checkrun": (models.CheckRun, lambda r: f"{r.day} 自查"),
            "handbook": (models.Handbook, str),
            "filing": (models.Filing, lambda f: f.subject),
            "joint": (models.Joint, lambda j: j.title),
            "meeting": (models.Meeting, lambda m: m.title),
            "formkind": (models.FormKind, lambda f: f.name),
            "column": (models.Column, str),
            "article": (models.Article, lambda a: a.title),
            "practice": (models.Practice, lambda p: p.title),
            "evaluation": (models.Evaluation, str),
            "suspect": (models.Suspect, str),
            "yardstick": (models.Yardstick, str),
            "leaving": (models.Leaving, str),
            "honour": (models.Honour, lambda h: str(h.get_kind_display())),
        }
        for kind, (model, said) in named.items():
            log_subjects.add(kind, _names(model, said))
