"""The script of a conversation: what people do, and what a bot must have said by then."""

from collections.abc import Sequence
from dataclasses import dataclass

QUESTIONS = 10


@dataclass(frozen=True, slots=True)
class Step:
    """What a person does once the bot has said something with `seen` in it: taps the button with this label, or says this."""

    seen: str
    tapped: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """How to get to the first question, how the last screen is known, which button confirms it, and what is said then."""

    opening: Sequence[Step]
    review: str
    confirm: str
    done: str


def asked(number: int) -> str:
    """What a bot's question has in it, from 1."""
    return f"Question {number:02} of {QUESTIONS}"


def answer(number: int) -> Step:
    """What a person says to a question, from 1."""
    words = f"Answer {number}: three people were held for an hour at the akimat, and nobody said why."
    return Step(asked(number), said=words)
