from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left


class Area(models.Model):
    """行政区划: a county, township or village under its national 12-digit code.

    `prefix` is the scope key: the first 6, 9 or 12 digits by level. Never strip
    zeros to get it, since 3408281 would match fourteen townships.
    """

    class Level(models.TextChoices):
        COUNTY = "COUNTY", "县"
        TOWNSHIP = "TOWNSHIP", "乡镇"
        VILLAGE = "VILLAGE", "村（社区）"

    code = models.CharField("区划代码", max_length=12, unique=True, db_collation="C")
    prefix = models.CharField("范围前缀", max_length=12, unique=True, db_collation="C")
    name = models.CharField("名称", max_length=40)
    level = models.CharField("级别", max_length=8, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    valid_from = models.DateField("生效日期", null=True)
    valid_to = models.DateField("失效日期", null=True, help_text="不含当日")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="area_code_is_12_digits", condition=Q(code__regex=r"^[0-9]{12}$")
            ),
            models.CheckConstraint(
                name="area_prefix_by_level",
                condition=Q(level="COUNTY", prefix=Left("code", 6))
                | Q(level="TOWNSHIP", prefix=Left("code", 9))
                | Q(level="VILLAGE", prefix=F("code")),
            ),
            models.CheckConstraint(
                name="area_parent_unless_county",
                condition=Q(level="COUNTY", parent__isnull=True)
                | Q(level__in=["TOWNSHIP", "VILLAGE"], parent__isnull=False),
            ),
            models.CheckConstraint(
                name="area_valid_period",
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gt=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.name
