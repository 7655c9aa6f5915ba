from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.actions.delegations import end_delegation, give_delegation
from cadres.forms import DelegationForm
from cadres.models import Delegation
from cadres.querysets import delegations_of
from cadres.request import PageRequest
from cadres.scope import require
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form


def standing_of(one: Delegation, in_force: set[int], today: date) -> str:
    if one.pk in in_force:
        return "生效中"
    if one.end <= today:
        return "已提前结束" if one.ended_at else "已到期"
    return "未到日期" if one.start > today else "暂停：授权人或受权人的任职有变动"


def delegation_list(request: PageRequest) -> HttpResponse:
    require(request.user, "item.delegate")
    form = DelegationForm(request.POST or None, by=request.user)
    if form.is_valid():
        try:
            made = give_delegation(**form.cleaned_data, by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, f"已授权{made.receiver.name}办理{made.area.name}的自查。")
            return redirect("delegation-list")
    today = clock.today()
    given = list(delegations_of(request.user)[:100])
    in_force = set(
        Delegation.objects.in_force(today)
        .filter(pk__in=[d.pk for d in given])
        .values_list("pk", flat=True)
    )
    rows = [
        (d, max(d.start, d.end - timedelta(days=1)), standing_of(d, in_force, today), d.end > today)
        for d in given
    ]
    return render(request, "people/delegations.html", {"rows": rows, "form": form},
                  status=422 if form.errors else 200)  # fmt: skip


@require_POST
def delegation_end(request: PageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(delegations_of(request.user), pk=pk)
    end_delegation(delegation_id=found.pk, by=request.user, at=clock.now())
    messages.success(request, f"已收回对{found.receiver.name}的授权，立即生效。")
    return redirect("delegation-list")
