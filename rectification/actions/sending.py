"""What a township's system does on an item: the actions of the pages, for the person in charge
whom it names, once for each of its keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from cadres.models import Cadre
from cadres.scope import scope_of
from rectification.models import Item, SentVerb
from yuexi.core.refusals import BadInput, Refusal


@dataclass(frozen=True)
class Sent:
    key: UUID
    item: Item
    verb: str
    work_no: str
    digest: str


def person_of(sent: Sent, system: Cadre) -> Cadre:
    """A cadre of the token's area, by work number."""
    here = scope_of(system).within("item.create", "unit__area__code")
    found = Cadre.objects.filter(
        here, work_no=sent.work_no, is_active=True, kind=Cadre.Kind.CADRE
    ).first()
    if found is None:
        raise BadInput(
            "person_unknown", "范围内没有这个工号的在用账号，请核对责任人工号。", field="person"
        )
    return found


def done_before(sent: Sent, system: Cadre) -> bool:
    """Whether this very thing was done with this key; another thing with it is refused."""
    first = SentVerb.objects.filter(system=system, key=sent.key).first()
    if first is None:
        return False
    if (first.item_id, first.verb, first.digest) != (sent.item.pk, sent.verb, sent.digest):
        raise Refusal("key_taken", "这个编号已经用过，送的是别的内容；新的动作请换一个编号。", field="key")  # fmt: skip
    return True


def send(sent: Sent, run: Callable[[Cadre], None], *, system: Cadre, at: datetime) -> bool:
    """True where it was done now, False for a resend. Two at once wait for each other at the key."""
    if done_before(sent, system):
        return False
    person = person_of(sent, system)
    try:
        with transaction.atomic():
            SentVerb.objects.create(
                system=system, key=sent.key, item=sent.item, verb=sent.verb, person=person,
                digest=sent.digest, at=at,
            )  # fmt: skip
            run(person)
    except IntegrityError as error:
        if "sent_verb_once" not in str(error) or not done_before(sent, system):
            raise
        return False
    return True
