"""From the frozen lists to the ledger: what is refused, by the actions and by the database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from cadres.actions.people import appoint, confirm_posts
from cadres.files import read as read_file
from cadres.models import Area, Cadre, Event, Notice, Post
from cadres.reminders import sweeps
from households.models import Household
from households.querysets import households_visible_to
from inspections import redraw, sheets
from inspections.actions import evaluations, suspects
from inspections.evaluation_reads import in_team
from inspections.figures import ROWS, report, rows_behind
from inspections.models import Evaluation, Result, SheetEntry, Surveyor, Suspect
from inspections.rates import Verdict
from inspections.tasks import recover_found_matters
from rectification.models import Item
from tests.cast import Cast
from tests.county import AT, COUNTY
from tests.inspections.evaluating import (
    LATER,
    WRONG,
    argued,
    drawn,
    evaluator,
    homes,
    prepared,
    released,
    sheet,
    signed,
    walk,
)
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
AFTER = AT + timedelta(days=10)


@pytest.fixture
def village_homes(cast: Cast) -> list[Household]:
    return homes()


@pytest.fixture
def lead(village_homes: list[Household]) -> Cadre:
    return evaluator("演示组长")


def sql(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


# The draw


def test_draw_is_fixed_by_its_commitments_and_done_by_another(cast: Cast, lead: Cadre) -> None:
    made = drawn(cast, lead)
    state = sheets.read(made)
    villages, frame = sheets.read_frame(made)
    assert made.village_commitment == redraw.commitment(
        state.seed, state.rules["villages"], villages
    )
    assert made.commitment == redraw.commitment(state.seed, state.rules["homes"], frame)
    assert len(state.villages) == 2 and len(state.waiting()) == 2 * 2 * 2
    assert {s.split("·")[0] for s in state.sample()} == set(state.villages)
    with pytest.raises(Refusal, match="刷新页面"):
        evaluations.draw(evaluation=made, by=lead, at=AT)


def test_who_prepared_a_rehearsal_neither_draws_nor_walks(cast: Cast, village_homes: list[Household], person: Person) -> None:  # fmt: skip
    both = person("演示兼任", "INSPECTOR", COUNTY)
    made = prepared(cast, kind="REHEARSAL")
    Evaluation.objects.filter(pk=made.pk)
    evaluations.add_surveyor(evaluation=made, cadre=both, lead=True, by=cast.accepter, at=AT)
    Post.objects.create(cadre=cast.accepter, unit=cast.accepter.unit, role="INSPECTOR", area=Area.objects.get(code=COUNTY),
                        start=date(2026, 1, 1))  # fmt: skip
    with pytest.raises(NotYours, match="不能自己抽取"):
        evaluations.draw(evaluation=made, by=Cadre.objects.get(pk=cast.accepter.pk), at=AT)
    with pytest.raises(DatabaseError, match="evaluation_drawer_is_another"):
        sql(
            "UPDATE inspections_evaluation SET stage = 'DRAWN', drawn_by_id = by_id, drawn_at = now() WHERE id = %s",
            made.pk,
        )
    with pytest.raises(Refusal, match="准备方案的人不能进评估组"):
        evaluations.add_surveyor(
            evaluation=made, cadre=cast.accepter, lead=False, by=cast.accepter, at=AT
        )


def test_teams_are_apart(cast: Cast, lead: Cadre) -> None:
    third, own = prepared(cast), prepared(cast, kind="REHEARSAL")
    with pytest.raises(Refusal, match="第三方评估只能加评估账号"):
        evaluations.add_surveyor(
            evaluation=third, cadre=cast.inspector, lead=True, by=cast.accepter, at=AT
        )
    with pytest.raises(Refusal, match="模拟评估只能加本县干部"):
        evaluations.add_surveyor(evaluation=own, cadre=lead, lead=True, by=cast.accepter, at=AT)


@pytest.mark.parametrize(
    "changes, field",
    [({"villages": 9}, "villages"), ({"layers": []}, "townships"), ({"title": " "}, "title"),
     ({"last_day": AT.date() - timedelta(days=1)}, "last_day"), ({"last_day": date(2027, 12, 1)}, "last_day")],
)  # fmt: skip
def test_plan_is_refused(cast: Cast, lead: Cadre, changes: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        prepared(cast, **changes)
    assert refused.value.field == field and not Evaluation.objects.exists()


def test_both_opened_files_draw_again_by_the_script_alone(cast: Cast, lead: Cadre, tmp_path: Path) -> None:  # fmt: skip
    made = released(cast, lead)
    assert made.opened and made.opened_villages
    for file in (made.opened, made.opened_villages):
        path = tmp_path / "opened.json"
        path.write_bytes(read_file(file))
        ran = [sys.executable, "-I", "-S", redraw.__file__, str(path)]
        answer = subprocess.run(
            ran, capture_output=True, text=True, env={"PYTHONIOENCODING": "utf-8"}
        )
        assert answer.returncode == 0, answer.stdout
        taken = {line.split()[1] for line in answer.stdout.splitlines() if "抽中" in line}
        gone = made.results.filter(spare=False)
        assert taken >= (
            {str(r.household.uid) for r in gone}
            if file == made.opened
            else {r.area_id for r in gone}
        )
        changed = json.loads(path.read_text())
        changed["seed"] = "0" * 64
        path.write_text(json.dumps(changed))
        assert subprocess.run(ran, capture_output=True).returncode == 1


# Sheets


def test_replaced_household_is_followed_by_the_spare_and_a_later_sheet_holds(cast: Cast, lead: Cadre) -> None:  # fmt: skip
    made = drawn(cast, lead)
    state = sheets.read(made)
    layer, chosen = next(iter(state.sample().items()))
    with pytest.raises(BadInput, match="原因"):
        evaluations.replace_home(
            evaluation=made, household=UUID(chosen[0]), why=" ", by=lead, at=LATER
        )
    evaluations.replace_home(
        evaluation=made, household=UUID(chosen[0]), why="整户外出", by=lead, at=LATER
    )
    after = sheets.read(made).sample()[layer]
    assert after[2:] == (state.drawn or {})[layer]["spare"]
    with pytest.raises(Refusal, match="已经换户"):
        sheet(made, chosen[0], lead)
    sheet(made, after[2], lead, people=5)
    sheet(made, after[2], lead, people=4)
    assert sheets.read(made).sheets[after[2]].people == 4
    assert (
        SheetEntry.objects.filter(evaluation=made).count() == 4
    )  # the draw, and all that was written


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"wrong": 4}, "wrong"), ({"missed": 1}, "missed"), ({"registered": 9}, "registered"), ({"people": 0}, "people"),
        ({"wrong": 1}, "problem_WRONG_EXIT"), ({"approves": False}, "problem_DISAPPROVAL"),
        ({"problems": {"MISSED": "漏了"}}, "problem_MISSED"), ({"problems": {"OTHER": "路不通"}}, "category"),
    ],
)  # fmt: skip
def test_sheet_is_refused(cast: Cast, lead: Cadre, changes: dict[str, object], field: str) -> None:
    made = drawn(cast, lead)
    lifted = next(
        u for u in sheets.read(made).waiting() if Household.objects.get(uid=u).kind == "LIFTED"
    )
    with pytest.raises(BadInput) as refused:
        sheet(made, lifted, lead, **changes)
    assert refused.value.field == field and not sheets.read(made).sheets


def test_nobody_else_writes_and_nothing_outside_of_the_sample(cast: Cast, lead: Cadre) -> None:
    made = drawn(cast, lead)
    uid = sheets.read(made).waiting()[0]
    for other in (evaluator("演示旁人"), cast.accepter, cast.inspector):
        with pytest.raises(NotYours):
            sheet(made, uid, other)
    missing = Household.objects.exclude(uid__in=sheets.read(made).waiting()).first()
    assert missing
    with pytest.raises(BadInput, match="不在抽中的名单"):
        sheet(made, str(missing.uid), lead)


def test_no_release_while_a_household_waits_and_by_the_leader_alone(
    cast: Cast, lead: Cadre
) -> None:
    other = evaluator("演示组员")
    made = drawn(cast, lead, other)
    with pytest.raises(Refusal, match="还有 8 户没有记录"):
        evaluations.release(evaluation=made, by=lead, at=LATER)
    walk(made, other)
    with pytest.raises(NotYours, match="组长"):
        evaluations.release(evaluation=made, by=other, at=LATER)
    evaluations.release(evaluation=made, by=lead, at=LATER)
    assert Result.objects.filter(evaluation=made).count() == 8
    with pytest.raises(Refusal):
        sheet(made, sheets.read(made).sample()[next(iter(sheets.read(made).sample()))][0], lead)


# Accounts


def test_an_evaluator_needs_two_administrators_and_ends_with_his_day(
    cast: Cast, lead: Cadre, person: Person
) -> None:
    made = prepared(cast)
    admin, second = (
        person("演示系统", "SYSTEM_ADMIN", COUNTY),
        person("演示组织", "ORGANISATION", COUNTY),
    )
    with pytest.raises(NotYours):
        evaluations.add_evaluator(
            evaluation=made,
            work_no="PG900",
            name="演示评估",
            phone="",
            lead=True,
            by=cast.accepter,
            at=AT,
        )
    account, password = evaluations.add_evaluator(
        evaluation=made, work_no="PG900", name="演示评估", phone="", lead=True, by=admin, at=AT
    )  # fmt: skip
    client = Client()
    log_in = {"username": "PG900", "password": password}
    assert client.post("/login/", log_in).status_code == 200  # refused: its post waits
    post = account.posts.get()
    assert (post.waits, post.end) == (True, date(2026, 12, 21))
    with pytest.raises(Refusal):
        confirm_posts(post_ids=[post.pk], by=admin, at=AT)
    confirm_posts(post_ids=[post.pk], by=second, at=AT)
    assert client.post("/login/", log_in).status_code == 302
    assert client.get("/password/").status_code == 200
    Post.objects.filter(pk=post.pk).update(start=date(2026, 1, 1), end=date(2026, 1, 2))
    assert client.get("/password/").status_code == 302  # the open session is shut too
    assert Client().post("/login/", log_in).status_code == 200


def test_evaluator_and_county_are_never_one(cast: Cast, lead: Cadre, person: Person) -> None:
    admin = person("演示系统", "SYSTEM_ADMIN", COUNTY)
    county = Area.objects.get(code=COUNTY)
    assert lead.unit and cast.inspector.unit
    for cadre, role, end in (
        (cast.inspector, "EVALUATOR", date(2027, 1, 1)),
        (lead, "INSPECTOR", None),
    ):
        with pytest.raises(BadInput, match="第三方评估账号"):
            appoint(
                cadre=cadre,
                role=role,
                unit=lead.unit,
                area=county,
                start=AT.date(),
                end=end,
                by=admin,
                at=AT,
            )
        with pytest.raises(DatabaseError, match="evaluator_apart"), transaction.atomic():
            Post.objects.create(
                cadre=cadre, role=role, unit=lead.unit, area=county, start=AT.date(), end=end
            )
    with pytest.raises(DatabaseError, match="post_evaluator_ends"):
        sql('UPDATE cadres_post SET "end" = NULL WHERE cadre_id = %s', lead.pk)
    with pytest.raises(DatabaseError, match="evaluator_apart"):
        sql("UPDATE cadres_cadre SET kind = 'CADRE' WHERE id = %s", lead.pk)


def test_evaluator_sees_the_households_of_his_sample_and_no_other(cast: Cast, lead: Cadre, as_user: AsUser) -> None:  # fmt: skip
    made = drawn(cast, lead)
    mine = set(sheets.read(made).waiting())
    assert {str(h.uid) for h in households_visible_to(lead)} == mine
    other = Household.objects.exclude(uid__in=mine).first()
    assert other
    client = as_user(lead)
    assert client.get(f"/households/{next(iter(mine))}/").status_code == 200
    assert client.get(f"/households/{other.uid}/").status_code == 404
    stranger = evaluator("演示别组")
    assert not households_visible_to(stranger).exists()
    Evaluation.objects.filter(pk=made.pk).update(until=date(2026, 11, 24))
    assert not in_team(lead, date(2026, 11, 24)).exists()


# 疑似 → 举证 → 认定


@pytest.fixture
def matter(cast: Cast, lead: Cadre) -> Suspect:
    return released(cast, lead).suspects.get(kind="WRONG_EXIT")


def test_a_found_matter_is_one_item_in_its_own_words(matter: Suspect, cast: Cast, lead: Cadre) -> None:  # fmt: skip
    argued(matter, cast.clerk)
    item = suspects.decide(
        suspect=matter, found=True, opinion="票据不是本年的", document_no="", by=lead, at=AFTER
    )
    assert item and (item.text, item.source, item.source_kind) == (
        WRONG,
        "EVALUATION",
        "evaluation",
    )
    assert item.lineage == "演示评估" and item.households.get() == matter.result.household
    assert suspects.open_waiting(evaluation=matter.evaluation, by=cast.accepter, at=AFTER) == 0
    assert Item.objects.filter(source_kind="evaluation").count() == 1
    with pytest.raises(Refusal, match="不能再改"):
        suspects.decide(
            suspect=matter, found=False, opinion="改判", document_no="", by=lead, at=AFTER
        )


def test_an_item_leads_back_to_its_matter_and_evaluation_as_far_as_one_sees_them(
    matter: Suspect, cast: Cast, lead: Cadre, as_user: AsUser
) -> None:
    argued(matter, cast.clerk)
    item = suspects.decide(
        suspect=matter, found=True, opinion="票据不是本年的", document_no="", by=lead, at=AFTER
    )
    assert item
    back = f'href="/inspections/evaluations/suspects/{matter.uid}/"'
    page = as_user(cast.clerk).get(f"/items/{item.uid}/").content.decode()
    assert back in page and f'href="/inspections/evaluations/{matter.evaluation.uid}/"' in page
    team = as_user(lead).get(f"/inspections/evaluations/suspects/{matter.uid}/").content.decode()
    assert f"/items/{item.uid}/" not in team  # an evaluator sees no ledger, and no dead link
    Post.objects.filter(cadre=item.person).update(role="HELPER")  # who owns it and sees no area
    owner = as_user(item.person).get(f"/items/{item.uid}/")
    assert owner.status_code == 200 and back not in owner.content.decode()


def test_nothing_is_decided_unheard(matter: Suspect, cast: Cast, lead: Cadre) -> None:
    decide = {"opinion": "属实", "document_no": "", "by": lead}
    with pytest.raises(Refusal, match="举证期没过"):
        suspects.decide(suspect=matter, found=True, at=LATER, **decide)  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="没有举证的不能排除"):
        suspects.decide(suspect=matter, found=False, at=AFTER, **decide)  # type: ignore[arg-type]
    assert suspects.decide(suspect=matter, found=True, at=AFTER, **decide)  # type: ignore[arg-type]


def test_who_says_no_objection_need_not_wait(matter: Suspect, cast: Cast, lead: Cadre) -> None:
    suspects.concede(suspect=matter, by=cast.clerk, at=LATER)
    with pytest.raises(Refusal):
        argued(matter, cast.clerk)
    with pytest.raises(Refusal, match="刚刚有人办过"):
        suspects.decide(
            suspect=matter, found=False, opinion="排除", document_no="", by=lead, at=LATER
        )
    assert suspects.decide(
        suspect=matter, found=True, opinion="属实", document_no="", by=lead, at=LATER
    )


def test_argument_in_time_with_files_and_by_the_place_alone(matter: Suspect, cast: Cast, person: Person) -> None:  # fmt: skip
    with pytest.raises(BadInput, match="材料"):
        suspects.argue(suspect=matter, text="不实", files=[], by=cast.clerk, at=LATER)
    elsewhere = person("演示别乡", "TOWNSHIP_CLERK", "340828101000")
    with pytest.raises(NotYours):
        argued(matter, elsewhere)
    with pytest.raises(Refusal, match="举证已截止"):
        argued(matter, cast.clerk, at=AFTER)
    assert matter.evaluation.argue_due == date(2026, 11, 30)  # the fifth 工作日 after the 23rd


def test_the_county_decides_nothing_but_enters_a_letter_by_its_number(matter: Suspect, cast: Cast) -> None:  # fmt: skip
    with pytest.raises(NotYours, match="组长"):
        suspects.decide(
            suspect=matter, found=True, opinion="属实", document_no="", by=cast.accepter, at=AFTER
        )
    with pytest.raises(NotYours):
        suspects.decide(
            suspect=matter,
            found=True,
            opinion="属实",
            document_no="评〔2026〕1号",
            by=cast.clerk,
            at=AFTER,
        )
    suspects.decide(
        suspect=matter,
        found=False,
        opinion="来文排除",
        document_no="评〔2026〕1号",
        by=cast.accepter,
        at=LATER,
    )
    assert Suspect.objects.get(pk=matter.pk).state == "CLEARED"


def test_a_rehearsal_is_judged_by_its_leader_alone_and_not_by_who_argued(
    cast: Cast, village_homes: list[Household], person: Person
) -> None:
    captain = person("演示组长", "OFFICE_RECTIFY", COUNTY)
    made = released(cast, captain, kind="REHEARSAL")
    matter = made.suspects.get(kind="WRONG_EXIT")
    with pytest.raises(NotYours):
        suspects.decide(
            suspect=matter,
            found=True,
            opinion="属实",
            document_no="岳〔2026〕1号",
            by=cast.approver,
            at=AFTER,
        )
    argued(matter, captain)  # the leader of the team, who may argue by his post
    with pytest.raises(Refusal, match="举证的人不能认定"):
        suspects.decide(
            suspect=matter, found=False, opinion="排除", document_no="", by=captain, at=AFTER
        )


def test_it_ends_when_all_is_decided_and_in_the_ledger(matter: Suspect, cast: Cast, lead: Cadre) -> None:  # fmt: skip
    evaluation = matter.evaluation
    with pytest.raises(Refusal, match="还有 2 条疑似没有认定"):
        suspects.conclude(evaluation=evaluation, by=cast.accepter, at=AFTER)
    for one in evaluation.suspects.all():
        suspects.decide(suspect=one, found=True, opinion="属实", document_no="", by=lead, at=AFTER)
    suspects.conclude(evaluation=evaluation, by=cast.accepter, at=AFTER)
    with pytest.raises(DatabaseError, match="evaluation_stage"):
        sql(
            "UPDATE inspections_evaluation SET title = title, until = until + 1 WHERE id = %s",
            evaluation.pk,
        )


def test_what_nobody_can_own_waits_in_sight(matter: Suspect, cast: Cast, lead: Cadre) -> None:
    Post.objects.filter(role__in=["TOWNSHIP_CLERK", "OFFICE_RECTIFY"]).update(waits=True)
    assert (
        suspects.decide(
            suspect=matter, found=True, opinion="属实", document_no="", by=lead, at=AFTER
        )
        is None
    )
    Post.objects.update(waits=False)
    with pytest.raises(DatabaseError, match="evaluation_open"):
        sql(
            "UPDATE inspections_evaluation SET stage = 'CONCLUDED', concluded_by_id = by_id, concluded_at = now() WHERE id = %s",
            matter.evaluation_id,
        )
    accepter = Cadre.objects.get(pk=cast.accepter.pk)
    assert recover_found_matters() == 1 and recover_found_matters() == 0
    assert suspects.open_waiting(evaluation=matter.evaluation, by=accepter, at=AFTER) == 0
    assert Item.objects.get(source_kind="evaluation").text == WRONG


# Rates


def test_rates_of_a_released_evaluation_open_into_their_rows(matter: Suspect, cast: Cast, lead: Cadre, person: Person) -> None:  # fmt: skip
    signed(cast, person("演示书记", "COUNTY_LEADER", COUNTY))
    told = report(matter.evaluation, "suspected", today=AT.date())
    by = {f.indicator: f for f in told.figures}
    assert by["WRONG_EXIT"].ratio and (
        by["WRONG_EXIT"].ratio.top,
        by["WRONG_EXIT"].ratio.bottom,
    ) == (3, 12)
    assert by["APPROVAL"].ratio and (by["APPROVAL"].ratio.top, by["APPROVAL"].ratio.bottom) == (
        7,
        8,
    )
    assert by["WRONG_EXIT"].interval and told.verdict == Verdict.NOT_MET and not told.missing
    for figure in told.figures:
        for key, n in (
            (figure.top, figure.ratio and figure.ratio.top),
            (figure.bottom, figure.ratio and figure.ratio.bottom),
        ):
            if key:
                assert (
                    sum(adds for _, adds in rows_behind(matter.evaluation, "suspected", key)) == n
                ), key
    assert {k for f in told.figures for k in (f.top, f.bottom) if k} <= set(ROWS)


def test_what_was_cleared_counts_no_more_and_what_is_open_is_not_found(matter: Suspect, cast: Cast, lead: Cadre) -> None:  # fmt: skip
    def wrong(stage: str) -> int:
        figures = report(matter.evaluation, stage, today=AT.date()).figures
        return next(f.ratio.top for f in figures if f.indicator == "WRONG_EXIT" and f.ratio)

    assert (wrong("suspected"), wrong("found")) == (3, 0)
    argued(matter, cast.clerk)
    suspects.decide(
        suspect=matter, found=False, opinion="票据属实", document_no="", by=lead, at=AFTER
    )
    assert (wrong("suspected"), wrong("found")) == (0, 0)


def test_without_a_signed_ruling_there_is_no_verdict(matter: Suspect) -> None:
    told = report(matter.evaluation, "suspected", today=AT.date())
    assert told.verdict == Verdict.NO_RULE and len(told.missing) == 7
    assert {f.judgement.verdict for f in told.figures} == {Verdict.NO_RULE}
    assert all(f.advice is None for f in told.figures)


# The clock, the log


def test_who_may_argue_hears_before_the_time_is_over(matter: Suspect, cast: Cast) -> None:
    due = matter.evaluation.argue_due
    assert due
    for n, day in enumerate([due - timedelta(days=3), due]):  # the working day before, and the day
        sweeps.run(today=day, at=AT + timedelta(days=n))
    told = Notice.objects.filter(subject_kind="evaluation")
    assert {(n.rule, n.recipient) for n in told} == {
        (rule, who) for rule in ("EV-1", "EV-0") for who in (cast.clerk, cast.head, cast.accepter, cast.approver)
    }  # fmt: skip


def test_log_tells_nothing_of_a_sheet_before_the_release(cast: Cast, lead: Cadre) -> None:
    made = drawn(cast, lead)
    walk(made, lead)
    assert {e.action for e in Event.objects.filter(kind="evaluation")} == {
        "evaluation.prepare",
        "evaluation.team",
        "evaluation.draw",
    }
    assert not [e for e in Event.objects.all() if WRONG in json.dumps(e.after, ensure_ascii=False)]


# What the database refuses, whoever writes


@pytest.mark.parametrize(
    "statement, words",
    [
        ("UPDATE inspections_evaluation SET commitment = repeat('a', 64) WHERE id = %s", "evaluation_bound"),
        ("UPDATE inspections_evaluation SET stage = 'PREPARED' WHERE id = %s", "evaluation_stage"),
        ("UPDATE inspections_evaluation SET argue_due = argue_due + 9 WHERE id = %s", "evaluation_kept"),
        ("DELETE FROM inspections_evaluation WHERE id = %s", "permission denied"),
        ("UPDATE inspections_sheetentry SET sealed = '' WHERE evaluation_id = %s", "permission denied"),
        ("UPDATE inspections_result SET wrong = 0 WHERE evaluation_id = %s", "permission denied"),
        ("UPDATE inspections_suspect SET persons = 1 WHERE kind = 'WRONG_EXIT' AND evaluation_id = %s", "suspect_kept"),
        ("UPDATE inspections_suspect SET state = 'ARGUED' WHERE evaluation_id = %s", "suspect_argued"),
        ("UPDATE inspections_suspect SET state = 'FOUND', decided_by_id = (SELECT max(id) FROM cadres_cadre), decided_at = '2026-12-30', opinion = 'x' WHERE evaluation_id = %s", "suspect_judge"),
        ("INSERT INTO inspections_sheetentry (evaluation_id, sealed) VALUES (%s, '')", "sheet_late"),
        ("INSERT INTO inspections_surveyor (evaluation_id, cadre_id, lead) VALUES (%s, (SELECT max(id) FROM cadres_cadre), false)", "surveyor_late"),
    ],
)  # fmt: skip
def test_guards(matter: Suspect, cast: Cast, statement: str, words: str) -> None:
    evaluator("演示旁人")
    with pytest.raises(DatabaseError, match=words):
        sql(statement, matter.evaluation_id)


def test_more_guards(matter: Suspect, cast: Cast, lead: Cadre) -> None:
    result = matter.result
    with pytest.raises(DatabaseError, match="suspect_once_a_kind"), transaction.atomic():
        Suspect.objects.create(
            evaluation=matter.evaluation,
            result=result,
            area_id=result.area_id,
            kind="WRONG_EXIT",
            persons=3,
            category="其他",
            text="x",
        )
    with pytest.raises(DatabaseError, match="suspect_of_sheet"), transaction.atomic():
        Suspect.objects.create(
            evaluation=matter.evaluation,
            result=result,
            area_id=result.area_id,
            kind="MISSED",
            persons=2,
            category="其他",
            text="x",
        )
    with (
        pytest.raises(DatabaseError, match="surveyor_late"),
        transaction.atomic(),
    ):
        Surveyor.objects.create(evaluation=matter.evaluation, cadre=evaluator("演示二"), lead=True)
    other = prepared(cast)
    for fields, words in (
        ({"people": 3, "registered": 4}, "result_people_in_the_home"), ({"people": 3, "registered": 3, "wrong": 4}, "result_people_in_the_home"),
        ({"people": 3, "kind": "GENERAL", "registered": 2, "wrong": 1}, "result_wrong_exit_of_lifted"), ({"people": 0}, "result_outcome"),
        ({"people": 3, "approves": None}, "result_outcome"),
    ):  # fmt: skip
        free = Household.objects.exclude(
            pk__in=matter.evaluation.results.values("household")
        ).first()
        assert free
        given = {
            "household": free,
            "area_id": free.area_id,
            "layer": "x",
            "kind": "LIFTED",
            "outcome": "SEEN",
            "approves": True,
        }
        with pytest.raises(DatabaseError, match=words), transaction.atomic():
            Result.objects.create(evaluation=matter.evaluation, **{**given, **fields})
        with pytest.raises(DatabaseError, match="result_early"), transaction.atomic():
            Result.objects.create(evaluation=other, **given)


def test_tables_hold_nothing_readable_before_the_release(cast: Cast, lead: Cadre) -> None:
    made = drawn(cast, lead)
    walk(made, lead)
    uids = [str(u) for c in sheets.read(made).sample().values() for u in c]
    with connection.cursor() as cursor:
        for table in (
            "inspections_evaluation",
            "inspections_sheetentry",
            "inspections_result",
            "inspections_suspect",
        ):
            cursor.execute(f"SELECT * FROM {table}")
            stored = [
                bytes(v) if isinstance(v, memoryview) else str(v).encode()
                for row in cursor
                for v in row
            ]
            assert not [
                s for s in (WRONG, "干部一年没来", *uids) for v in stored if s.encode() in v
            ], table
