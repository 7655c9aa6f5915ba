"""专栏, their plan of a month, and what appeared."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from cadres.events import record
from cadres.models import Area, Cadre
from cadres.scope import require
from inspections.models import Article, Column, Honour, MonthPlan, Practice
from inspections.publicity.querysets import EDIT
from yuexi.core import clock
from yuexi.core.refusals import BadInput, Refusal
from yuexi.core.secrecy import no_idno


def county() -> str:
    return str(Area.objects.only("code").get(level=Area.Level.COUNTY).code)


@transaction.atomic
def open_column(
    *, name: str, medium: str, outlet: str, start: date, by: Cadre, at: datetime
) -> Column:
    require(by, EDIT, county())
    no_idno([name, outlet])
    if start > clock.day(at):
        raise BadInput("start", "开办日期不能晚于今天；还没有开的专栏，开了再登记。", field="start")
    if Column.objects.filter(outlet=outlet.strip(), name=name.strip()).exists():
        raise BadInput("column_once", "这家媒体已有同名的专栏，请直接用它。", field="name")
    column = Column.objects.create(name=name.strip(), medium=medium, outlet=outlet.strip(), start=start, by=by, at=at)  # fmt: skip
    record("column.open", column, by=by, at=at, area=county(), after={"name": str(column), "start": str(start)})  # fmt: skip
    return column


@transaction.atomic
def end_column(*, column: Column, on: date, by: Cadre, at: datetime) -> None:
    require(by, EDIT, county())
    column = Column.objects.select_for_update().get(pk=column.pk)
    if column.end:
        raise Refusal("column_ended", "这个专栏已经停办。")
    last = column.articles.filter(voided_at__isnull=True).order_by("-published_on").first()
    if on < column.start or (last and on <= last.published_on):
        raise BadInput("end", "停办日期要晚于开办日期和最后一篇稿件的日期。", field="on")
    column.end = on
    column.save(update_fields=["end"])
    record("column.end", column, by=by, at=at, area=county(), after={"end": str(on)})


@transaction.atomic
def plan_month(*, column: Column, month: date, count: int, by: Cadre, at: datetime) -> MonthPlan:
    """May be changed until the month is over, and each change stands in the log."""
    require(by, EDIT, county())
    month = month.replace(day=1)
    today = clock.day(at)
    if month < today.replace(day=1):
        raise BadInput("month_over", "过去月份的计划不能补、不能改；请选本月或以后的月份。", field="month")  # fmt: skip
    if column.end and month >= column.end:
        raise BadInput("column_ended", "这个专栏那时已经停办，不能再排计划。", field="month")
    column = Column.objects.select_for_update().get(pk=column.pk)
    kept = MonthPlan.objects.filter(column=column, month=month).first()
    before = {"count": kept.count} if kept else {}
    plan, _ = MonthPlan.objects.update_or_create(column=column, month=month, defaults={"count": count, "by": by, "at": at})  # fmt: skip
    record("column.plan", column, by=by, at=at, area=county(), before=before, after={"month": f"{month:%Y-%m}", "count": count})  # fmt: skip
    return plan


def add_article(
    *, column: Column, title: str, published_on: date, link: str, place: str, by: Cadre, at: datetime,
    practice: Practice | None = None, honour: Honour | None = None,
) -> Article:  # fmt: skip
    require(by, EDIT, county())
    no_idno([title, link, place])
    if published_on > clock.day(at):
        raise BadInput("published_on", "刊播日期不能晚于今天；还没有刊播的先不登记。", field="published_on")  # fmt: skip
    if published_on < column.start or (column.end and published_on >= column.end):
        raise BadInput("published_on", "刊播日期不在这个专栏的开办期内，请核对日期或专栏。", field="published_on")  # fmt: skip
    if not link and not place.strip():
        raise BadInput("article_can_be_found", "网址和版面（时段）至少填一样，别人才查得到。", field="link")  # fmt: skip
    if link and not link.startswith(("http://", "https://")):
        raise BadInput("link", "网址要以 http:// 或 https:// 开头。", field="link")
    try:
        with transaction.atomic():
            article = Article.objects.create(
                column=column, title=title.strip(), published_on=published_on, link=link, place=place.strip(),
                practice=practice, honour=honour, by=by, at=at,
            )  # fmt: skip
            record("article.add", article, by=by, at=at, area=county(), after={"title": article.title, "on": str(published_on)})  # fmt: skip
    except IntegrityError as error:
        if "article_once" not in str(error):
            raise
        raise BadInput("article_once", "这一篇（同专栏、同标题、同一天）已经登记过。", field="title") from None  # fmt: skip
    return article


@transaction.atomic
def void_article(*, article: Article, why: str, by: Cadre, at: datetime) -> None:
    require(by, EDIT, county())
    article = Article.objects.select_for_update().get(pk=article.pk)
    if article.voided_at:
        raise Refusal("voided", "这一篇已经作废。")
    if len(why.strip()) < 2:
        raise BadInput("why", "请写明作废原因。", field="why")
    article.voided_at, article.voided_by, article.voided_why = at, by, why.strip()
    article.save(update_fields=["voided_at", "voided_by", "voided_why"])
    record("article.void", article, by=by, at=at, area=county(), after={"why": article.voided_why})
