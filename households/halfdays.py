"""What visits say of a cadre's half-days. A telephone call is no way to the village; an attempt is."""

VISITED = """
SELECT v.visitor_id, (v.occurred_at AT TIME ZONE 'Asia/Shanghai')::date,
       CASE WHEN extract(hour FROM v.occurred_at AT TIME ZONE 'Asia/Shanghai') < 12 THEN 'AM' ELSE 'PM' END,
       'HOME', v.area_code, v.id
  FROM households_visit v
 WHERE v.occurred_at >= (%(start)s::date)::timestamp AT TIME ZONE 'Asia/Shanghai'
   AND v.occurred_at < (%(end)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
   AND v.mode <> 'REMOTE'
   AND NOT EXISTS (SELECT 1 FROM households_visitcorrection c WHERE c.visit_id = v.id AND c.void)"""
