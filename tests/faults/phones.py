"""A phone that keeps what it recorded until it holds a receipt, and a bad line between."""

from __future__ import annotations

import http.client
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from threading import Event, Lock, Thread
from typing import Any

import uuid6
from django.test import Client

from yuexi.core import clock

PATH = "/api/v1/visits/sync"
CSRF = "c" * 32
TIMEOUT_S = 20
OUTBOX = 60  # more than fits into one batch of `sync`
RECEIVED = ("accepted", "duplicate", "held", "conflict")


def session_of(client: Client) -> str:
    """The cookies of a browser that logged in, and whose page holds the form's token."""
    return f"sessionid={client.cookies['sessionid'].value}; csrftoken={CSRF}"


def visit_to(home: str, serial: int, problems: int) -> dict[str, Any]:
    now = clock.now()
    return {
        "uid": str(uuid6.uuid7()), "household": home, "mode": "IN_PERSON", "met": "演示陈", "done": f"第{serial}次",
        "occurred_at": (now - timedelta(hours=2)).isoformat(), "recorded_at": (now - timedelta(hours=1)).isoformat(),
        "problems": [{"category": "饮水安全", "text": f"水管冻裂 {serial}-{n}"} for n in range(problems)],
    }  # fmt: skip


def post(port: int, cookies: str, records: list[dict[str, Any]]) -> tuple[int, Any]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        line.request("POST", PATH, json.dumps({"records": records, "sent_at": clock.now().isoformat()}),
                     {"Cookie": cookies, "X-CSRFToken": CSRF, "Content-Type": "application/json"})  # fmt: skip
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        line.close()


@dataclass
class Phone:
    cookies: str
    homes: list[str]
    port: Callable[[], int]
    random: Random
    recorded: dict[str, dict[str, Any]] = field(default_factory=dict)
    outbox: dict[str, dict[str, Any]] = field(default_factory=dict)
    receipts: dict[str, str] = field(default_factory=dict)
    refused: list[Any] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    tries: int = 0
    last: object = None
    pause: Event = field(default_factory=Event)

    def record(self) -> None:
        serial = len(self.recorded)
        made = visit_to(self.random.choice(self.homes), serial, self.random.choice((0, 0, 1, 2)))
        self.recorded[made["uid"]] = self.outbox[made["uid"]] = made

    def sync(self) -> None:
        """Some of what waits, in any order; without an answer everything stays."""
        self.tries += 1
        waiting = list(self.outbox.values())
        batch = self.random.sample(waiting, min(len(waiting), self.random.randint(1, 40)))
        try:
            status, body = post(self.port(), self.cookies, batch)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.last = error
            self.pause.wait(0.02)
            return
        self.statuses.append(status)
        if status != 200:
            self.last = body
            self.pause.wait(0.02)
            return
        for answer in body["answers"]:
            if answer["status"] not in RECEIVED:
                self.refused.append(answer)
                continue
            uid, receipt = answer["uid"], answer["receipt"]
            assert self.receipts.setdefault(uid, receipt) == receipt, (uid, receipt)
            self.outbox.pop(uid, None)

    def walk(self, done: Event) -> None:
        """Record and send, until told; then send what is left."""
        while not done.is_set():
            for _ in range(self.random.randint(1, 12) if len(self.outbox) < OUTBOX else 0):
                self.record()
            self.sync()
        while self.outbox and not self.refused:
            self.sync()


@dataclass
class BadLine:
    """A TCP proxy that breaks off after so many bytes of the question, or of the answer: 0 of
    an answer is one that was given and never arrived."""

    to: int
    random: Random
    cuts: int = 0
    bad: bool = True
    door: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        Thread(target=self._serve, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.door.getsockname()[1])

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self.door.accept()
            except OSError:
                return
            Thread(target=self._carry, args=(near,), daemon=True).start()

    def _limits(self) -> tuple[int | None, int | None]:
        with self.lock:
            kind = self.random.choice(("whole", "whole", "question", "answer", "none")) if self.bad else "whole"  # fmt: skip
            self.cuts += kind != "whole"
            asked = self.random.randint(1, 12_000) if kind == "question" else None
            told = {"answer": self.random.randint(1, 2_000), "none": 0}.get(kind)
            return asked, told

    def _carry(self, near: socket.socket) -> None:
        asked, told = self._limits()
        try:
            far = socket.create_connection(("127.0.0.1", self.to), TIMEOUT_S)
        except OSError:
            near.close()
            return
        Thread(target=pump, args=(near, far, asked), daemon=True).start()
        pump(far, near, told)

    def close(self) -> None:
        self.door.close()


def pump(source: socket.socket, sink: socket.socket, limit: int | None) -> None:
    """Carries bytes; at the limit both ends see the line go dead."""
    left = limit
    try:
        while data := source.recv(4096):
            if left is not None and len(data) > left:
                sink.sendall(data[:left])
                for end in (source, sink):  # RST: nothing more arrives, not even a goodbye
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                break
            left = left and left - len(data)
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        end.close()
