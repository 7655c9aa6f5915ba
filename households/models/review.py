from django.db import models


class ChangeReview(models.Model):
    """变更待审, answered: what the 专干 did about changes that a visit saw. A visit that saw
    changes and has no review waits in the queue. Append only."""

    visit = models.OneToOneField("households.Visit", models.PROTECT, related_name="review")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT)
    at = models.DateTimeField()
    said = models.CharField("处理情况", max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(name="review_says_what", condition=~models.Q(said=""))
        ]
