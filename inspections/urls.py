from django.urls import path

from inspections.views import evaluations, leaving, plans, suspects

urlpatterns = [
    path("inspections/", plans.inspection_list, name="inspection-list"),
    path("inspections/new/", plans.inspection_new, name="inspection-new"),
    path("inspections/board/", plans.board_page, name="draw-board"),
    path("inspections/board/redraw.py", plans.script, name="draw-script"),
    path("inspections/board/<uuid:uid>/", plans.opened, name="draw-opened"),
    path("inspections/evaluations/", evaluations.evaluation_list, name="evaluation-list"),
    path("inspections/evaluations/new/", evaluations.evaluation_new, name="evaluation-new"),
    path("inspections/evaluations/<uuid:uid>/", evaluations.evaluation, name="evaluation"),
    path(
        "inspections/evaluations/<uuid:uid>/do/<slug:verb>/", evaluations.act, name="evaluation-act"
    ),
    path(
        "inspections/evaluations/<uuid:uid>/sheets/",
        evaluations.sheet_list,
        name="evaluation-sheets",
    ),
    path(
        "inspections/evaluations/<uuid:uid>/sheets/<uuid:home>/",
        evaluations.sheet,
        name="evaluation-sheet",
    ),
    path(
        "inspections/evaluations/<uuid:uid>/opened/<slug:which>/",
        evaluations.opened,
        name="evaluation-opened",
    ),
    path("inspections/evaluations/<uuid:uid>/rates/", suspects.rates, name="evaluation-rates"),
    path(
        "inspections/evaluations/<uuid:uid>/rates/<slug:key>/",
        suspects.rows,
        name="evaluation-rows",
    ),
    path(
        "inspections/evaluations/<uuid:uid>/suspects/",
        suspects.suspect_list,
        name="evaluation-suspects",
    ),
    path(
        "inspections/evaluations/suspects/<uuid:uid>/", suspects.suspect, name="evaluation-suspect"
    ),
    path(
        "inspections/evaluations/suspects/<uuid:uid>/<int:pk>/",
        suspects.argument_file,
        name="evaluation-file",
    ),
    path("inspections/yardsticks/", leaving.yardstick_list, name="yardstick-list"),
    path("inspections/exit/", leaving.exit_page, name="leaving"),
    path("inspections/exit/<int:pk>/", leaving.step_file, name="leaving-file"),
    path("inspections/<uuid:uid>/", plans.inspection, name="inspection"),
    path("inspections/<uuid:uid>/transfer/", plans.transfer, name="inspection-transfer"),
    path("inspections/<uuid:uid>/evidence/<int:pk>/", plans.evidence, name="inspection-evidence"),
    path("inspections/<uuid:uid>/<slug:verb>/", plans.act, name="inspection-act"),
]
