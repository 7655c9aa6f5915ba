from django.db import models
from django.db.models import F, Q


class Milestone(models.Model):
    """阶段 of a 长期坚持 item: its goal and its day, closed by a check of its own. `cycle` counts
    the relapses before it: a relapse is planned anew. `planned` is what was promised, `due` what
    is left of it after the days that checkers took and an extension. One that a changed plan took
    out stays as it was promised, with the change beside it."""

    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="milestones")
    cycle = models.PositiveSmallIntegerField()
    no = models.PositiveSmallIntegerField("第几阶段")
    goal = models.CharField("阶段目标", max_length=200)
    planned = models.DateField("计划完成")
    due = models.DateField("完成期限")
    # Named `passed`: the check that closed it.
    passed = models.OneToOneField(
        "rectification.Check", models.PROTECT, null=True, related_name="milestone"
    )
    closed_on = models.DateField("完成日期", null=True)
    replaced = models.ForeignKey(
        "rectification.PlanChange", models.PROTECT, null=True, related_name="taken_out"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "cycle", "no"], condition=Q(replaced=None), name="milestone_once"
            ),
            models.CheckConstraint(
                name="milestone_says_what", condition=~Q(goal="") & Q(no__gte=1)
            ),
            models.CheckConstraint(name="milestone_only_later", condition=Q(due__gte=F("planned"))),
            models.CheckConstraint(
                name="milestone_closed_by_a_check",
                condition=Q(passed__isnull=True, closed_on__isnull=True)
                | Q(passed__isnull=False, closed_on__isnull=False),
            ),
        ]


class PlanChange(models.Model):
    """阶段计划变更 as its person asked it: what is still open, cut anew, never past the day on which
    the plan ends (triggers). Append only, and so are its stages and its decision."""

    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="plan_changes")
    cycle = models.PositiveSmallIntegerField()
    no = models.PositiveSmallIntegerField("第几次变更")
    start = models.PositiveSmallIntegerField("从第几阶段起")
    reason = models.CharField("变更理由", max_length=300)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField("申请时间")
    due = models.DateField("审批时限")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "cycle", "no"], name="plan_change_once"),
            models.CheckConstraint(
                name="plan_change_says_why", condition=~Q(reason="") & Q(start__gte=1, no__gte=1)
            ),
        ]


class PlannedStage(models.Model):
    """A stage as the change wants it."""

    change = models.ForeignKey(PlanChange, models.PROTECT, related_name="stages")
    no = models.PositiveSmallIntegerField("第几阶段")
    goal = models.CharField("阶段目标", max_length=200)
    due = models.DateField("计划完成")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["change", "no"], name="planned_stage_once"),
            models.CheckConstraint(name="planned_stage_says_what", condition=~Q(goal="")),
        ]


class PlanDecision(models.Model):
    """Granted or refused, one level above the lead unit, as an extension is."""

    change = models.OneToOneField(PlanChange, models.PROTECT, related_name="decision")
    granted = models.BooleanField("同意")
    opinion = models.CharField("审批意见", max_length=300)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField("审批时间")

    class Meta:
        constraints = [
            models.CheckConstraint(name="plan_decision_says_why", condition=~Q(opinion=""))
        ]


class Review(models.Model):
    """季度复核 of a 长期坚持 item that is still open. Append only."""

    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="reviews")
    quarter = models.CharField("季度", max_length=6)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    finding = models.CharField("复核情况", max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "quarter"], name="quarter_review_once"),
            models.CheckConstraint(name="quarter_review_says_what", condition=~Q(finding="")),
            models.CheckConstraint(
                name="quarter_review_known", condition=Q(quarter__regex=r"^[0-9]{4}Q[1-4]$")
            ),
        ]
