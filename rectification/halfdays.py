"""What checks and look-backs say of a cadre's half-days. He corrects what was done at a desk."""

_WHEN = """(x.at AT TIME ZONE 'Asia/Shanghai')::date,
       CASE WHEN extract(hour FROM x.at AT TIME ZONE 'Asia/Shanghai') < 12 THEN 'AM' ELSE 'PM' END"""
_IN = """x.at >= (%(start)s::date)::timestamp AT TIME ZONE 'Asia/Shanghai'
   AND x.at < (%(end)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'"""


def _of(table: str) -> str:
    return f"""
SELECT x.by_id, {_WHEN}, 'PROJECT', i.area_code, x.id
  FROM {table} x JOIN rectification_item i ON i.id = x.item_id WHERE {_IN}"""


CHECKED, LOOKED_BACK = _of("rectification_check"), _of("rectification_lookback")
