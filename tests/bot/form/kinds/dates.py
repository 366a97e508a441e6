"""Conversations about one date, and what the tests compare them with."""

from bot.form.answers import Precision, When
from bot.form.events import Show
from tests.bot.form.talks import Talk, form, question

TODAY, YESTERDAY = "2024-06-06", "2024-06-05"


def talk(**columns: object) -> Talk:
    """A talk at a date that may be partial, with a question after it."""
    begun = Talk(form(question("when", "date", bot={"partial": "yes"}, **columns), question("after")))
    begun.send(Show())
    return begun


def exact(**columns: object) -> Talk:
    """A talk at a date that must be a day."""
    begun = Talk(form(question("when", "date", **columns), question("after")))
    begun.send(Show())
    return begun


def day(text: str) -> When:
    """A day."""
    return When(Precision.DAY, text, text)
