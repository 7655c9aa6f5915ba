from django.urls import path

from households.views import campaigns, held, life, phone, policies, reviews, roster, visits

urlpatterns = [
    path("households/", roster.household_list, name="household-list"),
    path("find/", roster.find, name="find"),
    path("households/export/", roster.household_export, name="household-export"),
    path("households/assign/", roster.assign, name="household-assign"),
    path("households/<uuid:uid>/", roster.household_detail, name="household"),
    path("households/new/", life.household_new, name="household-new"),
    path("households/reviews/", reviews.review_list, name="change-review"),
    path("households/<uuid:uid>/changes/", life.changes, name="household-changes"),
    path("households/<uuid:uid>/reveal/", roster.reveal, name="household-reveal"),
    path(
        "households/<uuid:uid>/member/", roster.change, {"what": "member"}, name="household-member"
    ),
    path("households/<uuid:uid>/leave/", roster.change, {"what": "leave"}, name="household-leave"),
    path("households/<uuid:uid>/head/", roster.change, {"what": "head"}, name="household-head"),
    path("visits/", visits.visit_list, name="visit-list"),
    path("visits/hand-over/", visits.hand_over, name="visit-hand-over"),
    path("visits/held/", held.held_list, name="visit-held-list"),
    path("visits/held/<int:pk>/", held.held_detail, name="visit-held"),
    path("visits/<uuid:uid>/", visits.visit_detail, name="visit"),
    path("visits/<uuid:uid>/photos/<int:pk>/", visits.visit_photo, name="visit-photo"),
    path("campaigns/", campaigns.campaign_list, name="campaign-list"),
    path("campaigns/new/", campaigns.campaign_new, name="campaign-new"),
    path("campaigns/<uuid:uid>/", campaigns.campaign_detail, name="campaign"),
    path("campaigns/<uuid:uid>/households/", campaigns.campaign_homes, name="campaign-homes"),
    path("policies/", policies.policy_list, name="policy-list"),
    path("policies/new/", policies.policy_edit, name="policy-new"),
    path("policies/<uuid:uid>/", policies.policy_detail, name="policy"),
    path("policies/<uuid:uid>/edit/", policies.policy_edit, name="policy-edit"),
    path("m/", phone.phone_home, name="phone-home"),
    path("m/shell/", phone.shell, name="phone-shell"),
    path("m/sw.js", phone.worker, name="phone-worker"),
    path("m/manifest.webmanifest", phone.manifest, name="phone-manifest"),
    path("m/households/<uuid:uid>/visit/", phone.log, name="phone-visit"),
]
