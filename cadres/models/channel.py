from django.db import models
from django.db.models import Q


class Channel(models.Model):
    """消息渠道: a way out of the house beside the inbox. Dry-run until somebody decides
    otherwise; its secret is sealed and never shown again."""

    class Kind(models.TextChoices):
        SMTP = "SMTP", "电子邮件（SMTP）"
        SMS = "SMS", "短信网关"
        WECOM = "WECOM", "企业微信群机器人"
        DINGTALK = "DINGTALK", "钉钉群机器人"
        FEISHU = "FEISHU", "飞书群机器人"

    kind = models.CharField("类别", max_length=8, choices=Kind.choices)
    name = models.CharField("名称", max_length=40, unique=True)
    unit = models.ForeignKey("cadres.Unit", models.PROTECT, null=True, verbose_name="哪个单位的群")
    address = models.JSONField("地址", default=dict)  # what may be shown
    secret = models.BinaryField("密钥（密文）", null=True)
    dry_run = models.BooleanField("只试运行", default=True)
    active = models.BooleanField("在用", default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="channel_kind_known",
                condition=Q(kind__in=["SMTP", "SMS", "WECOM", "DINGTALK", "FEISHU"]),
            ),
            models.CheckConstraint(
                name="channel_live_with_secret",
                condition=Q(dry_run=True) | Q(secret__isnull=False) | Q(kind="SMTP"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def for_persons(self) -> bool:
        """A group's robot tells how many have something to do; the others write to a person."""
        return self.kind in ("SMTP", "SMS")


class Subscription(models.Model):
    """A person's own choice to be told by a channel. Nobody else sets it, and it may end any day."""

    cadre = models.ForeignKey("cadres.Cadre", models.PROTECT)
    channel = models.ForeignKey(Channel, models.PROTECT)
    address = models.BinaryField("地址（密文）", null=True)
    red = models.BooleanField("逾期提醒单独告诉", default=False)
    since = models.DateTimeField("从何时起")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cadre", "channel"], name="subscription_once")
        ]


class Outgoing(models.Model):
    """待发: one row a digest or red notice and channel, written with it in one transaction and
    found again until it is delivered, dead or dropped. The key makes it once."""

    class State(models.TextChoices):
        WAITS = "WAITS", "待发"
        SENT = "SENT", "已发"
        DEAD = "DEAD", "没发出去"
        DROPPED = "DROPPED", "不再发"

    channel = models.ForeignKey(Channel, models.PROTECT)
    recipient = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True)
    key = models.CharField(max_length=60, unique=True)
    text = models.CharField("内容", max_length=200)
    state = models.CharField("状态", max_length=7, choices=State.choices, default=State.WAITS, db_default=State.WAITS)  # fmt: skip
    made_at = models.DateTimeField("产生时间")
    next_at = models.DateTimeField("下次发送时间")
    tries = models.PositiveSmallIntegerField("发送次数", default=0, db_default=0)
    leased_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField("办结时间", null=True)
    dry = models.BooleanField("试运行", default=False, db_default=False)
    why = models.CharField("原因", max_length=100, blank=True, db_default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "next_at", "id"], condition=Q(state="WAITS"), name="outgoing_due"
            ),
            models.Index(fields=["state", "-id"], name="outgoing_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                name="outgoing_state_known",
                condition=Q(state__in=["WAITS", "SENT", "DEAD", "DROPPED"]),
            ),
            models.CheckConstraint(
                name="outgoing_ended_with_time",
                condition=Q(state="WAITS", ended_at__isnull=True)
                | ~Q(state="WAITS") & Q(ended_at__isnull=False, leased_until__isnull=True),
            ),
            models.CheckConstraint(name="outgoing_says_what", condition=~Q(text="") & ~Q(key="")),
        ]
