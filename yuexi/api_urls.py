from csp.decorators import csp_update
from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from households import api as households
from inspections import api as inspections
from rectification import api as rectification
from rectification import api_verbs as rectification_verbs

# Swagger UI writes styles into its elements; nothing else on this page may.
docs = csp_update({"style-src": ["'self'", "'unsafe-inline'"]})(
    SpectacularSwaggerSplitView.as_view(url_name="api-schema")
)
urlpatterns = [
    path("households", households.Households.as_view(), name="api-households"),
    path("households/<uuid:uid>", households.OneHousehold.as_view(), name="api-household"),
    path("visits", households.Visits.as_view(), name="api-visits"),
    path("visits/sync", households.VisitSync.as_view(), name="api-visit-sync"),
    path("phone/day", households.PhoneDay.as_view(), name="api-phone-day"),
    re_path(
        r"^phone/visits/(?P<uid>[0-9a-f-]{36})/photos/(?P<sha256>[0-9a-f]{64})$",
        households.PhonePhoto.as_view(),
        name="api-phone-photo",
    ),
    path("phone/field", inspections.FieldDay.as_view(), name="api-field-day"),
    path(
        "phone/field/<uuid:uid>/records",
        inspections.FieldRecords.as_view(),
        name="api-field-records",
    ),
    path(
        "phone/field/<uuid:uid>/photos/<slug:sha256>",
        inspections.FieldPhoto.as_view(),
        name="api-field-photo",
    ),
    path("items", rectification.Items.as_view(), name="api-items"),
    path("items/<uuid:uid>", rectification.OneItem.as_view(), name="api-item"),
    *[
        path(f"items/<uuid:uid>/{verb}", view, name=f"api-item-{verb}")
        for verb, view in rectification_verbs.VERBS.items()
    ],
    path(
        "items/<uuid:uid>/<slug:verb>",
        rectification_verbs.ByPerson.as_view(),
        name="api-item-by-person",
    ),
    path("codes", rectification.Codes.as_view(), name="api-codes"),
    path("schema", login_not_required(SpectacularAPIView.as_view()), name="api-schema"),
    path("docs", login_not_required(docs), name="api-docs"),
]
