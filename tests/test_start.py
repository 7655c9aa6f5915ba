"""What `make run` says and does before the first page."""

from __future__ import annotations

import io
import socket

import pytest
from django.core.management import call_command

from cadres.actions.tokens import issue_token
from cadres.models import Area, Cadre
from cadres.roles import ROLES
from tests.county import QINGTIAN
from yuexi.core import clock
from yuexi.start import refuse_taken


def listed() -> str:
    said = io.StringIO()
    call_command("demo", stdout=said)
    return said.getvalue()


def test_the_list_of_accounts_survives_what_people_do(real_db: str) -> None:
    first = listed()
    assert all(r.name in first for r in ROLES if r.code != "SYSTEM")
    issue_token(area=Area.objects.get(code=QINGTIAN), purpose="走访对接", agreement="协议", responsible="演示人",
                by=None, at=clock.now())  # fmt: skip
    helper = next(w for w in first.split() if w.startswith("YS") and f"{w}  帮扶责任人" in first)
    chosen = Cadre.objects.get(work_no=helper)
    chosen.set_password("another-path-8")
    chosen.save()
    again = listed()
    assert helper not in again and "帮扶责任人" in again and "对接系统" not in again


def test_a_taken_port_is_told_before_anything_starts() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f"端口 {port} 已被别的程序占用"):
            refuse_taken(port)
    refuse_taken(port)
