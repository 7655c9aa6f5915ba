from __future__ import annotations

import secrets
from datetime import date, datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cadres.events import record
from cadres.models import Area, Cadre, Post, Unit
from cadres.pinyin import sort_key
from cadres.roles import BY_CODE
from cadres.scope import require
from yuexi.core import clock, crypto
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.registries import ownership

# No 0/O, 1/l/I: a first password is read from a printed slip.
SLIP_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
ABOVE_LOCAL = {"SYSTEM_ADMIN", "SECURITY_ADMIN", "AUDIT_ADMIN", "DISCIPLINE", "INSPECTOR",
               "COUNTY_LEADER", "ORGANISATION"}  # fmt: skip


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
    with_password: bool = True,
) -> tuple[Cadre, str]:  # fmt: skip
    """Returns the cadre and the first password, which is shown once and never stored.
    Without one the account waits for its printed slip."""
    require(by, "cadre.manage", unit.area.code)
    if not name.strip() or not work_no.strip():
        raise BadInput("name_and_number", "姓名和工号都要填。", field="name")
    password = first_password() if with_password else ""
    number = mobile(phone)
    cadre = Cadre(
        work_no=crypto.normal(work_no),
        name=name.strip(),
        pinyin=sort_key(name.strip()),
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
    require(by, "cadre.manage", cadre.unit.area.code if cadre.unit else None)
    require(by, "cadre.manage", unit.area.code)
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
        require(by, "cadre.manage", cadre.unit.area.code if cadre.unit else None)
        if cadre.pk == by.pk:
            raise NotYours("own_account", "不能停用自己的账号，请由另一位管理员办理。")
        if not active:
            nothing_left(cadre, "停用")
        cadre.is_active = active
        cadre.save(update_fields=["is_active"])
        record("cadre.activate" if active else "cadre.deactivate", cadre, by=by, at=at,
               area=cadre.unit.area.code if cadre.unit else "", after={"active": active})  # fmt: skip


def nothing_left(cadre: Cadre, what: str) -> None:
    left = ownership.left_with(cadre.pk)
    if left:
        raise Refusal("still_owns", f"{cadre.name}名下还有{'、'.join(left)}，移交后才能{what}。")


def print_slips(*, cadre_ids: list[int], by: Cadre, at: datetime) -> list[tuple[Cadre, str]]:
    """First passwords for one printed sheet. Costs a slow hash for each: ask for few at a time.
    Only accounts that nobody has used yet, so a slip never locks out a working cadre."""
    with transaction.atomic():
        cadres = list(
            Cadre.objects.select_for_update(of=("self",)).select_related("unit__area")
            .filter(pk__in=cadre_ids, last_login__isnull=True, must_change_password=True,
                    is_active=True, kind=Cadre.Kind.CADRE)
            .order_by("pk")
        )  # fmt: skip
        slips = []
        for cadre in cadres:
            require(by, "cadre.manage", cadre.unit.area.code if cadre.unit else None)
            password = first_password()
            cadre.set_password(password)
            cadre.slip_at = at
            record("cadre.slip", cadre, by=by, at=at, area=cadre.unit.area.code if cadre.unit else "")  # fmt: skip
            slips.append((cadre, password))
        Cadre.objects.bulk_update(cadres, ["password", "slip_at"])
    return slips


def appoint(
    *, cadre: Cadre, role: str, unit: Unit, area: Area, start: date, by: Cadre, at: datetime
) -> Post:
    """Who appoints must hold the right over the area; roles that watch the county are
    appointed by the county's own administrators alone."""
    require(by, "cadre.manage", area.code)
    if role in ABOVE_LOCAL and area.level != Area.Level.COUNTY:
        raise BadInput(
            "role_is_county", f"“{BY_CODE[role].name}”只能以全县为管辖范围。", field="area"
        )
    if by.pk == cadre.pk:
        raise NotYours("own_post", "不能给自己任职，请由另一位管理员办理。")
    try:
        with transaction.atomic():
            post = Post.objects.create(cadre=cadre, role=role, unit=unit, area=area, start=start)
            record("post.start", cadre, by=by, at=at, area=area.code,
                   after={"role": role, "unit": unit.name, "area": area.name, "start": str(start)})  # fmt: skip
    except IntegrityError:
        raise Refusal(
            "post_overlap", "同一单位、同一角色、同一范围的任职在这段时间已存在。", field="start"
        ) from None
    return post


def end_post(*, post_id: int, end: date, by: Cadre, at: datetime) -> None:
    """A helper's post ends only when all that he owns has been handed over (A.8 rule 2)."""
    with transaction.atomic():
        post = Post.objects.select_for_update().select_related("area", "cadre").get(pk=post_id)
        require(by, "cadre.manage", post.area.code)
        if post.end is not None:
            raise Refusal("post_ended", "这项任职已经结束，请刷新页面。")
        others = Post.objects.filter(cadre=post.cadre, end__isnull=True).exclude(pk=post.pk)
        if not others.exists():
            nothing_left(post.cadre, "免职")
        if end <= post.start:
            raise BadInput(
                "post_period", "免职日期须晚于任职日期；任职有误可次日再免。", field="end"
            )
        post.end = end
        post.save(update_fields=["end"])
        record("post.end", post.cadre, by=by, at=at, area=post.area.code,
               before={"role": post.role, "end": None}, after={"role": post.role, "end": str(end)})  # fmt: skip


def reset_password(*, cadre: Cadre, by: Cadre, at: datetime) -> str:
    require(by, "cadre.manage", cadre.unit.area.code if cadre.unit else None)
    password = first_password()
    with transaction.atomic():
        cadre.set_password(password)
        cadre.must_change_password = True
        cadre.save(update_fields=["password", "must_change_password"])
        record("cadre.reset_password", cadre, by=by, at=at)
    return password


def change_password(*, cadre: Cadre, old: str, new: str, at: datetime | None = None) -> None:
    if not cadre.check_password(old):
        raise BadInput("old_password", "原密码不对，请重新输入。", field="old")
    if old == new:
        raise BadInput("same_password", "新密码不能与原密码相同。", field="new")
    try:
        validate_password(new, cadre)
    except ValidationError as error:
        raise BadInput("weak_password", "；".join(error.messages), field="new") from None
    with transaction.atomic():
        cadre.set_password(new)
        cadre.must_change_password = False
        cadre.save(update_fields=["password", "must_change_password"])
        record("cadre.change_password", cadre, by=cadre, at=at or clock.now())
