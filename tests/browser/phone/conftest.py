"""The reporter's phone on the page, after a first word."""

import pytest

from tests.browser.acting import Shown
from tests.browser.conftest import Open
from tests.browser.kept import KeptPage


@pytest.fixture
async def shown(kept: KeptPage) -> Shown:
    """The reporter's phone, after a first word."""
    one = Shown(kept.page)
    await one.say("/start")
    return one


@pytest.fixture
async def fresh(visit: Open) -> Shown:
    """The same on a page that nobody has used, for what it remembers without showing it: taps, and where one reads."""
    one = Shown(await visit())
    await one.say("/start")
    return one
