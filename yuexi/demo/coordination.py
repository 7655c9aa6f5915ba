"""周调度: three weeks of the townships that have a county leader, one of them with a draft that waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from cadres.models import Cadre, Post
from rectification.actions.coordination import Meeting, confirm, decide, draft, follow_up
from rectification.coordination.briefing import asked_again
from rectification.coordination.weeks import WEEK, monday_of
from yuexi.core import clock

TOPICS = "逾期整改逐件过堂；在家农户本周走访；饮水管网防冻"
TASKS = (
    ("高山水池加盖，冬前完成防冻包管", "饮水安全"),
    ("外出户逐户电话联系，核对务工和收入", "其他"),
)


def load_coordination(now: datetime) -> None:
    today = clock.day(now)
    this = monday_of(today)
    posts = Post.objects.filter(role="STATIONED_LEADER").select_related("cadre", "area").order_by("pk")[:4]  # fmt: skip
    for n, post in enumerate(posts):
        area, leader = post.area, post.cadre
        clerk = Cadre.objects.filter(posts__role="TOWNSHIP_CLERK", posts__area=area).first()
        if clerk is None:
            continue
        for back in (3, 2, 1, 0):
            monday = this - WEEK * back
            day = min(monday + timedelta(days=2), today)
            if (n == 3 and back != 0) or (n == 2 and back == 1) or (n > 1 and back == 0):
                continue  # a week that nobody held
            meeting = Meeting(held_on=day, slot="AM", chair=leader, topics=TOPICS, present=[clerk])
            made = draft(area=area, monday=monday, meeting=meeting, by=clerk, at=now)
            answers = {d.pk: ("GOING", "") for d in asked_again(area, monday)}
            if answers:
                follow_up(coordination_id=made.pk, said=answers, by=clerk, at=now)
            text, category = TASKS[back % len(TASKS)]
            if back != 2:
                decide(coordination_id=made.pk, text=text, category=category, area=area, person=clerk,
                       deadline=today + timedelta(days=10 + back), by=clerk, at=now)  # fmt: skip
            if back:
                confirm(coordination_id=made.pk, by=leader, at=now)
