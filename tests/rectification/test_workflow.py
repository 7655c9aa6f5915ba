from rectification.workflow import LABELS, MOVES, ROUTES, Status, after
from yuexi.management.commands.draw_workflow import PAGE, drawing


def test_the_drawing_in_the_docs_is_today_s() -> None:
    assert PAGE.read_text() == drawing(), "run manage.py draw_workflow"


def test_every_state_has_a_name_and_a_way_out_or_is_an_end() -> None:
    leaves = {s for move in MOVES for s in move.start}
    assert set(LABELS) == set(Status)
    assert set(Status) - leaves == {Status.MERGED, Status.HANDLED}


def test_every_route_ends_in_the_close_out() -> None:
    for route, steps in ROUTES.items():
        at = steps[0].status
        seen = [at]
        while (at := after(route, at)) != Status.CLOSED:
            seen.append(at)
        assert seen == [s.status for s in steps]
