from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "inspections"
    verbose_name = "督查"

    def ready(self) -> None:
        from cadres.reminders import sweeps
        from cadres.rules import settings
        from inspections import desk as own
        from inspections import reminders
        from inspections.models import IncomeLine, Plan, Standard
        from inspections.querysets import item_panel
        from yuexi.core.desk import desk
        from yuexi.core.registries import item_panels, log_subjects

        desk.add(own.todos)
        item_panels.add(item_panel)
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
