from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cadres.files import store
from cadres.models import Cadre, Event, Lead, Notice, RuleSet
from cadres.rules import Rules
from households.actions.life import edit_household
from households.actions.visits import Problem, VisitEntry, correct, visit_row, write
from households.detectors import DETECTORS, detect, quarter
from households.models import Household, Member, Visit
from households.tasks import detect_leads
from tests.county import AT, COUNTY, QINGTIAN
from tests.faults.test_races import at_once
from tests.households.builders import helps, household, line
from tests.households.test_import import check as run_check
from tests.households.test_import import take as run_take
from yuexi.core import clock
from yuexi.core.clock import SHANGHAI

Person = Callable[..., Cadre]
PHOTO = b"\xff\xd8\xff" + b"the same photo twice"
ENTRY = VisitEntry(mode="IN_PERSON", met="演示户主", occurred_at=AT)


def keep(
    home: Household, by: Cadre, occurred: datetime, recorded: datetime | None = None,
    via: str = "PHONE", done: str = "", hashes: tuple[str, ...] = (), signature: str = "", **said: Any,
) -> Visit:  # fmt: skip
    import uuid6

    uid = uuid6.uuid7()
    entry = replace(ENTRY, occurred_at=occurred, done=done, **said)
    row = visit_row(entry, uid=uid, household_id=home.pk, area_code=home.area_id, visitor=by, via=via,
                    recorded_at=recorded or occurred, at=recorded or occurred, photo_hashes=hashes,
                    signature=signature)  # fmt: skip
    write([row], [], sent_by=by, at=occurred)
    return Visit.objects.get(uid=uid)


def homes(helper: Cadre, count: int) -> list[Household]:
    made = [household(f"演示{n}") for n in range(count)]
    for home in made:
        helps(helper, home)
    return made


def found(kind: str) -> list[Lead]:
    detect(at=AT)
    return list(Lead.objects.filter(kind=kind).order_by("subject_id"))


@pytest.mark.django_db
def test_saved_in_half_an_hour(helper: Cadre) -> None:
    places, start = homes(helper, 10), AT - timedelta(days=2)
    visits = [
        keep(h, helper, start - timedelta(hours=n), start + timedelta(minutes=3 * n))
        for n, h in enumerate(places)
    ]
    (lead,) = found("BURST")
    assert lead.text == "演示帮扶 11月21日 09:00 至 09:27 记录了 10 条走访，涉及 10 户。"
    assert (lead.subject_kind, lead.subject_id) == ("visit", visits[0].pk)
    assert lead.about == [helper.pk] and lead.area_id == visits[0].area_id
    assert not Lead.objects.exclude(kind="BURST").exists()
    assert detect(at=AT) == dict.fromkeys([d.kind.code for d in DETECTORS], 0)


@pytest.mark.django_db
def test_below_the_threshold_spread_out_or_by_a_system_is_no_pile(helper: Cadre) -> None:
    places, start = homes(helper, 8), AT - timedelta(days=9)
    for n, home in enumerate(places[:7]):
        keep(home, helper, start, start + timedelta(minutes=n))
    for n, home in enumerate(places):
        keep(home, helper, start + timedelta(days=2, minutes=5 * n))
        keep(home, helper, start + timedelta(days=4), via="API")
    assert not found("BURST")


@pytest.mark.django_db
def test_void_records_make_no_pile(helper: Cadre) -> None:
    start = AT - timedelta(days=2)
    visits = [keep(h, helper, start + timedelta(minutes=n)) for n, h in enumerate(homes(helper, 8))]
    correct(visit=visits[3], values={}, reason="记错户", void=True, by=helper, at=AT)
    assert not found("BURST")


@pytest.mark.django_db
def test_many_written_down_after_two_days(helper: Cadre) -> None:
    start = AT - timedelta(days=10)
    for n, home in enumerate(homes(helper, 9)):
        day = start + timedelta(hours=15 * n)
        keep(home, helper, day, day + timedelta(hours=49 if n else 10))
    (lead,) = found("LATE")
    assert "起 7 天内补记了 8 条走访，涉及 8 户，每条都在走访 48 小时以后才记录。" in lead.text


@pytest.mark.django_db
def test_a_pile_that_grows_keeps_its_lead(helper: Cadre) -> None:
    start = AT - timedelta(days=5)
    places = homes(helper, 12)
    for n, home in enumerate(places[:8]):
        keep(home, helper, start + timedelta(hours=n), start + timedelta(hours=n + 49))
    (lead,) = found("LATE")
    for n, home in enumerate(places[8:]):
        keep(home, helper, start - timedelta(hours=n + 2), start + timedelta(hours=n + 48))
    assert found("LATE") == [lead]


