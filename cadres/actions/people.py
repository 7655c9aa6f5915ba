from __future__ import annotations

import secrets
from datetime import date, datetime

from axes.utils import reset as lift_lock
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse

from cadres.actions.delegations import cut
from cadres.events import record
from cadres.login import lock_name
from cadres.models import Area, Cadre, Delegation, Post, Unit
from cadres.pinyin import sort_key
from cadres.roles import BY_CODE, BY_UNIT_ADMIN, EVALUATOR
from cadres.scope import require, require_manages, scope_of, units_with
from yuexi.core import clock, crypto
from yuexi.core.refusals import BadInput, NotYours, Refusal, Way
from yuexi.core.registries import ownership

# No 0/O, 1/l/I: a first password is read from a printed slip.
SLIP_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
API_NUMBERS = "API"  # kept for township systems
ABOVE_LOCAL = {"SYSTEM_ADMIN", "OFFICE_DATA", "OFFICE_RECTIFY", "SECURITY_ADMIN", "AUDIT_ADMIN", "DISCIPLINE", "INSPECTOR",
               "COUNTY_LEADER", "ORGANISATION"}  # fmt: skip


WEAK = {
    "password_too_short": "密码太短，至少要 8 位。",
    "password_too_common": "这个密码太常见，容易被人猜到，请换一个。",
    "password_entirely_numeric": "密码不能全是数字，请加上字母。",
}


def first_password() -> str:
    return "".join(secrets.choice(SLIP_LETTERS) for _ in range(10))


def mobile(phone: str) -> str:
    number = crypto.normal(phone)
    if number and not (number.isascii() and number.isdigit() and len(number) == 11):
        raise BadInput("phone_shape", "手机号应为 11 位数字；没有可以不填。", field="phone")
    return number


def phone_taken() -> BadInput:
    return BadInput("phone_taken", "这个手机号已登记在别人名下，请核对。", field="phone")


def add_cadre(
    *, work_no: str, name: str, unit: Unit, phone: str, by: Cadre, at: datetime,
    with_password: bool = True, kind: str = Cadre.Kind.CADRE,
) -> tuple[Cadre, str]:  # fmt: skip
    """Returns the cadre and the first password, which is shown once and never stored.
    Without one the account waits for its printed slip."""
    require_manages(by, unit)
    if not name.strip() or not work_no.strip():
        raise BadInput("name_and_number", "姓名和工号都要填。", field="name")
    if crypto.normal(work_no).startswith(API_NUMBERS):
        raise BadInput("work_no_kept", "API 开头的工号留给对接系统，请换一个。", field="work_no")
    password = first_password() if with_password else ""
    number = mobile(phone)
    cadre = Cadre(
        work_no=crypto.normal(work_no),
        name=name.strip(),
        pinyin=sort_key(name.strip()),
        kind=kind,
        unit=unit,
        phone=crypto.encrypt(number) if number else None,
        phone_hash=crypto.lookup_hash(number) if number else None,
    )
    cadre.set_password(password or None)
    cadre.slip_at = at if password else None
    try:
        with transaction.atomic():
            cadre.save(force_insert=True)
            record("cadre.add", cadre, by=by, at=at, area=unit.area.code,
                   after={"work_no": cadre.work_no, "name": cadre.name, "unit": unit.name})  # fmt: skip
    except IntegrityError as error:
        if "phone_hash" in str(error):
            raise phone_taken() from None
        raise BadInput("work_no_taken", "这个工号已有人使用，请核对。", field="work_no") from None
    return cadre, password


