from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "inspections"
    verbose_name = "督查"

    def ready(self) -> None:
        from cadres.reminders import sweeps
        from cadres.rules import settings
        from inspections import desk as own
        from inspections import reminders
        from inspections.models import Article, Column, Honour, IncomeLine, Plan, Practice, Standard
        from inspections.publicity import desk as publicity
        from inspections.publicity import reminders as campaign
        from inspections.publicity.querysets import household_panel
        from yuexi.core.desk import desk
        from yuexi.core.registries import household_panels, log_subjects

        desk.add(own.todos)
        settings.add(*reminders.SETTINGS)
        sweeps.add(reminders.SWEEP)
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
        household_panels.add(household_panel)
        log_subjects.add("column", lambda ids: {c.pk: str(c) for c in Column.objects.filter(pk__in=ids)})  # fmt: skip
        log_subjects.add("article", lambda ids: {a.pk: a.title for a in Article.objects.filter(pk__in=ids)})  # fmt: skip
        log_subjects.add("practice", lambda ids: {p.pk: p.title for p in Practice.objects.filter(pk__in=ids)})  # fmt: skip
        log_subjects.add("honour", lambda ids: {
            h.pk: str(h.get_kind_display()) for h in Honour.objects.filter(pk__in=ids)
        })  # fmt: skip