@pytest.mark.django_db
def test_the_same_words_in_five_households(helper: Cadre, person: Person) -> None:
    places, start = homes(helper, 6), AT - timedelta(days=6)
    said = ("宣讲医保政策，帮助缴费。", "宣讲医保政策 帮助缴费", "宣讲医保政策、帮助缴费！")
    for n, home in enumerate(places[:5]):
        keep(home, helper, start + timedelta(days=n), done=said[n % 3])
    keep(places[5], helper, start, done="看了水管，约好周五来修")
    other = person("演示另一人", "HELPER", QINGTIAN)
    for n, home in enumerate(places[:4]):
        keep(home, other, start + timedelta(days=n), done=said[0])
    (lead,) = found("TEXT")
    assert lead.text == (
        "演示帮扶 11月17日至11月21日在 5 户的 5 次走访里，“办了什么”写得一样：“宣讲医保政策，帮助缴费”。"
    )


@pytest.mark.django_db
def test_short_words_one_household_or_a_longer_time_are_no_sameness(helper: Cadre) -> None:
    places, start = homes(helper, 6), AT - timedelta(days=30)
    for n, home in enumerate(places):
        keep(home, helper, start + timedelta(days=4 * n), done="宣讲医保政策并帮助缴费")
        keep(home, helper, start + timedelta(hours=n), done="日常走访")
        keep(places[0], helper, start + timedelta(hours=n), done="帮助打扫院子和厨房")
    assert not found("TEXT")


@pytest.mark.django_db
@pytest.mark.parametrize("road", ["file", "phone"])
def test_one_photo_on_two_visits(helper: Cadre, person: Person, road: str) -> None:
    first, second = homes(helper, 2)
    other = person("演示另一人", "VILLAGE", QINGTIAN)
    file = store(PHOTO, name="a.jpg", by=helper, at=AT)
    one = keep(first, helper, AT - timedelta(days=9))
    one.photos.create(file=file, at=AT)
    hashes = (file.sha256,) if road == "phone" else ()
    two = keep(second, other, AT - timedelta(days=1), hashes=hashes)
    two.photos.create(file=store(PHOTO, name="b.jpg", by=other, at=AT), at=AT)
    keep(first, helper, AT - timedelta(hours=3), hashes=("0" * 64,))
    (lead,) = found("PHOTO")
    assert (
        lead.text
        == "演示另一人 11月22日走访演示1户的照片，与演示帮扶 11月14日走访演示0户的照片完全相同。"
    )
    assert lead.subject_id == two.pk and sorted(lead.about) == sorted([helper.pk, other.pk])


@pytest.mark.django_db
def test_a_quarter_visited_in_its_last_days(helper: Cadre) -> None:
    places = homes(helper, 10)
    for n, home in enumerate(places):
        on = datetime(2026, 9, 27 if n < 5 else 3 + n, 9, n, tzinfo=SHANGHAI)
        keep(home, helper, on)
    (lead,) = found("RUSH")
    assert lead.text == "演示帮扶 2026 年第三季度走访 10 次，其中 5 次在最后 5 天。"
    assert Visit.objects.get(pk=lead.subject_id).occurred_at.month == 9


@pytest.mark.django_db
def test_few_visits_or_forty_percent_are_no_rush(helper: Cadre, person: Person) -> None:
    other = person("演示另一人", "HELPER", QINGTIAN)
    for n, home in enumerate(homes(helper, 10)):
        late = datetime(2026, 9, 29, 9, n, tzinfo=SHANGHAI)
        keep(home, helper, late if n < 4 else late.replace(month=8))
        if n < 9:
            keep(home, other, late + timedelta(hours=n))
    assert not found("RUSH")


@pytest.mark.django_db
def test_two_villages_within_minutes(helper: Cadre) -> None:
    near, far = household("演示近"), household("演示远", village="340828202201")
    start = AT - timedelta(days=2)
    keep(near, helper, start)
    two = keep(far, helper, start + timedelta(minutes=9))
    keep(near, helper, start + timedelta(minutes=19))  # ten minutes later is no question
    keep(far, helper, start + timedelta(minutes=20), mode="REMOTE")
    keep(far, helper, start + timedelta(minutes=5 + 9))
    (lead,) = found("SAME_TIME")
    assert lead.subject_id == two.pk and lead.about == [helper.pk]
    assert "09:00 在" in lead.text and "09:09 在" in lead.text and "演示近户" in lead.text
    keep(far, helper, start + timedelta(minutes=3))
    assert found("SAME_TIME") == [lead]  # one question a person and day


