"""What speaks against an answer: its length, the form's constraint; or against having none."""

import re

from bot.form.answers import Answer, Written
from bot.form.flow.turn import Turn
from bot.form.model import Question
from bot.form.screen import Key, Label, Phrase

LONGEST_LINE = 4000
"""Characters of a text told in one message, where the form sets no limit."""
LONGEST_STORY = 20000
"""Characters of a text told in several messages, where the form sets no limit."""

_LENGTH = re.compile(r"string-length\(\s*\.\s*\)\s*(<=?)\s*(\d+)")


def objection(turn: Turn, path: str, answer: Answer) -> Phrase | None:
    """Why an answer cannot be taken, in words for a person; None if it can."""
    question = turn.instance.node(path)
    if not isinstance(question, Question):
        return None
    if isinstance(answer, Written):
        most = longest(question)
        over = len(answer.text) - most
        if over > 0:
            return Key("flow.text.too_long", {"n": over, "most": most})
    if turn.instance.allows(path, answer):
        return None
    return Label(question.constraint_message) if question.constraint_message else Key("flow.refused")


def missing(turn: Turn, path: str) -> Phrase | None:
    """What the form says where a required question is left without an answer; None if it says nothing."""
    question = turn.instance.node(path)
    message = question.required_message if isinstance(question, Question) else None
    return Label(message) if message else None


def longest(question: Question) -> int:
    """How many characters a text may have: what its constraint says, or our own limit."""
    limits = [int(number) - (sign == "<") for sign, number in _LENGTH.findall(question.constraint)]
    own = LONGEST_STORY if is_multiline(question) else LONGEST_LINE
    # Where the constraint names several lengths, the constraint itself has to decide.
    return limits[0] if len(limits) == 1 and " or " not in question.constraint else own


def is_multiline(question: Question) -> bool:
    """Whether a text is told in several messages until Done."""
    return "multiline" in question.appearance.split()
