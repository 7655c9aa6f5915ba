from django.urls import include, path

urlpatterns = [
    path("", include("cadres.urls")),
    path("", include("households.urls")),
    path("", include("rectification.urls")),
    path("api/v1/", include("yuexi.api_urls")),
]
