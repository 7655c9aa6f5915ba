"""Names of places as people write them, inside what the importer may write to."""

from __future__ import annotations

from cadres.imports.cells import WrongCell, place, shown
from cadres.models import Area, Cadre
from cadres.querysets import areas_with


class Places:
    """One query for the whole workbook."""

    def __init__(self, by: Cadre, right: str) -> None:
        within = areas_with(by, right).filter(valid_to=None)
        self._by_names: dict[tuple[str, str], Area] = {}
        for area in within.select_related("parent"):
            if area.level == Area.Level.COUNTY:
                self._by_names["", ""] = area
            elif area.level == Area.Level.TOWNSHIP:
                self._by_names[place(area.name), ""] = area
            elif area.parent:
                self._by_names[place(area.parent.name), place(area.name)] = area

    def find(self, township: str, village: str) -> Area:
        """Both blank is the county itself; a township may stand alone."""
        found = self._by_names.get((place(township), place(village)))
        if found is None:
            name = f"“{shown(township + village)}”" if township or village else "全县"
            raise WrongCell(f"找不到{name}，或不在您的管辖范围；请核对乡镇和村名")
        return found

    def village(self, township: str, village: str) -> Area:
        if not village:
            raise WrongCell("不能为空")
        return self.find(township, village)
