from django.apps import AppConfig


class HouseholdsConfig(AppConfig):
    name = "households"
    verbose_name = "农户"

    def ready(self) -> None:
        from cadres.imports.importer import importers
        from cadres.leads import LeadKind, lead_kinds
        from cadres.reminders import sweeps
        from households import desk as own
        from households import reminders
        from households.actions.words import NOT_COME
        from households.detectors import DETECTORS
        from households.imports.pairs import PairImporter
        from households.imports.roster import RosterImporter
        from households.querysets import ASKED_DAYS, open_assignments_phrase, visit_subjects
        from yuexi.core.desk import desk
        from yuexi.core.registries import ownership

        said = f"农户对 {ASKED_DAYS} 天内的入户走访说“没来过”，扫卡说的或村里代记的。"
        lead_kinds.add(LeadKind(NOT_COME, "农户说没来过", said), *(d.kind for d in DETECTORS))
        lead_kinds.add_subject("visit", visit_subjects)
        importers.add(RosterImporter())
        importers.add(PairImporter())
        ownership.add(open_assignments_phrase)
        desk.add(own.todos, own.cards)
        sweeps.add(reminders.sweep)
