"""What `make run` starts between the two servers: migrate, load what is missing, then web."""

import argparse
import os
import subprocess
import sys
import time
import urllib.request
from urllib.error import URLError

MANAGE = [sys.executable, "manage.py"]


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=8000)
    port = options.parse_args().port
    began = time.monotonic()
    if os.environ.get("DEMO") != "1":
        os.environ.pop("DEMO", None)
    subprocess.run([*MANAGE, "migrate", "--verbosity=0"], check=True)
    prepare = [["load_areas"], ["fill_calendar"]] + ([["demo"]] if "DEMO" in os.environ else [])
    for command in prepare:
        subprocess.run([*MANAGE, *command], check=True)
    web = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--no-control-socket", "--workers", "2",
         "--bind", f"127.0.0.1:{port}", "--log-level", "warning", "yuexi.wsgi"])  # fmt: skip
    address = f"http://127.0.0.1:{port}/"
    try:
        while web.poll() is None:
            try:
                urllib.request.urlopen(f"{address}login/", timeout=5).close()
                print(
                    f"\n  打开 {address}（{time.monotonic() - began:.1f} 秒后可用，Ctrl-C 停止）",
                    flush=True,
                )
                break
            except URLError:
                time.sleep(0.1)
        return web.wait()
    except KeyboardInterrupt:
        web.terminate()
        return web.wait()


if __name__ == "__main__":
    sys.exit(main())
