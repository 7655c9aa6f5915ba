from django.urls import path, re_path

from rectification.views import (
    accountability,
    drawing,
    handing,
    items,
    ledger,
    registering,
    screening,
    urge,
)

urlpatterns = [
    path("items/", ledger.item_list, name="item-list"),
    path("items/urge/", urge.urge, name="item-urge"),
    path("items/solved/", registering.item_solved, name="item-solved"),
    path("items/hand-over/", handing.item_hand_over, name="item-hand-over"),
    path("items/new/", registering.item_new, name="item-new"),
    re_path(r"^items/many/(?P<verb>confirm|issue|sign)/$", ledger.many, name="item-many"),
    path("items/<uuid:uid>/", items.item_detail, name="item"),
    path("items/<uuid:uid>/evidence/<int:pk>/", items.evidence_file, name="item-evidence"),
    path("items/look-backs/", drawing.look_back_draws, name="item-look-backs"),
    path(
        "items/accountability/", accountability.accountability_list, name="item-accountability-list"
    ),
    path(
        "items/accountability/<uuid:uid>/",
        accountability.accountability_detail,
        name="item-accountability",
    ),
    path("items/screened/", screening.to_look, name="item-screened-list"),
    path("items/screened/<int:pk>/", screening.look, name="item-screened"),
    path("items/<uuid:uid>/similar/", screening.similar, name="item-similar"),
    path("items/<uuid:uid>/reporter/<int:pk>/", items.reporter, name="item-reporter"),
    path("items/<uuid:uid>/<slug:verb>/", items.act, name="item-act"),
]
