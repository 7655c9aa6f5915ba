"""The set-based half of the roster import. Parameters: run, prefixes, event."""

HOUSEHOLD = ("kind", "poverty_class", "cause", "lifted_year", "unsafe_house", "safe_water",
             "income_per_head", "size")  # fmt: skip
MEMBER = ("name", "relation", "ethnicity", "education", "school", "health", "labour", "work",
          "work_months", "insured")  # fmt: skip
TEXTS = {"kind", "poverty_class", "cause", "lifted_year", "name", "relation", "ethnicity",
         "education", "school", "health", "labour", "work", "head_name", "identified"}  # fmt: skip


def given(field: str, source: str) -> str:
    """A blank cell says nothing: what is known stays."""
    return f"NULLIF({source}, '')" if field in TEXTS else source


def kept(field: str, source: str, target: str) -> str:
    return f"COALESCE({given(field, source)}, {target})"


def differs(pairs: list[tuple[str, str, str]]) -> str:
    return " OR ".join(f"{kept(f, s, t)} IS DISTINCT FROM {t}" for f, s, t in pairs)


HOUSEHOLD_PAIRS = [(f, f"r.{f}", f"h.{f}") for f in HOUSEHOLD] + [
    ("head_name", "r.name", "h.head_name"),
    ("identified", "r.household_identified", "h.identified"),
    ("phone_hash", "r.phone_hash", "h.phone_hash"),
    ("area_code", "r.area_code", "h.area_code"),
]
MEMBER_PAIRS = [(f, f"r.{f}", f"m.{f}") for f in MEMBER] + [
    ("identified", "r.person_identified", "m.identified"),
    ("idno_hash", "r.idno_hash", "m.idno_hash"),
]


def refuse(reason: str, condition: str, source: str = "") -> str:
    return f"""
UPDATE households_rosterrow r SET refused = true, reasons = r.reasons || ARRAY['{reason}']
  {source} WHERE r.run_id = %(run)s AND {condition}"""


# Who stands in a household of ours that has no national number yet. LIKE 'X%%' as in OWN.
UNNUMBERED = """households_member m JOIN households_household h ON h.id = m.household_id
   AND (h.national_no IS NULL OR h.national_no LIKE 'X%%') AND h.area_code LIKE ANY (%(prefixes)s)"""
PARTIAL = (
    "户编号：本户有人已在册于还没有国家系统编号的农户，但家庭成员不完全一致；"
    "请在那一户的“变更登记”里核对成员、登记国家系统编号后再导入［在册］"
)
NUMBERED = "户编号：该户已登记国家系统编号，请改用国家系统导出的表，或填上户编号和人编号［在册］"
# A household of the file whose people are, one by one and by identity number, all the people
# of one such household: it takes the national numbers over. Nothing less than all.
TAKES = f"""
UPDATE households_rosterrow r SET takes = t.home FROM (
  SELECT g.household_no, min(m.household_id) AS home
    FROM households_rosterrow g JOIN {UNNUMBERED} AND h.closed = ''
      ON m.idno_hash = g.idno_hash AND m.left_on IS NULL
   WHERE g.run_id = %(run)s AND g.household_no NOT LIKE 'X%%'
     AND (m.national_no IS NULL OR m.national_no LIKE 'X%%' OR m.national_no = g.person_no)
     AND NOT EXISTS (SELECT 1 FROM households_household k WHERE k.national_no = g.household_no)
   GROUP BY g.household_no
  HAVING count(DISTINCT m.household_id) = 1
     AND count(*) = (SELECT count(*) FROM households_member p
                      WHERE p.household_id = min(m.household_id) AND p.left_on IS NULL)
     AND (count(*), 1) = (SELECT count(*), count(*) FILTER (WHERE y.is_head)
                            FROM households_rosterrow y WHERE y.run_id = %(run)s AND y.household_no = g.household_no)
     AND NOT EXISTS (SELECT 1 FROM households_rosterrow y WHERE y.run_id = %(run)s AND y.household_no = g.household_no
           AND (y.refused OR EXISTS (SELECT 1 FROM households_member o
                 WHERE o.national_no = y.person_no AND o.household_id <> min(m.household_id))))
  ) t WHERE r.run_id = %(run)s AND r.household_no = t.household_no"""

