"""Whom most tests of this room need: a helper of one household, and the township's clerk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cadres.models import Cadre
from households.models import Household
from tests.county import QINGTIAN
from tests.households.builders import helps, household


@pytest.fixture
def helper(person: Callable[..., Cadre]) -> Cadre:
    return person("演示帮扶", "HELPER", QINGTIAN)


@pytest.fixture
def clerk(person: Callable[..., Cadre]) -> Cadre:
    return person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)


@pytest.fixture
def home(helper: Cadre) -> Household:
    made = household("演示陈")
    helps(helper, made)
    return made
