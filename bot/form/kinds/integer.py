"""Numbers in digits, or as an amount in words where the form allows it."""

import math
import re
from collections.abc import Mapping, Sequence

from bot.form.answers import Answer, Fields, Number
from bot.form.events import Event, Wrote
from bot.form.expressions.coercion import Scalar, to_number
from bot.form.kinds.counting import number_answers
from bot.form.kinds.kind import Asked, Fact, FactType, Kind, Taken
from bot.form.model import Choice, Question
from bot.form.screen import Key, Phrase, Said

# Longer numbers are phone or account numbers, and not exact everywhere.
_DIGITS = re.compile(r"[+-]?\d{1,12}")


class IntegerQuestion(Kind):
    name = "integer"
    tells_words = False
    spellings = ("integer", "int")
    answered_with = Number
    reads_words = True
    fact_type = FactType.INTEGER
    starts_from_column = True

    def suits(self, cell: str, choices: Sequence[Choice]) -> bool:
        return cell.removeprefix("-").isdecimal()

    def fits(self, answer: Answer) -> bool:
        return isinstance(answer, Number) and isinstance(answer.value, int)

    def answer_of(self, value: Scalar) -> Answer | None:
        number = to_number(value)
        return Number(int(number)) if number.is_integer() else None

    def take(self, asked: Asked, event: Event) -> Taken | None:
        if not isinstance(event, Wrote):
            return None
        digits = re.sub(r"[\s'’]", "", event.text)
        if _DIGITS.fullmatch(digits):
            return Taken({asked.path: Number(int(digits))}, done=True)
        answers = number_answers(asked, event.text)
        return Taken(answers, done=True) if answers else asked.refused(event, "flow.number.digits")

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        if isinstance(answer, Number) and answer.beyond:
            return Key("flow.number.more_than", {"number": str(answer.value - 1)})
        return Said(str(_value(answer)))

    def fact(self, answer: Answer | None) -> Fact:
        return _value(answer)

    def fact_of_fields(self, fields: Fields) -> Fact:
        value: int | float = fields["value"]
        return value

    def adopted(self, question: Question, answer: Answer) -> Answer | None:
        return answer if self.fits(answer) else None

    def of_column(self, cell: str) -> Answer | None:
        return Number(int(cell)) if cell.isdecimal() else None


def _value(answer: Answer | None) -> int | float | None:
    return answer.value if isinstance(answer, Number) else None


# Python writes a number below 0.0001 with an exponent, and a double is exact for nine digits and four decimals.
_FRACTION = 4
_DECIMAL_DIGITS = re.compile(rf"[+-]?\d{{1,9}}(?:[.,]\d{{1,{_FRACTION}}})?")
# A comma and three digits are a fraction in Kazakhstan and thousands in English.
_EITHER = re.compile(r"([+-]?[1-9]\d{0,2}),(\d{3})")


class DecimalQuestion(Kind):
    name = "decimal"
    spellings = ("decimal",)
    answered_with = Number
    reads_words = True
    fact_type = FactType.DECIMAL
    tells_words = False
    starts_from_column = True

    def suits(self, cell: str, choices: Sequence[Choice]) -> bool:
        return self.of_column(cell) is not None

    def answer_of(self, value: Scalar) -> Answer | None:
        number = round(to_number(value), _FRACTION)
        return Number(int(number) if number.is_integer() else number) if math.isfinite(number) else None

    def take(self, asked: Asked, event: Event) -> Taken | None:
        if not isinstance(event, Wrote):
            return None
        digits = re.sub(r"[\s'’]", "", event.text)
        if either := _EITHER.fullmatch(digits):
            whole, fraction = f"{either[1]}{either[2]}", f"{either[1]}.{either[2]}"
            args: Mapping[str, Phrase | str | int] = {
                "typed": Said(digits),
                "whole": whole,
                "fraction": fraction,
            }
            return asked.refused(event, Key("flow.number.which", args))
        answer = self.of_column(digits)
        if answer is None:
            return asked.refused(event, "flow.number.decimal")
        return Taken({asked.path: answer}, done=True)

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        whole, point, fraction = str(self.fact(answer)).partition(".")
        # The decimal mark depends on the language.
        return (
            Key("flow.number.with_fraction", {"whole": whole, "fraction": fraction}) if point else Said(whole)
        )

    def fact(self, answer: Answer | None) -> Fact:
        return answer.value if isinstance(answer, Number) else None

    def fact_of_fields(self, fields: Fields) -> Fact:
        value: int | float = fields["value"]
        return value

    def adopted(self, question: Question, answer: Answer) -> Answer | None:
        return answer if isinstance(answer, Number) else None

    def of_column(self, cell: str) -> Answer | None:
        return self.answer_of(float(cell.replace(",", "."))) if _DECIMAL_DIGITS.fullmatch(cell) else None
