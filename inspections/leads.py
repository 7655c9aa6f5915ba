"""What villages and townships report: a question for 督查组 and 纪委监委."""

from __future__ import annotations

from cadres.leads import LeadKind
from cadres.models import Cadre
from inspections.registers import reports_visible_to

KINDS = (
    LeadKind("UNFILED", "未报备的检查", "乡镇、村、驻村工作队反映有单位没有报备就来检查。"),
    LeadKind("UNFILED_MEETING", "未报备的会议", "乡镇、村、驻村工作队反映有单位召集没有报备的会议。"),
    LeadKind("UNLISTED", "目录外的报表", "乡镇、村、驻村工作队反映有单位要报表目录以外的表。"),
)  # fmt: skip


def subjects(user: Cadre, ids: list[int]) -> dict[int, tuple[str, str]]:
    seen = reports_visible_to(user).filter(pk__in=ids)
    return {r.pk: ("反映的情况", f"/inspections/reports/{r.uid}/") for r in seen}
