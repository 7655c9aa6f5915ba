"""What `make run` starts between the two servers: migrate, load what is missing, then web."""

import argparse
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


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=8000)
    port = options.parse_args().port
    refuse_taken(port)
    began = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if os.environ.get("DEMO") != "1":
        os.environ.pop("DEMO", None)
    subprocess.run([*MANAGE, "prepare"], check=True)
    if os.geteuid() == 0:
        os.environ["C_FORCE_ROOT"] = "1"  # messages are JSON, which cannot run code: no warning
    os.environ.pop("DATABASE_OWNER_URL", None)  # who serves pages never holds the owner's key
    address = f"http://127.0.0.1:{port}/"
    celery = [sys.executable, "-m", "celery", "--app", "yuexi"]
    # In the order of stopping: the clock first, then who still works, then who still asks.
    children = [
        child([*celery, "--quiet", "beat", "--loglevel", "warning", "--schedule", schedule()]),
        child([*celery, "--quiet", "worker", "--loglevel", "warning", "--concurrency", "1"]),
        child([sys.executable, "-m", "gunicorn", "--no-control-socket", "--workers", "2", "--preload",
               "--bind", f"127.0.0.1:{port}", "--log-level", "warning", "yuexi.wsgi"]),
    ]  # fmt: skip
    try:
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
        for c in children:
            c.terminate()
            c.wait()


def refuse_taken(port: int) -> None:
    """Before anything is started: or the page that answers would be somebody else's."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            sys.exit(
                f"端口 {port} 已被别的程序占用，请换一个：PORT={port + 1} make run\n"
                f"Port {port} is taken, choose another: PORT={port + 1} make run"
            )


def child(command: list[str]) -> subprocess.Popen[bytes]:
    """In a session of its own, so that a Ctrl-C reaches this process alone and the order holds."""
    return subprocess.Popen(
        command, preexec_fn=dies_with_parent(signal.SIGTERM), start_new_session=True
    )


def schedule() -> str:
    """Beat's memory of what it last sent; losing it costs nothing, the sweeps are idempotent."""
    folder = Path(os.environ["YUEXI_FILES"]).parent / "beat"
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder / "schedule")


def wait_for_page(address: str, web: subprocess.Popen[bytes]) -> None:
    while web.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:  # refused, or slow on a busy machine
            time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
