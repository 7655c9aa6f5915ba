"""典型: recommend, review, opinion of 纪委监委, 公示, publish, withdraw.

Nothing here answers the naming of a person with what is open against him: every cadre goes the
same road, and 纪委监委 is asked of each (docs/decisions/honours-ask-everybody-alike.md)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from cadres.events import record
from cadres.files import store
from cadres.models import Cadre
from cadres.rules import in_force
from cadres.scope import require, scope_of
from households.models import Household
from inspections.models import Consent, Honour, HonourStep, PublicPhoto
from inspections.models.honour import LIVE
from inspections.publicity.names import holds_telephone, tells_of_health
from inspections.publicity.photos import redrawn
from inspections.publicity.querysets import (
    CADRE,
    EDIT,
    HANDLE,
    REVIEW,
    asks,
    last_opinion,
    matters,
)
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno

Kind, Status, Step = Honour.Kind, Honour.Status, HonourStep.Kind
TAKEN = "已经有人推荐过，正在办理，请与县委宣传部核对。"


def step(honour: Honour, kind: str, by: Cadre, at: datetime, said: str = "", document_no: str = "", answers: HonourStep | None = None) -> HonourStep:  # fmt: skip
    return HonourStep.objects.create(honour=honour, kind=kind, said=said, document_no=document_no, answers=answers, by=by, at=at)  # fmt: skip


def brief(honour: Honour, **more: str) -> dict[str, str]:
    """For the ordinary log: which kind and what, no name and no words of the deed."""
    return {"kind": str(Kind(honour.kind).label), **more}


def _words(*, title: str, deed: str, household: bool, tells_health: bool) -> None:
    no_idno([title, deed])
    if holds_telephone(title + deed):
        raise BadInput("telephone", "文字里有手机号，请删去后再保存。", field="deed")
    if len(deed) < 20:
        raise BadInput("deed", "请把事迹写清楚（至少 20 个字）。", field="deed")
    if household and not tells_health and (word := tells_of_health(title + deed)):
        raise BadInput(
            "health", f"事迹里写到“{word}”，属于健康情况：请删去，或勾选“写到健康或残疾”并取得农户对健康情况的书面授权（A-49）。", field="tells_health",
        )  # fmt: skip


def _made(honour: Honour, by: Cadre, at: datetime) -> Honour:
    try:
        with transaction.atomic():
            honour.save()
            step(honour, Step.RECOMMEND, by, at)
            record("honour.recommend", honour, by=by, at=at, area=honour.area_id, after=brief(honour))  # fmt: skip
    except IntegrityError as error:
        if "honour_open_once" not in str(error):
            raise
        raise BadInput("honour_open_once", TAKEN) from None
    return honour


def recommend_cadre(
    *, work_no: str, name: str, title: str, deed: str, by: Cadre, at: datetime
) -> Honour:
    """By whole number and name, so that nothing is listed and nothing is guessed. Whether
    anything is open against him is not asked here."""
    require(by, EDIT)
    title, deed = title.strip(), deed.strip()
    _words(title=title, deed=deed, household=False, tells_health=False)
    found = Cadre.objects.select_related("unit__area").filter(
        work_no=work_no.strip().upper(), name=name.strip(), is_active=True, kind=Cadre.Kind.CADRE
    )
    cadre = found.first()
    if cadre is None or cadre.unit is None:
        raise BadInput("no_cadre", "没有找到：工号和姓名要与在用账号完全一致，请核对。", field="work_no")  # fmt: skip
    if cadre.pk == by.pk:
        raise BadInput("honour_not_oneself", "不能推荐自己，请由单位或乡镇其他同志推荐。", field="work_no")  # fmt: skip
    return _made(
        Honour(kind=Kind.CADRE, cadre=cadre, area_id=cadre.unit.area.code, title=title, deed=deed, recommended_by=by, recommended_at=at), by, at
    )  # fmt: skip


def recommend_household(
    *, household: Household, title: str, deed: str, masking: str, tells_health: bool, by: Cadre, at: datetime,
    consent: Consent | None = None,
) -> Honour:  # fmt: skip
    require(by, EDIT, household.area_id)
    title, deed = title.strip(), deed.strip()
    _words(title=title, deed=deed, household=True, tells_health=tells_health)
    if masking not in Honour.Masking.values:
        raise BadInput("masking", "请选择姓名怎么出现（A-49）。", field="masking")
    if household.closed or household.kind != Household.Kind.LIFTED:
        raise BadInput("not_lifted", "脱贫典型只从在册的脱贫户里推荐。")
    _covers(consent, household)
    return _made(
        Honour(kind=Kind.HOUSEHOLD, household=household, area_id=household.area_id, title=title, deed=deed, masking=masking,
               tells_health=tells_health, consent=consent, recommended_by=by, recommended_at=at), by, at
    )  # fmt: skip


def _covers(consent: Consent | None, household: Household) -> None:
    if consent is not None and consent.household_id != household.pk:
        raise BadInput("consent_of", "这份授权书不是这一户的，请另选。", field="consent")


def _locked(honour: Honour, *status: str) -> Honour:
    """The consent first, then the honour: as the revocation locks them."""
    if honour.consent_id:
        Consent.objects.select_for_update().get(pk=honour.consent_id)
    kept = (
        Honour.objects.select_for_update(of=("self",))
        .select_related("household", "cadre", "consent")
        .get(pk=honour.pk)
    )
    if (status and kept.status not in status) or kept.consent_id != honour.consent_id:
        raise Refusal("moved_on", "刚刚已由别人办理，请刷新页面。")
    return kept


@transaction.atomic
def amend(
    *, honour: Honour, title: str, deed: str, by: Cadre, at: datetime, masking: str = "", tells_health: bool = False,
    consent: Consent | None = None,
) -> Honour:  # fmt: skip
    """By whoever recommended, until it is reviewed; what was returned is sent in again."""
    honour = _locked(honour, "RECOMMENDED", "RETURNED")
    if honour.recommended_by_id != by.pk:
        raise NotYours("not_author", "由推荐人本人修改。")
    title, deed = title.strip(), deed.strip()
    home = honour.household
    _words(title=title, deed=deed, household=home is not None, tells_health=tells_health)
    if home is not None:
        if masking not in Honour.Masking.values:
            raise BadInput("masking", "请选择姓名怎么出现（A-49）。", field="masking")
        _covers(consent, home)
        honour.masking, honour.tells_health, honour.consent = masking, tells_health, consent
    was = honour.status
    honour.title, honour.deed = title, deed
    if was == Status.RETURNED:
        honour.status, honour.recommended_at = Status.RECOMMENDED, at
        honour.reviewed_by = honour.reviewed_at = None
    try:
        with transaction.atomic():
            honour.save()
    except IntegrityError as error:
        if "honour_open_once" not in str(error):
            raise
        raise BadInput("honour_open_once", TAKEN) from None
    if was == Status.RETURNED:
        step(honour, Step.RECOMMEND, by, at)
    record("honour.amend", honour, by=by, at=at, area=honour.area_id, after=brief(honour))  # fmt: skip
    return honour


def _runs(by: Cadre, honour: Honour, *, review: bool = False) -> None:
    """组织部 reviews cadres; 宣传部 the households, and both put a cadre's in public."""
    scope, place = scope_of(by), honour.area_id
    rights = (REVIEW,) if honour.kind == Kind.HOUSEHOLD else (CADRE,) if review else (CADRE, REVIEW)
    if not any(scope.has(right, place) for right in rights):
        require(by, rights[0], place)
    if honour.cadre_id == by.pk:
        raise NotYours("about_yourself", "与您本人有关的，请由其他同志办理。")
    if review and honour.recommended_by_id == by.pk:
        raise NotYours("honour_reviewed_by_another", "自己推荐的由另一位同志审核。")


