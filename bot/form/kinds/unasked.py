"""What no person is asked: calculations, and values that a service sets."""

from collections.abc import Sequence

from bot.form.answers import Answer
from bot.form.kinds.kind import FactType, Kind
from bot.form.model import Choice


class CalculateQuestion(Kind):
    """A text that an expression gives."""

    name = "calculate"
    spellings = ("calculate",)
    is_asked = False
    fact_type = FactType.TEXT


class HiddenQuestion(Kind):
    """Whatever a service has put there, or the default."""

    name = "hidden"
    tells_words = False
    spellings = ("hidden",)
    is_asked = False
    starts_from_column = True

    def suits(self, cell: str, choices: Sequence[Choice]) -> bool:
        return True

    def fits(self, answer: Answer) -> bool:
        return True
