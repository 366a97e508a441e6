"""A draft in another form than the one it was last shown in: the operator has changed the form meanwhile.

Buttons name a choice or an entry by its place in a list that may be another now, so none of them is taken;
answers stay where they still fit, and what no longer does is asked again.
"""

from bot.form.events import Cancel, Event, Gave, Located, Rewrote, Show, Wrote
from bot.form.flow.turn import Turn
from bot.form.kinds.writing import earlier_text


def is_clear(turn: Turn, asked: str, event: Event) -> bool:
    """Whether an event means in this form what it meant in the one whose question at `asked` was shown."""
    match event:
        case Show() | Cancel():
            return True
        case Wrote():
            return turn.position == asked or (event.continues and earlier_text(turn) is not None)
        case Rewrote():
            is_new_try = bool(event.source) and event.source == turn.view("kept_source")
            return not is_new_try or turn.position == asked
        case Gave() | Located():
            return turn.position == asked
    return False


def show_anew(turn: Turn, event: Event) -> Turn:
    """The question as it is now, instead of an event that is not clear; words are kept to be sent again."""
    if isinstance(event, Wrote | Rewrote):
        turn = turn.keep(event.text, event.source)
    return turn.say("flow.changed")
