"""How a person of a household appears in public, as was chosen, in every output alike."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from inspections.models import Honour

DOUBLE = ("欧阳", "司马", "诸葛", "上官", "夏侯", "司徒", "东方", "皇甫", "尉迟", "公孙")
# A telephone also stands with spaces or strokes in it.
TELEPHONE = re.compile(r"(?<![0-9])1[3-9][0-9][\s-]?[0-9]{4}[\s-]?[0-9]{4}(?![0-9])")
HEALTH = re.compile(
    "残疾|残障|患病|重病|大病|慢性病|癌|瘫痪|尿毒症|精神病|智力|聋|哑|盲|肢残|透析|化疗|手术"
)


def masked(name: str, masking: str) -> str:
    if masking == Honour.Masking.FULL:
        return name
    if masking == Honour.Masking.HIDDEN:
        return "某某"
    first = name[:2] if name[:2] in DOUBLE else name[:1]
    return first + "某" * max(1, len(name) - len(first))


def masked_text(text: str, names: list[str], masking: str) -> str:
    for name in sorted(names, key=len, reverse=True):
        if len(name) > 1:
            text = text.replace(name, masked(name, masking))
    return text


def holds_telephone(text: str) -> bool:
    return bool(TELEPHONE.search(unicodedata.normalize("NFKC", text)))


def tells_of_health(text: str) -> str:
    """The first word that speaks of health, or ''."""
    found = HEALTH.search(text)
    return found[0] if found else ""


def names_of(honour: Honour) -> list[str]:
    """Everybody of the household, also who left it."""
    if honour.household is None:
        return []
    return list({honour.household.head_name, *(m.name for m in honour.household.members.all())})


def shown_as(honour: Honour, today: date) -> str:
    """The real name takes a consent to it that is in force; without one the surname is left."""
    consent = honour.consent
    if honour.masking == Honour.Masking.FULL and not (
        consent and consent.name and consent.state(today) == "有效"
    ):
        return str(Honour.Masking.SURNAME)
    return honour.masking


def shows_photos(honour: Honour, today: date) -> bool:
    consent = honour.consent
    return honour.kind == Honour.Kind.CADRE or bool(
        consent and consent.photo and consent.state(today) == "有效"
    )


def present(honour: Honour, today: date) -> Honour:
    """As pages, the sheet and exports show it; the row is read and never saved. The household's
    members are to be fetched with it."""
    shown: dict[str, str] = {"title": honour.title, "deed": honour.deed}
    if honour.cadre is not None:
        shown |= {"name": honour.cadre.name, "place": str(honour.cadre.unit or "")}
    if honour.household is not None:
        names, how = names_of(honour), shown_as(honour, today)
        head = masked(honour.household.head_name, how)
        shown = {k: masked_text(v, names, how) for k, v in shown.items()}
        township = honour.area.parent.name if honour.area.parent else ""
        place = (township, honour.area.name, honour.household.group)
        shown["name"] = "某户" if how == Honour.Masking.HIDDEN else f"{head}户"
        shown["place"] = " ".join(part for part in place if part)
    honour.shown = shown  # type: ignore[attr-defined]
    return honour
