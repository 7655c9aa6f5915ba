"""明白卡 at the doors of one village, and what two householders said with them."""

from datetime import datetime, timedelta

from django.db.models import Count

from cadres.events import via
from cadres.models import Area, Post
from households.actions.cards import print_cards
from households.actions.words import say
from households.models import Assignment, Card
from households.querysets import visits_to_ask
from yuexi.core import clock

PRINTED_DAYS = 40
SAID = ((False, "那几天我们一家都在县城，没有人来"), (True, "坐了一阵，问了娃娃上学的事"))


def load_cards(now: datetime) -> None:
    """By the road of the clerk's page and of the card's own: the village with most helpers."""
    helped = Assignment.objects.filter(end=None).values("household__area")
    most = helped.annotate(n=Count("pk")).order_by("-n", "household__area")[0]
    village = Area.objects.get(code=most["household__area"])
    township = village.code[:9].ljust(12, "0")
    clerk = Post.objects.filter(role="TOWNSHIP_CLERK", area__code=township).order_by("pk")[0].cadre
    with via("PAGE"):
        print_cards(village=village, only_new=True, by=clerk, at=now - timedelta(days=PRINTED_DAYS))
        said = iter(SAID)
        for card in Card.objects.filter(household__area=village).order_by("pk"):
            visit = visits_to_ask(card.household, clock.day(now)).first()
            if visit is None:
                continue
            answer = next(said, None)
            if answer is None:
                break
            say(visit=visit, came=answer[0], said=answer[1], by=None, at=now)