# Reasons that only the whole file shows, found once.
STAGED = [
    refuse("人编号：在本表中重复出现，请只留一行", "d.n > 1 AND r.person_no = d.person_no",
           "FROM (SELECT person_no, count(*) n FROM households_rosterrow WHERE run_id = %(run)s"
           " AND person_no <> '' GROUP BY 1) d"),
    refuse("证件号码：在本表中重复出现，请核对是哪一人", "d.n > 1 AND r.idno_hash = d.idno_hash",
           "FROM (SELECT idno_hash, count(*) n FROM households_rosterrow WHERE run_id = %(run)s"
           " AND idno_hash IS NOT NULL GROUP BY 1) d"),
    refuse("与户主关系：同一户有两个户主，请核对", "r.is_head AND d.n > 1 AND r.household_no = d.household_no",
           "FROM (SELECT household_no, count(*) n FROM households_rosterrow WHERE run_id = %(run)s"
           " AND is_head GROUP BY 1) d"),
    refuse("行政村：与本户户主那一行的村不一致，请核对",
           "NOT r.is_head AND r.household_no <> '' AND g.run_id = r.run_id AND g.is_head"
           " AND g.household_no = r.household_no AND r.area_code <> '' AND g.area_code <> '' AND g.area_code <> r.area_code",
           "FROM households_rosterrow g"),
]  # fmt: skip

# Reasons that the roster of this moment shows end with a mark, and are found anew.
CLASSIFY = [
    """
UPDATE households_rosterrow r SET reasons = kept.reasons, refused = kept.reasons <> '{}'
  FROM (SELECT row_no, ARRAY(SELECT u FROM unnest(reasons) u WHERE u NOT LIKE '%%［在册］') AS reasons
    FROM households_rosterrow WHERE run_id = %(run)s AND refused) kept
 WHERE r.run_id = %(run)s AND r.row_no = kept.row_no AND r.reasons <> kept.reasons""",
    "UPDATE households_rosterrow SET takes = NULL WHERE run_id = %(run)s AND takes IS NOT NULL",
    TAKES,
    refuse(PARTIAL, "r.takes IS NULL AND r.household_no NOT LIKE 'X%%' AND r.household_no IN ("
           f"SELECT g.household_no FROM households_rosterrow g JOIN {UNNUMBERED}"
           " ON m.idno_hash = g.idno_hash AND m.left_on IS NULL WHERE g.run_id = %(run)s)"),
    refuse(NUMBERED, "r.household_no <> '' AND h.former_no = r.household_no AND h.area_code LIKE ANY (%(prefixes)s)",
           "FROM households_household h"),
    refuse("户编号：这个编号无法使用，请核对或报县指挥部数据组［在册］",
           "h.national_no = r.household_no AND NOT (h.area_code LIKE ANY (%(prefixes)s))",
           "FROM households_household h"),
    refuse("行政村：与这一户在册的村不一致，请核对；整户迁移请连同户主那一行一起导入［在册］",
           "h.national_no = r.household_no AND NOT r.is_head AND r.area_code <> '' AND h.area_code <> r.area_code"
           " AND NOT EXISTS (SELECT 1 FROM households_rosterrow g WHERE g.run_id = r.run_id AND g.is_head"
           "   AND NOT g.refused AND g.household_no = r.household_no AND g.area_code = r.area_code)",
           "FROM households_household h"),
    refuse("户编号：该户已销户，请先核对销户记录［在册］",
           "h.national_no = r.household_no AND h.closed <> ''", "FROM households_household h"),
    refuse("人编号：这个编号在册于另一户，请先办理迁移或分户［在册］",
           "m.national_no = r.person_no AND h.id = m.household_id AND h.national_no IS DISTINCT FROM r.household_no"
           " AND r.takes IS NULL",
           "FROM households_member m, households_household h"),
    refuse("证件号码：这个号码无法使用，请核对或报县指挥部数据组［在册］",
           "m.idno_hash = r.idno_hash AND m.left_on IS NULL AND m.national_no IS DISTINCT FROM r.person_no"
           f" AND r.takes IS NULL AND NOT r.reasons && ARRAY['{PARTIAL}', '{NUMBERED}']",
           "FROM households_member m"),
    refuse("户编号：本户没有通过检查的户主行，整户暂不导入［在册］",
           "NOT EXISTS (SELECT 1 FROM households_household h WHERE h.national_no = r.household_no)"
           " AND NOT EXISTS (SELECT 1 FROM households_rosterrow g WHERE g.run_id = r.run_id"
           "   AND g.household_no = r.household_no AND g.is_head AND NOT g.refused)"),
]  # fmt: skip

