from django.apps import AppConfig


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
        from households.querysets import open_assignments_phrase
        from yuexi.core.desk import desk
        from yuexi.core.registries import ownership

        importers.add(RosterImporter())
        importers.add(PairImporter())
        ownership.add(open_assignments_phrase)
        desk.add(own.todos, own.cards)
        sweeps.add(reminders.sweep)
