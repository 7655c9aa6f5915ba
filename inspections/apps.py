from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "inspections"
    verbose_name = "督查"

    def ready(self) -> None:
        from cadres.leads import lead_kinds
        from cadres.reminders import sweeps
        from cadres.rules import settings
        from inspections import desk as own
        from inspections import leads, reminders
        from inspections import settings as registers
        from inspections.models import Filing, FormKind, Joint, Meeting, Plan
        from inspections.planned import household_panel
        from yuexi.core.desk import desk
        from yuexi.core.registries import household_panels, log_subjects

        desk.add(own.todos)
        settings.add(*reminders.SETTINGS, *registers.SETTINGS)
        for sweep in reminders.SWEEPS:
            sweeps.add(sweep)
        lead_kinds.add(*leads.KINDS)
        lead_kinds.add_subject("burdenreport", leads.subjects)
        household_panels.add(household_panel)
        log_subjects.add(
            "plan", lambda ids: {p.pk: p.title for p in Plan.objects.filter(pk__in=ids)}
        )
        log_subjects.add(
            "filing", lambda ids: {f.pk: f.subject for f in Filing.objects.filter(pk__in=ids)}
        )
        log_subjects.add(
            "joint", lambda ids: {j.pk: j.title for j in Joint.objects.filter(pk__in=ids)}
        )
        log_subjects.add(
            "meeting", lambda ids: {m.pk: m.title for m in Meeting.objects.filter(pk__in=ids)}
        )
        log_subjects.add(
            "formkind", lambda ids: {f.pk: f.name for f in FormKind.objects.filter(pk__in=ids)}
        )