@transaction.atomic
def review(*, honour: Honour, by: Cadre, at: datetime) -> Honour:
    honour = _locked(honour, "RECOMMENDED")
    _runs(by, honour, review=True)
    honour.status, honour.reviewed_by, honour.reviewed_at = Status.REVIEWED, by, at
    honour.save()
    step(honour, Step.REVIEW, by, at)
    record("honour.review", honour, by=by, at=at, area=honour.area_id, after=brief(honour))  # fmt: skip
    return honour


@transaction.atomic
def turn_back(*, honour: Honour, said: str, by: Cadre, at: datetime) -> Honour:
    honour = _locked(honour, "RECOMMENDED", "REVIEWED")
    _runs(by, honour, review=True)
    honour.status = Status.RETURNED
    honour.save()
    step(honour, Step.RETURN, by, at, said=_why(said))
    record("honour.return", honour, by=by, at=at, area=honour.area_id, after=brief(honour))  # fmt: skip
    return honour


def _why(said: str) -> str:
    no_idno(said)
    if len(said.strip()) < 4:
        raise BadInput("said", "请写明原因（至少 4 个字）。", field="said")
    return said.strip()


@transaction.atomic
def give_opinion(
    *, honour: Honour, clear: bool, document_no: str, by: Cadre, at: datetime
) -> HonourStep:
    """By 纪委监委 alone, who reads what is open. It writes no event: the log is read by others."""
    honour = _locked(honour, "REVIEWED", *LIVE)
    require(by, HANDLE, honour.area_id)
    if honour.cadre is None or by.pk in (honour.cadre_id, honour.recommended_by_id):
        raise NotYours("about_yourself", "与您本人有关的，请由纪委监委其他经办人答复。")
    if clear:
        if left := matters(honour.cadre):
            what = "、".join(f"{label} {n} 件" for label, n in left)
            raise Refusal("honour_matter_open", f"{what}，不能答复“没有不同意见”；请先办结，或答复“暂缓”（A-48）。")  # fmt: skip
        if asks("honour_handed_on", honour.pk) and not document_no.strip():
            raise BadInput("document_no", "有线索核实成立后转来；查清的请填复函文号，没有查清的答复“暂缓”（A-48）。", field="document_no")  # fmt: skip
    return step(honour, Step.CLEAR if clear else Step.HOLD, by, at, document_no=document_no.strip())


