from django.contrib.auth.views import LogoutView
from django.urls import path

from cadres.views import delegations, desk, entry, imports, leads, log, people, tokens

urlpatterns = [
    path("login/", entry.LogIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", people.password, name="password"),
    path("areas/", desk.area_list, name="area-list"),
    path("cadres/", people.cadre_list, name="cadre-list"),
    path("cadres/new/", people.cadre_new, name="cadre-new"),
    path("cadres/<uuid:uid>/", people.cadre_detail, name="cadre"),
    path("cadres/<uuid:uid>/reset/", people.cadre_reset, name="cadre-reset"),
    path("cadres/<uuid:uid>/edit/", people.cadre_edit, name="cadre-edit"),
    path("cadres/<uuid:uid>/active/", people.cadre_active, name="cadre-active"),
    path("cadres/slips/", people.slips, name="cadre-slips"),
    path("units/", people.unit_list, name="unit-list"),
    path("units/new/", people.unit_form, name="unit-new"),
    path("units/<int:pk>/", people.unit_form, name="unit"),
    path("posts/confirm/", people.confirmations, name="post-confirm"),
    path("posts/<int:pk>/end/", people.post_end, name="post-end"),
    path("delegations/", delegations.delegation_list, name="delegation-list"),
    path("delegations/<int:pk>/end/", delegations.delegation_end, name="delegation-end"),
    path("log/", log.log_page, name="log"),
    path("tokens/", tokens.token_list, name="token-list"),
    path("tokens/<int:pk>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("", desk.desk_page, name="desk"),
    path("imports/", imports.import_list, name="import-list"),
    path("imports/new/<slug:kind>/", imports.import_new, name="import-new"),
    path("imports/template/<slug:kind>/", imports.template, name="import-template"),
    path("imports/<uuid:uid>/", imports.progress, name="import"),
    path("imports/<uuid:uid>/decide/", imports.decision, name="import-decide"),
    path("imports/<uuid:uid>/answer/", imports.answer_file, name="import-answer"),
    path("leads/", leads.lead_list, name="lead-list"),
    path("leads/<uuid:uid>/", leads.lead_detail, name="lead"),
    path("inbox/", desk.inbox, name="inbox"),
    path("inbox/read/", desk.notices_read, name="notice-read"),
]
