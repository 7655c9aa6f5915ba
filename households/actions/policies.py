"""政策库, kept by the county's data office."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from cadres.events import record
from cadres.models import Cadre, Unit
from cadres.scope import require
from households.models import Policy
from yuexi.core.refusals import BadInput, Refusal


def save_policy(
    *, policy: Policy | None, title: str, what: str, for_whom: str, standard: str, lead_unit: Unit,
    contact: str, document_no: str, valid_from: date, valid_to: date | None, by: Cadre, at: datetime,
) -> Policy:  # fmt: skip
    """New, or changed; what stood there before stays in the log. A policy whose standard
    changes on a day is ended on that day and entered anew."""
    require(by, "policy.edit")
    if valid_to and valid_to <= valid_from:
        raise BadInput("period", "最后一天不能早于施行日期，请核对。", field="last_day")
    values: dict[str, Any] = {
        "title": title.strip(), "what": what.strip(), "for_whom": for_whom.strip(), "standard": standard.strip(),
        "lead_unit": lead_unit, "contact": contact.strip(), "document_no": document_no.strip(),
        "valid_from": valid_from, "valid_to": valid_to,
    }  # fmt: skip
    try:
        with transaction.atomic():
            kept = Policy.objects.select_for_update().get(pk=policy.pk) if policy else Policy()
            before = _told(kept) if policy else {}
            for name, value in values.items():
                setattr(kept, name, value)
            after = _told(kept)
            if before == after:
                raise BadInput("nothing_changed", "内容没有变化，不用保存。")
            kept.save()
            changed = {k for k in after if before.get(k) != after[k]}
            record("policy.edit" if policy else "policy.add", kept, by=by, at=at,
                   before={k: v for k, v in before.items() if k in changed},
                   after={k: v for k, v in after.items() if k in changed})  # fmt: skip
    except IntegrityError as error:
        if "policy_title_once_at_a_time" not in str(error):
            raise
        raise Refusal(
            "policy_twice", f"同名政策《{title.strip()}》在这段时间里已有一条，请改那一条，或先给它填上最后一天。", field="title"
        ) from None  # fmt: skip
    return kept


def _told(policy: Policy) -> dict[str, str]:
    names = ("title", "what", "for_whom", "standard", "lead_unit", "contact", "document_no", "valid_from", "valid_to")  # fmt: skip
    return {name: str(getattr(policy, name) or "") for name in names}
