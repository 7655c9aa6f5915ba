from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cadres.models import Area


def area_list(request: HttpRequest) -> HttpResponse:
    townships = (
        Area.objects.filter(level=Area.Level.TOWNSHIP)
        .annotate(villages=Count("children"))
        .order_by("code")
    )
    county = Area.objects.filter(level=Area.Level.COUNTY).first()
    return render(request, "areas/list.html", {"county": county, "townships": townships})
