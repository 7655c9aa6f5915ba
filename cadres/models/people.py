from __future__ import annotations

from datetime import date

import uuid6
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from cadres.roles import ROLES


class Unit(models.Model):
    """单位: a county department, a township government, a village body."""

    class Kind(models.TextChoices):
        COUNTY = "COUNTY", "县直单位"
        TOWNSHIP = "TOWNSHIP", "乡镇"
        VILLAGE = "VILLAGE", "村（社区）"

    name = models.CharField("单位名称", max_length=60)
    kind = models.CharField("单位类别", max_length=8, choices=Kind.choices)
    area = models.ForeignKey("cadres.Area", models.PROTECT, verbose_name="所在地")
    fields = ArrayField(
        models.CharField(max_length=20), default=list, verbose_name="主管的问题类别"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "name"], name="unit_name_once_per_area"),
            models.CheckConstraint(
                name="unit_kind_known", condition=Q(kind__in=["COUNTY", "TOWNSHIP", "VILLAGE"])
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CadreManager(BaseUserManager["Cadre"]):
    def get_by_natural_key(self, username: str | None) -> Cadre:
        return self.get(work_no=username)


class Cadre(AbstractBaseUser):
    """干部, the user model. Logs in by work number or telephone (found by keyed hash)."""

    class Kind(models.TextChoices):
        CADRE = "CADRE", "干部"
        EVALUATOR = "EVALUATOR", "评估人员"
        ADMINISTRATOR = "ADMINISTRATOR", "管理员"
        SYSTEM = "SYSTEM", "对接系统"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    work_no = models.CharField("工号", max_length=20, unique=True)
    name = models.CharField("姓名", max_length=30)
    pinyin = models.CharField("拼音", max_length=120, db_collation="C", blank=True)
    kind = models.CharField("账号类别", max_length=13, choices=Kind.choices, default=Kind.CADRE)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, verbose_name="单位")
    phone = models.BinaryField("手机号（密文）", null=True)
    phone_hash = models.BinaryField("手机号查找值", null=True, unique=True)
    is_active = models.BooleanField("在用", default=True)
    slip_at = models.DateTimeField("初始密码条打印时间", null=True)
    must_change_password = models.BooleanField("须改初始密码", default=True)

    USERNAME_FIELD = "work_no"
    objects = CadreManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="cadre_kind_known",
                condition=Q(kind__in=["CADRE", "EVALUATOR", "ADMINISTRATOR", "SYSTEM"]),
            ),
            models.CheckConstraint(
                name="cadre_phone_with_hash",
                condition=Q(phone__isnull=True, phone_hash__isnull=True)
                | Q(phone__isnull=False, phone_hash__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PostQuerySet(models.QuerySet["Post"]):
    def in_force(self, today: date) -> PostQuerySet:
        return self.filter(Q(end__isnull=True) | Q(end__gt=today), start__lte=today, waits=False)


class Post(models.Model):
    """任职: a role held in a unit over an area from one day to another (half-open)."""

    cadre = models.ForeignKey(Cadre, models.PROTECT, related_name="posts")
    unit = models.ForeignKey(Unit, models.PROTECT)
    role = models.CharField("角色", max_length=20, choices=[(r.code, r.name) for r in ROLES])
    area = models.ForeignKey("cadres.Area", models.PROTECT, verbose_name="管辖范围")
    start = models.DateField("任职日期")
    end = models.DateField("免职日期", null=True, blank=True, help_text="不含当日")
    waits = models.BooleanField("待另一位管理员确认", default=False)
    appointed_by = models.ForeignKey(Cadre, models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey(Cadre, models.PROTECT, null=True, related_name="+")
    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="post_confirmed_by_another",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("appointed_by")),
            ),
            models.CheckConstraint(
                name="post_role_known", condition=Q(role__in=[r.code for r in ROLES])
            ),
            models.CheckConstraint(
                name="post_period", condition=Q(end__isnull=True) | Q(end__gte=F("start"))
            ),
            models.CheckConstraint(
                name="post_evaluator_ends",
                condition=~Q(role="EVALUATOR") | Q(end__isnull=False),
            ),
            ExclusionConstraint(
                name="post_not_twice_at_once",
                expressions=[
                    (F("cadre"), RangeOperators.EQUAL),
                    (F("role"), RangeOperators.EQUAL),
                    (F("area"), RangeOperators.EQUAL),
                    (F("unit"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("start"),
                            F("end"),
                            Value("[)"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
