from uuid import UUID

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.actions import people
from cadres.actions.tokens import issue_token, revoke_token
from cadres.calendar import is_working_day
from cadres.forms import CadreForm, PasswordForm, PostForm, TokenForm
from cadres.models import ApiToken, Area, Notice, Post
from cadres.querysets import cadres_visible_to, find_cadres, with_current_posts
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from yuexi.core import clock, crypto
from yuexi.core.desk import desk
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form


def area_list(request: PageRequest) -> HttpResponse:
    townships = (
        Area.objects.filter(level=Area.Level.TOWNSHIP)
        .annotate(villages=Count("children"))
        .order_by("code")
    )
    county = Area.objects.filter(level=Area.Level.COUNTY).first()
    return render(request, "areas/list.html", {"county": county, "townships": townships})


def password(request: PageRequest) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        try:
            people.change_password(
                cadre=request.user, old=form.cleaned_data["old"], new=form.cleaned_data["new"]
            )
        except Refusal as refusal:
            add_to_form(form, refusal)
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
            return cadre_page(request, cadre.uid, first_password=slip)
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


def cadre_page(
    request: PageRequest, uid: UUID, *, form: PostForm | None = None, first_password: str = ""
) -> HttpResponse:
    cadre = get_object_or_404(cadres_visible_to(request.user), uid=uid)
    area = cadre.unit.area.code if cadre.unit else ""
    may_manage = scope_of(request.user).has("cadre.manage", area)
    number = crypto.decrypt(cadre.phone) if cadre.phone else ""
    context = {
        "cadre": cadre,
        "posts": cadre.posts.select_related("unit", "area").order_by("-start", "-pk"),
        "may_manage": may_manage,
        "phone": f"{number[:3]}****{number[-4:]}" if number else "未登记",
        "form": (form or PostForm(by=request.user)) if may_manage else None,
        "first_password": first_password,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "people/detail.html", context, status=status)


@require_POST
def cadre_reset(request: PageRequest, uid: UUID) -> HttpResponse:
    cadre = get_object_or_404(cadres_visible_to(request.user), uid=uid)
    slip = people.reset_password(cadre=cadre, by=request.user, at=clock.now())
    return cadre_page(request, uid, first_password=slip)


@require_POST
def post_end(request: PageRequest, pk: int) -> HttpResponse:
    post = get_object_or_404(Post, pk=pk, cadre__in=cadres_visible_to(request.user))
    people.end_post(post_id=pk, end=clock.today(), by=request.user, at=clock.now())
    messages.success(request, "已免职。")
    return redirect("cadre", post.cadre.uid)


WEEKDAYS = "一二三四五六日"


def desk_page(request: PageRequest) -> HttpResponse:
    today = clock.today()
    todos = desk.todos(request.user, today)
    context = {
        "today": today, "weekday": f"星期{WEEKDAYS[today.weekday()]}", "works": is_working_day(today),
        "todos": todos, "total": sum(t.count for t in todos), "cards": desk.cards(request.user, today),
    }  # fmt: skip
    return render(request, "desk.html", context)


def inbox(request: PageRequest) -> HttpResponse:
    mine = Notice.objects.filter(recipient=request.user)
    page = keyset(
        mine,
        ("-day", "level", "-pk"),
        after=request.GET.get("after"),
        before=request.GET.get("before"),
        size=30,
    )
    return render(request, "inbox/list.html", {"page": page})


@require_POST
def notices_read(request: PageRequest) -> HttpResponse:
    Notice.objects.filter(recipient=request.user, read_at=None).update(read_at=clock.now())
    return redirect("inbox")


def token_list(request: PageRequest) -> HttpResponse:
    require(request.user, "cadre.manage")
    form, text = TokenForm(request.POST or None, by=request.user), ""
    if form.is_valid():
        try:
            _, text = issue_token(**form.cleaned_data, by=request.user, at=clock.now())
            form = TokenForm(by=request.user)
        except Refusal as refusal:
            add_to_form(form, refusal)
    here = scope_of(request.user).within("cadre.manage", "area__code")
    tokens = ApiToken.objects.filter(here).select_related("area").order_by("-pk")[:100]
    context = {"tokens": tokens, "form": form, "text": text}
    response = render(request, "tokens/list.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def token_revoke(request: PageRequest, pk: int) -> HttpResponse:
    here = scope_of(request.user).within("cadre.manage", "area__code")
    token = get_object_or_404(ApiToken.objects.select_related("area").filter(here), pk=pk)
    revoke_token(token=token, by=request.user, at=clock.now())
    messages.success(request, "令牌已停用，立即生效。")
    return redirect("token-list")
