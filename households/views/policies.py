"""政策库: read by everyone who is logged in, kept by the county's data office."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.request import PageRequest
from cadres.scope import require
from households.actions import policies
from households.forms import PolicyForm
from households.models import Policy
from households.querysets import find_policies, policies_in_force
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

VIEWS = {"": "现行", "past": "已失效", "all": "全部"}


def policy_list(request: PageRequest) -> HttpResponse:
    today, view = clock.today(), request.GET.get("view", "")
    if view == "past":
        found = Policy.objects.filter(valid_to__lte=today)
    elif view == "all":
        found = Policy.objects.all()
    else:
        found, view = policies_in_force(today), ""
    words = request.GET.get("q", "")
    page = keyset(find_policies(found.select_related("lead_unit"), words), ("title", "-valid_from", "pk"),
                  after=request.GET.get("after"), before=request.GET.get("before"), size=20)  # fmt: skip
    rows = [(p, p.state(today)) for p in page.rows]
    context = {"page": page, "rows": rows, "views": VIEWS, "view": view, "q": words}
    return render(request, "policies/list.html", context)


def policy_detail(request: PageRequest, uid: UUID) -> HttpResponse:
    policy = get_object_or_404(Policy.objects.select_related("lead_unit"), uid=uid)
    others = Policy.objects.filter(title=policy.title).exclude(pk=policy.pk).order_by("-valid_from")
    context = {"policy": policy, "state": policy.state(clock.today()), "others": others}
    return render(request, "policies/detail.html", context)


def policy_edit(request: PageRequest, uid: UUID | None = None) -> HttpResponse:
    require(request.user, "policy.edit")
    policy = get_object_or_404(Policy, uid=uid) if uid else None
    form = PolicyForm(request.POST or None, initial=PolicyForm.of(policy) if policy else None)
    if form.is_valid():
        try:
            kept = policies.save_policy(policy=policy, **form.values(), by=request.user, at=clock.now())  # fmt: skip
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, f"《{kept}》已保存。")
            return redirect("policy", kept.uid)
    return render(request, "policies/form.html", {"form": form, "policy": policy},
                  status=422 if form.errors else 200)  # fmt: skip
