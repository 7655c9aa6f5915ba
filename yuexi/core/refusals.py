"""What the product says when it will not do something.

A refusal is an expected answer, not a fault: it names the field, the rule and the way
out in Chinese. Pages show it beside the form, the API answers with it (RFC 9457).
"""

from __future__ import annotations

from typing import NamedTuple


class Way(NamedTuple):
    """Where a page offers to go on: what the link says, and its address."""

    label: str
    path: str


class Refusal(Exception):
    """`code` is stable and English (for programs), `message` is for the reader."""

    status = 409

    def __init__(self, code: str, message: str, *, field: str = "", way: Way | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.field, self.way = code, message, field, way


class BadInput(Refusal):
    status = 422


class NotYours(Refusal):
    """In scope, but without the right. Out of scope is a 404 and never comes here."""

    status = 403
