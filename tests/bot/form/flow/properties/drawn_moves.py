"""Moves at random: events, and taps on whatever buttons there are; and a talk that they make."""

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bot.form import events
from bot.form.answers import FileKind, FileRef
from bot.form.events import Event
from bot.form.model import Form
from tests.bot.form.talks import Talk

small = st.integers(-1, 8)
texts = st.sampled_from(
    [
        "",
        "a",
        "ab я",
        "7",
        "7,5",
        "50",
        "500",
        "hello there, world",
        "вчера",
        "14:30",
        "вчера 9:05",
        "март 2024",
        "1-5 марта",
        "bb",
        "A 3",
        "нет",
        "43.2, 76.9",
        "33,2; 76,9",
        "99.5 200",
    ]
)
sources = st.sampled_from(["", "1", "2", "3"])
given_files = st.builds(FileRef, st.sampled_from("abcdefg"), st.sampled_from(FileKind))
degrees = st.sampled_from([-200.0, -0.00001, 43.238949, 76.9, float("nan")])
AT_HAND, EARLIER, EITHER = (), ("earlier",), ("either",)
sights = st.sampled_from([AT_HAND, EARLIER, EITHER])
"""Which question was in sight when a message was sent: that at hand, the one before it, nobody knows which of the two."""
any_event: st.SearchStrategy[Event] = st.one_of(
    st.builds(events.Wrote, texts, sources, sights),
    st.builds(events.Rewrote, texts, sources),
    st.builds(events.Gave, given_files, sources, sights, sources),
    st.builds(events.Replaced, st.sampled_from("abcdefg"), given_files, sources, sources),
    st.builds(events.PointSent, degrees, degrees, sources, sights),
    st.builds(events.Belongs, small),
    st.builds(events.Pick, small),
    st.builds(events.Toggle, small, st.booleans()),
    st.builds(events.ShowPage, small),
    st.builds(events.Goto, small),
    st.builds(events.RemoveRepeat, small),
    st.builds(events.RemoveFile, small),
    st.builds(
        events.DateMode,
        st.sampled_from(["today", "calendar", "month", "year", "range", "ongoing", "unknown", "what"]),
    ),
    st.builds(
        events.PickDate, st.sampled_from(["2024", "2024-03", "2024-03-08", "2025-01-01", "", "2024-99"])
    ),
    st.builds(events.Cancel),
    st.sampled_from(
        [
            events.Show(),
            events.Next(),
            events.Back(),
            events.Skip(),
            events.Clear(),
            events.Edit(),
            events.AddRepeat(),
            events.AddMore(),
            events.SkipRest(),
            events.WholeList(),
            events.Submit(),
            events.Extend(),
            events.SendUnfinished(),
            events.ListLeaving(),
            events.KeepAsStory(),
            events.Understood(),
        ]
    ),
    st.builds(events.Misheard, small),
    st.builds(events.Offer, small, st.booleans()),
    st.builds(events.LeaveNothing, st.booleans()),
    st.builds(events.Remind, st.booleans()),
    st.builds(events.Reveal, st.booleans()),
    st.builds(events.Withhold, st.integers(-1, 6), st.booleans()),
)
moves = st.lists(st.one_of(any_event, st.integers(0, 40), st.integers(0, 40)), max_size=45)
"""Events, and numbers of buttons that are tapped."""

many_examples = settings(
    max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def play(asked: Form, run: list[Event | int]) -> Iterator[tuple[Talk, Event]]:
    """Each talk after one of the moves, with the event that it was; a flow that ends goes on."""
    talk = Talk(asked)
    talk.send(events.Show())
    yield talk, events.Show()
    for move in run:
        event = (
            talk.buttons[move % len(talk.buttons)].event if isinstance(move, int) and talk.buttons else move
        )
        if not isinstance(event, int):
            event = _placed(talk, event)
            talk.send(event)
            yield talk, event


def _placed(talk: Talk, event: Event) -> Event:
    """A message with the places of the talk in which it is sent."""
    if not isinstance(event, events.Wrote | events.Gave | events.PointSent) or event.places == AT_HAND:
        return event
    return replace(event, places=((talk.draft.position,) if event.places == EITHER else ()) + talk.before)
