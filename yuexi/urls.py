from django.urls import include, path

urlpatterns = [
    path("", include("cadres.urls")),
    path("", include("households.urls")),
    path("", include("rectification.urls")),
]
