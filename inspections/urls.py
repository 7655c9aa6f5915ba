from django.urls import path

from inspections.views import field, plans

urlpatterns = [
    path("inspections/", plans.inspection_list, name="inspection-list"),
    path("inspections/new/", plans.inspection_new, name="inspection-new"),
    path("inspections/board/", plans.board_page, name="draw-board"),
    path("inspections/board/redraw.py", plans.script, name="draw-script"),
    path("inspections/board/<uuid:uid>/", plans.opened, name="draw-opened"),
    path("inspections/<uuid:uid>/", plans.inspection, name="inspection"),
    path("inspections/<uuid:uid>/transfer/", plans.transfer, name="inspection-transfer"),
    path("inspections/<uuid:uid>/evidence/<int:pk>/", plans.evidence, name="inspection-evidence"),
    path("inspections/<uuid:uid>/homes/<uuid:household>/", field.door, name="inspection-door"),
    path("inspections/<uuid:uid>/<slug:verb>/", plans.act, name="inspection-act"),
]
