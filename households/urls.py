from django.urls import path

from households.views import cards, life, public, roster, visits

urlpatterns = [
    path("households/", roster.household_list, name="household-list"),
    path("find/", roster.find, name="find"),
    path("households/export/", roster.household_export, name="household-export"),
    path("households/assign/", roster.assign, name="household-assign"),
    path("households/<uuid:uid>/", roster.household_detail, name="household"),
    path("households/new/", life.household_new, name="household-new"),
    path("households/cards/", cards.sheet, name="household-cards"),
    path("households/<uuid:uid>/card/", cards.card_end, name="household-card"),
    path("households/reviews/", life.review_list, name="change-review"),
    path("households/<uuid:uid>/changes/", life.changes, name="household-changes"),
    path("households/<uuid:uid>/reveal/", roster.reveal, name="household-reveal"),
    path(
        "households/<uuid:uid>/member/", roster.change, {"what": "member"}, name="household-member"
    ),
    path("households/<uuid:uid>/leave/", roster.change, {"what": "leave"}, name="household-leave"),
    path("households/<uuid:uid>/head/", roster.change, {"what": "head"}, name="household-head"),
    path("visits/", visits.visit_list, name="visit-list"),
    path("visits/<uuid:uid>/", visits.visit_detail, name="visit"),
    path("visits/<uuid:uid>/photos/<int:pk>/", visits.visit_photo, name="visit-photo"),
    path("visits/<uuid:uid>/word/", visits.word, name="visit-word"),
    path("c/<str:code>/", public.card, name="card"),
    path("m/", visits.phone_home, name="phone-home"),
    path("m/households/<uuid:uid>/visit/", visits.log, name="phone-visit"),
]
