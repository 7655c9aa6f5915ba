from django.db import models
from django.db.models import Q


class ApiToken(models.Model):
    """A township system's key: kept as a hash, bound to an area, revocable, and knowing
    what for, under which agreement and who answers for it."""

    system = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="tokens")
    digest = models.BinaryField("令牌摘要", unique=True)
    area = models.ForeignKey("cadres.Area", models.PROTECT, verbose_name="范围")
    purpose = models.CharField("用途", max_length=100)
    agreement = models.CharField("协议编号", max_length=60)
    responsible = models.CharField("责任人", max_length=40)
    created_at = models.DateTimeField()
    expires_on = models.DateField("到期日", null=True)
    revoked_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="token_says_what_for",
                condition=~Q(purpose="") & ~Q(agreement="") & ~Q(responsible=""),
            )
        ]
