import csv
import re
from pathlib import Path

from django.db import transaction

from cadres.models import Area

PREFIX_DIGITS = {"COUNTY": 6, "TOWNSHIP": 9, "VILLAGE": 12}


def short_name(name: str) -> str:
    """Names are shown as people say them: 东山村, not 东山村委会."""
    return re.sub(r"(?<=村)(委会|民委员会)$|居委会$|居民委员会$", "", name)


def load_areas(*, path: Path) -> int:
    """Load a division file (code, name, level, parent_code), parents before children.

    All or nothing; loading the same file again changes nothing. Returns the row count.
    """
    with path.open(encoding="utf-8-sig", newline="") as f, transaction.atomic():
        parents: dict[str, Area] = {}
        rows = sorted(csv.DictReader(f), key=lambda r: PREFIX_DIGITS[r["level"].upper()])
        for row in rows:
            level = row["level"].upper()
            parents[row["code"]], _ = Area.objects.update_or_create(
                code=row["code"],
                defaults={
                    "name": short_name(row["name"]),
                    "level": level,
                    "prefix": row["code"][: PREFIX_DIGITS[level]],
                    "parent": parents.get(row["parent_code"]),
                },
            )
    return len(rows)
