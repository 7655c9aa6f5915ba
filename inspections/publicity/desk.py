from datetime import date

from cadres.models import Cadre
from cadres.scope import scope_of
from inspections.models import Honour, Practice
from inspections.publicity.querysets import CADRE, EDIT, HANDLE, REVIEW, to_give_opinion
from yuexi.core.desk import Todo

HONOURS = "/inspections/publicity/honours/"


def todos(user: Cadre, today: date) -> list[Todo]:
    scope, found = scope_of(user), []
    if scope.has(REVIEW) or scope.has(CADRE):
        household = Honour.objects.filter(scope.within(REVIEW, "area__code"), kind="HOUSEHOLD")
        cadre = Honour.objects.filter(scope.within(CADRE, "area__code"), kind="CADRE").exclude(cadre=user)  # fmt: skip
        mine = household | cadre
        waits = mine.filter(status="RECOMMENDED").exclude(recommended_by=user).count()
        if waits:
            found.append(Todo(f"{waits} 个典型待审核", HONOURS + "?view=review", "去审核", count=waits, order=4))  # fmt: skip
        over = mine.filter(status="NOTICE", notice_until__lt=today).count()
        if over:
            found.append(Todo(f"{over} 个典型公示期满", HONOURS + "?view=notice", "去办理", count=over, order=4))  # fmt: skip
    if scope.has(REVIEW):
        here = Practice.objects.filter(scope.within(REVIEW, "area__code"), status="RECOMMENDED")
        if count := here.exclude(by=user).count():
            found.append(Todo(f"{count} 篇好经验待审核", "/inspections/publicity/practices/?view=review", "去审核", count=count, order=4))  # fmt: skip
    if scope.has(HANDLE) and (count := to_give_opinion(user, today).count()):
        found.append(Todo(f"{count} 位典型等答复意见", HONOURS + "?view=opinion", "去答复", count=count, order=4))  # fmt: skip
    if scope.has(EDIT):
        back = Honour.objects.filter(recommended_by=user, status="RETURNED").count()
        back += Practice.objects.filter(by=user, status="RETURNED").count()
        if back:
            found.append(Todo(f"{back} 件推荐、报送被退回", HONOURS + "?view=returned", "查看", count=back, order=4))  # fmt: skip
    return found