@pytest.mark.django_db
def test_neighbours_at_one_time_or_two_people_are_no_question(
    helper: Cadre, person: Person
) -> None:
    start, other = AT - timedelta(days=2), person("演示另一人", "HELPER", QINGTIAN)
    for home in homes(helper, 3):
        keep(home, helper, start)
    keep(household("演示远", village="340828202201"), other, start)
    assert not found("SAME_TIME")


@pytest.mark.django_db
@pytest.mark.parametrize(("visits", "others", "leads"), [(20, 3, 1), (19, 3, 0), (20, 2, 0)])
def test_a_quarter_without_one_problem(
    helper: Cadre, person: Person, visits: int, others: int, leads: int
) -> None:
    (home,), other = homes(helper, 1), person("演示另一人", "VILLAGE", QINGTIAN)
    start = datetime(2026, 7, 2, 9, tzinfo=SHANGHAI)
    for n in range(visits):
        keep(home, helper, start + timedelta(days=n))
    for n in range(others):
        keep(
            home,
            other,
            start + timedelta(days=n, hours=1),
            problems=[Problem("饮水安全", "水管冻裂")],
        )
    made = found("NO_PROBLEM")
    assert len(made) == leads
    if made:
        assert (
            "第三季度在同心村走访 20 次，没有发现问题；同村其他人的走访发现了 3 次。"
            in made[0].text
        )
        keep(home, helper, start - timedelta(days=1), problems=[Problem("饮水安全", "上季度的")])
        assert found("NO_PROBLEM") == made


@pytest.mark.django_db
def test_one_problem_is_enough(helper: Cadre, person: Person) -> None:
    (home,), other = homes(helper, 1), person("演示另一人", "VILLAGE", QINGTIAN)
    start = datetime(2026, 7, 2, 9, tzinfo=SHANGHAI)
    for n in range(25):
        problems = [Problem("饮水安全", "水管冻裂")] if n == 7 else []
        keep(home, helper, start + timedelta(days=n), problems=problems)
        keep(home, other, start + timedelta(days=n), problems=[Problem("饮水安全", "水管冻裂")])
    assert not found("NO_PROBLEM")


def member(home: Household, name: str, left: str = "", on: date | None = None) -> None:
    tail = f"{Member.objects.count():04}"
    Member.objects.create(household=home, name=name, relation="父亲", idno=b"x", idno_hash=tail.encode(),
                          idno_tail=tail, left=left, left_on=on)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("left", "days", "mode", "leads"),
    [("死亡", 9, "IN_PERSON", 1), ("死亡", 9, "REMOTE", 1), ("死亡", 2, "IN_PERSON", 0), ("死亡", 1, "IN_PERSON", 0),
     ("迁出", 9, "IN_PERSON", 1), ("迁出", 9, "REMOTE", 0), ("判刑收监", 9, "IN_PERSON", 1), ("嫁出", 9, "IN_PERSON", 0)],
)  # fmt: skip
def test_met_who_was_gone_by_the_roster(
    helper: Cadre, left: str, days: int, mode: str, leads: int
) -> None:
    (home,) = homes(helper, 1)
    member(home, "演示爷爷", left, AT.date() - timedelta(days=days))
    visit = keep(home, helper, AT - timedelta(days=2), mode=mode, met="演示户主、演示爷爷")
    made = found("ABSENT")
    assert [lead.subject_id for lead in made] == [visit.pk] * leads
    if made:
        assert f"记为见到演示爷爷，花名册上此人 2026年11月14日已减少（{left}）。" in made[0].text


@pytest.mark.django_db
def test_a_namesake_who_lives_there_settles_it(helper: Cadre) -> None:
    (home,) = homes(helper, 1)
    member(home, "演示爷爷", "死亡", AT.date() - timedelta(days=9))
    member(home, "演示爷爷")
    keep(home, helper, AT - timedelta(days=2), met="演示爷爷")
    keep(home, helper, AT - timedelta(days=2), met="演示爷爷的邻居")
    other = household("演示另一户")
    helps(helper, other)
    member(other, "演示奶奶", "死亡", AT.date() - timedelta(days=9))
    wrong = keep(other, helper, AT - timedelta(days=2), met="演示奶奶")
    correct(
        visit=wrong, values={"met": "演示户主"}, reason="写错了人", void=False, by=helper, at=AT
    )
    assert not found("ABSENT")


