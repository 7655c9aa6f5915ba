"""好经验: sent in with its figures bound, approved with them frozen, taken down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Length

from cadres.events import record
from cadres.files import store
from cadres.models import Area, Cadre
from cadres.scope import require, scope_of
from households.models import Campaign, Member
from inspections.models import Practice, PracticeFigure, PublicPhoto
from inspections.publicity import figures
from inspections.publicity.names import holds_telephone, masked
from inspections.publicity.photos import redrawn
from inspections.publicity.querysets import EDIT, REVIEW
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno

Kind = PracticeFigure.Kind
CODE = "（A-47）"


@dataclass(frozen=True)
class Binding:
    key: str
    kind: str
    start: date | None = None
    last: date | None = None
    campaign: Campaign | None = None


def _read(title: str, text: str, bindings: Sequence[Binding], today: date) -> None:
    """What no database can read: numbers that stand in the words themselves."""
    no_idno([title, text])
    if holds_telephone(title + text):
        raise BadInput("telephone", "文字里有手机号，请删去后再保存。", field="text")
    for field, words in (("title", title), ("text", text)):
        if said := figures.unbound(words):
            raise BadInput(
                "figure_unbound", f"“{said}”没有对应的数据。请改成 {{甲}} 这样的记号并在下面选它的数据；查不到来源的数字不能写{CODE}。", field=field,
            )  # fmt: skip
    if figures.marks(title):
        raise BadInput("mark_in_title", "标题里不放数字记号，请写在正文里。", field="title")
    given, used = {b.key for b in bindings}, figures.marks(text)
    if lost := [k for k in used if k not in given]:
        raise BadInput("mark_unbound", f"正文里的 {{{lost[0]}}} 没有选数据，请在下面选好，或从正文里删去{CODE}。", field="text")  # fmt: skip
    if idle := [b.key for b in bindings if b.key not in used]:
        raise BadInput("mark_unused", f"数据 {idle[0]} 没有用到，请在正文里写上 {{{idle[0]}}}，或不选它。", field=f"kind_{idle[0]}")  # fmt: skip
    for b in bindings:
        if b.kind not in Kind.values:
            raise BadInput("figure_kind", "请从列表里选数据。", field=f"kind_{b.key}")
        if b.kind == Kind.CAMPAIGN and b.campaign is None:
            raise BadInput("figure_campaign", "请选是哪一次大走访。", field=f"campaign_{b.key}")
        if b.kind in (Kind.CLOSED, Kind.ON_TIME, Kind.TALKED):
            if not b.start or not b.last or b.last < b.start:
                raise BadInput("figure_period", "请填从哪天到哪天，止日不早于起日。", field=f"start_{b.key}")  # fmt: skip
            if b.last > today:
                raise BadInput("figure_future", "止日不能晚于今天：还没有发生的不能写成成效。", field=f"last_{b.key}")  # fmt: skip


def _names(area: Area, words: str) -> None:
    """Asked of whoever sees the roster anyway; to anybody else the answer would be a look-up."""
    members = Member.objects.filter(household__area=area, left_on__isnull=True)
    found = (
        members.annotate(size=Length("name"), words=Value(words))
        .filter(size__gte=2, words__contains=F("name"))
        .values_list("name", flat=True)
    )
    if name := found.first():
        raise BadInput("name_in_text", f"文字里的“{name}”是本村农户的姓名，请改成“{masked(name, 'SURNAME')}”；不是指人的，请换个说法。", field="text")  # fmt: skip


def _bind(practice: Practice, bindings: Sequence[Binding]) -> None:
    practice.figures.all().delete()
    for b in bindings:
        timed = b.kind in (Kind.CLOSED, Kind.ON_TIME, Kind.TALKED)
        figure = PracticeFigure.objects.create(
            practice=practice, key=b.key, kind=b.kind, start=b.start if timed else None, last=b.last if timed else None,
            campaign=b.campaign if b.kind == Kind.CAMPAIGN else None,
        )  # fmt: skip
        _resolved(figure, practice, f"kind_{b.key}")


def _resolved(figure: PracticeFigure, practice: Practice, field: str = "") -> int:
    found = figures.count(figure, practice)
    if found == 0:
        raise BadInput(
            "figure_nothing", f"{{{figure.key}}}“{figures.what(figure)}”在{practice.area.name}查不到一条记录，不能写成成效；请核对数据、日期和村{CODE}。", field=field,
        )  # fmt: skip
    return found


@transaction.atomic
def send_in(
    *, area: Area, title: str, text: str, bindings: Sequence[Binding], by: Cadre, at: datetime,
    practice: Practice | None = None,
) -> Practice:  # fmt: skip
    """New, or a returned one put right."""
    require(by, EDIT, area.code)
    title, text = title.strip(), text.strip()
    _read(title, text, bindings, clock.day(at))
    if scope_of(by).has("household.view", area.code):
        _names(area, title + text)
    if practice is None:
        practice = Practice.objects.create(area=area, title=title, text=text, by=by, at=at)
    else:
        practice = Practice.objects.select_for_update().get(pk=practice.pk)
        if practice.by_id != by.pk:
            raise NotYours("not_author", "由报送人本人修改。")
        if practice.status not in ("RECOMMENDED", "RETURNED"):
            raise Refusal("practice_as_reviewed", "已经审核过，不能再改；请撤下后另报一篇。")
        practice.area, practice.title, practice.text = area, title, text
        practice.status, practice.at = Practice.Status.RECOMMENDED, at
        practice.reviewed_by = practice.reviewed_at = None
        practice.save()
    _bind(practice, bindings)
    record("practice.send_in", practice, by=by, at=at, area=area.code, after={"title": title})
    return practice


def _locked(practice: Practice, by: Cadre, *status: str) -> Practice:
    practice = Practice.objects.select_for_update().select_related("area").get(pk=practice.pk)
    require(by, REVIEW, practice.area_id)
    if practice.status not in status:
        raise Refusal("moved_on", "这一篇刚刚已由别人办理，请刷新页面。")
    if practice.by_id == by.pk:
        raise NotYours("practice_reviewed_by_another", "自己报送的由另一位同志审核。")
    return practice


@transaction.atomic
def approve(*, practice: Practice, by: Cadre, at: datetime) -> Practice:
    """Every figure is counted now and kept beside what it will be later."""
    practice = _locked(practice, by, "RECOMMENDED")
    for figure in practice.figures.select_related("campaign").order_by("pk"):
        figure.frozen, figure.frozen_on = _resolved(figure, practice), clock.day(at)
        figure.save(update_fields=["frozen", "frozen_on"])
    practice.status, practice.said = Practice.Status.APPROVED, ""
    practice.reviewed_by, practice.reviewed_at = by, at
    practice.save()
    record("practice.approve", practice, by=by, at=at, area=practice.area_id, after={"title": practice.title})  # fmt: skip
    return practice


@transaction.atomic
def turn_back(*, practice: Practice, said: str, by: Cadre, at: datetime) -> Practice:
    """Returned to its author, or taken down where it was approved."""
    practice = _locked(practice, by, "RECOMMENDED", "APPROVED")
    if len(said.strip()) < 4:
        raise BadInput("said", "请写明原因（至少 4 个字）。", field="said")
    no_idno(said)
    was = practice.status
    practice.status = Practice.Status.RETURNED if was == "RECOMMENDED" else Practice.Status.WITHDRAWN  # fmt: skip
    practice.reviewed_by, practice.reviewed_at, practice.said = by, at, said.strip()
    practice.save()
    record("practice.return" if was == "RECOMMENDED" else "practice.withdraw", practice, by=by, at=at,
           area=practice.area_id, after={"reason": practice.said})  # fmt: skip
    return practice


@transaction.atomic
def add_photo(
    *, practice: Practice, content: bytes, no_children: bool, by: Cadre, at: datetime
) -> PublicPhoto:
    practice = Practice.objects.select_for_update().get(pk=practice.pk)
    if practice.by_id != by.pk:
        raise NotYours("not_author", "由报送人本人加照片。")
    if practice.status not in ("RECOMMENDED", "RETURNED"):
        raise Refusal("public_photo_late", "已经审核过，不能再加照片。")
    if not no_children:
        raise BadInput("no_children", "请确认照片里没有未成年人的正面；有的请裁掉或换一张。", field="no_children")  # fmt: skip
    file = store(redrawn(content), name="照片.jpg", by=by, at=at, only_photo=True)
    photo = PublicPhoto.objects.create(practice=practice, file=file, no_children=True, by=by, at=at)
    record("practice.photo", practice, by=by, at=at, area=practice.area_id)
    return photo
