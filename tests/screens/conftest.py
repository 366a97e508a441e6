"""The walks, which all tests of screens share."""

from collections.abc import Mapping

import pytest

from bot.demo.walk.visits import Visit
from bot.demo.walk.walking import walk
from tests.screens.kinds import forms

Walks = Mapping[str, tuple[Visit, ...]]


@pytest.fixture(scope="session")
def walks() -> Walks:
    """The visits of each form's walk."""
    return {name: tuple(walk(form)) for name, form in forms().items()}