def edit_cadre(*, cadre: Cadre, name: str, unit: Unit, phone: str, by: Cadre, at: datetime) -> bool:
    """Name, unit and telephone; says whether anything changed. Who moves a cadre into a unit
    must hold the right over the old one and the new one."""
    require_over(by, cadre)
    require_manages(by, unit)
    if not name.strip():
        raise BadInput("name", "姓名不能为空。", field="name")
    number = mobile(phone)
    digest = crypto.lookup_hash(number) if number else None
    try:
        with transaction.atomic():
            now = (
                Cadre.objects.select_for_update(of=("self",))
                .select_related("unit")
                .get(pk=cadre.pk)
            )
            new_phone = digest != (bytes(now.phone_hash) if now.phone_hash else None)
            before = {"name": now.name, "unit": now.unit.name if now.unit else ""}
            after: dict[str, str] = {"name": name.strip(), "unit": unit.name}
            if before == after and now.unit_id == unit.pk and not new_phone:
                return False
            now.name, now.pinyin, now.unit = name.strip(), sort_key(name.strip()), unit
            if new_phone:
                now.phone, now.phone_hash = crypto.encrypt(number) if number else None, digest
                after["phone"] = "已更换"
            now.save(update_fields=["name", "pinyin", "unit", "phone", "phone_hash"])
            record("cadre.edit", now, by=by, at=at, area=unit.area.code, before=before, after=after)
    except IntegrityError:
        raise phone_taken() from None
    return True


def set_active(*, cadre_id: int, active: bool, by: Cadre, at: datetime) -> None:
    """停用 ends log-in at once; it waits until all that he owns has been handed over."""
    with transaction.atomic():
        cadre = (
            Cadre.objects.select_for_update(of=("self",))
            .select_related("unit__area")
            .get(pk=cadre_id)
        )
        require_over(by, cadre)
        if cadre.pk == by.pk:
            raise NotYours("own_account", "不能停用自己的账号，请由另一位管理员办理。")
        if not active:
            nothing_left(cadre, "停用")
        cadre.is_active = active
        cadre.save(update_fields=["is_active"])
        record("cadre.activate" if active else "cadre.deactivate", cadre, by=by, at=at,
               area=cadre.unit.area.code if cadre.unit else "", after={"active": active})  # fmt: skip


def nothing_left(cadre: Cadre, what: str, unit: Unit | None = None) -> None:
    left = ownership.left_with(cadre.pk, unit.pk if unit else None)
    if left:
        raise Refusal(
            "still_owns", f"{cadre.name}名下还有 {'、'.join(left)}，移交后才能{what}。",
            way=Way("去移交", reverse("cadre-hand-over", args=[cadre.uid])),
        )  # fmt: skip


def print_slips(*, cadre_ids: list[int], by: Cadre, at: datetime) -> list[tuple[Cadre, str]]:
    """First passwords for one printed sheet. Costs a slow hash for each: ask for few at a time.
    Only accounts that never got a password yet, so a slip locks out nobody: neither a working
    cadre nor who holds a password from a moment ago."""
    with transaction.atomic():
        cadres = list(
            Cadre.objects.select_for_update(of=("self",)).select_related("unit__area")
            .filter(pk__in=cadre_ids, slip_at__isnull=True, last_login__isnull=True, must_change_password=True,
                    is_active=True, kind=Cadre.Kind.CADRE)
            .order_by("pk")
        )  # fmt: skip
        slips = []
        for cadre in cadres:
            require_over(by, cadre)
            password = first_password()
            cadre.set_password(password)
            cadre.slip_at = at
            record("cadre.slip", cadre, by=by, at=at, area=cadre.unit.area.code if cadre.unit else "")  # fmt: skip
            slips.append((cadre, password))
        Cadre.objects.bulk_update(cadres, ["password", "slip_at"])
    return slips


def powerful_posts(cadre: Cadre) -> list[Post]:
    today = clock.today()
    posts = Post.objects.filter(Q(end__isnull=True) | Q(end__gt=today), cadre=cadre)
    posts = posts.select_related("area", "unit")
    return [p for p in posts if BY_CODE[p.role].needs_second(p.area.level)]


def borrows(cadre: Cadre) -> bool:
    return Delegation.objects.filter(receiver=cadre, end__gt=clock.today()).exists()


