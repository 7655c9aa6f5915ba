from django.db import models
from django.db.models import Q


class LookBackDraw(models.Model):
    """回头看抽样 of one week: by lot, over all items whose 30 or 90 days are up. The seed is kept,
    so that anybody can draw again and compare. Append only."""

    week = models.DateField("星期一", unique=True)
    seed = models.BigIntegerField("种子")
    share = models.PositiveSmallIntegerField("抽取比例（%）")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="draw_share", condition=Q(share__gte=1, share__lte=100) & Q(week__week_day=2)
            )
        ]


class DrawnItem(models.Model):
    """Every item of the draw, drawn or not. Append only."""

    class Why(models.TextChoices):
        LOT = "LOT", "抽中"
        REBOUND = "REBOUND", "反弹过，必查"
        RED_LINE = "RED_LINE", "涉红线，必查"
        NOT = "NOT", "未抽中"

    draw = models.ForeignKey(LookBackDraw, models.PROTECT, related_name="items")
    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="draws")
    closed_on = models.DateField("销号日期")
    mark = models.PositiveSmallIntegerField("第几天")
    why = models.CharField("结果", max_length=8, choices=Why.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "closed_on", "mark"], name="drawn_once"),
            models.CheckConstraint(
                name="drawn_why_known", condition=Q(why__in=["LOT", "REBOUND", "RED_LINE", "NOT"])
            ),
        ]

    @property
    def drawn(self) -> bool:
        return self.why != self.Why.NOT
