"""Pages and views of a card, which is one message. Its buttons replace it by another page or view."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, ActButtons, RenderedMessage
from bot.chat.transport.sending.call import Call
from bot.chat.turn import Turn
from bot.form.screen import Key, Phrase
from db.models import Report

TURN = "mcard"
_IN_PLACE = frozenset({TURN, "mcheck", "mnoteback"})


class View(StrEnum):
    CARD = "c"
    NOTES = "n"
    SIMILAR = "s"
    HISTORY = "h"


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a view, counted from 0."""

    view: View = View.CARD
    page: int = 0

    def __str__(self) -> str:
        return f"{self.view}{self.page}"

    @classmethod
    def read(cls, text: str) -> "Place":
        """Decode a place. Any invalid text stands for the first page of the card."""
        view, page = text[:1], text[1:]
        if view in set(View) and page.isdecimal() and len(page) < 4:
            return cls(View(view), int(page))
        return cls()


def button(key: str, report: Report, place: Place) -> ActButton:
    return ActButton(Key(key), Act(TURN, report.ref, str(place)))


def put(
    turn: Turn, report: Report, place: Place, body: Iterable[Phrase], foot: Phrase, rows: ActButtons
) -> bool:
    """Enqueue a page of a report, in place of the tapped card or as a new message. Numbers beyond the last
    page show the last. Returns whether it is the last."""
    pages = turn.renderer.pages(turn.language, body, foot)
    number = min(place.page, len(pages) - 1)
    turns = _turns(report, place.view, number, len(pages))
    keyboard = turn.renderer.keyboard(turn.language, [*turns, *rows])
    message = RenderedMessage(pages[number], keyboard)
    if turn.act.verb in _IN_PLACE and turn.tapped_message_id is not None:
        params = {"chat_id": turn.chat.id, "message_id": turn.tapped_message_id, **message.params()}
        turn.owe(Call("editMessageText", params, protect=True), report_id=report.id)
    else:
        turn.send(message, report_id=report.id, protect=True)
    return number == len(pages) - 1


def _turns(report: Report, view: View, number: int, pages: int) -> list[list[ActButton]]:
    found = []
    for key, other in (("moderator.card.back", number - 1), ("moderator.card.on", number + 1)):
        if 0 <= other < pages:
            label = Key(key, {"page": other + 1, "pages": pages})
            found.append(ActButton(label, Act(TURN, report.ref, str(Place(view, other)))))
    return [found] if found else []