@transaction.atomic
def ask_again(*, honour: Honour, by: Cadre, at: datetime) -> None:
    honour = _locked(honour, *LIVE)
    _runs(by, honour)
    if honour.kind != Kind.CADRE:
        raise Refusal("not_cadre", "只有干部典型要征求纪委监委意见。")
    step(honour, Step.ASK, by, at)


def _cadre_ready(honour: Honour, verb: str, today: date) -> None:
    """In this order, so that nobody learns by pressing a button what 纪委监委 was not asked yet;
    its HOLD and what was opened a minute ago are told in the same words."""
    opinion = last_opinion(honour)
    if opinion is None or (honour.reviewed_at and opinion.at < honour.reviewed_at):
        raise Refusal("honour_opinion", f"还没有收到纪委监委意见，收到后才能{verb}（A-48）。")
    old = honour.notice_until is not None and clock.day(opinion.at) <= honour.notice_until
    if opinion.kind == Step.CLEAR and old:
        raise Refusal("honour_opinion", "公示结束后要再征求一次纪委监委意见，收到后才能发布（A-48）。")  # fmt: skip
    if opinion.kind == Step.HOLD or asks("honour_blocked", honour.pk):
        raise Refusal("honour_blocked", f"暂不能{verb}，请向纪委监委核实（A-48）。")


def lacks(honour: Honour, today: date) -> list[str]:
    """What the written consent does not cover of what would be shown."""
    consent = honour.consent
    if consent is None or consent.state(today) != "有效":
        return ["书面授权"]
    needs = (
        (True, consent.story, "事迹"),
        (honour.masking == Honour.Masking.FULL, consent.name, "真实姓名"),
        (honour.tells_health, consent.health, "健康情况"),
        (honour.photos.exists(), consent.photo, "照片"),
    )
    return [label for needed, given, label in needs if needed and not given]


def _covered(honour: Honour, verb: str, today: date) -> None:
    missing = lacks(honour, today)
    if missing == ["书面授权"]:
        raise Refusal("honour_consent", f"没有有效的书面授权，不能{verb}；请乡镇取得或重新取得农户签字的授权书（A-49）。")  # fmt: skip
    if missing:
        raise Refusal("honour_consent", f"授权书没有同意{'、'.join(missing)}，不能{verb}；请退回乡镇改姓名方式、删去内容，或补签授权（A-49）。")  # fmt: skip


def _household_ready(honour: Honour, verb: str, today: date) -> None:
    assert honour.household is not None
    _covered(honour, verb, today)
    if asks("household_suspected", honour.household.pk):
        raise Refusal("honour_suspected", f"暂不能{verb}，请向县帮扶指挥部核实（A-49）。")


@transaction.atomic
def attach(*, honour: Honour, consent: Consent, by: Cadre, at: datetime) -> Honour:
    """A consent that came after the review, or a new one before the old one ends."""
    both = Consent.objects.filter(pk__in=[consent.pk, honour.consent_id or consent.pk])
    list(both.select_for_update().order_by("pk"))
    honour = _locked(honour, "REVIEWED", *LIVE)
    require(by, EDIT, honour.area_id)
    if honour.household is None:
        raise Refusal("not_household", "只有脱贫典型要书面授权。")
    _covers(consent, honour.household)
    consent.refresh_from_db()
    honour.consent = consent
    if honour.status in LIVE or consent.state(clock.day(at)) != "有效":
        _covered(honour, "换上", clock.day(at))
    honour.save(update_fields=["consent"])
    record("honour.consent", honour, by=by, at=at, area=honour.area_id, after=brief(honour))
    return honour


def _ready(honour: Honour, verb: str, today: date) -> None:
    (_cadre_ready if honour.kind == Kind.CADRE else _household_ready)(honour, verb, today)