@pytest.mark.django_db
def test_one_signature_for_two_households(helper: Cadre) -> None:
    (first, second), sha = homes(helper, 2), "a" * 64
    keep(first, helper, AT - timedelta(days=4), hashes=(sha,), signature=sha)
    keep(first, helper, AT - timedelta(days=3), hashes=(sha,), signature=sha)
    assert not found("SIGNED")
    two = keep(second, helper, AT - timedelta(days=2), hashes=(sha,), signature=sha)
    (lead,) = found("SIGNED")
    assert lead.subject_id == two.pk
    assert lead.text == "演示1户 11月21日的户主签字，与演示0户 11月19日的签字是同一个图。"
    assert not Lead.objects.filter(kind="PHOTO").exists()


@pytest.mark.django_db
def test_a_signature_is_one_of_the_photos(helper: Cadre) -> None:
    (home,) = homes(helper, 1)
    with pytest.raises(IntegrityError, match="visit_signature_is_a_photo"), transaction.atomic():
        keep(home, helper, AT, signature="a" * 64)


@pytest.mark.django_db
def test_evenings_and_holidays_count_like_any_other(helper: Cadre) -> None:
    """F11 is not built on purpose: people are at home in the evening."""
    for n, home in enumerate(homes(helper, 7)):
        keep(home, helper, datetime(2026, 11, 14 + n % 2, 22, 30, tzinfo=SHANGHAI) - timedelta(days=7 * n))  # fmt: skip
    assert not sum(detect(at=AT).values())


@pytest.mark.parametrize(
    ("today", "first", "end"),
    [((2026, 10, 4), (2026, 4), (2026, 7)), ((2026, 10, 5), (2026, 7), (2026, 10)), ((2027, 1, 4), (2026, 7), (2026, 10)), ((2027, 1, 5), (2026, 10), (2027, 1))],
)  # fmt: skip
def test_the_last_settled_quarter(
    today: tuple[int, int, int], first: tuple[int, int], end: tuple[int, int]
) -> None:
    span = quarter(datetime(*today).date())
    assert (span["first"].year, span["first"].month) == first
    assert (span["end"].year, span["end"].month) == end


@pytest.mark.django_db
def test_many_more_visits_cost_no_more_queries_and_nobody_is_told(helper: Cadre) -> None:
    places, counts = homes(helper, 3), []
    for home in places:
        keep(home, helper, AT - timedelta(days=1))
        with CaptureQueriesContext(connection) as caught:
            detect(at=AT)
        counts.append(len(caught))
    assert counts[0] == counts[2]
    assert not Event.objects.exclude(action="visit.log").exists() and not Notice.objects.exists()


def test_four_at_once_leave_one(real_db: str, person: Person) -> None:
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    start = clock.now() - timedelta(days=2)
    for n, home in enumerate(homes(helper, 8)):
        keep(home, helper, start + timedelta(minutes=n), done="帮助对接了医保报销的事")
    at_once(*[detect_leads] * 4)
    assert sorted(Lead.objects.values_list("kind", flat=True)) == ["BURST", "TEXT"]
    assert detect_leads() == dict.fromkeys([d.kind.code for d in DETECTORS], 0)


# --- 红线②, of what the roster says


def in_force(line: int, by: Cadre, other: Cadre) -> None:
    start, values = AT.date() - timedelta(days=30), Rules().values()
    values["numbers"]["income_line"] = line
    made = RuleSet.objects.create(values=values, start=start, why="皖政〔2026〕1号", proposed_by=by, proposed_at=AT - timedelta(days=60))  # fmt: skip
    made.status, made.decided_by, made.decided_at = (
        RuleSet.Status.ACCEPTED,
        other,
        AT - timedelta(days=59),
    )
    made.save()


@pytest.fixture
def clerk(person: Person) -> Cadre:
    return person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)


def earns(home: Household, income: str, by: Cadre, days_ago: int = 5) -> None:
    edit_household(household_id=home.pk, values={"income_per_head": Decimal(income)}, by=by, at=AT - timedelta(days=days_ago))  # fmt: skip


