"""Channels: the administrator's settings and what became of messages; everyone's own choice."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.actions import channels as actions
from cadres.forms import ChannelForm, TestMessageForm, WishForm
from cadres.models import Channel, Outgoing, Subscription
from cadres.request import PageRequest
from cadres.scope import require
from yuexi.core import clock, crypto
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

STATES = {"DEAD": "没发出去", "WAITS": "待发", "SENT": "已发", "DROPPED": "不再发"}


def channel_list(request: PageRequest) -> HttpResponse:
    require(request.user, "channel.manage")
    counted = Channel.objects.select_related("unit").annotate(
        waits=Count("outgoing", filter=Q(outgoing__state="WAITS")),
        dead=Count("outgoing", filter=Q(outgoing__state="DEAD")),
    )
    context = {"channels": counted.order_by("-active", "pk"), "kinds": Channel.Kind.choices}
    return render(request, "channels/list.html", context)


def channel_new(request: PageRequest, kind: str) -> HttpResponse:
    require(request.user, "channel.manage")
    if kind not in Channel.Kind.values:
        raise Http404
    form = ChannelForm(request.POST or None, kind=kind)
    made = saved(request, form, None, kind)
    if made:
        messages.success(request, "渠道已保存，现在只试运行，不会真的发出。先试发一条。")
        return redirect("channel", made.pk)
    context = {"form": form, "kind": Channel.Kind(kind).label}
    return render(request, "channels/new.html", context, status=422 if form.errors else 200)


def channel_detail(request: PageRequest, pk: int) -> HttpResponse:
    require(request.user, "channel.manage")
    found = get_object_or_404(Channel, pk=pk)
    shown = {**found.address, "name": found.name, "unit": found.unit_id}
    form = ChannelForm(request.POST or None, kind=found.kind, kept=bool(found.secret), initial=shown)  # fmt: skip
    if saved(request, form, found, found.kind):
        messages.success(request, "已保存。")
        return redirect("channel", pk)
    return detail(request, found, form, TestMessageForm(channel=found))


def detail(
    request: PageRequest, found: Channel, form: ChannelForm, test: TestMessageForm
) -> HttpResponse:
    lacking = "" if settings.PUBLIC_ADDRESS else actions.NO_ADDRESS
    context = {"channel": found, "form": form, "test": test, "lacking": lacking}
    status = 422 if form.errors or test.errors else 200
    return render(request, "channels/detail.html", context, status=status)


def saved(
    request: PageRequest, form: ChannelForm, found: Channel | None, kind: str
) -> Channel | None:
    if not form.is_valid():
        return None
    said = form.cleaned_data
    try:
        return actions.save_channel(
            channel=found, kind=kind, name=said["name"], unit=said.get("unit"), address=form.address(),
            secret=said["secret"], by=request.user, at=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        add_to_form(form, refusal)
        return None


@require_POST
def channel_do(request: PageRequest, pk: int) -> HttpResponse:
    require(request.user, "channel.manage")
    found = get_object_or_404(Channel, pk=pk)
    what, by, at = request.POST.get("what"), request.user, clock.now()
    if what == "test":
        return tested(request, found)
    if what in ("live", "dry"):
        actions.set_live(channel_id=pk, live=what == "live", by=by, at=at)
        messages.success(request, "现在起真的发出。" if what == "live" else "已改为只试运行。")
    elif what in ("on", "off"):
        actions.set_active(channel_id=pk, active=what == "on", by=by, at=at)
        messages.success(request, "已启用。" if what == "on" else "已停用，不再产生新的消息。")
    else:
        raise Http404
    return redirect("channel", pk)


def tested(request: PageRequest, found: Channel) -> HttpResponse:
    test = TestMessageForm(request.POST, channel=found)
    if test.is_valid():
        try:
            failed = actions.test_channel(channel=found, to=test.cleaned_data.get("to", ""), by=request.user, at=clock.now())  # fmt: skip
        except Refusal as refusal:
            add_to_form(test, refusal)
        else:
            if failed:
                messages.error(request, f"没有发出：{failed}。请检查设置和网络后再试。")
            else:
                messages.success(request, "对方已收下，请到手机或邮箱里核对。")
            return redirect("channel", found.pk)
    shown = {**found.address, "name": found.name, "unit": found.unit_id}
    form = ChannelForm(None, kind=found.kind, kept=bool(found.secret), initial=shown)
    return detail(request, found, form, test)


def outbox(request: PageRequest) -> HttpResponse:
    require(request.user, "channel.manage")
    if request.method == "POST":
        ids = [int(pk) for pk in request.POST.getlist("row") if pk.isascii() and pk.isdigit()][:500]
        what: Any = {"resend": actions.resend, "drop": actions.give_up}.get(request.POST.get("what", ""))  # fmt: skip
        if what is None:
            raise Http404
        done = what(ids=ids, by=request.user, at=clock.now())
        said = (
            "已放回待发" if what is actions.resend else "已放弃，不再发送；收件箱里的提醒不受影响"
        )
        messages.success(request, f"{done} 条{said}。")
        return redirect("channel-outbox")
    counts = {s: 0 for s in STATES} | dict(
        Outgoing.objects.order_by().values_list("state").annotate(n=Count("pk"))
    )
    state = request.GET.get("state", "")
    if state not in STATES:
        state = "DEAD" if counts["DEAD"] else "WAITS"
    found = Outgoing.objects.filter(state=state).select_related("channel", "recipient__unit")
    page = keyset(found, ("-pk",), after=request.GET.get("after"), before=request.GET.get("before"))
    context = {"page": page, "state": state, "tabs": [(s, n, counts[s]) for s, n in STATES.items()]}
    return render(request, "channels/outbox.html", context)


def wishes(request: PageRequest) -> HttpResponse:
    """接收方式: nothing leaves the inbox for whoever chose nothing."""
    open_now = [c for c in Channel.objects.filter(active=True).order_by("pk") if c.for_persons]
    mine = {s.channel_id: s for s in Subscription.objects.filter(cadre=request.user)}
    bound: dict[int, WishForm] = {}
    if request.method == "POST":
        channel = next((c for c in open_now if str(c.pk) == request.POST.get("channel")), None)
        if channel is None:
            raise Http404
        if request.POST.get("what") == "stop":
            actions.unsubscribe(channel=channel, by=request.user)
            messages.success(request, f"不再用{channel.name}告诉您；提醒仍在收件箱里。")
            return redirect("wishes")
        form = bound[channel.pk] = WishForm(request.POST, channel=channel)
        if form.is_valid():
            try:
                actions.subscribe(
                    channel=channel, address=form.cleaned_data.get("address", ""),
                    red=form.cleaned_data["red"], by=request.user, at=clock.now(),
                )  # fmt: skip
            except Refusal as refusal:
                add_to_form(form, refusal)
            else:
                messages.success(request, f"已保存，从下一次起用{channel.name}告诉您。")
                return redirect("wishes")
    rows = [(c, mine.get(c.pk), bound.get(c.pk) or wish_form(c, mine.get(c.pk))) for c in open_now]
    status = 422 if any(f.errors for f in bound.values()) else 200
    return render(request, "inbox/channels.html", {"rows": rows}, status=status)


def wish_form(channel: Channel, wish: Subscription | None) -> WishForm:
    if wish is None:
        return WishForm(channel=channel)
    address = crypto.decrypt(wish.address) if wish.address else ""
    return WishForm(channel=channel, initial={"address": address, "red": wish.red})
