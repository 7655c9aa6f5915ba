"""登记国家系统编号: by hand and by import, nothing lost and nothing half."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cadres.models import Cadre, Event, ImportRun, RowChange
from households.actions.life import close_household, split_household
from households.actions.numbers import take_national_numbers
from households.actions.roster import add_member, member_leaves
from households.actions.visits import VisitEntry, log_visit
from households.imports.rows import own_number
from households.models import Household, Member, RosterRow
from households.querysets import find_households, households_visible_to
from tests.county import AT, DIANQIAN, QINGTIAN
from tests.households.builders import helps, idno, line
from tests.households.test_import import check, take
from yuexi.core.refusals import NotYours, Refusal

pytestmark = pytest.mark.django_db
Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
OLD = own_number("户", idno(1))
NEW, HEAD, WIFE = "008299999999", "009199999991", "009199999992"


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


def ours() -> list[dict[str, Any]]:
    """Husband and wife without national numbers, from our own template."""
    blank = {"户编号": "", "人编号": "", "户主证件号码": idno(1), "人数": 2}
    return [line(1, **blank), line(2, **blank, 与户主关系="配偶")]


def national(**changes: Any) -> list[dict[str, Any]]:
    """The same two as the national system exports them."""
    head = line(1, 户编号=NEW, 人编号=HEAD, 人数=2)
    return [head, line(2, 户编号=NEW, 人编号=WIFE, 人数=2, 与户主关系="配偶", **changes)]


HEADS = [*line(1), "户主证件号码"]


@pytest.fixture
def home(clerk: Cadre) -> Household:
    run = take(check(clerk, ours(), headers=HEADS))
    assert run.created == 2
    return Household.objects.get(national_no=OLD)


def people_of(home: Household, *numbers: str) -> dict[int, str]:
    return dict(zip(home.members.order_by("pk").values_list("pk", flat=True), numbers, strict=True))


def send(client: Client, home: Household, number: str, people: dict[int, str]) -> Any:
    given = {f"person_{pk}": n for pk, n in people.items()}
    data = {"what": "number", "number": number, **given}
    return client.post(f"/households/{home.uid}/changes/", data)


def test_by_the_page_and_everything_stays(
    clerk: Cadre, home: Household, as_user: AsUser, person: Person
) -> None:
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    helps(helper, home)
    entry = VisitEntry(mode="IN_PERSON", met="演示1", occurred_at=AT)
    visit = log_visit(household=home, entry=entry, by=helper, at=AT)
    client = as_user(clerk)
    page = client.get(f"/households/{home.uid}/changes/").content.decode()
    assert "登记国家系统编号" in page and "演示2（配偶）的人编号" in page
    old_people = set(home.members.values_list("national_no", flat=True))
    assert send(client, home, NEW, people_of(home, HEAD, WIFE)).status_code == 302
    home.refresh_from_db()
    assert (home.national_no, home.former_no) == (NEW, OLD)
    assert set(home.members.values_list("national_no", flat=True)) == {HEAD, WIFE}
    assert visit.household == home and home.assignments.count() == 1
    told = Event.objects.get(action="household.renumber")
    assert told.before["national_no"] == OLD and told.after["national_no"] == NEW
    assert set(told.before["people"].values()) == old_people
    detail = client.get(f"/households/{home.uid}/").content.decode()
    assert f"原自编 {OLD}" in detail and "本县自编" not in detail
    for words in (OLD, OLD[:9].lower(), NEW):
        assert "演示1" in client.get("/households/", {"q": words}).content.decode()
    assert "登记国家系统编号" not in client.get(f"/households/{home.uid}/changes/").content.decode()


@pytest.mark.parametrize(
    ("number", "people", "said"),
    [
        ("X12345678", (HEAD, WIFE), "不能以 X 开头"),
        (NEW, (HEAD, "x1"), "不能以 X 开头"),
        ("00 82-1", (HEAD, WIFE), "只能是数字和字母"),
        (NEW, (HEAD, HEAD), "填了同一个人编号"),
        (NEW, (HEAD, "0" * 33), "32"),
        ("", (HEAD, WIFE), "必填"),
        ("008200000009", (HEAD, WIFE), "已登记在别处"),
        (NEW, (HEAD, "009100000009"), "已登记在别处"),
        (NEW, (HEAD, idno(3)), "证件号码"),
    ],
)
def test_a_wrong_number_changes_nothing(
    clerk: Cadre, home: Household, as_user: AsUser, number: str, people: tuple[str, str], said: str
) -> None:
    take(check(clerk, [line(9)]))
    answer = send(as_user(clerk), home, number, people_of(home, *people))
    assert answer.status_code == 422 and said in answer.content.decode()
    home.refresh_from_db()
    assert (home.national_no, home.former_no) == (OLD, "")
    assert not Event.objects.filter(action="household.renumber").exists()
    assert all(m.national_no.startswith("X") for m in home.members.all())  # type: ignore[union-attr]


def test_who_may_and_when(clerk: Cadre, home: Household, person: Person) -> None:
    def by(cadre: Cadre, **people: Any) -> None:
        given = people_of(home, HEAD, WIFE)
        take_national_numbers(household_id=home.pk, number=NEW, people=given, by=cadre, at=AT)

    for stranger in (person("外乡专干", "TOWNSHIP_CLERK", DIANQIAN), person("演示村", "VILLAGE", QINGTIAN)):  # fmt: skip
        with pytest.raises(NotYours):
            by(stranger)
    with pytest.raises(Refusal, match="每个在册成员都要填"):
        only = {home.members.order_by("pk")[0].pk: HEAD}
        take_national_numbers(household_id=home.pk, number=NEW, people=only, by=clerk, at=AT)
    by(clerk)
    with pytest.raises(Refusal, match="不能再改"):
        by(clerk)


def test_a_household_made_by_hand_and_one_that_split(clerk: Cadre, home: Household) -> None:
    """No old number to keep; and who has a national 人编号 keeps it."""
    wife = home.members.get(relation="配偶")
    son = add_member(household=home, name="演示3", idno=idno(3), relation_name="儿子", by=clerk, at=AT)  # fmt: skip
    Member.objects.filter(pk=wife.pk).update(national_no=WIFE)
    made = split_household(household_id=home.pk, member_ids=[wife.pk, son.pk], head_id=son.pk, by=clerk, at=AT)  # fmt: skip
    take_national_numbers(household_id=made.pk, number=NEW, people={son.pk: HEAD}, by=clerk, at=AT)
    made.refresh_from_db()
    assert (made.national_no, made.former_no) == (NEW, "")
    assert set(made.members.values_list("national_no", flat=True)) == {HEAD, WIFE}


def test_the_database_keeps_numbers_apart(home: Household) -> None:
    for change in ("former_no = '0082'", f"former_no = '{OLD}'"):
        with pytest.raises(IntegrityError, match="former_no_is_own"), transaction.atomic():
            connection.cursor().execute(
                f"UPDATE households_household SET {change} WHERE id = %s", [home.pk]
            )


# The import meets the same people


def test_the_same_people_under_national_numbers_take_them_over(
    clerk: Cadre, home: Household
) -> None:
    before = dict(home.members.values_list("idno_hash", "pk"))
    run = check(clerk, national(健康状况="慢性病"))
    assert (run.updated, run.refused, run.created) == (2, 0, 0)
    home.refresh_from_db()
    assert home.national_no == OLD  # nothing before the owner says so
    take(run)
    home.refresh_from_db()
    assert (home.national_no, home.former_no, Household.objects.count()) == (NEW, OLD, 1)
    assert dict(home.members.values_list("idno_hash", "pk")) == before
    wife = home.members.get(national_no=WIFE)
    assert wife.health == "慢性病" and home.members.filter(national_no=HEAD).exists()
    told = [c.changes for c in RowChange.objects.filter(kind="household")]
    assert {"national_no": [OLD, NEW]} in told
    assert RowChange.objects.filter(kind="member").count() >= 2
    assert list(find_households(households_visible_to(clerk), OLD)) == [home]
    again = check(clerk, national(健康状况="慢性病"))
    assert (again.unchanged, again.updated) == (2, 0)


def reasons(run: ImportRun) -> list[str]:
    found = RosterRow.objects.filter(run=run, refused=True).order_by("row_no")
    return [" ".join(r.reasons) for r in found]


def test_nothing_less_than_all_of_them(clerk: Cadre, home: Household, person: Person) -> None:
    """One missing, one more, one whose row is wrong: the file's household stays out whole."""
    more = line(3, 户编号=NEW, 人编号="009199999993", 与户主关系="儿子")
    for rows in (
        national()[:1],
        [*national(), more],
        national(民族="汉" * 40),
        [national()[0], more],
    ):
        run = check(clerk, rows)
        assert (run.refused, run.created, run.updated) == (len(rows), 0, 0)
        assert all("登记国家系统编号后再导入" in said for said in reasons(run))
        assert not any("无法使用" in said for said in reasons(run))
        take(run)
        home.refresh_from_db()
        assert (home.national_no, Household.objects.count()) == (OLD, 1)


