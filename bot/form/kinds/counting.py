"""Typed amounts as answers to a list of numbers or a whole number: `3`, `30-40`, `at least 20`.

- The column `typed` of a choice names its kind of amounts (`exact`, `least` or `range`) and the integer
  questions for their ends.
- The columns `min` and `max` are the bounds that a choice covers.
- `bind::bot:most` at the integer question for the lower end names the one for the upper end.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.form.answers import Answer, Chosen, Number
from bot.form.kinds.kind import Asked
from bot.form.model import Choice, Group, IndexedChoice, Question
from bot.form.typed.amounts import Amount, amount_of

_ENDS: Mapping[str, tuple[str, ...]] = {"exact": ("least",), "least": ("least",), "range": ("least", "most")}


@dataclass(frozen=True, slots=True)
class Taker:
    """A choice that takes one kind of amounts, and the questions for their ends."""

    kind: str
    choice: Choice
    names: tuple[str, ...]

    def ends(self) -> Iterator[tuple[str, str]]:
        yield from zip(self.names, _ENDS[self.kind], strict=True)


def takes_amounts(asked: Asked) -> bool:
    return bool(_takers_at_hand(asked))


def counted(asked: Asked, typed: str) -> Mapping[str, Answer | None] | None:
    """Answers that an amount gives at a list: the choice and its ends. None if no choice takes exactly this
    amount."""
    amount = amount_of(typed)
    taker = None if amount is None or amount.about else _takers_at_hand(asked).get(_kind(amount))
    if amount is None or taker is None:
        return None
    answers: dict[str, Answer | None] = {asked.path: Chosen((taker.choice.name,))}
    for name, end in taker.ends():
        value = amount.least if end == "least" else amount.most
        answers[_beside(asked, name)] = None if value is None else Number(value, amount.beyond)
    return answers


def covering(asked: Asked, typed: str) -> tuple[IndexedChoice, ...]:
    """Choices that an inexact amount may mean: those whose bounds cover it, and those that take amounts."""
    amount, takers = amount_of(typed), _takers_at_hand(asked)
    if amount is None or not takers:
        return ()
    names = {taker.choice.name for taker in takers.values()}
    return tuple(
        listed for listed in asked.choices() if listed[1].name in names or _covers(listed[1], amount)
    )


def number_answers(asked: Asked, typed: str) -> Mapping[str, Answer | None]:
    """Answers that an amount gives at an integer question and the one for its upper end. Empty if it is
    approximate, or of another kind."""
    amount = amount_of(typed)
    if amount is None or amount.about:
        return {}
    ends = set(_ends_of(asked))
    match amount.least, amount.most:
        case int(least), int(most) if least == most:
            return {asked.path: Number(least)}
        case int(least), int(most):
            greater = _beside(asked, asked.question.bot.get("most", ""))
            return {asked.path: Number(least), greater: Number(most)} if greater else {}
        case int(least), None if "least" in ends:
            return {asked.path: Number(least, amount.beyond)}
        case None, int(most) if "most" in ends:
            return {asked.path: Number(most)}
    return {}


def _takers_at_hand(asked: Asked) -> dict[str, Taker]:
    found = takers(asked.question, (choice for _, choice in asked.choices()))
    return {kind: one for kind, one in found.items() if all(_beside(asked, name) for name in one.names)}


def takers(question: Question, choices: Iterable[Choice]) -> dict[str, Taker]:
    found: dict[str, Taker] = {}
    for choice in choices if question.kind == "select_one" else ():
        typed = choice.columns.get("typed")
        if not typed:  # nearly always
            continue
        kind, *names = typed.split() or [""]
        if kind in _ENDS and len(names) == len(_ENDS[kind]):
            found.setdefault(kind, Taker(kind, choice, tuple(names)))
    return found


def _beside(asked: Asked, name: str) -> str:
    """Path of the integer question of this name in the same group, or blank."""
    path = f"{asked.path.rpartition('/')[0]}/{name}"
    question = asked.form.question_at(path)
    return path if question is not None and question.kind == "integer" else ""


def _ends_of(asked: Asked) -> Iterator[str]:
    """Ends that the question takes. A question for exact numbers takes neither."""
    name = asked.question.name
    for other in _siblings(asked):
        if other.bot.get("most"):
            pairs = (("least", other.name), ("most", other.bot["most"]))
            yield from (end for end, named in pairs if named == name)
        found: dict[str, str] = {}
        for taker in takers(other, other.choices).values():
            found |= dict(taker.ends()) if taker.kind != "exact" else {}
        yield from filter(None, (found.get(name),))


def _siblings(asked: Asked) -> Iterator[Question]:
    around = asked.form.at(asked.path.rpartition("/")[0])
    nodes = around.children if isinstance(around, Group) else asked.form.children
    yield from (node for node in nodes if isinstance(node, Question))


def _kind(amount: Amount) -> str:
    if amount.most is None:
        return "least"
    return "exact" if amount.least == amount.most else "range"


def _covers(choice: Choice, amount: Amount) -> bool:
    low, high = choice.columns.get("min", ""), choice.columns.get("max", "")
    if not low.isdecimal() or amount.least is None or int(low) > amount.least:
        return False
    return not high.isdecimal() or (amount.most is not None and amount.most <= int(high))
