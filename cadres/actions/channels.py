"""Channels, who wants to be told by them, and what became of a message."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from cadres.channels import check, seal, send
from cadres.events import record
from cadres.models import Cadre, Channel, Outgoing, Subscription, Unit
from cadres.outbox import link, within_limit
from cadres.scope import require
from yuexi.core import crypto
from yuexi.core.refusals import BadInput, Refusal

MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,180}")
HOST = re.compile(r"[A-Za-z0-9.-]{1,200}")
FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,40}")


def save_channel(
    *, channel: Channel | None, kind: str, name: str, unit: Unit | None, address: dict[str, Any],
    secret: str, by: Cadre, at: datetime,
) -> Channel:  # fmt: skip
    """A new one, or the settings of one that is; an empty secret keeps the one that is kept.
    Another address goes back to dry-run: it was not tried."""
    require(by, "channel.manage")
    said = _sound(kind, address)
    if channel is None and not secret and kind != "SMTP" and not (kind == "SMS"):
        raise BadInput("channel_secret", "请填写密钥，没有它发不出去。", field="secret")
    check(kind, said, secret)
    others = Channel.objects.exclude(pk=channel.pk) if channel else Channel.objects.all()
    if others.filter(name=name.strip()).exists():
        raise BadInput("channel_name", "已有同名的渠道，请换一个名称。", field="name")
    with transaction.atomic():
        made = Channel.objects.select_for_update().get(pk=channel.pk) if channel else Channel(kind=kind)  # fmt: skip
        changed = bool(secret) or said != made.address
        made.name, made.unit, made.address = name.strip(), unit, said
        if secret or made.secret is None:
            made.secret = seal(secret)
        made.dry_run = made.dry_run or changed
        made.save()
        record("channel.edit" if channel else "channel.add", made, by=by, at=at,
               after={"name": made.name, "kind": made.get_kind_display()})  # fmt: skip
    return made


def _sound(kind: str, said: dict[str, Any]) -> dict[str, Any]:
    if kind == "SMTP":
        if not HOST.fullmatch(said["host"]):
            raise BadInput("channel_host", "服务器地址只填主机名，例如 mail.example.gov.cn。", field="host")  # fmt: skip
        if not MAIL.fullmatch(said["sender"]):
            raise BadInput("channel_sender", "发件地址不像邮箱，请检查。", field="sender")
    if kind == "SMS":
        parts = urlsplit(said["url"])
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise BadInput("channel_url", "网关地址应以 https:// 或 http:// 开头，不带用户名。", field="url")  # fmt: skip
        for name in ("number_field", "text_field"):
            if not FIELD.fullmatch(said[name]):
                raise BadInput("channel_field", "字段名只能用字母、数字和下划线。", field=name)
        if said["header"] and not FIELD.fullmatch(said["header"]):
            raise BadInput("channel_field", "请求头只能用字母、数字和短横线。", field="header")
    return said


NO_ADDRESS = (
    "还没有设定对外地址，消息里没有可点的链接，不能正式发送。请管服务器的信息员设定环境变量 PUBLIC_ADDRESS"
    "（手机上打得开的网址，例如 https://bangfu.example.gov.cn），重新启动系统，再回到这里改为正式发送；在此之前可以试发。"
)


def set_live(*, channel_id: int, live: bool, by: Cadre, at: datetime) -> Channel:
    """From dry-run to really sending, and back."""
    require(by, "channel.manage")
    if live and not settings.PUBLIC_ADDRESS:
        raise Refusal("no_public_address", NO_ADDRESS)
    with transaction.atomic():
        found = Channel.objects.select_for_update().get(pk=channel_id)
        found.dry_run = not live
        found.save(update_fields=["dry_run"])
        record("channel.live" if live else "channel.dry", found, by=by, at=at, after={"name": found.name})  # fmt: skip
    return found


def set_active(*, channel_id: int, active: bool, by: Cadre, at: datetime) -> Channel:
    """Switched off, nothing new is written for it; what waits stays until it is on again."""
    require(by, "channel.manage")
    with transaction.atomic():
        found = Channel.objects.select_for_update().get(pk=channel_id)
        found.active = active
        found.save(update_fields=["active"])
        record("channel.on" if active else "channel.off", found, by=by, at=at, after={"name": found.name})  # fmt: skip
    return found


def test_channel(*, channel: Channel, to: str, by: Cadre, at: datetime) -> str:
    """One real message, also in dry-run: that is what it is for. '' when it was taken."""
    require(by, "channel.manage")
    if channel.kind == "SMTP" and not MAIL.fullmatch(to):
        raise BadInput("test_to", "请填写收测试消息的邮箱。", field="to")
    if channel.kind == "SMS" and not re.fullmatch(r"1[0-9]{10}", to):
        raise BadInput("test_to", "请填写收测试消息的手机号（11 位）。", field="to")
    failed = within_limit(lambda: send(channel, to, f"这是一条测试消息{link()}"))
    with transaction.atomic():
        record("channel.test", channel, by=by, at=at, after={"name": channel.name, "said": failed or "已收下"})  # fmt: skip
    return failed


def subscribe(*, channel: Channel, address: str, red: bool, by: Cadre, at: datetime) -> None:
    """One's own choice, for oneself alone."""
    if not channel.for_persons or not channel.active:
        raise BadInput("channel_closed", "这个渠道现在不能订阅，请刷新页面。")
    if channel.kind == "SMTP" and not MAIL.fullmatch(address.strip()):
        raise BadInput("mail", "邮箱写得不对，请检查，例如 name@example.gov.cn。", field="address")
    if channel.kind == "SMS" and by.phone is None:
        raise BadInput("no_phone", "您的账号没有手机号，请先请本单位管理员填上。")
    sealed = crypto.encrypt(address.strip()) if channel.kind == "SMTP" else None
    Subscription.objects.update_or_create(
        cadre=by, channel=channel, defaults={"address": sealed, "red": red},
        create_defaults={"address": sealed, "red": red, "since": at},
    )  # fmt: skip


def unsubscribe(*, channel: Channel, by: Cadre) -> None:
    Subscription.objects.filter(cadre=by, channel=channel).delete()


def resend(*, ids: list[int], by: Cadre, at: datetime) -> int:
    """A dead row begins anew; the bell finds it."""
    require(by, "channel.manage")
    with transaction.atomic():
        dead = _dead(ids)
        for row in dead:
            record("outgoing.resend", row, by=by, at=at, after={"number": row.pk})
        chosen = Outgoing.objects.filter(pk__in=[row.pk for row in dead])
        return chosen.update(state="WAITS", ended_at=None, tries=0, next_at=at, why="")


def give_up(*, ids: list[int], by: Cadre, at: datetime) -> int:
    """It stays on record; the notice itself is in its reader's inbox anyway."""
    require(by, "channel.manage")
    with transaction.atomic():
        dead = _dead(ids)
        for row in dead:
            record("outgoing.drop", row, by=by, at=at, after={"number": row.pk})
        chosen = Outgoing.objects.filter(pk__in=[row.pk for row in dead])
        return chosen.update(state="DROPPED", ended_at=at)


def _dead(ids: list[int]) -> list[Outgoing]:
    if not ids:
        raise BadInput("nothing_chosen", "请至少勾选一条。")
    chosen = Outgoing.objects.select_for_update().filter(pk__in=ids, state="DEAD")
    if found := list(chosen.order_by("pk")):
        return found
    raise Refusal("not_dead", "所选的都已处理过，请刷新页面查看。")
