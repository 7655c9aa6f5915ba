from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from cadres import views

urlpatterns = [
    path("login/", LoginView.as_view(template_name="people/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", views.password, name="password"),
    path("areas/", views.area_list, name="area-list"),
    path("cadres/", views.cadre_list, name="cadre-list"),
    path("cadres/new/", views.cadre_new, name="cadre-new"),
    path("cadres/<uuid:uid>/", views.cadre_detail, name="cadre"),
    path("cadres/<uuid:uid>/reset/", views.cadre_reset, name="cadre-reset"),
    path("posts/<int:pk>/end/", views.post_end, name="post-end"),
    path("tokens/", views.token_list, name="token-list"),
    path("tokens/<int:pk>/revoke/", views.token_revoke, name="token-revoke"),
    path("", views.desk_page, name="desk"),
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.notices_read, name="notice-read"),
]