@transaction.atomic
def give_notice(*, honour: Honour, contact: str, by: Cadre, at: datetime) -> Honour:
    """公示 from today for the days of the rules in force."""
    honour = _locked(honour, "REVIEWED")
    _runs(by, honour)
    no_idno(contact)
    if len(contact.strip()) < 4:
        raise BadInput("contact", "请填受理意见的科室和办公电话。", field="contact")
    if holds_telephone(contact):
        raise BadInput("contact", "请填办公电话，不填个人手机号。", field="contact")
    today = clock.day(at)
    _ready(honour, "公示", today)
    days = in_force(today).number("honour_notice_days")
    honour.status, honour.contact = Status.NOTICE, contact.strip()
    honour.notice_from, honour.notice_until = today, today + timedelta(days=days)
    honour.save()
    step(honour, Step.NOTICE, by, at)
    record("honour.notice", honour, by=by, at=at, area=honour.area_id, after=brief(honour, until=str(honour.notice_until)))  # fmt: skip
    return honour


@transaction.atomic
def object_(*, honour: Honour, said: str, by: Cadre, at: datetime) -> HonourStep:
    """What somebody said of it during the notice; who said it is not asked."""
    honour = _locked(honour, "NOTICE")
    _runs(by, honour)
    return step(honour, Step.OBJECTION, by, at, said=_why(said))


@transaction.atomic
def answer(*, objection: HonourStep, said: str, by: Cadre, at: datetime) -> HonourStep:
    honour = _locked(objection.honour)
    _runs(by, honour)
    if objection.kind != Step.OBJECTION or HonourStep.objects.filter(answers=objection).exists():
        raise Refusal("answered", "这条意见已经答复，请刷新页面。")
    return step(honour, Step.ANSWER, by, at, said=_why(said), answers=objection)


@transaction.atomic
def publish(*, honour: Honour, by: Cadre, at: datetime) -> Honour:
    """All is asked again: what was clean before the notice may not be so now."""
    honour = _locked(honour, "NOTICE")
    _runs(by, honour)
    today = clock.day(at)
    assert honour.notice_until is not None
    if today <= honour.notice_until:
        raise Refusal("notice_runs", f"公示到 {honour.notice_until.month}月{honour.notice_until.day}日 24 时为止，之后才能发布。")  # fmt: skip
    if honour.steps.filter(kind=Step.OBJECTION, answer__isnull=True).exists():
        raise Refusal("honour_objection", "还有公示意见没有核实，请先逐条核实并写明结果。")
    _ready(honour, "发布", today)
    honour.status, honour.published_on = Status.PUBLISHED, today
    honour.save()
    step(honour, Step.PUBLISH, by, at)
    record("honour.publish", honour, by=by, at=at, area=honour.area_id, after=brief(honour))  # fmt: skip
    return honour


@transaction.atomic
def withdraw(*, honour: Honour, why: str, said: str, by: Cadre, at: datetime) -> Honour:
    honour = _locked(honour, *LIVE)
    _runs(by, honour)
    if why not in Honour.Why.values or why == Honour.Why.CONSENT:
        raise BadInput("why", "请选择撤销原因；农户撤回授权的在授权书页面办理。", field="why")
    return withdrawn(honour, why, _why(said), by, at)


def withdrawn(honour: Honour, why: str, said: str, by: Cadre, at: datetime) -> Honour:
    """In the caller's transaction, on a locked row."""
    honour.status, honour.withdrawn_on, honour.withdrawn_why = Status.WITHDRAWN, clock.day(at), why
    honour.save()
    step(honour, Step.WITHDRAW, by, at, said=said)
    record("honour.withdraw", honour, by=by, at=at, area=honour.area_id, after=brief(honour))  # fmt: skip
    return honour


@transaction.atomic
def add_photo(
    *, honour: Honour, content: bytes, no_children: bool, by: Cadre, at: datetime
) -> PublicPhoto:
    honour = _locked(honour, "RECOMMENDED", "RETURNED")
    if honour.recommended_by_id != by.pk:
        raise NotYours("not_author", "由推荐人本人加照片。")
    if not no_children:
        raise BadInput("no_children", "请确认照片里没有未成年人的正面；有的请裁掉或换一张。", field="no_children")  # fmt: skip
    if honour.kind == Kind.HOUSEHOLD and (honour.consent is None or not honour.consent.photo):
        raise Refusal("honour_consent", "授权书没有同意使用照片，不能上传；请先补签授权（A-49）。")
    file = store(redrawn(content), name="照片.jpg", by=by, at=at, only_photo=True)
    photo = PublicPhoto.objects.create(honour=honour, file=file, no_children=True, by=by, at=at)
    record("honour.photo", honour, by=by, at=at, area=honour.area_id, after=brief(honour))  # fmt: skip
    return photo
