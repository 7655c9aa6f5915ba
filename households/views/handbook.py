"""One household's book for one year, to print and to have signed."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from cadres.request import PageRequest
from households.models import Term
from households.querysets import households_visible_to, standing, term
from yuexi.core import clock
from yuexi.core.registries import household_panels

VISITS_MAX = 200


def handbook(request: PageRequest, uid: UUID) -> HttpResponse:
    """No identity numbers: the book lies on a table."""
    home = get_object_or_404(households_visible_to(request.user), uid=uid)
    now = clock.now()
    today = clock.day(now)
    years = {clock.day(d).year for d in standing().filter(household=home).order_by().datetimes("occurred_at", "year", tzinfo=clock.SHANGHAI)}  # fmt: skip
    years.add(today.year)
    given = request.GET.get("year", "")
    year = int(given) if given.isascii() and given.isdigit() and int(given) in years else today.year
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    entries = list(
        standing()
        .filter(household=home, occurred_at__gte=clock.start_of(first), occurred_at__lt=clock.start_of(after))
        .select_related("visitor")
        .prefetch_related("corrections", "problems")
        .order_by("occurred_at", "pk")[:VISITS_MAX]
    )  # fmt: skip
    of = min(today, after - timedelta(days=1))  # the words of that year
    there = Q(left_on__isnull=True) | Q(left_on__gte=first)
    context = {
        "household": home, "year": year, "years": sorted(years), "printed_at": now,
        "name": term(Term.Thing.HANDBOOK, of), "issuer": term(Term.Thing.ISSUER, of),
        "helped": term(Term.Thing.HELPED, of),
        "members": home.members.filter(there).order_by("left_on", "pk"),
        "helpers": home.assignments.filter(Q(end__isnull=True) | Q(end__gt=first), start__lt=after)
        .select_related("cadre__unit").order_by("start", "pk"),
        "watch": home.monitorings.filter(Q(eliminated_on__isnull=True) | Q(eliminated_on__gte=first), identified_on__lt=after)
        .order_by("identified_on"),
        "entries": entries, "promises": [v for v in entries if v.as_corrected.promise],
        "panels": household_panels.for_(request.user, home),
    }  # fmt: skip
    response = render(request, "households/handbook.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
