import uuid6
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Lead(models.Model):
    """线索: a question that a person must answer, never a verdict. One per kind and subject,
    whoever asks and however often. Append only, as are its looks and its decision: they are
    their own log, since the ordinary event log is read by more people than may know of it."""

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    kind = models.CharField("类型", max_length=20)
    subject_kind = models.CharField("对象", max_length=20)
    subject_id = models.BigIntegerField()
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )
    text = models.CharField("事实", max_length=500)
    about = ArrayField(
        models.BigIntegerField(), verbose_name="涉及的干部", default=list,
        help_text="本人看不到，也不能核实自己的线索",
    )  # fmt: skip
    opened_at = models.DateTimeField("发现时间")

    class Meta:
        indexes = [models.Index(fields=["-opened_at", "-id"], name="lead_recent")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_kind", "subject_id"], name="lead_once_per_subject"
            ),
            models.CheckConstraint(
                name="lead_says_what", condition=~Q(text="") & ~Q(kind="") & ~Q(subject_kind="")
            ),
        ]


class LeadLook(models.Model):
    """核实: somebody looked into it and says what he saw. Append only."""

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="looks")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    said = models.CharField("核实情况", max_length=500)

    class Meta:
        constraints = [models.CheckConstraint(name="look_says_what", condition=~Q(said=""))]


class LeadDecision(models.Model):
    """结论, once. What 成立转办 leads to stands with the kind of the lead (`LeadKind.mend`): an
    item for the township, or 纪委监委."""

    class Outcome(models.TextChoices):
        HANDED_ON = "HANDED_ON", "成立转办"
        EXPLAINED = "EXPLAINED", "说明即可"
        UNFOUNDED = "UNFOUNDED", "不成立"

    lead = models.OneToOneField(Lead, models.PROTECT, related_name="decision")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = models.CharField("结论", max_length=9, choices=Outcome.choices)
    said = models.CharField("依据", max_length=500)

    class Meta:
        constraints = [
            models.CheckConstraint(name="lead_decision_says_why", condition=~Q(said="")),
            models.CheckConstraint(
                name="lead_outcome_known",
                condition=Q(outcome__in=["HANDED_ON", "EXPLAINED", "UNFOUNDED"]),
            ),
        ]
