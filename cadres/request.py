"""What a view really gets: LoginRequiredMiddleware and the token let nobody else through."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails
from rest_framework.request import Request

from cadres.models import Cadre


class PageRequest(HttpRequest):
    user: Cadre
    htmx: HtmxDetails


class ApiRequest(Request):
    user: Cadre
