"""Numbers in digits, or as an amount in words where the form allows it."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from bot.form.answers import Answer, Chosen, Fields, Number
from bot.form.events import Event, Pick, Wrote
from bot.form.expressions.coercion import Scalar, to_number
from bot.form.kinds.kind import AnswerResult, Fact, FactType, Kind, QuestionContext
from bot.form.model import Choice, Form, Group, IndexedChoice, Question
from bot.form.screen import Button, ButtonRow, Key, Phrase, Said, in_rows
from bot.form.typed.amounts import Taker, amount_of, covers, takers

# Longer numbers are phone or account numbers, and not exact everywhere.
_DIGITS = re.compile(r"[+-]?\d{1,12}")

# Python writes a number below 0.0001 with an exponent, and a double is exact for nine digits and four decimals.
_FRACTION = 4
_DECIMAL_DIGITS = re.compile(rf"[+-]?\d{{1,9}}(?:[.,]\d{{1,{_FRACTION}}})?")
# A comma and three digits are a fraction in Kazakhstan and thousands in English.
_EITHER = re.compile(r"([+-]?[1-9]\d{0,2}),(\d{3})")


def counted(asked: QuestionContext, typed: str) -> Mapping[str, Answer | None] | None:
    """Answers that an amount gives at a list: the choice and its ends. None if no choice takes exactly it."""
    takers = takers_at_hand(asked)  # few lists have any, and a long text takes long to read
    amount = amount_of(typed) if takers else None
    taker = None if amount is None or amount.about else takers.get(amount.kind)
    if amount is None or taker is None:
        return None
    ends = {asked.beside(name): number for name, number in taker.answers(amount).items()}
    return {asked.path: Chosen((taker.choice.name,)), **ends}


def covering(asked: QuestionContext, typed: str) -> tuple[IndexedChoice, ...]:
    """Choices that an inexact amount may mean: those whose bounds cover it, and those that take amounts."""
    amount, takers = amount_of(typed), takers_at_hand(asked)
    if amount is None or not takers:
        return ()
    names = {taker.choice.name for taker in takers.values()}
    return tuple(listed for listed in asked.choices() if listed[1].name in names or covers(listed[1], amount))


def _number_answers(asked: QuestionContext, typed: str) -> Mapping[str, Answer | None]:
    amount = amount_of(typed)
    if amount is None or amount.about:
        return {}
    ends = set(_ends_of(asked))
    match amount.least, amount.most:
        case int(least), int(most):
            return _between(asked, least, most)
        case int(least), None if "least" in ends:
            return {asked.path: Number(least, amount.beyond)}
        case None, int(most) if "most" in ends:
            return {asked.path: Number(most)}
    return {}


def _between(asked: QuestionContext, least: int, most: int) -> Mapping[str, Answer | None]:
    greater = asked.beside(asked.question.bot.get("most", ""), "integer")
    if greater:
        return {asked.path: Number(least), greater: Number(most)}
    return {asked.path: Number(least)} if least == most else {}


def takers_at_hand(asked: QuestionContext) -> dict[str, Taker]:
    """Available choices that take amounts, by the kind of amount."""
    question = asked.question
    if not _all_takers(asked.form, question):
        return {}
    found = takers(question, (choice for _, choice in asked.choices()))
    return {
        kind: one for kind, one in found.items() if all(asked.beside(name, "integer") for name in one.ends)
    }


def _all_takers(form: Form, question: Question) -> dict[str, Taker]:
    return form.once("takers", question.path, lambda: takers(question, question.choices))


def _ends_of(asked: QuestionContext) -> Iterator[str]:
    around = asked.form.at(asked.path.rpartition("/")[0])
    nodes = around.children if isinstance(around, Group) else asked.form.children
    for other in (node for node in nodes if isinstance(node, Question)):
        ends = {"least": other.name, "most": other.bot["most"]} if other.bot.get("most") else {}
        yield from (end for end, name in ends.items() if name == asked.question.name)
        for kind, taker in _all_takers(asked.form, other).items():
            if kind != "exact" and asked.question.name in taker.ends:
                yield taker.ends[asked.question.name]


def _value(answer: Answer) -> int | float | None:
    return answer.value if isinstance(answer, Number) else None


class NumberQuestion(Kind):
    tells_words = False
    answered_with = Number
    reads_words = True
    starts_from_column = True

    def fact(self, fields: Fields) -> Fact:
        value: int | float = fields["value"]
        return value

    def adopted(self, question: Question, answer: Answer) -> Answer | None:
        return answer if self.fits(answer) else None


class IntegerQuestion(NumberQuestion):
    name = "integer"
    spellings = ("int",)
    fact_type = FactType.INTEGER

    def suits(self, cell: str, choices: Sequence[Choice]) -> bool:
        return cell.removeprefix("-").isdecimal()

    def fits(self, answer: Answer) -> bool:
        return isinstance(answer, Number) and isinstance(answer.value, int)

    def answer_of(self, value: Scalar) -> Answer | None:
        number = to_number(value)
        return Number(int(number)) if math.isfinite(number) else None  # cut as by JavaRosa

    def take(self, asked: QuestionContext, event: Event) -> AnswerResult | None:
        if not isinstance(event, Wrote):
            return None
        digits = re.sub(r"[\s'’]", "", event.text)
        if _DIGITS.fullmatch(digits):
            return AnswerResult(_between(asked, int(digits), int(digits)), done=True)
        answers = _number_answers(asked, event.text)
        return AnswerResult(answers, done=True) if answers else asked.refused(event, "flow.number.digits")

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        if isinstance(answer, Number) and answer.beyond:
            return Key("flow.number.more_than", {"number": str(answer.value - 1)})
        return Said(str(_value(answer)))

    def of_column(self, cell: str) -> Answer | None:
        return Number(int(cell)) if cell.isdecimal() else None


class DecimalQuestion(NumberQuestion):
    name = "decimal"
    fact_type = FactType.DECIMAL

    def suits(self, cell: str, choices: Sequence[Choice]) -> bool:
        return self.of_column(cell) is not None

    def answer_of(self, value: Scalar) -> Answer | None:
        number = round(to_number(value), _FRACTION)
        return Number(int(number) if number.is_integer() else number) if math.isfinite(number) else None

    def take(self, asked: QuestionContext, event: Event) -> AnswerResult | None:
        if not isinstance(event, Wrote):
            return None
        digits = re.sub(r"[\s'’]", "", event.text)
        if either := _EITHER.fullmatch(digits):
            whole, fraction = f"{either[1]}{either[2]}", f"{either[1]}.{either[2]}"
            which = Key("flow.number.which", {"typed": Said(digits), "whole": whole, "fraction": fraction})
            return asked.refused(event, which)
        answer = self.of_column(digits)
        if answer is None:
            return asked.refused(event, "flow.number.decimal")
        return AnswerResult({asked.path: answer}, done=True)

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        whole, point, fraction = str(_value(answer)).partition(".")
        # The decimal mark depends on the language.
        parts = {"whole": whole, "fraction": fraction}
        return Key("flow.number.with_fraction", parts) if point else Said(whole)

    def of_column(self, cell: str) -> Answer | None:
        return self.answer_of(float(cell.replace(",", "."))) if _DECIMAL_DIGITS.fullmatch(cell) else None


_RANGE = {"start": "1", "end": "10", "step": "1"}
"""Default parameters, as in XLSForm."""


class RangeQuestion(DecimalQuestion):
    """A number from `start` to `end` in steps: by buttons if they are few, else typed."""

    name = "range"

    def prompt(self, asked: QuestionContext) -> tuple[Phrase, ...]:
        return () if _on_buttons(asked.question) else (self._limits(asked.question),)

    def rows(self, asked: QuestionContext) -> tuple[ButtonRow, ...]:
        numbers = enumerate(_on_buttons(asked.question))
        return in_rows([
            Button(self.phrase(asked.question, one), Pick(index), asked.answer == one or None)
            for index, one in numbers
        ], 4)  # fmt: skip

    def take(self, asked: QuestionContext, event: Event) -> AnswerResult | None:
        if not isinstance(event, Pick):
            return super().take(asked, event)
        number = dict(enumerate(_on_buttons(asked.question))).get(event.index)
        return None if number is None else AnswerResult({asked.path: number}, done=True)

    def refusal(self, question: Question, answer: Answer) -> Phrase | None:
        start, end, step = _range_of(question)
        value = Decimal(str(_value(answer)))
        is_inside = min(start, end) <= value <= max(start, end)
        return None if is_inside and (value - start) % step == 0 else self._limits(question)

    def _limits(self, question: Question) -> Phrase:
        parts = zip(_RANGE, map(_number, _range_of(question)), strict=True)
        return Key("flow.range.how", {name: self.phrase(question, number) for name, number in parts})


def _range_of(question: Question) -> tuple[Decimal, Decimal, Decimal]:
    start, end, step = (Decimal(question.parameters.get(name, usual)) for name, usual in _RANGE.items())
    return start, end, abs(step)


def _on_buttons(question: Question) -> Sequence[Number]:
    """Values from the start on. Empty if they are too many for buttons."""
    start, end, step = _range_of(question)
    count = int(abs(end - start) / step) + 1
    towards = step if start <= end else -step
    return [_number(start + towards * place) for place in range(count if count <= 12 else 0)]


def _number(value: Decimal) -> Number:
    return Number(int(value) if value == value.to_integral_value() else float(value))