def require_over(by: Cadre, cadre: Cadre) -> None:
    """The right over the account: a unit's own administrator has none over an account with
    power, lent power too, and nobody has any over a township system's."""
    require_manages(by, cadre.unit)
    if cadre.kind == Cadre.Kind.SYSTEM:
        raise NotYours("system_account", "对接系统的账号只由接口令牌管理。")
    full = scope_of(by).prefixes.get("cadre.manage")
    if not full and (powerful_posts(cadre) or borrows(cadre)):
        raise NotYours(
            "stronger_account",
            f"{cadre.name}任有审批或查看权限的岗位，或受有授权，请由组织部或系统管理员办理。",
        )


def is_over(by: Cadre, cadre: Cadre) -> bool:
    """Whether to show the buttons that `require_over` guards."""
    try:
        require_over(by, cadre)
    except NotYours:
        return False
    return True


def appoint(
    *, cadre: Cadre, role: str, unit: Unit, area: Area, start: date, by: Cadre, at: datetime,
    end: date | None = None,
) -> Post:  # fmt: skip
    """A unit's own administrator gives roles without power to his own staff. A role with power
    waits until a second administrator confirms it."""
    require_manages(by, unit)
    require_over(by, cadre)
    if not scope_of(by).has("cadre.manage", area.code):
        _by_unit_admin(role, area, by)
    if role in ABOVE_LOCAL and area.level != Area.Level.COUNTY:
        raise BadInput(
            "role_is_county", f"“{BY_CODE[role].name}”只能以全县为管辖范围。", field="area"
        )
    _evaluators_apart(cadre, role, end)
    if by.pk == cadre.pk:
        raise NotYours("own_post", "不能给自己任职，请由另一位管理员办理。")
    try:
        with transaction.atomic():
            post = Post.objects.create(
                cadre=cadre, role=role, unit=unit, area=area, start=start, end=end, appointed_by=by,
                waits=BY_CODE[role].needs_second(area.level),
            )  # fmt: skip
            record("post.start", cadre, by=by, at=at, area=area.code,
                   after={"role": role, "unit": unit.name, "area": area.name, "start": str(start), "waits": post.waits})  # fmt: skip
    except IntegrityError:
        raise Refusal(
            "post_overlap", "同一单位、同一角色、同一范围的任职在这段时间已存在。", field="start"
        ) from None
    return post


def _evaluators_apart(cadre: Cadre, role: str, end: date | None) -> None:
    """An evaluator is nothing else here, and nobody of the county is one."""
    if (role == EVALUATOR) != (cadre.kind == Cadre.Kind.EVALUATOR):
        raise BadInput(
            "evaluator_apart", "第三方评估账号只能任“第三方评估人员”，本县干部不能任；评估人员请在评估的页面里添加。", field="role"
        )  # fmt: skip
    if role == EVALUATOR and end is None:
        raise BadInput("evaluator_ends", "评估人员的任职要写明到哪天为止。", field="role")


def _by_unit_admin(role: str, area: Area, by: Cadre) -> None:
    if role not in BY_UNIT_ADMIN:
        raise NotYours(
            "role_not_yours",
            f"“{BY_CODE[role].name}”由组织部或系统管理员任命，单位管理员不能办理。",
        )
    here = Unit.objects.filter(units_with(by, "cadre.manage"), area=area).exists()
    if role != "HELPER" and not (area.level == Area.Level.VILLAGE and here):
        raise NotYours("area_not_yours", "只能给本乡镇的村任命，其他范围请由组织部办理。")


