"""A 大走访 under way: villages have reached most of the general households too."""

from datetime import datetime, timedelta

from django.db import connection

from cadres.models import Area, Cadre
from households.actions.campaigns import begin
from yuexi.core import clock

# Of ten general households seven are met, one is telephoned, one is not at home twice, one waits.
VISITS = """
INSERT INTO households_visit (uid, household_id, area_code, visitor_id, mode, purposes, met, policies, changes, done,
                              promise, occurred_at, recorded_at, synced_at, late_reason, via, unreached)
SELECT uuidv7(), h.id, h.area_code, p.cadre_id,
       CASE WHEN h.id %% 10 < 7 THEN 'IN_PERSON' WHEN h.id %% 10 = 7 THEN 'REMOTE' ELSE 'NOBODY' END, '{CHECK}',
       CASE WHEN h.id %% 10 < 8 THEN h.head_name ELSE '' END, '{}', '{}', '', '', t.at, t.at, t.at, '', 'PHONE',
       CASE WHEN h.id %% 10 = 8 THEN (ARRAY['AWAY', 'PHONE', 'EMPTY'])[h.id / 10 %% 3 + 1] ELSE '' END
  FROM households_household h
  JOIN cadres_area a ON a.code = h.area_code
  JOIN cadres_post p ON p.area_id = a.id AND p.role = 'VILLAGE'
 CROSS JOIN generate_series(1, CASE WHEN h.id %% 10 = 8 THEN 2 ELSE 1 END) n
 CROSS JOIN LATERAL (SELECT %s::timestamptz + n * interval '1 day' + (h.id %% 22) * interval '1 day' + (h.id %% 9) * interval '53 minutes' AS at) t
 WHERE h.kind = 'GENERAL' AND h.id %% 10 < 9
"""


def load_campaign(now: datetime, office: Cadre) -> None:
    today = clock.day(now)
    start = today - timedelta(days=26)
    begin(name="大走访、树正气、增动能", area=Area.objects.get(level=Area.Level.COUNTY), start=start,
          last=today + timedelta(days=10), by=office, at=now)  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(VISITS, [clock.start_of(start) + timedelta(hours=9)])