def test_people_of_two_households_are_not_one(clerk: Cadre, home: Household) -> None:
    alone = line(3, 户编号="", 人编号="", 户主证件号码=idno(3))
    take(check(clerk, [alone], headers=HEADS))
    mixed = line(3, 户编号=NEW, 人编号="009199999993", 与户主关系="儿子")
    for rows in ([national()[0], mixed], [*national(), mixed]):
        run = check(clerk, rows)
        assert (run.refused, run.updated) == (len(rows), 0)


def test_a_number_held_elsewhere_or_a_closed_household_is_not_taken(
    clerk: Cadre, home: Household
) -> None:
    take(check(clerk, [line(9, 人编号=WIFE)]))
    run = check(clerk, national())
    assert run.refused == 2
    close_household(household_id=home.pk, why="MOVED", on=AT.date(), by=clerk, at=AT)
    run = check(clerk, [national()[0], {**national()[1], "人编号": "009199999994"}])
    assert run.refused == 2


def test_out_of_scope_says_nothing_of_them(clerk: Cadre, home: Household, person: Person) -> None:
    from cadres.models import Area

    neighbour = person("演示邻", "TOWNSHIP_CLERK", DIANQIAN)
    there = Area.objects.filter(code__startswith=DIANQIAN[:9], level="VILLAGE")[0]
    place = {"乡(镇)": "店前镇", "行政村": there.name}
    run = check(neighbour, [{**row, **place} for row in national()])
    assert run.refused == 2
    assert all("无法使用" in s and "登记国家系统编号" not in s for s in reasons(run))
    home.refresh_from_db()
    assert home.national_no == OLD


def test_whoever_left_is_no_obstacle(clerk: Cadre, home: Household) -> None:
    wife = home.members.get(relation="配偶")
    member_leaves(member_id=wife.pk, why="死亡", on=AT.date(), by=clerk, at=AT)
    take(check(clerk, national()[:1]))
    home.refresh_from_db()
    assert home.national_no == NEW
    wife.refresh_from_db()
    assert (wife.national_no or "").startswith("X")


def test_our_own_template_afterwards_says_what_to_do(clerk: Cadre, home: Household) -> None:
    take(check(clerk, national()))
    run = check(clerk, ours(), headers=HEADS)
    assert run.refused == 2
    assert all("已登记国家系统编号" in said and "无法使用" not in said for said in reasons(run))


def test_a_household_made_meanwhile_stops_the_takeover(clerk: Cadre, home: Household) -> None:
    """Between the check and the owner's yes the clerk numbers it by hand: only updates remain."""
    run = check(clerk, national())
    take_national_numbers(household_id=home.pk, number=NEW, people=people_of(home, HEAD, WIFE), by=clerk, at=AT)  # fmt: skip
    done = take(run)
    assert (done.status, done.refused, done.created) == ("DONE", 0, 0)
    assert Household.objects.count() == 1
