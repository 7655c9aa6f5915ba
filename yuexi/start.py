"""What `make run` starts between the two servers: migrate, load what is missing, then web."""

import argparse
import errno
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from yuexi.embedded import dies_with_parent

MANAGE = [sys.executable, "manage.py"]
THREADS = 8  # of each of the two web processes
COURIERS = [
    "--queues",
    "outbox",
    "--pool",
    "threads",
    "--concurrency",
    "4",
    "--hostname",
    "couriers@%h",
]
GRACE_S = 3  # for a page that is being made when the web server is told to stop
STOP_LIMIT_S = 8


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=8000)
    port = options.parse_args().port
    door = own_port(port)
    began = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if os.environ.get("DEMO") != "1":
        os.environ.pop("DEMO", None)
    children: list[subprocess.Popen[bytes]] = []
    try:
        if code := subprocess.run([*MANAGE, "prepare"]).returncode:
            return code
        if os.geteuid() == 0:
            os.environ["C_FORCE_ROOT"] = "1"  # messages are JSON, which cannot run code
        os.environ.pop("DATABASE_OWNER_URL", None)  # who serves pages never holds the owner's key
        address = f"http://127.0.0.1:{port}/"
        celery = [sys.executable, "-m", "celery", "--app", "yuexi", "--quiet"]
        children = [
            child([*celery, "beat", "--loglevel", "warning", "--schedule", schedule()]),
            child([*celery, "worker", "--loglevel", "warning", "--concurrency", "1"]),
            child([*celery, "worker", "--loglevel", "warning", *COURIERS]),
            child(web(f"fd://{door.fileno()}"), door),
        ]
        door.close()
        wait_for_page(f"{address}login/", children[-1])
        if children[-1].poll() is not None:
            return 1
        print(
            f"\n  打开 {address}（{time.monotonic() - began:.1f} 秒后可用，Ctrl-C 停止）",
            flush=True,
        )
        while all(c.poll() is None for c in children):
            time.sleep(0.5)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        stop(children)


def own_port(port: int) -> socket.socket:
    """Held from before anything is started: whatever page answers there is ours."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(("127.0.0.1", port))
        door.listen(1024)
    except (OSError, OverflowError) as error:
        door.close()
        taken = getattr(error, "errno", None) == errno.EADDRINUSE
        other = port + 1 if taken and port < 65535 else 8001
        said, why = (
            ("已被别的程序占用", "is taken") if taken else ("不能使用", f"cannot be used ({error})")
        )
        sys.exit(
            f"端口 {port} {said}，请换一个：PORT={other} make run\n"
            f"Port {port} {why}, choose another: PORT={other} make run"
        )
    return door


def web(bind: str, threads: int = THREADS) -> list[str]:
    """gunicorn. Threads, because a browser opens connections that it may never use, and each
    would occupy a process; preloaded, so that no process reads the code at its first page."""
    return [
        sys.executable, "-m", "gunicorn", "--no-control-socket", "--preload", "--workers", "2",
        "--threads", str(threads), "--graceful-timeout", str(GRACE_S), "--log-level", "warning",
        "--bind", bind, "yuexi.wsgi",
    ]  # fmt: skip


def child(command: list[str], door: socket.socket | None = None) -> subprocess.Popen[bytes]:
    """In a session of its own, so that a Ctrl-C reaches this process alone."""
    return subprocess.Popen(
        command, preexec_fn=dies_with_parent(signal.SIGTERM), start_new_session=True,
        pass_fds=[door.fileno()] if door else [],
    )  # fmt: skip


def stop(children: list[subprocess.Popen[bytes]]) -> None:
    """All at once, while both servers still run: what the web hands on meanwhile waits in
    Valkey. Whoever takes too long is cut off, and nothing is lost by it: a request is one
    transaction, a task is acknowledged when it is done."""
    for c in children:
        c.terminate()
    until = time.monotonic() + STOP_LIMIT_S
    for c in children:
        try:
            c.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(c.pid, signal.SIGKILL)
            c.wait()


def schedule() -> str:
    """Beat's memory of what it last sent; losing it costs nothing, the sweeps are idempotent."""
    folder = Path(os.environ["YUEXI_FILES"]).parent / "beat"
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder / "schedule")


def wait_for_page(address: str, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:  # refused, or slow on a busy machine
            time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
