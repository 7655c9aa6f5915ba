from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "inspections"
    verbose_name = "督查"

    def ready(self) -> None:
        from cadres.reminders import sweeps
        from cadres.rules import settings
        from inspections import desk as own
        from inspections import receipt_reminders, reminders
        from inspections.actions.selfcheck import SOURCE, finding_of_case
        from inspections.gaps import household_panel as gap_panel
        from inspections.models import (
            Article,
            CheckRun,
            Column,
            Handbook,
            Honour,
            IncomeLine,
            Plan,
            Practice,
            Standard,
        )
        from inspections.publicity import desk as publicity
        from inspections.publicity import reminders as campaign
        from inspections.publicity.querysets import household_panel as honour_panel
        from rectification.actions.registering import FINDING_OF
        from yuexi.core.desk import desk
        from yuexi.core.registries import household_panels, log_subjects

        desk.add(own.todos)
        household_panels.add(gap_panel)
        FINDING_OF[SOURCE] = finding_of_case
        settings.add(*reminders.SETTINGS, *receipt_reminders.SETTINGS)
        sweeps.add(reminders.SWEEP)
        sweeps.add(receipt_reminders.SWEEP)
        log_subjects.add(
            "plan", lambda ids: {p.pk: p.title for p in Plan.objects.filter(pk__in=ids)}
        )
        log_subjects.add(
            "standard", lambda ids: {s.pk: str(s) for s in Standard.objects.filter(pk__in=ids)}
        )
        log_subjects.add(
            "incomeline", lambda ids: {n.pk: str(n) for n in IncomeLine.objects.filter(pk__in=ids)}
        )
        desk.add(publicity.todos)
        settings.add(*campaign.SETTINGS)
        for sweep in campaign.SWEEPS:
            sweeps.add(sweep)
        household_panels.add(honour_panel)
        log_subjects.add("column", lambda ids: {c.pk: str(c) for c in Column.objects.filter(pk__in=ids)})  # fmt: skip
        log_subjects.add("article", lambda ids: {a.pk: a.title for a in Article.objects.filter(pk__in=ids)})  # fmt: skip
        log_subjects.add("practice", lambda ids: {p.pk: p.title for p in Practice.objects.filter(pk__in=ids)})  # fmt: skip
        log_subjects.add("honour", lambda ids: {
            h.pk: str(h.get_kind_display()) for h in Honour.objects.filter(pk__in=ids)
        })  # fmt: skip
        log_subjects.add("checkrun", lambda ids: {
            r.pk: f"{r.standard}，{r.day} 自查"
            for r in CheckRun.objects.filter(pk__in=ids).select_related("standard")
        })  # fmt: skip
        log_subjects.add(
            "handbook", lambda ids: {b.pk: str(b) for b in Handbook.objects.filter(pk__in=ids)}
        )
