"""A mail server and an HTTP endpoint that are real, and can fail, hang and come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from yuexi.embedded import free_port


@dataclass
class Door:
    port: int = field(default_factory=free_port)
    fails: bool = False
    hangs: Event | None = None  # set it free and the answer goes out
    got: list[Any] = field(default_factory=list)
    asked: int = 0
    header: str = ""

    def hang(self) -> None:
        self.hangs = Event()

    def come_back(self) -> None:
        if self.hangs:
            self.hangs.set()
        self.hangs, self.fails = None, False


class Mailbox:
    def __init__(self, door: Door) -> None:
        self.door = door

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.door.asked += 1
        if self.door.fails:
            return "451 later"
        self.door.got.append((envelope.rcpt_tos, (envelope.original_content or b"").decode()))
        return "250 OK"


@contextmanager
def mail_server(door: Door) -> Iterator[None]:
    made = Controller(Mailbox(door), hostname="127.0.0.1", port=door.port)
    made.start()
    try:
        yield
    finally:
        made.stop()


@contextmanager
def endpoint(door: Door) -> Iterator[None]:
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            door.asked += 1
            door.header = self.headers.get("Authorization", "")
            hangs = door.hangs
            if hangs:
                hangs.wait(60)
                return  # the line is cut: nobody knows whether it was taken
            if door.fails:
                self.send_error(503)
                return
            door.got.append(body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", door.port), Answer)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        door.come_back()
        server.shutdown()
        server.server_close()