# 人数 of the head's row against the people there would be: the rows of the file, and who is on
# the roster without a row in it. A remark and no refusal: the national figure may be a year's.
SIZES = """
SELECT g.household_no, min(g.name) FILTER (WHERE g.is_head), max(g.size) FILTER (WHERE g.is_head) AS said,
       count(*) AS rows, COALESCE(min(k.n), 0) AS known, count(*) OVER () AS households
  FROM households_rosterrow g
  LEFT JOIN (
    SELECT h.national_no, count(*) AS n FROM households_household h JOIN households_member m ON m.household_id = h.id
     WHERE m.left_on IS NULL
       AND h.national_no IN (SELECT household_no FROM households_rosterrow WHERE run_id = %(run)s AND is_head)
       AND NOT EXISTS (SELECT 1 FROM households_rosterrow y WHERE y.run_id = %(run)s
             AND (y.person_no = m.national_no OR y.idno_hash = m.idno_hash))
     GROUP BY 1) k ON k.national_no = g.household_no
 WHERE g.run_id = %(run)s AND g.household_no <> ''
 GROUP BY 1
HAVING max(g.size) FILTER (WHERE g.is_head) <> count(*) + COALESCE(min(k.n), 0)
 ORDER BY 1 LIMIT %(limit)s"""

# What applying the good rows would do.
COUNTS = f"""
SELECT CASE
    WHEN r.refused THEN 'REFUSED'
    WHEN r.takes IS NOT NULL THEN 'UPDATED'
    WHEN m.id IS NULL THEN 'CREATED'
    WHEN {differs(MEMBER_PAIRS)} OR (r.is_head AND ({differs(HOUSEHOLD_PAIRS)})) THEN 'UPDATED'
    ELSE 'UNCHANGED' END AS outcome, count(*)
  FROM households_rosterrow r
  LEFT JOIN households_household h ON h.national_no = r.household_no
  LEFT JOIN households_member m ON m.national_no = r.person_no
 WHERE r.run_id = %(run)s GROUP BY 1"""


def changes(pairs: list[tuple[str, str, str]]) -> str:
    """field → [before, after], without the secrets."""
    told = [(f, s, t) for f, s, t in pairs if not f.endswith("_hash")]
    parts = ", ".join(
        f"'{f}', CASE WHEN {kept(f, s, t)} IS DISTINCT FROM {t}"
        f" THEN jsonb_build_array({t}, {kept(f, s, t)}) END"
        for f, s, t in told
    )
    secrets = ", ".join(
        f"'{f.removesuffix('_hash')}', CASE WHEN {kept(f, s, t)} IS DISTINCT FROM {t}"
        " THEN jsonb_build_array('旧号码', '新号码') END"
        for f, s, t in pairs
        if f.endswith("_hash")
    )
    return f"jsonb_strip_nulls(jsonb_build_object({parts}, {secrets}))"


def row_changes(kind: str, pairs: list[tuple[str, str, str]], target: str, extra: str) -> str:
    alias = "h" if kind == "household" else "m"
    key = "household_no" if kind == "household" else "person_no"
    return f"""
INSERT INTO cadres_rowchange (event_id, kind, object_id, changes)
SELECT %(event)s, '{kind}', {alias}.id, {changes(pairs)}
  FROM households_rosterrow r JOIN {target} {alias} ON {alias}.national_no = r.{key}
 WHERE r.run_id = %(run)s AND NOT r.refused {extra} AND ({differs(pairs)})"""


