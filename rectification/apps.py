from django.apps import AppConfig


class RectificationConfig(AppConfig):
    name = "rectification"
    verbose_name = "整改"

    def ready(self) -> None:
        from cadres.imports.importer import importers
        from cadres.reminders import sweeps
        from rectification import desk as own
        from rectification import reminders, tasks
        from rectification.actions.registering import open_from
        from rectification.imports import ItemImporter
        from rectification.models import Item
        from rectification.querysets import (
            household_panel,
            households_of_items,
            items_at_the_door,
            open_items_phrase,
            visit_panel,
        )
        from rectification.workflow import LABELS
        from yuexi.core.desk import desk
        from yuexi.core.registries import (
            findings,
            household_needs,
            household_panels,
            log_subjects,
            ownership,
            phone_parts,
            visit_panels,
        )

        findings.open_from = open_from
        findings.wake = tasks.bell.ring
        household_panels.add(household_panel)
        phone_parts.add(items_at_the_door)
        visit_panels.add(visit_panel)
        importers.add(ItemImporter())
        household_needs.add(households_of_items)
        ownership.add(open_items_phrase)
        desk.add(own.todos, own.cards)
        sweeps.add(reminders.sweep)
        log_subjects.add(
            "item", lambda ids: {i.pk: i.number for i in Item.objects.filter(pk__in=ids)}
        )
        log_subjects.words({s.value: name for s, name in LABELS.items()})
