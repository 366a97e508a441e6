"""The walks, which all tests of screens share."""

from collections.abc import Mapping

import pytest

from tests.screens.kinds import forms
from tests.screens.visits import Visit
from tests.screens.walking import walk

Walks = Mapping[str, tuple[Visit, ...]]


@pytest.fixture(scope="session")
def walks() -> Walks:
    """The visits of each form's walk."""
    return {name: tuple(walk(form)) for name, form in forms().items()}
