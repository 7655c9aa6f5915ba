"""调动: one page, one day, each thing with a name beside it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.actions.transfer import transfer
from cadres.models import Cadre, Unit
from cadres.querysets import cadres_visible_to
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.registries import ownership

AWAY = "away"


def transfer_page(request: PageRequest, uid: UUID) -> HttpResponse:
    user = request.user
    require(user, "cadre.transfer")
    cadre = get_object_or_404(cadres_visible_to(user).filter(kind=Cadre.Kind.CADRE), uid=uid)
    held = ownership.held(cadre.pk)
    said = {h.key: request.POST.get(h.key, "").strip() for h in held}
    everything, whither = request.POST.get("all", "").strip(), request.POST.get("unit", "")
    units = Unit.objects.filter(scope_of(user).within("cadre.transfer", "area__code")).order_by("kind", "area__code", "name")  # fmt: skip
    errors: dict[str, str] = {}
    if request.method == "POST":
        takers: dict[str, Cadre] = {}
        for h in held:
            words = said[h.key] or (everything if h.must else "")
            if not words:
                continue
            try:
                takers[h.key] = named(user, words)
            except Refusal as refusal:
                errors[h.key if said[h.key] else "all"] = refusal.message
        unit = units.filter(pk=int(whither)).first() if whither.isascii() and whither.isdigit() and len(whither) < 18 else None  # fmt: skip
        if unit is None and whither != AWAY:
            errors["unit"] = "请选调往哪个单位；离开本县的选“离开本县，停用账号”。"
        if not errors:
            try:
                count = transfer(cadre=cadre, takers=takers, unit=unit, by=user, at=clock.now())
            except Refusal as refusal:
                errors[refusal.field if refusal.field in said else "all"] = refusal.message
            else:
                messages.success(request, f"调动已办理，{count} 项都有了着落。")
                return redirect("cadre", uid)
    context = {
        "cadre": cadre, "rows": [(h, said[h.key], errors.get(h.key, "")) for h in held],
        "units": units, "everything": everything, "whither": whither, "errors": errors, "away": AWAY,
    }  # fmt: skip
    return render(request, "people/transfer.html", context, status=422 if errors else 200)


def named(user: Cadre, words: str) -> Cadre:
    """By work number, or by name where one alone has it."""
    staff = cadres_visible_to(user).filter(is_active=True, kind=Cadre.Kind.CADRE)
    found = list(staff.filter(work_no=words.upper())[:1]) or list(staff.filter(name=words)[:2])
    if not found:
        raise Refusal("taker_unknown", f"没有找到“{words}”，请填在用账号的工号或姓名。")
    if len(found) > 1:
        raise Refusal("taker_twice", f"叫“{words}”的不止一人，请填工号。")
    return found[0]
