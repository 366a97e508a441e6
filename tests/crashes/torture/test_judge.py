"""The judge finds what it is there to find, and nothing else: on made-up histories with one thing wrong in each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from tests.crashes.torture import judge
from tests.crashes.torture.history import History, Shown, Wait
from tests.crashes.torture.judge import Decision, Fault, Filed, Finding, Stored, Twice

ANSWERS = {"/story": ("(1.0)", "(1.1)"), "/region": ("almaty",), "/files": ("a1", "b2")}
OTHERS = {"/story": ("(2.0)",), "/region": ("astana",)}
FILED = (Filed("first", "(1.0)", ANSWERS), Filed("second", "(2.0)", OTHERS))
STORED = (Stored("R1", "new", ANSWERS), Stored("R2", "new", OTHERS))


def with_answers(**changed: Sequence[str]) -> tuple[Stored, ...]:
    """What is stored, with other answers to some questions of the first report."""
    answers = {**ANSWERS, **{f"/{name}": items for name, items in changed.items()}}
    return (replace(STORED[0], answers={path: items for path, items in answers.items() if items}), STORED[1])


def kinds(found: Sequence[Finding]) -> set[tuple[Fault, str]]:
    """What was found, and of whom."""
    return {(one.fault, one.who) for one in found}


def test_what_is_stored_as_it_was_told_is_well() -> None:
    """In whatever order the reports lie."""
    assert not list(judge.of_answers(FILED, STORED[::-1]))


@pytest.mark.parametrize(
    ("stored", "fault"),
    [
        (STORED[1:], Fault.LOST),
        (with_answers(region=()), Fault.LOST),
        (with_answers(story=("(1.0)",)), Fault.LOST),
        (with_answers(files=("a1",)), Fault.LOST),
        ((*STORED, replace(STORED[0], ref="R3")), Fault.DOUBLED),
        (with_answers(story=("(1.0)", "(1.1)", "(1.1)")), Fault.DOUBLED),
        (with_answers(files=("a1", "b2", "b2")), Fault.DOUBLED),
        (with_answers(office=("almaty",)), Fault.MISPLACED),
        (with_answers(region=("almaty", "astana")), Fault.MISPLACED),
        (with_answers(story=("(1.1)", "(1.0)")), Fault.MISPLACED),
    ],
)
def test_an_answer_that_is_lost_doubled_or_misplaced_is_found(stored: Sequence[Stored], fault: Fault) -> None:
    """Of the person whose it is, and of nobody else."""
    assert kinds(list(judge.of_answers(FILED, stored))) == {(fault, "first")}


def test_an_answer_in_somebody_elses_report_is_lost_there_and_misplaced_here() -> None:
    """Both are told."""
    swapped = (
        replace(STORED[0], answers={**ANSWERS, "/region": ("astana",)}),
        replace(STORED[1], answers={**OTHERS, "/region": ("almaty",)}),
    )
    both = {(fault, who) for fault in (Fault.LOST, Fault.MISPLACED) for who in ("first", "second")}
    assert kinds(list(judge.of_answers(FILED, swapped))) == both


def test_a_report_that_nobody_filed_and_one_that_was_withdrawn_in_vain_are_found() -> None:
    """What was withdrawn must not be there; where it is, its withdrawal was lost too."""
    assert kinds(list(judge.of_answers(FILED[:1], STORED))) == {(Fault.MISPLACED, "")}
    withdrawn = (replace(FILED[0], withdrawn=True), FILED[1])
    found = judge.of_answers(withdrawn, STORED)
    assert kinds(list(found)) == {(Fault.MISPLACED, "first"), (Fault.LOST, "")}
    gone = (replace(STORED[0], status="withdrawn", answers={}), STORED[1])
    assert not list(judge.of_answers(withdrawn, gone))


def test_a_file_that_is_not_there_and_one_too_many_are_found() -> None:
    """In the database and in the store."""
    assert not list(judge.of_files(2, 2, {"a", "b"}, {"b", "a"}))
    assert kinds(list(judge.of_files(2, 1, {"a"}, {"a"}))) == {(Fault.LOST, "")}
    assert kinds(list(judge.of_files(1, 2, {"a", "b"}, {"a", "b"}))) == {(Fault.DOUBLED, "")}
    assert kinds(list(judge.of_files(2, 2, {"a"}, {"a", "b"}))) == {(Fault.LOST, "")}
    assert kinds(list(judge.of_files(1, 1, {"a", "b"}, {"a"}))) == {(Fault.DOUBLED, "")}


APPROVED = Stored("R1", "approved", {}, titles=("Title",), acts=("submit", "claim", "approve"))
REJECTED = Stored("R2", "rejected", {}, reason="spam", acts=("claim", "reject"))
TOLD = {"R1": Decision("approved", "Title"), "R2": Decision("rejected", "spam")}


@pytest.mark.parametrize(
    ("stored", "fault"),
    [
        (replace(APPROVED, status="claimed", titles=("Title",), acts=("claim",)), Fault.LOST),
        (replace(APPROVED, acts=("claim", "approve", "approve")), Fault.DOUBLED),
        (replace(APPROVED, titles=("Title", "Title")), Fault.MISPLACED),
        (replace(APPROVED, titles=("Another",)), Fault.MISPLACED),
        (replace(APPROVED, ref="R9"), Fault.LOST),
    ],
)
def test_an_act_that_is_lost_doubled_or_done_to_another_is_found(stored: Stored, fault: Fault) -> None:
    """Beside one that is as it was told."""
    assert not list(judge.of_acts(TOLD, (APPROVED, REJECTED)))
    assert fault in {one.fault for one in judge.of_acts(TOLD, (stored, REJECTED))}


def test_an_act_of_which_nobody_was_told_is_found() -> None:
    """A decision that nobody made, or whose answer never came."""
    found = list(judge.of_acts({"R1": TOLD["R1"]}, (APPROVED, REJECTED)))
    assert kinds(found) == {(Fault.MISPLACED, "")}


def shown(*texts: str, every: float = 1.0) -> Sequence[Shown]:
    """A chat that showed these, one after the other; what stands behind a slash is on a button."""
    parts = (text.partition("/") for text in texts)
    return [
        Shown(place * every, place, text, (button,) if button else ())
        for place, (text, _, button) in enumerate(parts, 1)
    ]


def test_a_notice_that_somebody_was_not_shown_is_found() -> None:
    """Everybody is to have every one."""
    seen = {"Aspan": shown("New: R1", "New: R2"), "Dana": shown("New: R2")}
    assert kinds(list(judge.of_notices(["R1", "R2"], seen))) == {(Fault.UNTOLD, "Dana")}


def copies(
    messages: Sequence[Shown],
    acts: Sequence[float] = (),
    deaths: Sequence[float] = (),
    lost: Sequence[int] = (),
    answered: Mapping[int, float] | None = None,
) -> Twice:
    """What came twice in a chat."""
    told: Mapping[str, Sequence[Shown]] = {"first": messages}
    return judge.of_copies(told, {"first": acts}, deaths, lost, answered or {1: 1.0})


def test_a_message_that_comes_twice_is_counted_by_its_reason() -> None:
    """A lost reply, or a death between the two; without a reason it is found."""
    twice = shown("Where?/a1", "Where?/a1")
    assert copies(twice, lost=[1]) == Twice(1, 0, ())
    assert copies(twice, deaths=[1.5]) == Twice(0, 1, ())
    assert copies(twice, deaths=[2.5]).unexplained[0].fault is Fault.UNEXPLAINED
    assert copies(twice, lost=[2]).unexplained
    assert copies(shown("Where?/a1", "Where?/a2")) == Twice(0, 0, ())


def test_what_was_under_way_at_a_death_is_told_from_what_the_bot_had_heard_of() -> None:
    """Of the one nobody could know, of the other the bot did."""
    twice = shown("Where?/a1", "Where?/a1")
    assert copies(twice, deaths=[1.5], answered={1: 1.45}) == Twice(0, 1, (), under_way=1)
    assert copies(twice, deaths=[1.5], answered={2: 2.0}).unavoidable == 1  # its answer never left
    assert copies(twice, deaths=[1.5], answered={1: 1.1}).unavoidable == 0
    assert copies(twice, lost=[1], deaths=[1.5]).unavoidable == 1


def test_a_copy_that_comes_after_its_person_has_answered_is_one_too() -> None:
    """With a reason. Without one the same words are what was asked for."""
    twice = shown("Where?/a1", "When?/a2", "Where?/a1")
    assert copies(twice, acts=[1.5], deaths=[1.2]).after_death == 1
    assert copies(twice, acts=[1.5]).all == 0


def test_what_was_asked_for_long_after_is_no_copy_though_a_bot_died_meanwhile() -> None:
    """Who undoes and approves again is told so again. Where nobody acted, it is a copy however late."""
    twice = shown("Approved", "Undone", "Approved", every=8.0)
    assert copies(twice, acts=[9.0, 17.0], deaths=[12.0]).all == 0
    assert copies(twice, deaths=[12.0]).after_death == 1


def test_what_a_failing_run_prints_begins_with_the_fault_before_the_last_acts() -> None:
    """With all faults since, and nobody else's acts."""
    history = History()
    history.note("fault", "long ago")
    for number in range(40):
        history.note("first", f"act {number}")
        history.note("second", "another's")
        if number == 5:
            history.death("dies")
    told = history.told_around("first", 60)
    assert told.splitlines()[0].endswith("dies")
    assert "long ago" not in told
    assert "another's" not in told
    assert told.splitlines()[-1].endswith("act 39")


def test_it_shows_what_led_to_a_wait_however_much_the_phone_shows_meanwhile() -> None:
    """The last act of whoever waits is in it."""
    history = History()
    history.act("first", "taps")
    for number in range(300):
        history.note("first", f"is shown {number}")
    assert history.told_around("first", 60).splitlines()[0].endswith("taps")


def test_of_somebody_who_waited_what_they_and_fate_did_meanwhile_is_told() -> None:
    """Nothing from long before or after it."""
    history = History(
        [
            *((1.0, "first", "before"), (5.0, "first", "acts"), (5.5, "fault", "dies")),
            *((6.0, "second", "acts"), (7.0, "first", "is answered"), (9.0, "fault", "after")),
        ]
    )
    told = history.told_of_wait(Wait("first", 5.0, 2.0))
    assert [line.split(maxsplit=2)[2] for line in told.splitlines()] == ["acts", "dies", "is answered"]
