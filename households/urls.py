from django.urls import path

from households.views import assignments, life, phone, roster, visits

urlpatterns = [
    path("households/", roster.household_list, name="household-list"),
    path("find/", roster.find, name="find"),
    path("households/export/", roster.household_export, name="household-export"),
    path("households/assign/", roster.assign, name="household-assign"),
    path("households/<uuid:uid>/", roster.household_detail, name="household"),
    path("households/new/", life.household_new, name="household-new"),
    path("households/reviews/", life.review_list, name="change-review"),
    path("households/<uuid:uid>/changes/", life.changes, name="household-changes"),
    path("households/<uuid:uid>/reveal/", roster.reveal, name="household-reveal"),
    path(
        "households/<uuid:uid>/member/", roster.change, {"what": "member"}, name="household-member"
    ),
    path("households/<uuid:uid>/leave/", roster.change, {"what": "leave"}, name="household-leave"),
    path("households/<uuid:uid>/head/", roster.change, {"what": "head"}, name="household-head"),
    path("cadres/<uuid:uid>/hand-over/", assignments.hand_over, name="cadre-hand-over"),
    path("visits/", visits.visit_list, name="visit-list"),
    path("visits/hand-over/", visits.hand_over, name="visit-hand-over"),
    path("visits/<uuid:uid>/", visits.visit_detail, name="visit"),
    path("visits/<uuid:uid>/photos/<int:pk>/", visits.visit_photo, name="visit-photo"),
    path("m/", phone.phone_home, name="phone-home"),
    path("m/shell/", phone.shell, name="phone-shell"),
    path("m/sw.js", phone.worker, name="phone-worker"),
    path("m/manifest.webmanifest", phone.manifest, name="phone-manifest"),
    path("m/households/<uuid:uid>/visit/", phone.log, name="phone-visit"),
]
