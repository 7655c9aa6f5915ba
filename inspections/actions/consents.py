"""授权书: what a household allowed in writing, and its revocation, which takes effect at once."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from cadres.events import record
from cadres.files import store
from cadres.models import Cadre, StoredFile
from cadres.scope import require
from households.models import Household
from inspections.actions.honours import withdrawn
from inspections.models import Consent, Honour
from inspections.models.honour import LIVE
from inspections.publicity.querysets import EDIT
from yuexi.core import clock
from yuexi.core.refusals import BadInput, Refusal
from yuexi.core.secrecy import no_idno

YEARS = 3


@transaction.atomic
def keep_consent(
    *, household: Household, signed_by: str, photo: bool, name: bool, story: bool, health: bool, start: date,
    last: date, content: bytes, file_name: str, by: Cadre, at: datetime,
) -> Consent:  # fmt: skip
    """The paper is kept encrypted: it bears the real name and the signature."""
    require(by, EDIT, household.area_id)
    no_idno(signed_by)
    if not (photo or name or story or health):
        raise BadInput("consent_to_something", "请至少勾一项同意的内容；一项也不同意就不用登记。", field="story")  # fmt: skip
    if start > clock.day(at):
        raise BadInput("start", "签字日期不能晚于今天。", field="start")
    if last < clock.day(at) or last < start:
        raise BadInput("last", "有效期已经过了，请重新签一份。", field="last")
    if (last.year - YEARS, last.month, last.day) > (start.year, start.month, start.day):
        raise BadInput("last", f"授权最长 {YEARS} 年，到期再签。", field="last")
    file = store(content, name=file_name, by=by, at=at, sealed=True)
    consent = Consent.objects.create(
        household=household, signed_by=signed_by.strip(), photo=photo, name=name, story=story, health=health,
        start=start, end=date.fromordinal(last.toordinal() + 1), file=file, by=by, at=at,
    )  # fmt: skip
    record("consent.keep", consent, by=by, at=at, area=household.area_id, after={"what": consent.scope(), "until": str(last)})  # fmt: skip
    return consent


@transaction.atomic
def revoke(*, consent: Consent, by: Cadre, at: datetime) -> int:
    """Needs no reason. Everything in public that rests on it is withdrawn in the same
    transaction; returns how many."""
    require(by, EDIT, consent.household.area_id)
    consent = Consent.objects.select_for_update(of=("self",)).select_related("household").get(pk=consent.pk)  # fmt: skip
    if consent.revoked_on:
        raise Refusal("revoked", "这份授权已经撤回。")
    consent.revoked_on, consent.revoked_by = clock.day(at), by
    consent.save(update_fields=["revoked_on", "revoked_by"])
    record("consent.revoke", consent, by=by, at=at, area=consent.household.area_id)
    live = Honour.objects.select_for_update().filter(consent=consent, status__in=LIVE)
    found = list(live.order_by("pk"))
    for honour in found:
        withdrawn(honour, Honour.Why.CONSENT, "农户撤回授权", by, at)
    return len(found)


def open_paper(*, consent: Consent, by: Cadre, at: datetime) -> StoredFile:
    record("consent.open", consent, by=by, at=at, area=consent.household.area_id)
    return consent.file
