from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

APPEND_ONLY = (
    "cadres_event",
    "cadres_storedfile",
    "cadres_rowchange",
    "households_visit",
    "households_visitproblem",
    "households_visitcorrection",
    "households_visitphoto",
    "households_visitfact",
    "households_heldvisit",
    "households_helddecision",
    "households_changereview",
    "rectification_progress",
    "rectification_evidence",
    "rectification_evidenceview",
    "rectification_check",
    "rectification_lookback",
)
# Ended, closed or struck off, never deleted.
KEPT = (
    "cadres_area",
    "cadres_cadre",
    "cadres_post",
    "cadres_unit",
    "cadres_apitoken",
    "cadres_delegation",
    "households_household",
    "households_member",
    "households_assignment",
    "households_monitoring",
    "rectification_item",
    "rectification_dispatch",
    "rectification_numberseries",
)
GRANTS = """
DO $$ BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'yuexi_app') AND current_user <> 'yuexi_app' THEN
    GRANT USAGE ON SCHEMA public TO yuexi_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO yuexi_app;
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO yuexi_app;
    GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO yuexi_app;
    REVOKE UPDATE, DELETE ON {append_only} FROM yuexi_app;
    REVOKE DELETE ON {kept} FROM yuexi_app;
  END IF;
END $$
"""


def grant_to_app(using: str, **kwargs: Any) -> None:
    """After every migrate: the application may use all tables and own none."""
    with connections[using].cursor() as cursor:
        cursor.execute(GRANTS.format(append_only=", ".join(APPEND_ONLY), kept=", ".join(KEPT)))


class CadresConfig(AppConfig):
    name = "cadres"
    verbose_name = "干部"

    def ready(self) -> None:
        from cadres.imports.importer import importers
        from cadres.imports.people import CadreImporter, UnitImporter
        from cadres.models import Cadre, ImportRun, Unit
        from yuexi.core.registries import log_subjects

        importers.add(UnitImporter())
        importers.add(CadreImporter())
        log_subjects.add("cadre", lambda ids: {
            c.pk: f"{c.name}（{c.work_no}）" for c in Cadre.objects.filter(pk__in=ids).only("name", "work_no")
        })  # fmt: skip
        log_subjects.add(
            "unit", lambda ids: {u.pk: u.name for u in Unit.objects.filter(pk__in=ids)}
        )
        log_subjects.add("importrun", lambda ids: {
            r.pk: r.file.name for r in ImportRun.objects.filter(pk__in=ids).select_related("file")
        })  # fmt: skip
        post_migrate.connect(grant_to_app, sender=self)
