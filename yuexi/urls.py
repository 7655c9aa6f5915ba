from django.urls import path

from cadres import views

urlpatterns = [path("", views.area_list, name="area-list")]
