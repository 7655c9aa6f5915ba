from base64 import b64decode, b64encode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.actions import people
from cadres.actions.people import is_over, require_over
from cadres.actions.units import edit_unit, save_unit
from cadres.forms import CadreForm, EditForm, PasswordForm, PostForm, UnitForm
from cadres.models import Cadre, Post, Unit
from cadres.querysets import (
    cadres_visible_to,
    find_cadres,
    posts_to_confirm,
    waiting_for_slip,
    with_current_posts,
)
from cadres.request import PageRequest
from cadres.scope import require, scope_of, units_with
from yuexi.core import clock, crypto
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form
from yuexi.core.registries import ownership

WRONG_MAX = 5


def wrong_again(request: PageRequest) -> bool:
    """A session left open is no place to guess the password: five tries end it."""
    request.session["wrong_old"] = request.session.get("wrong_old", 0) + 1
    return bool(request.session["wrong_old"] >= WRONG_MAX)


def password(request: PageRequest) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        try:
            people.change_password(
                cadre=request.user, old=form.cleaned_data["old"], new=form.cleaned_data["new"]
            )
        except Refusal as refusal:
            add_to_form(form, refusal)
            if refusal.code == "old_password" and wrong_again(request):
                logout(request)
                return redirect("login")
        else:
            update_session_auth_hash(request, request.user)
            messages.success(request, "密码已修改。")
            return redirect("desk")
    return render(
        request, "people/password.html", {"form": form}, status=422 if form.errors else 200
    )


def cadre_list(request: PageRequest) -> HttpResponse:
    require(request.user, "cadre.view")
    words = request.GET.get("q", "")
    found = with_current_posts(find_cadres(cadres_visible_to(request.user), words))
    page = keyset(
        found, ("pinyin", "pk"), after=request.GET.get("after"), before=request.GET.get("before")
    )
    return render(request, "people/list.html", {"page": page, "q": words})


def cadre_new(request: PageRequest) -> HttpResponse:
    require(request.user, "cadre.manage")
    form = CadreForm(request.POST or None, by=request.user)
    if form.is_valid():
        try:
            cadre, slip = people.add_cadre(**form.cleaned_data, by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            keep_for_one_look(request, cadre, slip)
            return redirect("cadre", cadre.uid)
    return render(request, "people/form.html", {"form": form}, status=422 if form.errors else 200)


def cadre_detail(request: PageRequest, uid: UUID) -> HttpResponse:
    if request.method != "POST":
        return cadre_page(request, uid)
    cadre = get_object_or_404(cadres_visible_to(request.user), uid=uid)
    require(request.user, "cadre.manage")
    form = PostForm(request.POST, by=request.user)
    if form.is_valid():
        try:
            people.appoint(cadre=cadre, **form.cleaned_data, by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "任职已保存。")
            return redirect("cadre", uid)
    return cadre_page(request, uid, form=form)


def masked(number: str) -> str:
    return f"{number[:3]}****{number[-4:]}" if number else ""


ONE_LOOK_S = 300


def keep_for_one_look(request: PageRequest, cadre: Cadre, password: str) -> None:
    """Over the redirect, encrypted in the session of whoever made it, for its next page alone."""
    sealed = b64encode(crypto.encrypt(password)).decode()
    request.session["one_look"] = [str(cadre.uid), sealed, clock.now().timestamp()]


def one_look(request: PageRequest, cadre: Cadre) -> str:
    if request.method != "GET":
        return ""
    uid, sealed, made = request.session.pop("one_look", ("", "", 0.0))
    if uid != str(cadre.uid) or clock.now().timestamp() - made > ONE_LOOK_S:
        return ""
    return crypto.decrypt(b64decode(sealed))


def cadre_page(request: PageRequest, uid: UUID, *, form: PostForm | None = None) -> HttpResponse:
    cadre = get_object_or_404(cadres_visible_to(request.user), uid=uid)
    first_password = one_look(request, cadre)
    may_manage = is_over(request.user, cadre)
    number = crypto.decrypt(cadre.phone) if cadre.phone else ""
    context = {
        "cadre": cadre,
        "posts": cadre.posts.select_related("unit", "area").order_by("-start", "-pk"),
        "may_manage": may_manage,
        "left": ownership.left_with(cadre.pk)
        if may_manage or scope_of(request.user).has("assignment.edit")
        else [],
        "phone": masked(number) or "未登记",
        "form": (form or PostForm(by=request.user)) if may_manage else None,
        "first_password": first_password,
    }
    status = 422 if form is not None and form.errors else 200
    response = render(request, "people/detail.html", context, status=status)
    if first_password:
        response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def cadre_reset(request: PageRequest, uid: UUID) -> HttpResponse:
    cadre = get_object_or_404(cadres_visible_to(request.user), uid=uid)
    slip = people.reset_password(cadre=cadre, by=request.user, at=clock.now())
    keep_for_one_look(request, cadre, slip)
    return redirect("cadre", uid)


def cadre_edit(request: PageRequest, uid: UUID) -> HttpResponse:
    cadre = get_object_or_404(cadres_visible_to(request.user), uid=uid)
    require_over(request.user, cadre)
    number = crypto.decrypt(cadre.phone) if cadre.phone else ""
    hidden = masked(number)
    form = EditForm(
        request.POST or None, by=request.user,
        initial={"name": cadre.name, "unit": cadre.unit, "phone": hidden},
    )  # fmt: skip
    if form.is_valid():
        data = form.cleaned_data
        phone = number if data["phone"] == hidden else data["phone"]
        try:
            people.edit_cadre(
                cadre=cadre, name=data["name"], unit=data["unit"], phone=phone, by=request.user, at=clock.now()
            )  # fmt: skip
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "已保存。")
            return redirect("cadre", uid)
    return render(request, "people/form.html", {"form": form, "cadre": cadre},
                  status=422 if form.errors else 200)  # fmt: skip


