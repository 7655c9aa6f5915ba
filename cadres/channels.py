"""A channel as Apprise knows it. What a county types is kept as fields, so that a page can show
all but the secret; the address that Apprise wants is put together at the moment of sending."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import apprise
import msgspec
from django.conf import settings

from cadres.models import Channel, Notice, Outgoing, Subscription
from yuexi.core import crypto
from yuexi.core.refusals import BadInput

# Its warnings name the reader's address.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


class Undeliverable(Exception):
    """Why a row is not sent any more: its reader no longer wants it, or has no address."""


def address_of(row: Outgoing) -> str:
    """Asked when it is sent, not when it was written: a choice ends at once."""
    if row.recipient is None:
        return ""
    if not row.recipient.is_active:
        raise Undeliverable("账号已停用")
    kind, _, rest = row.key.partition(":")
    if kind == "notice" and Notice.objects.filter(pk=int(rest.split(":")[0]), read_at__isnull=False).exists():  # fmt: skip
        raise Undeliverable("本人已经看过")
    wish = Subscription.objects.filter(cadre=row.recipient, channel=row.channel).first()
    if wish is None:
        raise Undeliverable("本人已不再接收")
    if row.channel.kind == Channel.Kind.SMS:
        if row.recipient.phone is None:
            raise Undeliverable("账号没有手机号")
        return crypto.decrypt(row.recipient.phone)
    if wish.address is None:
        raise Undeliverable("没有填写地址")
    return crypto.decrypt(wish.address)


@dataclass(frozen=True)
class Wanted:
    """What a kind needs: fields that are shown, and the secret's name."""

    fields: tuple[str, ...]
    secret: str


WANTED = {
    "SMTP": Wanted(("host", "port", "security", "user", "sender"), "密码"),
    "SMS": Wanted(("url", "header", "number_field", "text_field"), "授权值"),
    "WECOM": Wanted((), "机器人 key"),
    "DINGTALK": Wanted((), "access_token"),
    "FEISHU": Wanted((), "机器人 token"),
}


def seal(secret: str) -> bytes:
    return crypto.seal(msgspec.json.encode(secret))


def secret_of(channel: Channel) -> str:
    return msgspec.json.decode(crypto.unseal(channel.secret), type=str) if channel.secret else ""


def url_of(channel: Channel, to: str) -> str:
    said, secret = channel.address, quote(secret_of(channel), safe="")
    limits = "cto=4.0&rto=6.0"
    if channel.kind == "SMTP":
        scheme = "mailto" if said["security"] == "none" else "mailtos"
        mode = {"none": "insecure", "starttls": "starttls", "ssl": "ssl"}[said["security"]]
        login = f"{quote(said['user'], safe='')}:{secret}@" if said["user"] else ""
        sender, reader = quote(said["sender"], safe=""), quote(to, safe="")
        return f"{scheme}://{login}{said['host']}:{said['port']}/?smtp={said['host']}&from={sender}&to={reader}&mode={mode}&format=text&{limits}"
    if channel.kind == "SMS":
        parts = urlsplit(said["url"])
        scheme = "jsons" if parts.scheme == "https" else "json"
        query = f"?{parts.query}&" if parts.query else "?"
        names = f":{quote(said['number_field'])}={quote(to, safe='')}&:message={quote(said['text_field'])}&:version=&:title=&:attachments=&:type="
        head = f"&+{quote(said['header'])}={secret}" if secret and said["header"] else ""
        return f"{scheme}://{parts.netloc}{parts.path}{query}{names}{head}&{limits}"
    scheme = {"WECOM": "wecombot", "DINGTALK": "dingtalk", "FEISHU": "feishu"}[channel.kind]
    return f"{scheme}://{secret}/?{limits}"


def send(channel: Channel, to: str, text: str) -> str:
    """'' when the other side took it."""
    door = apprise.Apprise()
    if not door.add(url_of(channel, to)):
        return "渠道的设置不对，请系统管理员检查"
    title = settings.PRODUCT_NAME if channel.kind == "SMTP" else ""
    return "" if door.notify(body=text, title=title) else "连不上，或对方没有收下"


def check(kind: str, said: dict[str, Any], secret: str) -> None:
    """What Apprise would not take is refused where it is typed, not when a notice waits."""
    if kind == "SMTP" and not said.get("sender"):
        raise BadInput("channel_sender", "请填写发件地址。", field="sender")
    probe = Channel(kind=kind, address=said, secret=seal(secret or "x"))
    try:
        made = apprise.Apprise.instantiate(url_of(probe, "13800000000" if kind == "SMS" else "a@example.com"))  # fmt: skip
    except (KeyError, ValueError, TypeError):
        made = None
    if made is None:
        raise BadInput("channel_address", "这些设置拼不成可用的地址，请对照渠道方给的说明检查。")
