"""Whatever an administrator, three moderators, a translator, an analyst and two reporters do, in whatever order: no report is in a state that it
cannot be in, nobody holds what another holds, no word is lost or shown to whom it is not for, and the audit log tells just what was done.

A list of acts, as that of talks is, and for its reasons."""

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.bot.chat.desk.whole import Desk
from tests.bot.chat.lists_of_acts import NOTHING, Stage, live, runs

OFTEN = ("open", "write", "write_all", "look_and_approve", "approve_it", "tap_again", "ask_ready")
USUAL = (
    "release_it", "set_it_aside", "reject_it", "close_as_duplicate", "join_it", "reopen", "correct", "note_it", "next", "add", "report",
    "at_once", "card", "preview",
)  # fmt: skip
SELDOM = (
    "revoke", "change_role", "pass_hours",
    "relate_it", "leave_it", "withdraw_it", "unnote", "check_it", "search", "look_at_list", "export", "translate_it", "answer",
    "withdraw_by_code", "invite", "void_invitations", "come", "enrol", "wish", "verify", "twice", "tell", "publish_in_kazakh_too", "be_slow",
)  # fmt: skip
WHO = (0, 1, 1, 2, 2, 3, 4, 5)
ACTS = st.tuples(
    st.sampled_from((NOTHING, *OFTEN * 6, *USUAL * 2, *SELDOM)), st.sampled_from(WHO), st.integers(0, 35)
)


CAME_BACK = [
    ("write_all", 1, 0),
    ("look_and_approve", 1, 3),
    ("change_role", 1, 1),
    ("look_and_approve", 2, 3),
]
"""Whoever was revoked approves nothing any more, also once they are here again."""
ANOTHER_WORK = [("change_role", 1, 3), ("search", 1, 0), ("join_it", 1, 6), ("note_it", 1, 0)]
"""A moderator who is an analyst now still has the questions that were asked before."""
WROTE_ON = [("write", 1, 0), ("pass_hours", 0, 2), ("write", 1, 1), ("open_that", 2, 0)]
"""An edit goes on after the end of its claim, until another claims the report."""
TRANSLATED_BY_THE_FIRST = [
    ("write_all", 1, 0), ("look_and_approve", 1, 3), ("look_and_approve", 2, 3), ("publish_in_kazakh_too", 0, 0),
    ("translate_it", 1, 13), ("translate_it", 4, 13), ("translate_it", 3, 13),
]  # fmt: skip
"""Of two who approved a record neither translates it, and nobody replaces what was translated."""
SHOWN_BEFORE = [("write_all", 1, 1), ("write_all", 1, 1), ("approve_it", 1, 6)]
"""The button of a version that is another by now."""
PUBLIC_AND_REJECTED = [
    ("write_all", 1, 6), ("look_and_approve", 1, 3), ("export", 5, 0), ("reopen", 2, 1), ("reject_it", 2, 1), ("export", 5, 0),
]  # fmt: skip
TAKEN_BACK_ONCE = [
    ("open_that", 1, 0), ("note_it", 1, 0), ("note_it", 1, 0), ("unnote", 1, 0), ("tap_again", 1, 0), ("unnote", 1, 0), ("unnote", 1, 1),
]  # fmt: skip
"""A button takes back one note, however often it is tapped."""
FOUR_WITHDRAWN = [
    ("report", 0, 0), ("report", 0, 1), ("withdraw_it", 1, 0), ("withdraw_it", 1, 3), ("withdraw_it", 1, 1), ("withdraw_it", 1, 2),
]  # fmt: skip
"""One more than a moderator may within a day."""
BESIDE_ONE_ASIDE = [("ask_ready", 1, 0), ("set_it_aside", 1, 1), ("open_that", 2, 1), ("card", 2, 2)]
"""What is similar to a report may be set aside."""
WRITES_AS_ANYONE = [("revoke", 0, 25), ("close_as_duplicate", 1, 20)]
"""A member of once replies to what the bot asked before."""


@example(acts=CAME_BACK, seed=0)
@example(acts=ANOTHER_WORK, seed=0)
@example(acts=WROTE_ON, seed=0)
@example(acts=TRANSLATED_BY_THE_FIRST, seed=0)
@example(acts=SHOWN_BEFORE, seed=0)
@example(acts=PUBLIC_AND_REJECTED, seed=0)
@example(acts=TAKEN_BACK_ONCE, seed=0)
@example(acts=FOUR_WITHDRAWN, seed=0)
@example(acts=BESIDE_ONE_ASIDE, seed=0)
@example(acts=WRITES_AS_ANYONE, seed=0)
@settings(max_examples=3, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(ACTS, min_size=20, max_size=40), st.integers(0, 2))
def test_a_desk_is_what_its_rules_make_of_it(
    stage: Stage, acts: list[tuple[str, int, int]], seed: int
) -> None:
    """And all that is kept can be read in the end by whoever may."""
    live(Desk, acts, seed, stage)


@pytest.mark.long
@settings(max_examples=runs(8), suppress_health_check=list(HealthCheck))
@given(st.lists(ACTS, min_size=40, max_size=100), st.integers(0, 2))
def test_a_desk_is_however_long_it_works(stage: Stage, acts: list[tuple[str, int, int]], seed: int) -> None:
    """As many runs as `KUAGER_TEST_RUNS` says."""
    live(Desk, acts, seed, stage)
