from django.urls import path, re_path

from rectification.views import batches, figures, handing, items, ledger, returned, urge

urlpatterns = [
    path("items/", ledger.item_list, name="item-list"),
    path("items/figures/", figures.item_figures, name="item-figures"),
    path("batches/", batches.batch_list, name="item-batch-list"),
    path("batches/<uuid:uid>/", batches.batch_detail, name="item-batch"),
    path("batches/<uuid:uid>/<int:number>/", batches.batch_row, name="item-batch-row"),
    path("items/returned/<uuid:uid>/", returned.item_returned, name="item-returned"),
    path("items/<uuid:uid>/columns/", returned.item_columns, name="item-columns"),
    path("items/urge/", urge.urge, name="item-urge"),
    path("items/solved/", items.item_solved, name="item-solved"),
    path("items/hand-over/", handing.item_hand_over, name="item-hand-over"),
    path("items/new/", items.item_new, name="item-new"),
    re_path(r"^items/many/(?P<verb>confirm|issue|sign)/$", items.many, name="item-many"),
    path("items/<uuid:uid>/", items.item_detail, name="item"),
    path("items/<uuid:uid>/evidence/<int:pk>/", items.evidence_file, name="item-evidence"),
    path("items/<uuid:uid>/<slug:verb>/", items.act, name="item-act"),
]
