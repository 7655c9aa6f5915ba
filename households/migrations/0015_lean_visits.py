from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What each household's last visits of a kind say is asked first. Only one that came after the
# campaign's end says nothing about the time before it, and then the visits themselves are read.
# Two vain calls on different days are 无法联系, one is not. Who was struck off before the last
# day and reached by nobody has an outcome too, and blocks nothing.
_IN_PERIOD = """
  FROM households_visit v
 WHERE v.household_id = r.household_id AND v.occurred_at >= c.since AND v.occurred_at < c.until AND v.mode = '{mode}'
   AND NOT EXISTS (SELECT FROM households_visitcorrection x WHERE x.visit_id = v.id AND x.void)"""
_CAME = "l.{column} >= c.since AND (l.{column} < c.until OR EXISTS (SELECT " + _IN_PERIOD + "))"
OUTCOMES = f"""
CREATE OR REPLACE VIEW households_campaignoutcome AS
SELECT r.id, r.campaign_id, r.household_id, r.area_code, r.kind,
       CASE WHEN {_CAME.format(column="in_person", mode="IN_PERSON")} THEN 'TALKED'
            WHEN {_CAME.format(column="remote", mode="REMOTE")} THEN 'REMOTE'
            WHEN l.nobody >= c.since AND (
              SELECT count(DISTINCT (v.occurred_at AT TIME ZONE 'Asia/Shanghai')::date) {_IN_PERIOD.format(mode="NOBODY")}) >= 2
            THEN 'UNREACHED'
            WHEN h.closed <> '' AND h.closed_on < c.last THEN 'GONE' ELSE 'NONE' END AS outcome
  FROM households_campaignhousehold r
  JOIN (SELECT id, "end" AS last, start::timestamp AT TIME ZONE 'Asia/Shanghai' AS since,
               "end"::timestamp AT TIME ZONE 'Asia/Shanghai' AS until
          FROM households_campaign OFFSET 0) c ON c.id = r.campaign_id
  JOIN households_household h ON h.id = r.household_id
  LEFT JOIN households_lastvisit l ON l.household_id = r.household_id
"""
BEFORE = import_module("households.migrations.0010_campaigns").OUTCOMES.replace("CREATE VIEW", "CREATE OR REPLACE VIEW")


class Migration(migrations.Migration):

    dependencies = [
        ("households", "0014_visit_summaries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(OUTCOMES, BEFORE),
        # Four indexes that begin like another one of the same table.
        migrations.AlterField(
            model_name='visit',
            name='area',
            field=models.ForeignKey(db_column='area_code', db_index=False, help_text='走访当日的村，以后并村、迁户也不改', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cadres.area', to_field='code'),
        ),
        migrations.AlterField(
            model_name='visit',
            name='household',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='households.household'),
        ),
        migrations.AlterField(
            model_name='visit',
            name='visitor',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='visits', to=settings.AUTH_USER_MODEL),
        ),
    ]
