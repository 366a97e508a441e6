"""Callback data: what a button carries."""

import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.buttons import _EVENTS, MOST_BYTES, Act, Tap, decode, encode
from bot.form import events
from bot.form.events import Event

TYPED = {events.Wrote, events.Rewrote, events.Gave, events.Replaced, events.PointSent}
"""Events that come from messages and never stand behind a button."""

NUMBERS = st.integers(0, 999_999)
DATES = st.from_regex(r"\A\d{4}(-\d{2}(-\d{2})?)?\Z").filter(str.isascii)
MODES = st.sampled_from(["today", "yesterday", "calendar", "month", "year", "range", "ongoing", "unknown"])
WORDS = st.text(st.characters(exclude_characters=".", codec="utf-8"), max_size=15)


def _events() -> st.SearchStrategy[Event]:
    given_: dict[type[Event], st.SearchStrategy[typing.Any]] = {
        events.DateMode: st.builds(events.DateMode, MODES),
        events.PickDate: st.builds(events.PickDate, DATES),
        events.Pick: st.builds(events.Pick, NUMBERS),
        events.Toggle: st.builds(events.Toggle, NUMBERS, st.booleans()),
        events.ShowPage: st.builds(events.ShowPage, NUMBERS),
        events.Goto: st.builds(events.Goto, NUMBERS),
        events.RemoveRepeat: st.builds(events.RemoveRepeat, NUMBERS),
        events.RemoveFile: st.builds(events.RemoveFile, NUMBERS),
        events.Cancel: st.builds(events.Cancel, st.booleans()),
    }
    return st.one_of([given_.get(kind, st.builds(kind)) for kind in _EVENTS.values()])


def test_every_event_that_can_stand_behind_a_button_has_a_code() -> None:
    """An event without one would fail when its screen is shown."""
    assert set(_EVENTS.values()) | TYPED == set(typing.get_args(Event))


@given(st.from_regex(r"\A[0-9a-f]{4}\Z"), st.integers(0, 10_000_000), _events())
def test_every_button_of_a_form_comes_back_as_it_was_sent_in_64_bytes(
    draft: str, step: int, event: Event
) -> None:
    """Of any draft, step and event."""
    tap = Tap(draft, step, event)
    text = encode(tap)
    assert len(text.encode()) <= MOST_BYTES
    assert decode(text) == tap


@given(WORDS, WORDS, WORDS)
def test_an_act_comes_back_as_it_was_sent_or_is_refused_when_made(verb: str, first: str, second: str) -> None:
    """Nothing that would not fit is ever sent."""
    act = Act(verb, first, second)
    try:
        text = encode(act)
    except ValueError:
        assert len(f"a{verb}.{first}.{second}".encode()) > MOST_BYTES
    else:
        assert len(text.encode()) <= MOST_BYTES
        assert decode(text) == act


def test_a_word_with_the_separator_in_it_is_refused() -> None:
    """It would come back as two."""
    with pytest.raises(ValueError, match="does not fit"):
        encode(Act("mopen", "a.b"))


@pytest.mark.parametrize(
    "foreign",
    [
        *("", ".", "f", "a", "fabcd", "fabcd.1", "fabcd.x.sh", "fabcd.1.zz", "fabcd.1.pi", "fabcd.1.pi.x"),
        *("fabcd.1.pi.1.2", "fabcd.1.sh.1", "fabcd.1.to.1", "aback.x", "aback.x.y.z", "{}", "page:2"),
        *("fabcd.1.pi." + "9" * 5000, "ябвг.1.sh", "null"),
    ],
)
def test_what_was_never_sent_is_nothing(foreign: str) -> None:
    """A button of an old version or a forgery."""
    assert decode(foreign) is None


@given(st.text(max_size=64))
def test_no_text_makes_reading_fail(text: str) -> None:
    """Whoever forges taps sends anything; nothing of it raises."""
    assert decode(text) is None or isinstance(decode(text), Tap | Act)
