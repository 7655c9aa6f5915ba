from __future__ import annotations

from datetime import date

import uuid6
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce

from rectification import workflow
from rectification.workflow import (
    CHECKS,
    EXTENTS,
    GRADES,
    LABELS,
    OPEN,
    RED_LINES,
    ROUTE_LABELS,
    SOURCES,
    WITH_DISCIPLINE,
)

NEVER = Value(
    date(9999, 12, 31), output_field=models.DateField()
)  # what is not issued, in order of 交办

# What the ledger narrows by stands in the indexes that its pages walk: a row that is passed by
# costs a look at the index and none at the table (docs/decisions/ledger-counts-to-1000.md).
BOXES = ("area", "status", "source", "category", "grade", "route", "unit", "lead_unit", "issue_due", "issued_on",
         "applied_on", "rebounds")  # fmt: skip
SCOPES = (*BOXES, "person", "involved", "round")  # and what somebody's scope and moves are made of


def _beside(field: str, names: tuple[str, ...] = BOXES) -> tuple[str, ...]:
    return tuple(name for name in names if name != field)


class Grams(Func):
    """Single signs and pairs of a text (rectification/sql/words.py): a Chinese word has two signs,
    and pg_trgm needs three."""

    function = "item_grams"
    output_field = ArrayField(models.TextField())


def grams(words: str) -> list[str]:
    """What a text that holds these words has among its own."""
    return [words] if len(words) == 1 else [words[i : i + 2] for i in range(len(words) - 1)]


class NumberSeries(models.Model):
    """The last number given in a year; its row lock makes numbers without gaps."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)
    last_dispatch = models.PositiveIntegerField(default=0)


class Dispatch(models.Model):
    """交办单: one sheet that issues one or more items. Our number is automatic; 文号 and
    签发人 come from the office's register and are typed."""

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    number = models.CharField("交办单编号", max_length=20, unique=True)
    document_no = models.CharField("文号", max_length=40, blank=True)
    signed_off_by = models.CharField("签发人", max_length=20, blank=True)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT)
    at = models.DateTimeField("交办时间")


