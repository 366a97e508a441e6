"""Drafts as they are stored: also those that an earlier version of the program stored."""

from typing import Any

import pytest

from bot.form.draft import ScreenState
from bot.form.model import Choice, Form, Group, Question

FORM = Form(
    "f", "f", "1", "F", ("ru",), "ru",
    (
        Question("a", "/f/a", "text", {"ru": "Что?"}),
        Group("g", "/f/g", {}, (
            Question("b", "/f/g/b", "select_one", {"ru": "Где?"}, choices=(Choice("x", {"ru": "X"}),)),
        ), repeat=True),
    ),
)  # fmt: skip


def test_a_form_that_has_not_changed_keeps_its_digest() -> None:
    """Else whoever is about to send is told that the questions have changed. It is the one of the first version."""
    assert FORM.digest == "253dde16585a9113"


@pytest.mark.parametrize(
    ("stored", "view"),
    [
        ({"date": "range", "unit": "month", "start": "2024-04"}, ScreenState(picker="range", unit="month", start="2024-04")),
        ({"date": "calendar", "page": "24300"}, ScreenState(picker="calendar", page=24300)),
        (
            {"either": "2025-12-03/2025-12-05,2026-12-03/2026-12-05"},
            ScreenState(offered=("2025-12-03/2025-12-05", "2026-12-03/2026-12-05")),
        ),
        ({"screen": "edit", "page": "1"}, ScreenState(editing=True, page=1)),
        ({"cancel": "yes", "begun": "yes"}, ScreenState(confirming=True, begun=True)),
        ({"search": "алматы", "kept": "5", "kept_source": "7"}, ScreenState(search="алматы", kept="5", kept_source="7")),
    ],
)  # fmt: skip
def test_what_was_on_the_screen_before_an_upgrade_is_still_there(
    stored: dict[str, str], view: ScreenState
) -> None:
    """The first versions stored texts by other names; half a period must not become one date."""
    assert ScreenState.load(stored) == view


@pytest.mark.parametrize(
    "stored",
    [
        {"picker": "range", "start": 5},
        {"start": "2024-04", "way": "range"},
        {"page": "first", "start": "2024"},
    ],
)
def test_a_view_that_is_not_understood_whole_is_blank(stored: dict[str, Any]) -> None:
    """A part without the others may mean something else."""
    assert ScreenState.load(stored) == ScreenState()


@pytest.mark.parametrize(
    "view",
    [
        ScreenState(),
        ScreenState(page=0, offered=("2024-01-01/2024-01-02",), begun=True),
        ScreenState(search="date", kept="yes"),
    ],
)
def test_a_view_is_loaded_as_it_was_stored(view: ScreenState) -> None:
    """Whatever its parts."""
    assert ScreenState.load(view.dump()) == view
