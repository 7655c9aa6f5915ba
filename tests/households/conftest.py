"""Whom most tests of this room need: a helper of one household, and the township's clerk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cadres.models import Cadre
from households.models import Household
from tests.county import QINGTIAN
from tests.households.builders import helps, household
from yuexi.core import crypto


@pytest.fixture
def helper(person: Callable[..., Cadre]) -> Cadre:
    """With a telephone, as it stands on the card at the door."""
    made = person("演示帮扶", "HELPER", QINGTIAN)
    made.phone, made.phone_hash = crypto.encrypt("19900000011"), crypto.lookup_hash("19900000011")
    made.save(update_fields=["phone", "phone_hash"])
    return made


@pytest.fixture
def clerk(person: Callable[..., Cadre]) -> Cadre:
    return person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)


@pytest.fixture
def home(helper: Cadre) -> Household:
    made = household("演示陈")
    helps(helper, made)
    return made