@pytest.mark.django_db
def test_an_income_that_jumps_just_over_the_line_is_asked_about(
    clerk: Cadre, person: Person
) -> None:
    home = household("演示甲", income_per_head=Decimal("6000"))
    earns(home, "7000", clerk, 200)
    earns(home, "9050.50", clerk)
    assert found("INCOME_JUMP") == [], "no line in force, no question"
    in_force(9000, person("演示提"), person("演示批"))
    (lead,) = found("INCOME_JUMP")
    assert (
        lead.text
        == "演示甲户在册的人均纯收入一年内由 6000.00 元改为 9050.50 元，比收入线 9000 元高 50.50 元。"
    )
    assert (lead.subject_kind, lead.subject_id, lead.about) == ("household", home.pk, [clerk.pk])
    assert sum(detect(at=AT).values()) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "then", "days_ago", "closed"),
    [
        ("6000", "9300", 5, ""),  # well over it
        ("6000", "8999", 5, ""),  # under it
        ("8500", "9050", 5, ""),  # was near it before
        ("6000", "9050", 400, ""),  # longer ago
        ("6000", "9050", 5, "MOVED"),
    ],
)
def test_other_incomes_are_no_question(
    first: str, then: str, days_ago: int, closed: str, clerk: Cadre, person: Person
) -> None:
    in_force(9000, person("演示提"), person("演示批"))
    home = household("演示甲", income_per_head=Decimal(first))
    earns(home, then, clerk, days_ago)
    Household.objects.filter(pk=home.pk).update(closed=closed, closed_on=AT.date() if closed else None)  # fmt: skip
    assert found("INCOME_JUMP") == []


@pytest.mark.django_db
def test_a_jump_that_came_with_a_workbook_counts_too(
    person: Person, settings: Any, tmp_path: Any
) -> None:
    settings.DATA_DIR = tmp_path
    data = person("演示数据", "OFFICE_DATA", COUNTY)
    in_force(9000, person("演示提"), person("演示批"))
    for income in (6000, 9100):
        run_take(run_check(data, [line(1, 人均纯收入=income)]))
    detect(at=clock.now())
    assert "由 6000.00 元改为 9100.00 元" in Lead.objects.get(kind="INCOME_JUMP").text


@pytest.mark.django_db
def test_one_income_for_a_whole_village_is_asked_about(clerk: Cadre) -> None:
    made = [household(f"演示{n}", income_per_head=Decimal("8000")) for n in range(7)]
    household("演示不详")  # nothing is known of it
    assert found("SAME_INCOME") == []
    last = household("演示八", income_per_head=Decimal("8000.01"))
    assert found("SAME_INCOME") == []
    Household.objects.filter(pk=last.pk).update(income_per_head=Decimal("8000"))
    (lead,) = found("SAME_INCOME")
    assert lead.text.endswith("在册有人均纯收入的 8 户，都是 8000.00 元。")
    assert (lead.subject_kind, lead.area_id) == ("area", made[0].area_id)


@pytest.mark.django_db
def test_a_lifted_household_whose_marks_are_red_is_asked_about(
    person: Person, as_user: Any
) -> None:
    home = household("演示甲", unsafe_house=True, safe_water=True, lifted_year="2019")
    child = household("演示乙", unsafe_house=False)
    for member, school, insured in (("演示孩", "失学", None), ("演示母", "", False)):
        Member.objects.create(household=child, name=member, relation="子女", school=school, insured=insured,
                              idno=b"x", idno_hash=member.encode(), idno_tail="0000")  # fmt: skip
    household("演示贫", kind="POOR", unsafe_house=True)
    household("演示销", unsafe_house=True, closed="MOVED", closed_on=AT.date())
    gone = household("演示走")
    Member.objects.create(household=gone, name="演示亡", relation="户主", insured=False, left="死亡", left_on=AT.date(),
                          idno=b"x", idno_hash=b"gone", idno_tail="0000")  # fmt: skip
    leads = found("LIFTED_RED")
    assert [(one.subject_id, one.text) for one in leads] == [
        (home.pk, "演示甲户在册为脱贫户（2019 年脱贫），同时在册：危房。"),
        (child.pk, "演示乙户在册为脱贫户，同时在册：有成员失学、辍学；有成员没有参保。"),
    ]
    inspector = as_user(person("演示督查", "INSPECTOR", COUNTY))
    page = inspector.get("/leads/?kind=LIFTED_RED").content.decode()
    assert "演示甲户在册为脱贫户" in page and f"/households/{home.uid}/" in page
    assert "花名册可能没有更新" in inspector.get(f"/leads/{leads[0].uid}/").content.decode()
