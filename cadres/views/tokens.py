from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.actions.tokens import issue_token, revoke_token
from cadres.forms import TokenForm
from cadres.models import ApiToken
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form


def token_list(request: PageRequest) -> HttpResponse:
    require(request.user, "token.issue")
    form, text = TokenForm(request.POST or None, by=request.user), ""
    if form.is_valid():
        try:
            _, text = issue_token(**form.cleaned_data, by=request.user, at=clock.now())
            form = TokenForm(by=request.user)
        except Refusal as refusal:
            add_to_form(form, refusal)
    here = scope_of(request.user).within("token.issue", "area__code")
    tokens = ApiToken.objects.filter(here).select_related("area").order_by("-pk")[:100]
    context = {"tokens": tokens, "form": form, "text": text}
    response = render(request, "tokens/list.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def token_revoke(request: PageRequest, pk: int) -> HttpResponse:
    here = scope_of(request.user).within("token.issue", "area__code")
    token = get_object_or_404(ApiToken.objects.select_related("area").filter(here), pk=pk)
    revoke_token(token=token, by=request.user, at=clock.now())
    messages.success(request, "令牌已停用，立即生效。")
    return redirect("token-list")