@require_POST
def cadre_active(request: PageRequest, uid: UUID) -> HttpResponse:
    cadre = get_object_or_404(cadres_visible_to(request.user), uid=uid)
    active = request.POST.get("active") == "1"
    people.set_active(cadre_id=cadre.pk, active=active, by=request.user, at=clock.now())
    messages.success(request, "账号已启用。" if active else "账号已停用，立即不能登录。")
    return redirect("cadre", uid)


SLIPS = 20  # one sheet of A4


def slips(request: PageRequest) -> HttpResponse:
    """First passwords to print: a sheet at a time, since each hash takes its time."""
    require(request.user, "cadre.manage")
    waiting = waiting_for_slip(request.user)
    made: list[tuple[Cadre, str]] = []
    if request.method == "POST":
        ids = list(waiting.values_list("pk", flat=True)[:SLIPS])
        made = people.print_slips(cadre_ids=ids, by=request.user, at=clock.now())
    response = render(request, "people/slips.html", {"made": made, "left": waiting.count(), "sheet": SLIPS})  # fmt: skip
    response["Cache-Control"] = "private, no-store"
    return response


def unit_list(request: PageRequest) -> HttpResponse:
    require(request.user, "cadre.view")
    here = units_with(request.user, "cadre.view")
    words = request.GET.get("q", "").strip()
    units = Unit.objects.filter(here, name__contains=words).select_related("area__parent")
    page = keyset(units, ("area_id", "pk"), after=request.GET.get("after"), before=request.GET.get("before"))  # fmt: skip
    return render(request, "people/units.html", {"page": page, "q": words})


def unit_form(request: PageRequest, pk: int | None = None) -> HttpResponse:
    require(request.user, "unit.manage")
    here = scope_of(request.user).within("unit.manage", "area__code")
    unit = get_object_or_404(Unit.objects.filter(here), pk=pk) if pk else None
    known = {"name": unit.name, "fields_": unit.fields} if unit else {}
    form = UnitForm(request.POST or None, by=request.user, made=unit is not None, initial=known)
    if form.is_valid():
        data = form.cleaned_data
        given = {
            "name": data["name"],
            "fields": data["fields_"],
            "by": request.user,
            "at": clock.now(),
        }
        try:
            if unit:
                edit_unit(unit_id=unit.pk, **given)
            else:
                save_unit(kind=data["kind"], area=data["area"], **given)
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "单位已保存。")
            return redirect("unit-list")
    return render(request, "people/unit.html", {"form": form, "unit": unit},
                  status=422 if form.errors else 200)  # fmt: skip


def confirmations(request: PageRequest) -> HttpResponse:
    """Posts with power wait here for a second administrator."""
    require(request.user, "post.confirm")
    waiting = posts_to_confirm(request.user)
    if request.method == "POST":
        ids = [
            int(n)
            for n in request.POST.getlist("post")
            if n.isascii() and n.isdigit() and len(n) < 18
        ]
        chosen = list(waiting.filter(pk__in=ids).values_list("pk", flat=True))
        count = people.confirm_posts(post_ids=chosen, by=request.user, at=clock.now())
        messages.success(request, f"已确认 {count} 项任职，立即生效。")
        return redirect("post-confirm")
    rows = [(p, request.user.pk not in (p.appointed_by_id, p.cadre_id)) for p in waiting[:200]]
    return render(request, "people/confirm.html", {"rows": rows})


@require_POST
def post_end(request: PageRequest, pk: int) -> HttpResponse:
    post = get_object_or_404(Post, pk=pk, cadre__in=cadres_visible_to(request.user))
    people.end_post(post_id=pk, end=clock.today(), by=request.user, at=clock.now())
    messages.success(request, "已免职。")
    return redirect("cadre", post.cadre.uid)
