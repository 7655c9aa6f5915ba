from django.db import models
from django.db.models import F, Q


class Milestone(models.Model):
    """阶段 of a 长期坚持 item: its goal and its day, closed by a check of its own. `cycle` counts
    the relapses before it: a relapse is planned anew. `planned` is what was promised, `due` what
    is left of it after the days that checkers took and an extension."""

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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "cycle", "no"], name="milestone_once"),
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
