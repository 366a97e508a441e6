"""Where somebody stops: wiping all, sending what is urgent as it is, and what is to stand in the chat meanwhile."""

from dataclasses import replace

from bot.form.answers import Chosen
from bot.form.draft import dump, load
from bot.form.events import Back, Cancel, LeaveNothing, Next, Pick, Remind, Reveal, SendUnfinished
from bot.form.screen import Joined, Key, ScreenKind
from tests.bot.form.talks import Talk, choices, form, question

CONSENT = question("consent", "select_one", choices=choices("yes", "no"), role="consent_store")
URGENT = question("urgent", "select_one", choices=choices("yes", "no"), role="urgent")
KIND = question("kind", "select_one", choices=choices("a", "b"), role="category")
STORY, WHEN = question("story", role="story"), question("when", "date", required="true()")
SWITCHES = {"flow.leave_nothing", "flow.remind"}


def report() -> Talk:
    """A talk of a report, at the question for consent."""
    begun = Talk(form(CONSENT, URGENT, KIND, STORY, WHEN))
    begun.send(Back())
    return begun


def test_before_consent_nothing_but_to_stop_is_offered() -> None:
    """Nothing could be remembered, and nothing is."""
    begun = report()
    assert set(begun.labels) & SWITCHES == set()
    begun.send(Cancel())
    assert set(begun.labels) == {"flow.cancel.sure", "flow.cancel.no"}
    begun.send(LeaveNothing(on=True), Remind(on=True))
    assert begun.screen.notice == Key("flow.gone")
    assert (begun.draft.leaves_nothing, begun.draft.reminds) == (False, False)


def test_the_switch_stands_at_the_first_question_that_is_kept_and_where_one_stops() -> None:
    """At no other, so that it costs nobody a tap; its button tells whether it is on."""
    begun = report()
    begun.send(Pick(0))
    assert set(begun.labels) & SWITCHES == {"flow.leave_nothing"}
    step = begun.draft.step
    begun.send(LeaveNothing(on=True))
    (on,) = [button.marked for button in begun.buttons if button.event == LeaveNothing(on=False)]
    assert (on, begun.draft.step) == (True, step)
    begun.send(Pick(0))
    assert set(begun.labels) & SWITCHES == set()
    begun.send(Cancel())
    assert set(begun.labels) & SWITCHES == SWITCHES
    begun.send(Remind(on=True), LeaveNothing(on=False))
    assert (begun.draft.reminds, begun.draft.leaves_nothing) == (True, False)


def test_no_reminder_is_offered_where_there_is_no_time_for_one() -> None:
    """Nor by a button of before."""
    begun = Talk(replace(form(CONSENT, URGENT), reminds=False))
    begun.send(Back(), Pick(0), Cancel())
    assert set(begun.labels) & SWITCHES == {"flow.leave_nothing"}
    begun.send(Remind(on=True))
    assert (begun.screen.notice, begun.draft.reminds) == (Key("flow.gone"), False)


def test_what_was_wished_is_kept_with_the_draft() -> None:
    """And a draft of an earlier version, which has no such wishes, opens."""
    begun = report()
    begun.send(Pick(0), LeaveNothing(on=True), Remind(on=True))
    stored = dump(begun.draft)
    assert load(stored) == begun.draft.at(load(stored).now)
    old = {name: value for name, value in stored.items() if name not in {"leaves_nothing", "reminds"}}
    assert (load(old).leaves_nothing, load(old).reminds) == (False, False)


def test_an_edit_of_a_moderator_has_no_switches() -> None:
    """Its form asks for no consent, and it is no reporter's."""
    begun = Talk(form(STORY, WHEN))
    begun.send(Cancel())
    assert set(begun.labels) == {"flow.cancel.sure", "flow.cancel.no"}


def test_what_is_urgent_and_told_can_be_sent_as_it_is() -> None:
    """From where one stops, at any question; nothing is invented for what is left."""
    begun = report()
    begun.send(Pick(0), Pick(0), Pick(0))
    begun.send(Cancel())
    assert "flow.unfinished.send" not in begun.labels
    begun.send(Back())
    begun.write("It was so.")
    begun.send(Cancel())
    assert "flow.unfinished.send" in begun.labels
    assert begun.send(SendUnfinished()).kind is ScreenKind.SUBMITTED
    assert WHEN.path not in begun.draft.answers


def test_what_is_not_urgent_is_not_sent_unfinished() -> None:
    """Nobody is in danger: it can wait for its answers."""
    begun = report()
    begun.send(Pick(0), Pick(1), Pick(0))
    begun.write("It was so.")
    begun.send(SendUnfinished())
    assert begun.screen.notice == Key("flow.gone")
    assert begun.draft.answers[URGENT.path] == Chosen(("no",))


def test_the_review_hides_the_answers_of_whoever_leaves_nothing_in_the_chat() -> None:
    """Until they are asked for; who has not asked for that sees them at once."""
    begun = Talk(form(CONSENT, STORY))
    begun.send(Pick(0), LeaveNothing(on=True))
    begun.write("It was so.")
    begun.send(Next())
    told = ["flow.review", "flow.section.what", "flow.review.short"]
    assert shows(begun) == ["flow.review", "flow.review.hidden"]
    begun.send(Reveal(on=True))
    assert shows(begun) == told
    begun.send(Reveal(on=False))
    assert shows(begun) == ["flow.review", "flow.review.hidden"]
    begun.send(Cancel(), LeaveNothing(on=False), Back())
    assert shows(begun) == told
    begun.send(Reveal(on=True))
    assert begun.screen.notice == Key("flow.gone")


def shows(begun: Talk) -> list[str]:
    """The keys of what the screen says."""
    said = (
        part
        for phrase in begun.screen.body
        for part in (phrase.phrases if isinstance(phrase, Joined) else (phrase,))
    )
    heads = (
        part.args["section"] if isinstance(part, Key) and "section" in part.args else part for part in said
    )
    return [phrase.key for phrase in heads if isinstance(phrase, Key)]