def confirm_posts(*, post_ids: list[int], by: Cadre, at: datetime) -> int:
    """The second administrator: not the one who appointed, not the one appointed."""
    with transaction.atomic():
        posts = list(
            Post.objects.select_for_update(of=("self",)).select_related("cadre", "area")
            .filter(pk__in=post_ids, waits=True).order_by("pk")
        )  # fmt: skip
        if not posts:
            raise BadInput("nothing_chosen", "请至少勾选一项任职。", field="post")
        for post in posts:
            require(by, "post.confirm", post.area.code)
            if by.pk in (post.appointed_by_id, post.cadre_id):
                raise Refusal(
                    "second_person", f"{post.cadre.name}的任职要由任命人和本人以外的管理员确认。"
                )
            post.waits, post.confirmed_by = False, by
            post.save(update_fields=["waits", "confirmed_by"])
            record("post.confirm", post.cadre, by=by, at=at, area=post.area.code,
                   after={"role": post.role, "area": post.area.name})  # fmt: skip
    return len(posts)


def end_post(*, post_id: int, end: date, by: Cadre, at: datetime) -> None:
    """A helper's post ends only when all that he owns has been handed over (A.8 rule 2)."""
    with transaction.atomic():
        post = (
            Post.objects.select_for_update(of=("self",))
            .select_related("area", "cadre__unit", "unit")
            .get(pk=post_id)
        )
        require_over(by, post.cadre)
        if post.end is not None:
            raise Refusal("post_ended", "这项任职已经结束，请刷新页面。")
        others = Post.objects.filter(cadre=post.cadre, end__isnull=True).exclude(pk=post.pk)
        if not others.exists():
            nothing_left(post.cadre, "免职")
        elif not others.filter(unit=post.unit).exists() and post.cadre.unit_id != post.unit_id:
            nothing_left(post.cadre, "免职", post.unit)
        if end < post.start:
            raise BadInput("post_period", "免职日期不能早于任职日期。", field="end")
        post.end = end
        post.save(update_fields=["end"])
        record("post.end", post.cadre, by=by, at=at, area=post.area.code,
               before={"role": post.role, "end": None}, after={"role": post.role, "end": str(end)})  # fmt: skip
        cut(Delegation.objects.filter(post=post), end, "授权人免职", by=by, at=at)


def reset_password(*, cadre: Cadre, by: Cadre, at: datetime) -> str:
    """Lifts the lock too. Posts with power rest until a second administrator confirms them,
    and what was lent ends: who resets a password knows it, and must not slip into the
    other's place."""
    require_over(by, cadre)
    password = first_password()
    with transaction.atomic():
        cadre.set_password(password)
        cadre.must_change_password = True
        cadre.slip_at = at  # handed out now: no printed sheet replaces it
        cadre.save(update_fields=["password", "must_change_password", "slip_at"])
        resting = [p.pk for p in powerful_posts(cadre)]
        Post.objects.filter(pk__in=resting).update(waits=True, appointed_by=by, confirmed_by=None)
        record("cadre.reset_password", cadre, by=by, at=at, after={"resting": len(resting)})
        lent = Delegation.objects.filter(receiver=cadre)
        cut(lent, clock.day(at), "受权人重置密码", by=by, at=at)
    lift_lock(username=lock_name(cadre.work_no))
    return password


def change_password(*, cadre: Cadre, old: str, new: str, at: datetime | None = None) -> None:
    if not cadre.check_password(old):
        raise BadInput("old_password", "原密码不对，请重新输入。", field="old")
    if cadre.work_no.lower() in new.lower():
        raise BadInput("weak_password", "新密码里不能有自己的工号，请换一个。", field="new")
    if old == new:
        raise BadInput("same_password", "新密码不能与原密码相同。", field="new")
    try:
        validate_password(new, cadre)
    except ValidationError as error:
        said = [WEAK.get(e.code or "", "这个密码不合要求，请换一个。") for e in error.error_list]
        raise BadInput("weak_password", "".join(said), field="new") from None
    with transaction.atomic():
        cadre.set_password(new)
        cadre.must_change_password = False
        cadre.save(update_fields=["password", "must_change_password"])
        record("cadre.change_password", cadre, by=cadre, at=at or clock.now())