class Item(models.Model):
    """整改事项. No item without a deadline and a person: both are NOT NULL, always."""

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    number = models.CharField("编号", max_length=12, unique=True)
    source = models.CharField("问题来源", max_length=10, choices=list(SOURCES.items()))
    source_kind = models.CharField(max_length=20, blank=True)
    source_id = models.BigIntegerField(null=True)
    lineage = models.CharField("批次或出处", max_length=80, blank=True)
    text = models.CharField("问题原文", max_length=500)
    found_on = models.DateField("发现时间", null=True)
    found_by = models.CharField("发现人或组", max_length=60, blank=True, default="", db_default="")
    extent = models.CharField(
        "共性或个性", max_length=8, blank=True, default="", db_default="", choices=list(EXTENTS.items())
    )  # fmt: skip
    category = models.CharField("类别", max_length=20)
    area = models.ForeignKey(
        "cadres.Area",
        models.PROTECT,
        to_field="code",
        db_column="area_code",
        related_name="+",
        db_index=False,
    )
    households = models.ManyToManyField("households.Household", through="ItemHousehold")
    lead_unit = models.ForeignKey(
        "cadres.Unit", models.PROTECT, related_name="+", verbose_name="牵头单位", db_index=False
    )  # item_of_lead, item_of_unit, item_of_person and item_ledger begin with these
    unit = models.ForeignKey(
        "cadres.Unit", models.PROTECT, related_name="+", verbose_name="责任单位", db_index=False
    )
    person = models.ForeignKey(
        "cadres.Cadre", models.PROTECT, related_name="+", verbose_name="责任人", db_index=False
    )
    county_leader = models.CharField(
        "牵头县领导", max_length=30, blank=True, default="", db_default=""
    )
    unit_leader = models.CharField("责任领导", max_length=30, blank=True, default="", db_default="")
    remark = models.CharField("备注", max_length=300, blank=True, default="", db_default="")
    co_units = models.ManyToManyField("cadres.Unit", related_name="+", verbose_name="配合单位")
    # The three above, written by the database (rectification/sql/involved.py) and by nobody else.
    involved = ArrayField(models.BigIntegerField(), default=list, db_default=[], editable=False)
    grade = models.CharField("等级", max_length=8, choices=[(k, v[0]) for k, v in GRADES.items()])
    route = models.CharField(
        "路线", max_length=10, choices=[(r.value, n) for r, n in ROUTE_LABELS.items()]
    )
    status = models.CharField("进展", max_length=12, choices=[(s.value, n) for s, n in LABELS.items()],
                              default=workflow.Status.REGISTERED)  # fmt: skip
    since = models.DateField("进入现状之日")
    goal = models.CharField("整改目标", max_length=200, blank=True)
    measure = models.CharField("整改措施", max_length=500, blank=True)
    deadline = models.DateField("整改期限")
    length = models.PositiveSmallIntegerField(
        "给定工作日", null=True, help_text="交办到期限（长期坚持为本阶段）；延期不得超过它"
    )
    check_due = models.DateField("办理时限", null=True)
    review_due = models.DateField("季度复核期限", null=True, help_text="只有长期坚持的有")
    dispatch = models.ForeignKey(Dispatch, models.PROTECT, null=True, related_name="items")
    issue_due = models.DateField("交办时限", null=True)
    issued_on = models.DateField("交办日期", null=True)
    applied_on = models.DateField("申请销号日期", null=True)
    closed_on = models.DateField("销号日期", null=True)
    lookback_due = models.DateField("回头看日期", null=True)
    round = models.PositiveSmallIntegerField("第几次申请", default=1)
    rebounds = models.PositiveSmallIntegerField("反弹次数", default=0)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", verbose_name="举一反三的母件"
    )
    red_line = models.CharField(
        "红线", max_length=8, choices=list(RED_LINES.items()), blank=True, default="", db_default=""
    )
    red_count = models.PositiveSmallIntegerField("移送次数", default=0, db_default=0)
    left_from = models.CharField(
        "移送前的状态", max_length=12, blank=True, default="", db_default=""
    )
    days_given = models.PositiveSmallIntegerField(
        "移送时给定工作日", null=True, help_text="在纪委监委期间留存，退回时按现行日历重算期限"
    )
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    created_by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    created_at = models.DateTimeField("登记时间")

    class Meta:
        indexes = [
            models.Index(fields=["area", "deadline", "id"], include=_beside("area", SCOPES), name="item_ledger"),
            models.Index(fields=["status", "deadline", "id"], name="item_clock"),
            models.Index(fields=["deadline", "id"], include=SCOPES, name="item_by_deadline"),
            models.Index(fields=["person", "status"], name="item_of_person"),
            models.Index(fields=["check_due"], condition=Q(check_due__isnull=False), name="item_check_due"),
            models.Index(fields=["review_due"], condition=Q(review_due__isnull=False), name="item_review_due"),
            models.Index(fields=["lookback_due"], condition=Q(status="CLOSED"), name="item_lookback_due"),
            models.Index(fields=["source", "deadline", "id"], include=_beside("source"), name="item_by_source"),
            models.Index(fields=["category", "deadline", "id"], include=_beside("category"), name="item_by_category"),
            models.Index(fields=["grade", "deadline", "id"], include=_beside("grade"), name="item_by_grade"),
            models.Index(fields=["deadline", "id"], condition=Q(rebounds__gt=0), name="item_rebound"),
            models.Index(fields=["deadline", "id", "issue_due"], condition=Q(issued_on__isnull=True), name="item_to_issue"),
            models.Index(fields=["deadline", "id"], include=(*SCOPES, "since"), condition=Q(status__in=[s.value for s in OPEN]), name="item_open"),
            models.Index(fields=["route", "deadline", "id"], name="item_by_route"),
            models.Index(fields=["unit", "deadline", "id"], include=_beside("unit"), name="item_of_unit"),
            models.Index(fields=["lead_unit", "deadline", "id"], include=_beside("lead_unit"), name="item_of_lead"),
            models.Index(Coalesce("issued_on", NEVER), "id", name="item_by_issue"),
            models.Index(Coalesce("issued_on", NEVER), "id", include=("deadline", *SCOPES), condition=Q(status__in=[s.value for s in OPEN]), name="item_open_by_issue"),
            GinIndex(Grams("text"), name="item_by_words"),
            GinIndex(fields=["involved"], name="item_of_units"),
            models.Index(fields=["since"], condition=Q(round__gt=1), name="item_again"),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["source_kind", "source_id"],
                condition=~Q(source_kind=""),
                name="item_once_per_source",
            ),
            models.CheckConstraint(name="item_source_known", condition=Q(source__in=list(SOURCES))),
            models.CheckConstraint(
                name="item_status_known", condition=Q(status__in=[s.value for s in LABELS])
            ),
            models.CheckConstraint(name="item_grade_known", condition=Q(grade__in=list(GRADES))),
            models.CheckConstraint(
                name="item_route_known", condition=Q(route__in=[r.value for r in ROUTE_LABELS])
            ),
            models.CheckConstraint(
                name="item_lasting_by_stages",
                condition=~Q(grade="LASTING", route="ON_SPOT")
                & (Q(review_due__isnull=True) | Q(grade="LASTING")),
            ),
            models.CheckConstraint(
                name="item_red_line_known", condition=Q(red_line__in=["", *RED_LINES])
            ),
            models.CheckConstraint(
                name="item_red_line_said",
                condition=~Q(status__in=[s.value for s in WITH_DISCIPLINE])
                | ~Q(red_line="") & ~Q(left_from="") & Q(red_count__gte=1),
            ),
            models.CheckConstraint(
                name="item_days_given_while_red",
                condition=Q(days_given__isnull=True)
                | Q(status__in=[s.value for s in WITH_DISCIPLINE]),
            ),
            models.CheckConstraint(name="item_not_its_own_child", condition=~Q(parent=F("id"))),
            models.CheckConstraint(name="item_has_text", condition=~Q(text="")),
            models.CheckConstraint(
                name="item_extent_known", condition=Q(extent__in=["", *EXTENTS])
            ),
            models.CheckConstraint(
                name="item_issued_with_day",
                condition=Q(
                    status__in=[
                        "REGISTERED",
                        "CONFIRMED",
                        "DISMISSED",
                        "MERGED",
                        "REDLINE",
                        "HANDLED",
                    ]
                )
                | Q(issued_on__isnull=False, dispatch__isnull=False)
                | Q(
                    route="ON_SPOT",
                    status__in=["RECTIFYING", "APPROVE", "CLOSED", "CONSOLIDATED"],
                    issued_on__isnull=True,
                    dispatch__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="item_check_has_limit",
                condition=Q(
                    status__in=[s.value for s in CHECKS],
                    check_due__isnull=False,
                    applied_on__isnull=False,
                )
                | (~Q(status__in=[s.value for s in CHECKS]) & Q(check_due__isnull=True)),
            ),
            models.CheckConstraint(
                name="item_measure_before_work",
                condition=~Q(
                    status__in=["RECTIFYING", *[s.value for s in CHECKS], "CLOSED", "CONSOLIDATED"]
                )
                | ~Q(measure=""),
            ),
            models.CheckConstraint(
                name="item_closed_with_day",
                condition=~Q(status__in=["CLOSED", "CONSOLIDATED"]) | Q(closed_on__isnull=False),
            ),
            models.CheckConstraint(
                name="item_merged_into_another",
                condition=Q(status="MERGED", merged_into__isnull=False) & ~Q(merged_into=F("id"))
                | ~Q(status="MERGED") & Q(merged_into__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.text}"

    veiled = False  # set on a row whose reader may not know what it is about
    accountability_told = ""  # set on a row whose reader handles 问责线索

    @property
    def tasks(self) -> list[str]:
        """任务清单: each line of the measure is one task; 1 problem : n tasks : 1 in charge."""
        return [line.strip() for line in self.measure.splitlines() if line.strip()]

    @property
    def is_open(self) -> bool:
        return self.status in workflow.OPEN

    @property
    def lasts(self) -> bool:
        return self.grade == workflow.LASTING

    @property
    def with_discipline(self) -> bool:
        return self.status in WITH_DISCIPLINE

    @property
    def solved_on_spot(self) -> bool:
        """Mended by its finder before anybody was charged with it."""
        begun = ("RECTIFYING", *CHECKS, "CLOSED", "CONSOLIDATED")
        return self.dispatch_id is None and self.status in begun

    @property
    def is_checked_now(self) -> bool:
        return self.status in CHECKS

    @property
    def waiting_label(self) -> str:
        """'待乡镇自查' rather than '待自查': the step as this item's route names it."""
        if self.status in CHECKS:
            return f"待{workflow.step_of(self.route, self.status).label}"
        if self.lasts and self.status == workflow.Status.CLOSED:
            return "已转入长效"
        return LABELS[workflow.Status(self.status)]


class ItemHousehold(models.Model):
    """A household of an item, asked for itself whether its matter is solved."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="homes")
    household = models.ForeignKey("households.Household", models.PROTECT, related_name="item_links")
    solved = models.BooleanField("已解决", null=True)
    asked_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(null=True)
    said = models.CharField("农户怎么说", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "household"], name="item_household_once"),
            models.CheckConstraint(
                name="item_household_answer_from_somebody",
                condition=Q(solved__isnull=True, asked_by__isnull=True)
                | Q(solved__isnull=False, asked_by__isnull=False),
            ),
        ]


class Progress(models.Model):
    """进展: a dated line of the rectifier. Append only."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="progress")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT)
    at = models.DateTimeField()
    text = models.CharField("进展", max_length=300)
