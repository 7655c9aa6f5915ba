"""退出: steps in order, and the application through its gates alone; 口径 by two persons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from cadres.models import Cadre, Notice
from cadres.reminders import sweeps
from inspections.actions import leaving, yardsticks
from inspections.evaluation_reads import yardsticks_on
from inspections.gates import Gate, GateState, gates
from inspections.models import GateReading, GateWord, Leaving, LeavingStep, Yardstick
from tests.cast import PHOTO, Cast
from tests.county import AT, COUNTY
from tests.inspections.evaluating import evaluator, homes, released, signed
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
DAYS = [date(2026, 11, n) for n in (20, 24, 25, 26, 27, 30)]


def begun(cast: Cast, days: list[date] = DAYS) -> Leaving:
    planned = dict(zip(LeavingStep.Code.values, days, strict=True))
    return leaving.begin(
        title="演示摘帽", target=date(2026, 12, 31), planned=planned, by=cast.accepter, at=AT
    )


def finish(kept: Leaving, code: str, cast: Cast, **changes: object) -> None:
    given = {
        "done": AT.date(),
        "document_no": "岳政〔2026〕1号",
        "said": "",
        "file": None,
        "by": cast.accepter,
        "at": AT,
    }
    leaving.finish(step=kept.steps.get(code=code), **{**given, **changes})  # type: ignore[arg-type]


def explain(kept: Leaving, cast: Cast, *codes: str) -> None:
    for gate in gates.all():
        if not codes or gate.code in codes:
            green = None if gate.ask else True
            leaving.say(
                leaving=kept,
                code=gate.code,
                green=green,
                text="已写明",
                document_no="岳〔2026〕2号",
                by=cast.accepter,
                at=AT,
            )


def sql(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_application_waits_for_every_gate_green_or_explained(cast: Cast) -> None:
    kept = begun(cast)
    with pytest.raises(Refusal, match=f"还有 {len(gates.all()) - 2} 项条件"):
        finish(kept, "APPLY", cast)  # nothing that evaluations found is open: those two are green
    explain(kept, cast)
    red = [s for s in leaving.standings(kept, AT.date()) if not s.state.green]
    assert {s.gate.code for s in red} == {
        "RATE_POVERTY",
        "RATE_WRONG_EXIT",
        "RATE_MISSED",
        "RATE_APPROVAL",
        "SELF_CHECK",
    }
    finish(kept, "APPLY", cast, file=("申请.jpg", PHOTO))
    readings = GateReading.objects.filter(leaving=kept)
    assert readings.count() == len(gates.all())
    assert not readings.filter(green=False, word__isnull=True).exists()


def test_the_database_refuses_an_application_past_a_red_gate(cast: Cast) -> None:
    kept = begun(cast)
    past = "UPDATE inspections_leavingstep SET done = '2026-11-23', document_no = 'x', by_id = %s, at = %s WHERE code = 'APPLY'"
    with pytest.raises(DatabaseError, match="leaving_gates"):
        sql(past, cast.accepter.pk, AT)
    GateReading.objects.create(leaving=kept, code="X", name="红的", green=False, shown="", at=AT)
    with pytest.raises(DatabaseError, match="leaving_gates"):
        sql(past, cast.accepter.pk, AT)


def test_gates_of_rates_read_the_last_evaluation(cast: Cast, person: Person) -> None:
    homes()
    signed(cast, person("演示县长", "COUNTY_LEADER", COUNTY))
    released(cast, evaluator("演示组长"))
    found = {s.gate.code: s.state for s in leaving.standings(begun(cast), AT.date())}
    assert not found["RATE_WRONG_EXIT"].green and "25.00%" in found["RATE_WRONG_EXIT"].shown
    assert found["RATE_MISSED"].green and "/rates/" in found["RATE_MISSED"].path


def test_another_part_adds_its_gate(cast: Cast) -> None:
    gates.add(Gate("TEST_ONLY", "演示条件", "演示", lambda today: GateState(False, f"{today}")))
    try:
        kept = begun(cast)
        explain(kept, cast, *(g.code for g in gates.all() if g.code != "TEST_ONLY"))
        with pytest.raises(Refusal, match="演示条件"):
            finish(kept, "APPLY", cast)
    finally:
        gates._gates.pop("TEST_ONLY")


@pytest.mark.parametrize(
    "changes, field",
    [({"document_no": " "}, "document_no"), ({"done": AT.date() + timedelta(days=1)}, "done")],
)
def test_a_step_is_done_by_a_document_and_not_ahead(
    cast: Cast, changes: dict[str, object], field: str
) -> None:
    kept = begun(cast)
    explain(kept, cast)
    with pytest.raises(BadInput) as refused:
        finish(kept, "APPLY", cast, **changes)
    assert refused.value.field == field and not GateReading.objects.exists()


def test_steps_come_in_their_order_and_once(cast: Cast) -> None:
    kept = begun(cast)
    explain(kept, cast)
    with pytest.raises(Refusal, match="按顺序"):
        finish(kept, "CITY", cast)
    finish(kept, "APPLY", cast)
    with pytest.raises(Refusal, match="按顺序"):
        finish(kept, "CITY", cast, done=AT.date() - timedelta(days=1))
    finish(kept, "CITY", cast)
    with pytest.raises(Refusal, match="已登记完成"):
        finish(kept, "APPLY", cast)
    with pytest.raises(Refusal):
        leaving.plan(step=kept.steps.get(code="APPLY"), planned=AT.date(), by=cast.accepter, at=AT)


def test_one_at_a_time_with_days_in_order(cast: Cast) -> None:
    with pytest.raises(BadInput, match="先后"):
        begun(cast, list(reversed(DAYS)))
    kept = begun(cast)
    with pytest.raises(Refusal, match="已经有一个"):
        begun(cast)
    leaving.end(leaving=kept, by=cast.accepter, at=AT)
    begun(cast)
    with pytest.raises(Refusal, match="已经结束"):
        explain(kept, cast)


def test_a_gate_is_passed_by_a_document_and_words_stay(cast: Cast) -> None:
    kept = begun(cast)
    with pytest.raises(BadInput, match="依据的文号"):
        leaving.say(
            leaving=kept,
            code="INCOME_GROWTH",
            green=True,
            text="高于全省",
            document_no="",
            by=cast.accepter,
            at=AT,
        )
    explain(kept, cast, "INCOME_GROWTH")
    with pytest.raises(DatabaseError, match="permission denied"):
        sql("UPDATE inspections_gateword SET green = false")
    word = GateWord.objects.get()
    with pytest.raises(DatabaseError, match="gate_word_of_another"), transaction.atomic():
        GateReading.objects.create(
            leaving=kept, code="SERVICES", name="x", green=False, shown="", word=word, at=AT
        )
    with pytest.raises(NotYours):
        leaving.say(
            leaving=kept,
            code="SERVICES",
            green=False,
            text="x",
            document_no="",
            by=cast.inspector,
            at=AT,
        )


def test_a_step_past_its_day_is_said_to_who_keeps_it(cast: Cast) -> None:
    begun(cast)
    sweeps.run(today=AT.date(), at=AT)  # the 23rd: planned for the 20th
    told = Notice.objects.filter(subject_kind="leaving")
    assert {(n.rule, n.level, n.recipient) for n in told} == {
        ("EX+1", "A_RED", cast.accepter), ("EX+1", "A_RED", cast.approver),
    }  # fmt: skip
    assert "“县申请”过了计划日期 3 天" in told[0].text


def test_page_counts_down_refuses_and_is_the_countys(cast: Cast, as_user: AsUser) -> None:
    client, path = as_user(cast.accepter), "/inspections/exit/"
    assert "县申请" in client.get(path).content.decode()
    begun(cast)
    text = client.get(path).content.decode()
    assert "天到目标日期" in text and "未填写" in text
    refused = client.post(
        path,
        {"verb": "finish", "code": "APPLY", "done": "2026-11-23", "document_no": "岳〔2026〕1号"},
    )
    assert refused.status_code == 409 and "项条件没有符合" in refused.content.decode()
    assert as_user(cast.clerk).get(path).status_code == 404
    assert as_user(cast.inspector).post(path, {"verb": "end"}).status_code == 403


def test_a_gate_that_answers_itself_is_red_as_such_and_asks_for_a_reason_alone(
    cast: Cast, as_user: AsUser
) -> None:
    begun(cast)
    text = as_user(cast.accepter).get("/inspections/exit/").content.decode()
    row = text[text.index("农户自查</b>") :].split("</form>")[0]
    assert '<span class="tag red">不符合</span>' in row and "写说明" in row
    assert 'name="green"' not in row


# 口径


def test_a_ruling_takes_a_document_and_a_second_person(cast: Cast, person: Person) -> None:
    leader = person("演示县长", "COUNTY_LEADER", COUNTY)
    given = {
        "code": "WRONG_MAX",
        "value": "2.00%",
        "document": "办法",
        "start": date(2026, 1, 1),
        "by": cast.accepter,
        "at": AT,
    }
    with pytest.raises(BadInput, match="文号"):
        yardsticks.propose(document_no=" ", **given)  # type: ignore[arg-type]
    made = yardsticks.propose(document_no="〔2017〕56号", **given)  # type: ignore[arg-type]
    assert yardsticks_on(AT.date()) == {}
    with pytest.raises(NotYours):
        yardsticks.confirm(yardstick=made, by=cast.accepter, at=AT)
    yardsticks.confirm(yardstick=made, by=leader, at=AT)
    assert yardsticks_on(AT.date())["WRONG_MAX"].value == "200"
    assert yardsticks_on(date(2025, 12, 31)) == {}
    again = yardsticks.propose(document_no="另一份", **{**given, "value": "3"})  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="已有一条现行"):
        yardsticks.confirm(yardstick=again, by=leader, at=AT)
    yardsticks.end(yardstick=made, last_day=AT.date(), by=cast.accepter, at=AT)
    assert yardsticks_on(AT.date() + timedelta(days=1)) == {} and "WRONG_MAX" in yardsticks_on(
        AT.date()
    )


@pytest.mark.parametrize(
    "code, value", [("WRONG_MAX", "二"), ("WRONG_MAX", "2.005"), ("WRONG_MAX", "101"), ("WRONG_MAX", "NaN"), ("STRICT", "是"),
                    ("RURAL_PEOPLE", "-1"), ("RURAL_PEOPLE", "0"), ("MISSED_DENOMINATOR", "全部"), ("WHAT", "1")],
)  # fmt: skip
def test_values_that_are_none_are_refused(cast: Cast, code: str, value: str) -> None:
    with pytest.raises(BadInput):
        yardsticks.propose(
            code=code,
            value=value,
            document="办法",
            document_no="1号",
            start=AT.date(),
            by=cast.accepter,
            at=AT,
        )


@pytest.mark.parametrize(
    "change, words",
    [("value = '300'", "yardstick_kept"), ("confirmed_by_id = by_id, confirmed_at = now()", "yardstick_second_person"),
     ("document_no = ''", "yardstick_kept"), ('"end" = start', "yardstick_period")],
)  # fmt: skip
def test_the_database_keeps_a_ruling(cast: Cast, change: str, words: str) -> None:
    made = yardsticks.propose(
        code="WRONG_MAX",
        value="2",
        document="办法",
        document_no="1号",
        start=AT.date(),
        by=cast.accepter,
        at=AT,
    )
    with pytest.raises(DatabaseError, match=words):
        sql(f"UPDATE inspections_yardstick SET {change} WHERE id = %s", made.pk)
    for fields, constraint in (
        ({"value": "abc"}, "yardstick_value_fits"),
        ({"document_no": ""}, "yardstick_has_document"),
    ):
        given = {
            "code": "WRONG_MAX",
            "value": "2",
            "document": "x",
            "document_no": "1",
            "start": AT.date(),
            "by": cast.accepter,
            "at": AT,
        }
        with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
            Yardstick.objects.create(**{**given, **fields})
