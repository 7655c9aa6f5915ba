from django.apps import AppConfig


class RectificationConfig(AppConfig):
    name = "rectification"
    verbose_name = "整改"

    def ready(self) -> None:
        from cadres.imports.importer import importers
        from cadres.leads import LeadKind, lead_kinds
        from cadres.reminders import sweeps
        from cadres.rules import settings
        from rectification import calendar, limits, reminders, tasks
        from rectification import desk as own
        from rectification.actions import handing
        from rectification.actions.registering import open_from
        from rectification.coordination import reminders as weekly
        from rectification.halfdays import CHECKED, LOOKED_BACK
        from rectification.imports import ItemImporter
        from rectification.ledger.importer import LedgerImporter
        from rectification.models import Batch, Coordination, Item, Paper, PaperTemplate
        from rectification.papers import desk as papers
        from rectification.querysets import (
            household_panel,
            households_of_items,
            item_subjects,
            items_at_the_door,
            lead_panel,
            open_items_phrase,
            veiled_items,
            veiled_papers,
            visit_panel,
        )
        from rectification.workflow import LABELS
        from yuexi.core.desk import desk
        from yuexi.core.registries import (
            deadlines,
            findings,
            half_day_evidence,
            household_needs,
            household_panels,
            lead_panels,
            log_subjects,
            ownership,
            phone_parts,
            visit_panels,
        )

        deadlines.add(calendar.moved, calendar.save)
        lead_kinds.add(
            LeadKind(
                "EVIDENCE", "佐证照片重复", "两件整改事项用了同一张照片：文件完全相同，或画面相同。"
            )
        )
        lead_kinds.add_subject("item", item_subjects)
        findings.open_from = open_from
        findings.wake = tasks.bell.ring
        household_panels.add(household_panel)
        phone_parts.add(items_at_the_door)
        visit_panels.add(visit_panel)
        lead_panels.add(lead_panel)
        importers.add(ItemImporter())
        importers.add(LedgerImporter())
        household_needs.add(households_of_items)
        ownership.add(open_items_phrase)
        half_day_evidence.add("coordination", weekly.COORDINATED, rank=5)
        ownership.hands("item", handing.held_items, handing.give_items)
        half_day_evidence.add("check", CHECKED, rank=30)
        half_day_evidence.add("lookback", LOOKED_BACK, rank=20)
        desk.add(own.todos, own.cards)
        desk.add(papers.todos)
        sweeps.add(reminders.SWEEP)
        sweeps.add(weekly.SWEEP)
        settings.add(
            *limits.SETTINGS, *reminders.settings_of(reminders.RULES), weekly.ASK, weekly.RED
        )
        log_subjects.add(
            "item", lambda ids: {i.pk: i.number for i in Item.objects.filter(pk__in=ids)}
        )
        log_subjects.veil("item", veiled_items)
        log_subjects.veil("paper", veiled_papers)
        log_subjects.add(
            "paper", lambda ids: {p.pk: str(p) for p in Paper.objects.filter(pk__in=ids)}
        )
        log_subjects.add("papertemplate", lambda ids: {
            t.pk: f"{t.get_kind_display()}模板第{t.version}版" for t in PaperTemplate.objects.filter(pk__in=ids)
        })  # fmt: skip
        log_subjects.add(
            "batch", lambda ids: {b.pk: b.title for b in Batch.objects.filter(pk__in=ids)}
        )
        log_subjects.add("coordination", lambda ids: {
            c.pk: str(c) for c in Coordination.objects.filter(pk__in=ids).select_related("area")
        })  # fmt: skip
        log_subjects.words({s.value: name for s, name in LABELS.items()})
