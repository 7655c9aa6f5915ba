"""大走访: a roster that stays, outcomes computed from visits, no completion with one left."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import uuid6
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from cadres.models import Area, Cadre, Event
from households.actions.campaigns import begin, complete, extend
from households.actions.life import close_household, move_household
from households.campaigns import campaigns_visible_to, coverage, outcomes_visible_to, total
from households.models import (
    Campaign,
    CampaignHousehold,
    CampaignOutcome,
    Household,
    Visit,
    VisitCorrection,
)
from tests.county import COUNTY, DIANQIAN, QINGTIAN
from tests.households.builders import VILLAGE, helps, household
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db
OTHER = "340828202201"


@pytest.fixture
def office(person: Person) -> Cadre:
    return person("演示数据", "OFFICE_DATA")


def area(code: str) -> Area:
    return Area.objects.get(code=code)


def run(by: Cadre, place: str = COUNTY, days: int = 10) -> Campaign:
    today = clock.today()
    return begin(name="大走访", area=area(place), start=today - timedelta(days=days),
                 last=today + timedelta(days=days), by=by, at=clock.now())  # fmt: skip


def seen(
    home: Household, by: Cadre, mode: str = "IN_PERSON", days: int = 1, hour: int = 10
) -> Visit:
    at = clock.start_of(clock.today() - timedelta(days=days)) + timedelta(hours=hour)
    return Visit.objects.create(
        uid=uuid6.uuid7(), household=home, area=home.area, visitor=by, mode=mode, occurred_at=at,
        met="" if mode == "NOBODY" else "户主", recorded_at=at, synced_at=at,
    )  # fmt: skip


def outcome(home: Household) -> str:
    return CampaignOutcome.objects.get(household=home).outcome


def test_the_roster_is_everyone_of_that_day_and_stays_so(office: Cadre, clerk: Cadre) -> None:
    general, lifted = household("演示甲", kind="GENERAL"), household("演示乙")
    far = household("演示远", "340828101200")
    household("演示旧", closed="MOVED", closed_on=date(2026, 1, 1))
    campaign = run(office)
    assert set(campaign.homes.values_list("household", flat=True)) == {
        general.pk,
        lifted.pk,
        far.pk,
    }
    assert Event.objects.get(action="campaign.begin").after["households"] == 3
    household("演示新")
    move_household(household_id=lifted.pk, to=area(OTHER), group="", by=clerk, at=clock.now())
    Household.objects.filter(pk=general.pk).update(kind="LIFTED")
    close_household(household_id=general.pk, why="DIED", on=clock.today(), by=clerk, at=clock.now())
    rows = campaign.homes.order_by("household").values_list("household", "area_id", "kind")
    assert list(rows) == [(general.pk, VILLAGE, "GENERAL"), (lifted.pk, VILLAGE, "LIFTED"), (far.pk, "340828101200", "LIFTED")]  # fmt: skip
    assert run(office, QINGTIAN, days=5).homes.count() == 2


def test_the_best_of_what_was_found_counts(office: Cadre, clerk: Cadre) -> None:
    home = household("演示陈")
    run(office)
    assert outcome(home) == "NONE"
    seen(home, clerk, "NOBODY", days=3, hour=8)
    seen(home, clerk, "NOBODY", days=3, hour=18)  # the same day is one attempt
    assert outcome(home) == "NONE"
    seen(home, clerk, "NOBODY", days=2)
    assert outcome(home) == "UNREACHED"
    seen(home, clerk, "REMOTE")
    assert outcome(home) == "REMOTE"
    talk = seen(home, clerk)
    assert outcome(home) == "TALKED"
    VisitCorrection.objects.create(visit=talk, by=clerk, at=clock.now(), reason="记错了户", values={}, void=True)  # fmt: skip
    assert outcome(home) == "REMOTE"


def test_days_are_the_county_s_own(office: Cadre, clerk: Cadre) -> None:
    """From 00:00 of the first day to the end of the last one, whatever UTC says."""
    first, early = household("演示一"), household("演示前")
    campaign = run(office)
    for home, at in ((first, timedelta(minutes=1)), (early, timedelta(minutes=-1))):
        when = clock.start_of(campaign.start) + at
        Visit.objects.create(uid=uuid6.uuid7(), household=home, area=home.area, visitor=clerk, mode="IN_PERSON", met="户主",
                             occurred_at=when, recorded_at=when, synced_at=when)  # fmt: skip
    assert (outcome(first), outcome(early)) == ("TALKED", "NONE")


def test_who_died_or_left_meanwhile_blocks_nothing_and_a_visit_still_counts(
    office: Cadre, clerk: Cadre
) -> None:
    gone, met = household("演示故"), household("演示迁")
    campaign = run(office)
    seen(met, clerk)
    for home in (gone, met):
        close_household(household_id=home.pk, why="DIED", on=clock.today(), by=clerk, at=clock.now())  # fmt: skip
    assert (outcome(gone), outcome(met)) == ("GONE", "TALKED")
    complete(campaign=campaign, by=office, at=clock.now())
    campaign.refresh_from_db()
    assert campaign.figures == {"GONE": 1, "TALKED": 1} and campaign.completed_by == office
    with pytest.raises(Refusal, match="已宣布完成"):
        complete(campaign=campaign, by=office, at=clock.now())


def test_one_household_without_an_outcome_stops_the_declaration(
    office: Cadre, clerk: Cadre, as_user: AsUser
) -> None:
    home, far = household("演示陈"), household("演示远", "340828101200")
    campaign = run(office)
    seen(home, clerk)
    client, path = as_user(office), f"/campaigns/{campaign.uid}/"
    page = client.get(path).content.decode()
    assert "还有 1 户没有结果（店前镇 1 户），不能宣布完成" in page
    assert f"{path}households/?outcome=NONE" in page and 'name="complete"' not in page
    refused = client.post(path, {"complete": "1"})
    assert refused.status_code == 409 and "还有 1 户没有结果" in refused.content.decode()
    campaign.refresh_from_db()
    assert campaign.completed_at is None
    seen(far, clerk, "REMOTE")
    assert 'name="complete"' in client.get(path).content.decode()
    assert client.post(path, {"complete": "1"}).status_code == 302
    page = client.get(path).content.decode()
    assert "宣布完成。当时：入户面谈 1 户、电话视频 1 户" in page and "延期" not in page
    assert Event.objects.get(action="campaign.complete").after == {"TALKED": 1, "REMOTE": 1}


def test_figures_open_into_their_rows(office: Cadre, clerk: Cadre, as_user: AsUser) -> None:
    homes = [household(f"演示{n}", VILLAGE if n % 2 else OTHER, kind="LIFTED" if n < 4 else "GENERAL") for n in range(7)]  # fmt: skip
    campaign = run(office)
    for home, mode in zip(homes, ("IN_PERSON", "IN_PERSON", "REMOTE"), strict=False):
        seen(home, clerk, mode)
    seen(homes[4], clerk)
    client = as_user(office)
    for digits in (9, 12):
        for place in coverage(outcomes_visible_to(office, campaign), digits):
            for kind, _, figures in place.kinds:
                for name, _, n in figures.cells:
                    query = f"?outcome={name}&area={place.prefix}&kind={kind}"
                    page = client.get(f"/campaigns/{campaign.uid}/households/{query}")
                    assert page.context["count"] == n == len(page.context["rows"])
    whole = total(coverage(outcomes_visible_to(office, campaign), 9))
    assert (whole.poor.percent, whole.other.percent) == ("50.0%", "33.3%")
    page = client.get(f"/campaigns/{campaign.uid}/").content.decode()
    assert "50.0%" in page and "33.3%" in page
    assert "50.0%" in client.get(f"/campaigns/{campaign.uid}/?township=340828202").content.decode()


def test_hundred_percent_is_never_rounded_to() -> None:
    from households.campaigns import Figures

    assert Figures({"TALKED": 1999, "NONE": 1}).percent == "99.9%"
    assert Figures({"TALKED": 3}).percent == "100.0%" and Figures().percent == "—"


def test_everyone_sees_his_own_part(
    office: Cadre, clerk: Cadre, person: Person, as_user: AsUser
) -> None:
    home, far = household("演示陈"), household("演示远", "340828101200")
    campaign = run(office)
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    helps(helper, home)
    stranger = person("演示闲", "HELPER", DIANQIAN)
    path = f"/campaigns/{campaign.uid}/"
    for who, heads in ((clerk, {home}), (helper, {home}), (office, {home, far})):
        page = as_user(who).get(f"{path}households/").context["rows"]
        assert {r.home.household for r in page} == heads
    assert as_user(stranger).get(path).status_code == 404
    assert not campaigns_visible_to(stranger).exists()
    for who in (clerk, helper):
        assert as_user(who).post(path, {"complete": "1"}).status_code == 403
    township = person("演示书记", "TOWNSHIP_HEAD", QINGTIAN)
    assert as_user(township).post(path, {"complete": "1"}).status_code == 403  # the county's own
    with pytest.raises(NotYours):
        run(township)
    assert run(township, QINGTIAN, days=3).homes.count() == 1


def test_a_household_that_moved_is_listed_where_it_was(
    office: Cadre, clerk: Cadre, as_user: AsUser
) -> None:
    home = household("演示陈")
    campaign = run(office)
    Household.objects.filter(pk=home.pk).update(area=area("340828101200"))
    page = as_user(clerk).get(f"/campaigns/{campaign.uid}/households/").content.decode()
    assert "演示陈" in page and str(home.uid) not in page  # its file is another township's now


def test_begin_by_page_and_what_is_refused(office: Cadre, as_user: AsUser) -> None:
    client, today = as_user(office), clock.today()
    data = {
        "name": "大走访",
        "area": area(COUNTY).pk,
        "start": today,
        "last": today + timedelta(days=9),
    }
    empty = client.post("/campaigns/new/", data)
    assert empty.status_code == 422 and "还没有农户" in empty.content.decode()
    household()
    later = client.post("/campaigns/new/", {**data, "start": today + timedelta(days=1)})
    assert "名册在启动那一刻冻结" in later.content.decode()
    assert client.post("/campaigns/new/", data).status_code == 302
    again = client.post("/campaigns/new/", data)
    assert again.status_code == 422 and "已启动过同名的活动" in again.content.decode()
    over = {**data, "name": "另一次", "start": today - timedelta(days=9), "last": today - timedelta(days=1)}  # fmt: skip
    assert "最后一天不能早于今天" in client.post("/campaigns/new/", over).content.decode()


def test_a_campaign_that_ran_out_is_extended_and_not_stuck(office: Cadre, as_user: AsUser) -> None:
    household()
    campaign = run(office)
    with pytest.raises(BadInput, match="晚于原来的"):
        extend(campaign=campaign, last=clock.today(), by=office, at=clock.now())
    last = clock.today() + timedelta(days=30)
    client = as_user(office)
    assert client.post(f"/campaigns/{campaign.uid}/", {"extend": "1", "last": last}).status_code == 302  # fmt: skip
    campaign.refresh_from_db()
    assert campaign.last_day == last and Event.objects.get(action="campaign.extend")


def test_the_desk_shows_a_running_one(office: Cadre, clerk: Cadre, as_user: AsUser) -> None:
    home = household("演示陈")
    household("演示二")
    campaign = run(office)
    seen(home, clerk)
    page = as_user(clerk).get("/").content.decode()
    assert "大走访（面谈）" in page and "50.0%" in page and "还没有结果 1 户" in page
    Campaign.objects.filter(pk=campaign.pk).update(end=clock.today())
    assert "大走访（面谈）" not in as_user(clerk).get("/").content.decode()


def sheet(answer: Any) -> list[list[Any]]:
    rows: list[list[Any]] = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()  # fmt: skip
    return rows


def test_exports_say_what_the_pages_say(office: Cadre, clerk: Cadre, as_user: AsUser) -> None:
    home, other = household("演示陈"), household("演示二", kind="GENERAL")
    campaign = run(office)
    seen(home, clerk)
    seen(other, clerk, "NOBODY")
    client = as_user(clerk)
    rows = sheet(client.get(f"/campaigns/{campaign.uid}/?format=xlsx"))
    assert [r[2:5] for r in rows[2:]] == [["脱贫户、贫困户", 1, 1], ["一般农户", 1, 0]]
    rows = sheet(client.get(f"/campaigns/{campaign.uid}/households/?format=xlsx&outcome=NONE"))
    assert len(rows) == 3 and rows[2][2] == "演示二" and "还差另一天的一次" in rows[2][5]
    assert Event.objects.filter(action="export").count() == 2


def test_one_and_three_rows_cost_the_same(office: Cadre, clerk: Cadre, as_user: AsUser) -> None:
    made = []
    for n in (1, 3):
        with transaction.atomic():
            for k in range(n):
                seen(household(f"演示{n}{k}", VILLAGE if k else OTHER), clerk)
        made.append(run(office, days=n))
    client = as_user(office)
    for path in ("", "households/", "?township=340828202"):
        counts = []
        for campaign in made:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"/campaigns/{campaign.uid}/{path}").status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1], (path, counts)


def insert(sql: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_the_database_keeps_roster_period_and_declaration(office: Cadre) -> None:
    home = household()
    campaign = run(office)
    row = CampaignHousehold.objects.get()
    for sql in ("UPDATE households_campaignhousehold SET kind = 'POOR'", "DELETE FROM households_campaignhousehold",
                "DELETE FROM households_campaign"):  # fmt: skip
        with pytest.raises(DatabaseError):
            insert(sql)
    roster = "INSERT INTO households_campaignhousehold (campaign_id, household_id, area_code, kind) VALUES (%s, %s, %s, %s)"  # fmt: skip
    with pytest.raises(IntegrityError, match="campaign_household_once"):
        insert(roster, campaign.pk, home.pk, home.area_id, "LIFTED")
    with pytest.raises(IntegrityError, match="campaign_kind_known"):
        insert(roster, campaign.pk, household("另").pk, home.area_id, "RICH")
    with pytest.raises(IntegrityError, match="campaign_period"):
        insert('UPDATE households_campaign SET "end" = start')
    with pytest.raises(IntegrityError, match="campaign_completed_whole"):
        insert("UPDATE households_campaign SET completed_at = now()")
    assert row.kind == "LIFTED" and isinstance(campaign.at, datetime)


def test_a_place_in_the_address_is_digits(office: Cadre, as_user: AsUser) -> None:
    household()
    campaign = run(office)
    for bad in ("x", "%25", "3408"):
        assert as_user(office).get(f"/campaigns/{campaign.uid}/?township={bad}").status_code == 404
        assert as_user(office).get(f"/campaigns/{campaign.uid}/households/?area={bad}").status_code == 404  # fmt: skip
