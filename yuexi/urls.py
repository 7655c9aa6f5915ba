from django.urls import include, path

handler400 = "yuexi.core.failed.bad_request"
handler403 = "yuexi.core.failed.no_right"
handler404 = "yuexi.core.failed.not_found"
handler500 = "yuexi.core.failed.broken"
urlpatterns = [
    path("", include("cadres.urls")),
    path("", include("households.urls")),
    path("", include("rectification.urls")),
    path("", include("inspections.urls")),
    path("api/v1/", include("yuexi.api_urls")),
]
