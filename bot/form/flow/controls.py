"""What stands below every question: on, back, skip, clear, stop; and how far one has come."""

from bot.form.answers import Chosen, Written
from bot.form.draft import REVIEW
from bot.form.events import Back, Cancel, Clear, Next, Skip
from bot.form.flow.instances import just_begun
from bot.form.flow.objections import is_multiline
from bot.form.flow.pages import Row, button
from bot.form.flow.turn import FILE_KINDS, Turn
from bot.form.model import Group, Kind, Question


def controls(turn: Turn, question: Question) -> tuple[Row, ...]:
    """The buttons below the question at hand."""
    answer = turn.answer(turn.position)
    onward: tuple[Row, ...] = ()
    if question.kind is Kind.NOTE:
        onward = ((button("flow.next", Next()),),)
    elif answer is not None:
        onward = ((button("flow.done" if _is_gathered(question) else "flow.keep", Next()),),)
    small = [*(row[0] for row in previous(turn))]
    passable = not turn.required(turn.position) or just_begun(turn) is not None
    # What was gathered is not thrown away by a button that stands beside the one to go on.
    passable = passable and not (answer is not None and _is_gathered(question))
    if question.kind is not Kind.NOTE and passable:
        small.append(button("flow.skip", Skip()))
    if isinstance(answer, Written | Chosen) and _is_gathered(question):
        small.append(button("flow.clear", Clear()))
    return (*onward, tuple(small), *cancel_row()) if small else (*onward, *cancel_row())


def previous(turn: Turn) -> tuple[Row, ...]:
    """The way back, where there is one. A picker and a search have their own."""
    if turn.view("date") or turn.view("either") or turn.view("search"):
        return ()
    before = any(place == REVIEW or place in turn.steps for place in turn.draft.trail)
    return ((button("flow.back", Back()),),) if before or turn.draft.returning else ()


def cancel_row() -> tuple[Row, ...]:
    """The way to stop and wipe, on each screen."""
    return ((button("flow.cancel", Cancel()),),)


def progress_of(turn: Turn) -> tuple[int, int] | None:
    """The place of what is asked among all that is asked as far as known; a note has none, nor has a
    question on which everything hangs that follows."""
    counted = [path for path in turn.steps if not _is_note(turn, path)]
    if turn.position not in counted or len(counted) == 1:
        return None
    return counted.index(turn.position) + 1, len(counted)


def _is_gathered(question: Question) -> bool:
    """Whether the answer comes in several messages or taps, so that it is done when the person says so."""
    if question.kind is Kind.TEXT:
        return is_multiline(question)
    return question.kind is Kind.SELECT_MULTIPLE or question.kind in FILE_KINDS


def _is_note(turn: Turn, path: str) -> bool:
    node = turn.instance.node(path)
    return not isinstance(node, Group) and node.kind is Kind.NOTE
