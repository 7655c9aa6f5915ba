"""What `make run` says and does, before the first page and after the last."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from cadres.actions.tokens import issue_token
from cadres.models import Area, Cadre
from cadres.roles import ROLES
from tests.conftest import log_in_as
from tests.county import QINGTIAN
from tests.stack import ROOT, Stack, on_server, owner_run, wait_until
from yuexi.core import clock
from yuexi.management.commands.prepare import may_read, owns_tables
from yuexi.start import own_port, stop, web


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
    Cadre.objects.update(password=chosen.password)  # no demonstration, though its numbers look so
    assert listed() == ""


def test_a_taken_port_is_told_before_anything_starts() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f"端口 {port} 已被别的程序占用.*\\n.*is taken"):
            own_port(port)
    with pytest.raises(SystemExit, match="端口 80000 不能使用"):
        own_port(80000)
    with own_port(port), pytest.raises(SystemExit):  # and it is ours from here on
        own_port(port)


def test_connections_that_say_nothing_stop_neither_pages_nor_the_end(stack: Stack) -> None:
    """A browser opens connections ahead of use. One for each process was enough to stop both."""
    with own_port(stack.port) as door:
        server = subprocess.Popen(web(f"fd://{door.fileno()}"), cwd=ROOT, env=stack.env(),
                                  pass_fds=[door.fileno()], start_new_session=True)  # fmt: skip
    wait_until(stack.answers, "the first page")
    silent = [socket.create_connection(("127.0.0.1", stack.port)) for _ in range(6)]
    urllib.request.urlopen(f"{stack.address}/login/", timeout=5).close()
    began = time.monotonic()
    stop([server])
    assert time.monotonic() - began < 7
    for one in silent:
        one.close()


def test_preloading_reads_all_code_and_opens_no_connection(stack: Stack) -> None:
    """One that is open at a fork would be shared by two processes."""
    ask = (
        "import sys, yuexi.wsgi; from django.db import connection;"
        "print(connection.connection is None, 'rectification.views.items' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, env=stack.env(), capture_output=True,
                          text=True, check=True)  # fmt: skip
    assert said.stdout.split() == ["True", "True"] and said.stderr == ""


def test_the_owner_of_the_tables_is_known(real_db: str) -> None:
    assert not owns_tables()
    connection.close()
    try:
        log_in_as("DATABASE_OWNER_URL")
        assert owns_tables()
    finally:
        connection.close()
        log_in_as("DATABASE_URL")


def test_a_role_that_was_never_granted_to_is_granted_at_the_start(
    real_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after DATABASE_URL was given another role while no migration waits."""
    role = f'"{connection.settings_dict["USER"]}"'
    owner_run(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}", real_db)
    assert not may_read()
    env = {**os.environ, "DATABASE_URL": on_server("DATABASE_URL", real_db), "DEMO": "0"}
    prepare = [sys.executable, "manage.py", "prepare"]
    alone = {name: value for name, value in env.items() if name != "DATABASE_OWNER_URL"}
    refused = subprocess.run(prepare, cwd=ROOT, env=alone, capture_output=True, text=True)
    assert (
        refused.returncode
        and "DATABASE_OWNER_URL" in refused.stderr
        and "数据库没有升级成" in refused.stderr
    )
    env["DATABASE_OWNER_URL"] = on_server("DATABASE_OWNER_URL", real_db)
    said = subprocess.run(prepare, cwd=ROOT, env=env, capture_output=True, text=True)
    assert said.returncode == 0 and said.stderr == "", said.stderr
    assert may_read()
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('cadres_event', 'DELETE')")
        assert cursor.fetchone() == (False,)


def test_servers_ask_for_passwords_from_their_first_moment(tmp_path: Path) -> None:
    """Also a cluster of the time when they did not, and one whose passwords were lost."""
    ask = (
        "import os, psycopg2, redis; from urllib.parse import urlsplit as s; e = os.environ;"
        "u = s(e['DATABASE_OWNER_URL']); r = s(e['REDIS_URL'])\n"
        "for name in ('DATABASE_URL', 'DATABASE_OWNER_URL'): psycopg2.connect(e[name]).close()\n"
        "redis.Redis.from_url(e['REDIS_URL']).ping()\n"
        "for user in (u.username, s(e['DATABASE_URL']).username):\n"
        "    try: psycopg2.connect(host='127.0.0.1', port=u.port, user=user, dbname='postgres'); print('open')\n"
        "    except psycopg2.OperationalError: pass\n"
        "try: redis.Redis(port=r.port).ping(); print('open')\n"
        "except redis.AuthenticationError: pass\n"
        "seen = ''.join(open(f'/proc/{p}/cmdline').read() for p in os.listdir('/proc') if p.isdigit() and p != str(os.getpid()))\n"
        "print(u.password in seen, r.password in seen)"
    )
    env = {
        k: v
        for k, v in os.environ.items()
        if k not in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
    }
    run: Any = lambda: subprocess.run(  # noqa: E731
        [sys.executable, "-m", "yuexi.embedded", "doors", "--", sys.executable, "-c", ask],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)  # fmt: skip
    from yuexi.embedded import PASSWORDS, data_dir

    def answers() -> tuple[str, str]:
        said = run()
        return said.stdout, said.stderr

    assert answers() == ("False False\n", "")
    kept = data_dir("doors") / PASSWORDS
    assert kept.stat().st_mode & 0o777 == 0o600
    (data_dir("doors") / "postgres" / "pg_hba.conf").write_text("host all all 127.0.0.1/32 trust\n")
    assert answers() == ("False False\n", "")
    kept.unlink()
    assert answers() == ("False False\n", "")
