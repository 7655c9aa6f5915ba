"""Templates of documents, by two persons, and what the issuing body is called."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from cadres.events import record
from cadres.files import store
from cadres.models import Cadre
from cadres.scope import require
from rectification.actions.moving import reason_given
from rectification.actions.papers import said
from rectification.models import PaperTemplate, TemplateDecision
from rectification.papers.facts import sample
from rectification.papers.kinds import KINDS
from rectification.papers.rendering import render
from rectification.papers.sql import SENTENCES
from yuexi.core.refusals import BadInput, Refusal
from yuexi.core.secrecy import no_idno

SIZE_MAX = 5 * 1024 * 1024
RIGHT = "paper.template"


def hand_in(
    *, kind: str, content: bytes | None, name: str = "", note: str, by: Cadre, at: datetime
) -> PaperTemplate:
    """A restyled template, or None for the standard one again. Tried with invented facts, as a
    draft and as issued, before it is kept; in force only when another person took it."""
    require(by, RIGHT)
    note = reason_given(note)
    no_idno(note)
    if content is not None:
        if len(content) > SIZE_MAX:
            raise BadInput("template_large", "模板超过 5 MB，请压缩里面的图片再传。", field="file")
        if not content.startswith(b"PK\x03\x04"):
            raise BadInput("template_kind", "只收 .docx 的 Word 文件，请另存为 .docx 再传。", field="file")  # fmt: skip
        facts = sample(kind)
        for draft in (True, False):
            render(content, facts | {"送审": draft})
    with transaction.atomic(), said():
        file = None
        if content is not None:
            file = store(content, name=f"{KINDS[kind].name}模板.docx", by=by, at=at)
        last = PaperTemplate.objects.filter(kind=kind).aggregate(last=Max("version"))["last"] or 0
        template = PaperTemplate.objects.create(
            kind=kind, version=last + 1, file=file, note=note, by=by, at=at
        )
        record("paper.template", template, by=by, at=at, area=_county(by),
               after={"paper": KINDS[kind].name, "number": template.version, "text": note})  # fmt: skip
    return template


def decide(
    *, template: PaperTemplate, taken: bool, reason: str = "", by: Cadre, at: datetime
) -> TemplateDecision:
    """启用 or 不启用, by another than the one who handed it in."""
    require(by, RIGHT)
    if template.by_id == by.pk:
        raise Refusal("template_by_another", SENTENCES["template_by_another"])
    reason = reason.strip() if taken else reason_given(reason)
    no_idno(reason)
    with transaction.atomic(), said():
        if TemplateDecision.objects.filter(template=template).exists():
            raise Refusal("template_decided", SENTENCES["template_id_key"])
        decision = TemplateDecision.objects.create(
            template=template, taken=taken, reason=reason, by=by, at=at
        )
        record("paper.confirm" if taken else "paper.refuse", template, by=by, at=at, area=_county(by),
               after={"paper": KINDS[template.kind].name, "number": template.version, "reason": reason})  # fmt: skip
    return decision


def _county(by: Cadre) -> str:
    return by.unit.area.code if by.unit else ""
