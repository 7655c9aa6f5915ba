"""The kinds of leads and what they point at. Each app adds its own in AppConfig.ready()."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet

from cadres.models import Cadre, Lead, LeadDecision
from cadres.scope import scope_of


@dataclass(frozen=True)
class LeadKind:
    code: str
    name: str
    rule: str  # when one is opened, in a sentence with its thresholds
    # What 成立转办 hands to the township to mend, naming nobody. Blank: true, it would speak of a
    # person's conduct, and that goes to 纪委监委 and becomes no item.
    mend: str = ""


# (label, path) of the subjects that the user may see, by id: one query for a whole page.
Subjects = Callable[[Cadre, list[int]], dict[int, tuple[str, str]]]


class LeadKinds:
    def __init__(self) -> None:
        self.kinds: dict[str, LeadKind] = {}
        self._subjects: dict[str, Subjects] = {}

    def add(self, *kinds: LeadKind) -> None:
        self.kinds.update({kind.code: kind for kind in kinds})

    def add_subject(self, subject_kind: str, ask: Subjects) -> None:
        self._subjects[subject_kind] = ask

    def name(self, code: str) -> str:
        return self.kinds[code].name if code in self.kinds else code

    def mendable(self) -> list[str]:
        return [kind.code for kind in self.kinds.values() if kind.mend]

    def subjects(self, user: Cadre, leads: list[Lead]) -> dict[int, tuple[str, str]]:
        """By the lead's id."""
        ids: dict[str, list[int]] = {}
        for lead in leads:
            ids.setdefault(lead.subject_kind, []).append(lead.subject_id)
        found = {k: self._subjects[k](user, pks) for k, pks in ids.items() if k in self._subjects}
        return {
            lead.pk: found[lead.subject_kind][lead.subject_id]
            for lead in leads
            if lead.subject_id in found.get(lead.subject_kind, {})
        }


lead_kinds = LeadKinds()


def leads_visible_to(user: Cadre) -> QuerySet[Lead]:
    """Where the right holds, and never a lead about oneself."""
    here = scope_of(user).within("lead.view", "area__code")
    return Lead.objects.filter(here).exclude(about__contains=[user.pk])


def to_discipline(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """成立转办 of a person's conduct: 纪委监委 takes it from here, outside of this queue."""
    handed = leads.filter(decision__outcome=LeadDecision.Outcome.HANDED_ON)
    return handed.exclude(kind__in=lead_kinds.mendable())


def to_decide(user: Cadre) -> QuerySet[Lead]:
    here = scope_of(user).within("lead.decide", "area__code")
    return leads_visible_to(user).filter(here, decision__isnull=True)
