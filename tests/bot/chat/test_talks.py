"""Whatever two moderators and three reporters do, in whatever order: no word of a talk is lost, doubled or shown to anybody else.

A list of acts, and no state machine of hypothesis: a machine draws seldom acts as often as others, and in the one comparison that was
made fewer of its acts changed anything; what the list finds is kept as an example."""

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.bot.chat.lists_of_acts import NOTHING, Stage, live, runs
from tests.bot.chat.talks.whole import Talks

OFTEN = (
    "open", "ask_ready", "write_question", "open_question", "read_by_code", "add", "write_answer", "by_code",
)  # fmt: skip
SELDOM = (
    "drop_question", "release", "approve", "reject", "reopen", "send_contacts", "revoke", "open_elsewhere", "skip",
    "never", "lose_phone", "drop_answer", "panic", "withdraw", "tell_reporters", "tell_moderators", "take_back", "pass_hours",
    "look_at_ready",
)  # fmt: skip
ACTS = st.tuples(st.sampled_from((NOTHING, *OFTEN * 3, *SELDOM)), st.integers(0, 1), st.integers(0, 3))


def scene(text: str) -> list[tuple[str, int, int]]:
    """Acts of the first moderator, or on the first phone, with the first report."""
    return [(name, 0, 0) for name in text.split()]


CROSSED = scene("ask_ready open_question ask_ready skip open_question skip")
ONCE_MORE = scene("by_code " * 12)
LOST = scene("lose_phone open")
LOST_WITHOUT_A_WAY = [("add", 0, 3), ("lose_phone", 0, 3)]
LEFT = [
    *scene("write_question write_question"),
    ("pass_hours", 0, 2),
    ("open", 1, 0),
    *scene("write_question open"),
]


SHARED = [
    ("ask_ready", 0, 0), ("ask_ready", 0, 1), ("tell_reporters", 0, 0), ("open_question", 0, 1), ("open_question", 0, 0),
    ("write_answer", 0, 0), ("read_by_code", 1, 0), ("write_answer", 0, 1), ("withdraw", 1, 1), ("open_question", 0, 0),
]  # fmt: skip
"""Two reports of one chat: what is open there is of one of them."""
WITHDRAWN = [
    *scene("ask_ready read_by_code write_answer"), ("add", 1, 3), ("ask_ready", 0, 3), ("read_by_code", 0, 3),
    ("withdraw", 1, 0), ("take_back", 0, 0), ("withdraw", 1, 3), ("take_back", 0, 0),
]  # fmt: skip
CROSSED_AT_THE_END = [
    ("add", 1, 1), ("ask_ready", 0, 3), ("read_by_code", 0, 3), ("write_question", 0, 3), ("write_question", 0, 3),
    ("write_question", 0, 3),
]  # fmt: skip


LEFT_ALONE = [("add", 0, 0), ("by_code", 1, 0), ("withdraw", 0, 0)]
"""The code is used elsewhere, and then where a reply is open that this has emptied."""


@example(acts=LEFT_ALONE, seed=0)
@example(acts=CROSSED, seed=0)
@example(acts=CROSSED_AT_THE_END, seed=0)
@example(acts=SHARED, seed=0)
@example(acts=WITHDRAWN, seed=1)
@example(acts=ONCE_MORE, seed=0)
@example(acts=LOST, seed=0)
@example(acts=LOST_WITHOUT_A_WAY, seed=0)
@example(acts=LEFT, seed=0)
@settings(max_examples=3, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(ACTS, min_size=15, max_size=25), st.integers(0, 2))
def test_every_word_reaches_whom_it_is_for_and_nobody_else(
    stage: Stage, acts: list[tuple[str, int, int]], seed: int
) -> None:
    """And whatever is open can be ended, by whoever it waits for."""
    live(Talks, acts, seed, stage)


@pytest.mark.long
@settings(max_examples=runs(14), suppress_health_check=list(HealthCheck))
@given(st.lists(ACTS, min_size=30, max_size=80), st.integers(0, 2))
def test_every_word_does_however_long_they_talk(
    stage: Stage, acts: list[tuple[str, int, int]], seed: int
) -> None:
    """As many runs as `KUAGER_TEST_RUNS` says."""
    live(Talks, acts, seed, stage)
