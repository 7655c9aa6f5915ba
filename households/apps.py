from django.apps import AppConfig


class HouseholdsConfig(AppConfig):
    name = "households"
    verbose_name = "农户"

    def ready(self) -> None:
        from households import desk as own
        from households.querysets import open_assignments_phrase
        from yuexi.core.desk import desk
        from yuexi.core.registries import ownership

        ownership.add(open_assignments_phrase)
        desk.add(own.todos, own.cards)
