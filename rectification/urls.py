from django.urls import path, re_path

from rectification.views import dossier, handing, items, papers, templates, urge

urlpatterns = [
    path("items/", items.item_list, name="item-list"),
    path("items/urge/", urge.urge, name="item-urge"),
    path("items/solved/", items.item_solved, name="item-solved"),
    path("items/hand-over/", handing.item_hand_over, name="item-hand-over"),
    path("items/new/", items.item_new, name="item-new"),
    re_path(r"^items/many/(?P<verb>confirm|issue|sign)/$", items.many, name="item-many"),
    path("items/<uuid:uid>/", items.item_detail, name="item"),
    path("items/<uuid:uid>/evidence/<int:pk>/", items.evidence_file, name="item-evidence"),
    path("items/<uuid:uid>/dossier/", dossier.item_dossier, name="item-dossier"),
    path("items/<uuid:uid>/<slug:verb>/", items.act, name="item-act"),
    path("papers/", papers.paper_list, name="paper-list"),
    path("papers/new/", papers.paper_new, name="paper-new"),
    path("papers/dispatch/<uuid:uid>/", papers.dispatch_page, name="paper-dispatch"),
    path("papers/templates/", templates.template_list, name="template-list"),
    path("papers/templates/<slug:kind>/", templates.template_file, name="template-file"),
    path("papers/templates/<int:pk>/decide/", templates.template_decide, name="template-decide"),
    path("papers/<uuid:uid>/", papers.paper_detail, name="paper"),
    path("papers/<uuid:uid>/file/<slug:which>/", papers.paper_file, name="paper-file"),
    path("papers/<uuid:uid>/scan/<int:pk>/", papers.paper_scan, name="paper-scan"),
    path("papers/<uuid:uid>/<slug:verb>/", papers.paper_act, name="paper-act"),
]  # fmt: skip
