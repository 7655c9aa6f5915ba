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


def add_cadre(
    *, work_no: str, name: str, unit: Unit, phone: str, by: Cadre, at: datetime
) -> tuple[Cadre, str]:
    """Returns the cadre and the first password, which is shown once and never stored."""
    require(by, "cadre.manage", unit.area.code)
    password = first_password()
    number = crypto.normal(phone)
    if number and not (number.isdigit() and len(number) == 11):
        raise BadInput("phone_shape", "手机号应为 11 位数字；没有可以不填。", field="phone")
    cadre = Cadre(
        work_no=crypto.normal(work_no),
        name=name.strip(),
        pinyin=sort_key(name.strip()),
        unit=unit,
        phone=crypto.encrypt(number) if number else None,
        phone_hash=crypto.lookup_hash(number) if number else None,
    )
    cadre.set_password(password)
    try:
        with transaction.atomic():
            cadre.save(force_insert=True)
            record("cadre.add", cadre, by=by, at=at, area=unit.area.code,
                   after={"work_no": cadre.work_no, "name": cadre.name, "unit": unit.name})  # fmt: skip
    except IntegrityError as error:
        if "phone_hash" in str(error):
            raise BadInput(
                "phone_taken", "这个手机号已登记在别人名下，请核对。", field="phone"
            ) from None
        raise BadInput("work_no_taken", "这个工号已有人使用，请核对。", field="work_no") from None
    return cadre, password


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
            left = ownership.left_with(post.cadre_id)
            if left:
                raise Refusal(
                    "still_owns", f"{post.cadre.name}名下还有{'、'.join(left)}，移交后才能免职。"
                )
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
