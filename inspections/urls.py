from django.urls import path

from inspections.views import burden, covert, filings, joints, meetings, plans

urlpatterns = [
    path("inspections/", plans.inspection_list, name="inspection-list"),
    path("inspections/new/", plans.inspection_new, name="inspection-new"),
    path("inspections/board/", plans.board_page, name="draw-board"),
    path("inspections/board/redraw.py", plans.script, name="draw-script"),
    path("inspections/board/<uuid:uid>/", plans.opened, name="draw-opened"),
    path("inspections/<uuid:uid>/", plans.inspection, name="inspection"),
    path("inspections/<uuid:uid>/transfer/", plans.transfer, name="inspection-transfer"),
    path("inspections/<uuid:uid>/evidence/<int:pk>/", plans.evidence, name="inspection-evidence"),
    path("inspections/<uuid:uid>/<slug:verb>/", plans.act, name="inspection-act"),
    # the registers
    path("inspections/filings/", filings.filing_list, name="filing-list"),
    path("inspections/filings/new/", filings.filing_new, name="filing-new"),
    path("inspections/filings/<uuid:uid>/", filings.filing, name="filing"),
    path("inspections/joints/", joints.joint_list, name="joint-list"),
    path("inspections/joints/new/", joints.joint_new, name="joint-new"),
    path("inspections/joints/<uuid:uid>/", joints.joint, name="joint"),
    path("inspections/joints/<uuid:uid>/notice/", joints.joint_notice, name="joint-notice"),
    path("inspections/joints/<uuid:uid>/transfer/", joints.joint_transfer, name="joint-transfer"),
    path(
        "inspections/joints/<uuid:uid>/evidence/<int:pk>/",
        joints.joint_evidence,
        name="joint-evidence",
    ),
    path("inspections/meetings/", meetings.meeting_list, name="meeting-list"),
    path("inspections/meetings/new/", meetings.meeting_new, name="meeting-new"),
    path("inspections/meetings/<uuid:uid>/", meetings.meeting, name="meeting"),
    path("inspections/burden/", burden.burden_page, name="burden"),
    path("inspections/burden/rows/", burden.burden_rows, name="burden-rows"),
    path("inspections/forms/", burden.form_list, name="form-list"),
    path("inspections/forms/new/", burden.form_new, name="form-new"),
    path("inspections/forms/<uuid:uid>/", burden.form_kind, name="form"),
    path("inspections/reports/", burden.report_list, name="report-list"),
    path("inspections/reports/new/", burden.report_new, name="report-new"),
    path("inspections/reports/<uuid:uid>/", burden.report_page, name="report"),
    path("inspections/covert/", covert.covert_page, name="covert"),
]
