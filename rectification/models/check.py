from django.db import models
from django.db.models import Q

from cadres.templatetags.county import cn_day
from rectification.workflow import CHECKS

PICTURE_MAX = 2 * 1024 * 1024


class Evidence(models.Model):
    """佐证材料 of one application round, known by the hash of its bytes. Append only."""

    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="evidence")
    round = models.PositiveSmallIntegerField()
    file = models.ForeignKey("cadres.StoredFile", models.PROTECT)
    what = models.CharField("说明", max_length=100)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT)
    at = models.DateTimeField()
    # The camera's day where the photo tells it, else the day on which these bytes first came.
    dated = models.DateField("材料日期", null=True)
    by_camera = models.BooleanField("拍摄日期", default=False, db_default=False)
    look = models.BigIntegerField("画面指纹", null=True)

    class Meta:
        indexes = [
            models.Index(fields=["look"], condition=Q(look__isnull=False), name="evidence_by_look")
        ]
        constraints = [
            models.UniqueConstraint(fields=["item", "round", "file"], name="evidence_once")
        ]

    @property
    def older_than_issue(self) -> str:
        """A warning to the checker and no refusal: a photo may show how it was before."""
        issued = self.item.issued_on
        if not (self.dated and issued and self.dated < issued):
            return ""
        how = "拍摄于" if self.by_camera else "最早上传于"
        return f"{how}{cn_day(self.dated)}，早于{cn_day(issued)}的交办，请核对是不是整改后的"

    @property
    def is_picture(self) -> bool:
        """Shown small on the page; one that is too heavy for that has its name alone."""
        return self.file.content_type.startswith("image/") and self.file.size <= PICTURE_MAX


class EvidenceView(models.Model):
    """Who opened which piece: a check passes only when its person opened every one."""

    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="views")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["evidence", "by"], name="view_once")]


class Check(models.Model):
    """One check of one round. A trigger refuses the rectifier, the person of the check just
    before, from 核查 on the rectifying unit, and a 授权 that is not in force or whose giver
    could not have checked himself. Append only."""

    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="checks")
    round = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=12)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    unit = models.ForeignKey("cadres.Unit", models.PROTECT, related_name="+")
    delegation = models.ForeignKey(
        "cadres.Delegation", models.PROTECT, null=True, related_name="+", verbose_name="所受授权"
    )
    at = models.DateTimeField()
    passed = models.BooleanField()
    opinion = models.CharField("意见", max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "round", "step"], name="check_once_a_round"),
            models.CheckConstraint(
                name="check_step_known", condition=Q(step__in=[s.value for s in CHECKS])
            ),
            models.CheckConstraint(name="check_has_opinion", condition=~Q(opinion="")),
        ]


class HandOver(models.Model):
    """移交: who had the item and to whom it went, with all that was done so far. Whoever had it
    never checks it, and whoever checked it never gets it (triggers). Append only."""

    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="hand_overs")
    giver = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    taker = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField("原因", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="hand_over_to_another", condition=~Q(giver=models.F("taker"))
            )
        ]


class LookBack(models.Model):
    """回头看 of a closed item, by a person who had no hand in it. Append only."""

    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="look_backs")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT)
    at = models.DateTimeField()
    held = models.BooleanField("巩固")
    finding = models.CharField("情况", max_length=300)