def update(kind: str, pairs: list[tuple[str, str, str]], target: str, extra: str) -> str:
    alias = "h" if kind == "household" else "m"
    key = "household_no" if kind == "household" else "person_no"
    sets = ", ".join(f"{t.split('.')[1]} = {kept(f, s, t)}" for f, s, t in pairs)
    secret = (
        "phone = COALESCE(r.phone, h.phone), pinyin = COALESCE(NULLIF(r.pinyin, ''), h.pinyin)"
        if kind == "household"
        else "idno = r.idno, idno_tail = r.idno_tail"
    )
    return f"""
UPDATE {target} {alias} SET {sets}, {secret}
  FROM households_rosterrow r
 WHERE {alias}.national_no = r.{key} AND r.run_id = %(run)s AND NOT r.refused {extra}
   AND ({differs(pairs)})"""


def numbers_taken(kind: str, target: str, old: str, new: str, match: str) -> list[str]:
    """The exchange of numbers, told and done before anything is joined by them."""
    rows = "r.run_id = %(run)s AND r.takes IS NOT NULL AND NOT r.refused"
    former = "former_no = COALESCE(t.national_no, ''), " if kind == "household" else ""
    return [
        "INSERT INTO cadres_rowchange (event_id, kind, object_id, changes)"
        f" SELECT %(event)s, '{kind}', t.id, jsonb_build_object('national_no', jsonb_build_array({old}, {new}))"
        f" FROM households_rosterrow r JOIN {target} t ON {match} WHERE {rows} AND {old} IS DISTINCT FROM {new}",
        f"UPDATE {target} t SET {former}national_no = {new} FROM households_rosterrow r"
        f" WHERE {match} AND {rows} AND {old} IS DISTINCT FROM {new}",
    ]


_H = ", ".join(HOUSEHOLD)
_M = ", ".join(MEMBER)
CHANGES = [
    *numbers_taken("household", "households_household", "t.national_no", "r.household_no",
                   "t.id = r.takes AND r.is_head"),
    *numbers_taken("member", "households_member", "t.national_no", "r.person_no",
                   "t.household_id = r.takes AND t.idno_hash = r.idno_hash AND t.left_on IS NULL"),
    row_changes("household", HOUSEHOLD_PAIRS, "households_household", "AND r.is_head"),
    row_changes("member", MEMBER_PAIRS, "households_member", ""),
    update("household", HOUSEHOLD_PAIRS, "households_household", "AND r.is_head"),
    update("member", MEMBER_PAIRS, "households_member", ""),
]  # fmt: skip
NEW_HOUSEHOLDS = f"""
INSERT INTO households_household (uid, national_no, area_code, "group", head_name, pinyin, identified,
       phone, phone_hash, closed, {_H})
SELECT uuidv7(), r.household_no, r.area_code, '', r.name, r.pinyin, r.household_identified,
       r.phone, r.phone_hash, '', COALESCE(NULLIF(r.kind, ''), 'GENERAL'), {", ".join("r." + f for f in HOUSEHOLD[1:])}
  FROM households_rosterrow r
 WHERE r.run_id = %(run)s AND r.is_head AND NOT r.refused
   AND NOT EXISTS (SELECT 1 FROM households_household h WHERE h.national_no = r.household_no)
 ORDER BY r.row_no"""
NEW_MEMBERS = f"""
INSERT INTO households_member (household_id, national_no, idno, idno_hash, idno_tail, identified,
       "left", {_M})
SELECT h.id, r.person_no, r.idno, r.idno_hash, r.idno_tail, r.person_identified, '', {", ".join("r." + f for f in MEMBER)}
  FROM households_rosterrow r JOIN households_household h ON h.national_no = r.household_no
 WHERE r.run_id = %(run)s AND NOT r.refused
   AND NOT EXISTS (SELECT 1 FROM households_member m WHERE m.national_no = r.person_no)
 ORDER BY r.row_no"""
CLEAR = "DELETE FROM households_rosterrow WHERE run_id = %(run)s AND NOT refused"
