"""The script of a conversation: what people do, and what a bot must have shown by then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

QUESTIONS = 10


@dataclass(frozen=True, slots=True)
class Sight:
    """How a message is known: by words in it, or by the step of this bot's form that its buttons are for."""

    text: str = ""
    step: int | None = None

    def is_in(self, message: Mapping[str, Any]) -> bool:
        """Whether a message is such a one."""
        if self.step is None:
            return self.text in message.get("text", "")
        data = (one["callback_data"].split(".") for one in buttons_of(message))
        return any(words[0].startswith("f") and words[1:2] == [str(self.step)] for words in data)


@dataclass(frozen=True, slots=True)
class Step:
    """What a person does once the bot has shown something: says this, or taps the button with this label, or with data of this
    end."""

    seen: Sight = Sight()
    said: str = ""
    tapped: str = ""
    data: str = ""

    def button_in(self, message: Mapping[str, Any]) -> str:
        """The data of the button that is tapped."""
        data = (
            one["callback_data"]
            for one in buttons_of(message)
            if one["text"] == self.tapped or not self.tapped
        )
        return next(one for one in data if one.endswith(self.data))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a conversation by the name under which it is measured, blank for none: what people do one after the other, and
    how its end is known."""

    name: str
    steps: Sequence[Step]
    until: Sight


Script = Sequence[Part]


def buttons_of(message: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    """The buttons below a message."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", ())
    return [button for row in rows for button in row if "callback_data" in button]


def asked(number: int) -> str:
    """What a bot's question has in it, from 1."""
    return f"Question {number:02} of {QUESTIONS}"


def ten_questions(opening: Sequence[Step], review: str, confirm: str, done: str) -> Script:
    """Ten texts, and the tap that sends them, of a bot that is opened so and whose last screens are known so."""
    words = "three people were held for an hour at the akimat, and nobody said why."
    answers = [Step(Sight(asked(one)), said=f"Answer {one}: {words}") for one in range(1, QUESTIONS + 1)]
    return (
        Part("", opening, Sight(asked(1))),
        Part("answers", answers, Sight(review)),
        Part("confirmations", [Step(Sight(review), tapped=confirm)], Sight(done)),
    )
