import os
from typing import Any
from urllib.parse import unquote, urlsplit

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

APPEND_ONLY = (
    "cadres_event",
    "cadres_storedfile",
    "cadres_rowchange",
    "cadres_lead",
    "cadres_leadlook",
    "cadres_leaddecision",
    "households_visit",
    "households_visitproblem",
    "households_visitcorrection",
    "households_visitphoto",
    "households_visitfact",
    "households_heldvisit",
    "households_helddecision",
    "households_visitword",
    "households_changereview",
    "households_campaignhousehold",
    "rectification_progress",
    "rectification_evidence",
    "rectification_evidenceview",
    "rectification_check",
    "rectification_lookback",
    "rectification_paper",
    "rectification_paperitem",
    "rectification_paperdecision",
    "rectification_paperscan",
    "rectification_papertemplate",
    "rectification_templatedecision",
    "inspections_teammember",
    "inspections_answer",
    "inspections_entry",
    "inspections_planarea",
    "inspections_sampled",
    "inspections_finding",
    "inspections_findingfile",
    "inspections_indicator",
    "inspections_gapcase",
    "inspections_judgement",
    "inspections_honourstep",
    "inspections_publicphoto",
    "inspections_handbookprinting",
    "inspections_handbookcopy",
    "inspections_handbookreceipt",
    "inspections_handbook_standards",
    "inspections_jointmember",
    "inspections_attendance",
    "inspections_formask",
    "inspections_burdenreport",
    "inspections_reporteropening",
    "inspections_sheetentry",
    "inspections_result",
    "inspections_argument",
    "inspections_argumentfile",
    "inspections_gateword",
    "inspections_gatereading",
    "rectification_review",
    "rectification_accountability",
    "rectification_accountabilitydecision",
    "rectification_appeal",
    "rectification_lookbackdraw",
    "rectification_drawnitem",
    "rectification_redlinereport",
    "rectification_redlineopening",
    "rectification_redlinedecision",
    "rectification_screening",
    "rectification_extension",
    "rectification_extensiondecision",
    "rectification_planchange",
    "rectification_plannedstage",
    "rectification_plandecision",
    "rectification_sentverb",
)
# Ended, closed or struck off, never deleted.
KEPT = (
    "cadres_area",
    "cadres_cadre",
    "cadres_post",
    "cadres_unit",
    "cadres_apitoken",
    "cadres_delegation",
    "cadres_ruleset",
    "cadres_absence",
    "cadres_ruling",
    "cadres_stationing",
    "cadres_unitprofile",
    "cadres_exemption",
    "cadres_workpost",
    "cadres_abpair",
    "cadres_abcover",
    "cadres_abnote",
    "cadres_unitvillage",
    "cadres_taskforce",
    "cadres_taskforcemember",
    "cadres_channel",
    "cadres_outgoing",
    "households_household",
    "households_member",
    "households_assignment",
    "households_monitoring",
    "households_policy",
    "households_campaign",
    "households_card",
    "households_term",
    "rectification_batch",
    "rectification_batchrow",
    "rectification_item",
    "rectification_dispatch",
    "rectification_numberseries",
    "rectification_paperseries",
    "inspections_plan",
    "inspections_standard",
    "inspections_incomeline",
    "inspections_checkrun",
    "inspections_column",
    "inspections_monthplan",
    "inspections_article",
    "inspections_practice",
    "inspections_consent",
    "inspections_honour",
    "inspections_handbook",
    "inspections_joint",
    "inspections_filing",
    "inspections_villageslot",
    "inspections_meeting",
    "inspections_formkind",
    "inspections_evaluation",
    "inspections_surveyor",
    "inspections_suspect",
    "inspections_yardstick",
    "inspections_leaving",
    "inspections_leavingstep",
    "rectification_milestone",
    "rectification_screenedhousehold",
)
# Kept by triggers that run as the owner; nobody else writes them.
COMPUTED = ("households_villageday", "households_lastvisit", "rectification_stepdays")
GRANTS = """
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO {role};
"""
REVOKES = (
    ("UPDATE, DELETE", APPEND_ONLY),
    ("DELETE", KEPT),
    ("INSERT, UPDATE, DELETE", COMPUTED),
)


def grant_to_app(using: str, **kwargs: Any) -> None:
    """After every migrate: the application, as DATABASE_URL names it, may use all tables and
    own none. A table that is not there yet (a migration backwards) has nothing to grant."""
    connection = connections[using]
    role = unquote(urlsplit(os.environ.get("DATABASE_URL", "")).username or "") or "yuexi_app"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user <> %s FROM pg_roles WHERE rolname = %s", [role, role])
        if cursor.fetchone() != (True,):
            return  # one role for all, as a small installation may have it: triggers alone hold
        there = set(connection.introspection.table_names(cursor))
        name = connection.ops.quote_name(role)
        taken = [
            f"REVOKE {rights} ON {', '.join(found)} FROM {name};"
            for rights, tables in REVOKES
            if (found := [t for t in tables if t in there])
        ]
        cursor.execute(GRANTS.format(role=name) + "".join(taken))


class CadresConfig(AppConfig):
    name = "cadres"
    verbose_name = "干部"

    def ready(self) -> None:
        from cadres.wording import say_it_plainly

        say_it_plainly()  # first: a form copies its sentences when it is imported
        from cadres import covering, holdings
        from cadres import desk as own
        from cadres.halfdays import ABSENT, STATIONED
        from cadres.imports.importer import importers
        from cadres.imports.people import CadreImporter, UnitImporter
        from cadres.models import Absence, Area, Cadre, Channel, ImportRun, Ruling, Unit
        from cadres.reminders import sweeps
        from cadres.rules import settings
        from yuexi.core.desk import desk
        from yuexi.core.registries import half_day_evidence, log_subjects, ownership

        desk.add(own.todos)
        holdings.register(ownership)
        settings.add(*covering.SETTINGS)
        for sweep in covering.SWEEPS:
            sweeps.add(sweep)
        half_day_evidence.add("absence", ABSENT, rank=60)
        half_day_evidence.add("stationing", STATIONED, rank=50)
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
        log_subjects.add("area", lambda ids: dict(
            Area.objects.filter(pk__in=ids).values_list("pk", "name")
        ))  # fmt: skip
        log_subjects.add("absence", lambda ids: {
            a.pk: a.cadre.name for a in Absence.objects.filter(pk__in=ids).select_related("cadre")
        })  # fmt: skip
        log_subjects.add("channel", lambda ids: {
            c.pk: c.name for c in Channel.objects.filter(pk__in=ids)
        })  # fmt: skip
        log_subjects.add(
            "ruling", lambda ids: {r.pk: str(r) for r in Ruling.objects.filter(pk__in=ids)}
        )
        log_subjects.add("ruleset", lambda ids: {pk: f"第 {pk} 版" for pk in ids})
        post_migrate.connect(grant_to_app, sender=self)
