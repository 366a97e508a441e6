"""How many, typed at a list of numbers.

What a list makes of a typed amount is data: the column `typed` of a choice names the amounts that the choice is for
(`exact`, `least` or `range`) and the whole-number questions beside the list that take their ends. The columns
`min` and `max` say which amounts a choice is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.form.answers import Answer, Chosen, Number
from bot.form.events import Wrote
from bot.form.flow.objections import objection
from bot.form.flow.route import forward
from bot.form.flow.turn import Turn
from bot.form.model import Choice, Group, Kind, Question
from bot.form.typed.amounts import Amount, amount_of

ENDS: Mapping[str, tuple[str, ...]] = {"exact": ("least",), "least": ("least",), "range": ("least", "most")}
"""What a choice can be for, and the ends of the amount that its questions take, in their order."""

Place = tuple[int, Choice]
_POSITION = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Taker:
    """A choice that takes amounts of a kind; `names` of the questions that take their ends."""

    kind: str
    choice: Choice
    names: tuple[str, ...]

    def ends(self) -> Iterator[tuple[str, str]]:
        """Each of these questions with the end that it takes."""
        yield from zip(self.names, ENDS[self.kind], strict=True)


def takers(question: Question, places: Iterable[Place]) -> dict[str, Taker]:
    """The first of these choices of a question for each kind of amount."""
    found: dict[str, Taker] = {}
    for _, choice in places if question.kind is Kind.SELECT_ONE else ():
        kind, *names = choice.columns.get("typed", "").split() or [""]
        if kind in ENDS and len(names) == len(ENDS[kind]):
            found.setdefault(kind, Taker(kind, choice, tuple(names)))
    return found


def count(turn: Turn, event: Wrote, places: Iterable[Place]) -> Turn | None:
    """An amount typed at a list: its choice and the questions after it answered at once, an end that was not
    told asked next. None if it is none that a choice takes as it is."""
    amount = amount_of(event.text)
    taker = None if amount is None or amount.about else takes_amounts(turn, places).get(_kind(amount))
    if amount is None or taker is None:
        return None
    answers: dict[str, Answer | None] = {turn.position: Chosen((taker.choice.name,))}
    for name, end in taker.ends():
        value = amount.least if end == "least" else amount.most
        answers[beside(turn, name)] = None if value is None else Number(value)
    return take(turn, event, answers)


def take(turn: Turn, event: Wrote, answers: Mapping[str, Answer | None]) -> Turn:
    """These answers, and on past those that need no more asking; or why one cannot be taken."""
    told = turn
    for path, answer in answers.items():
        told = told.put(path, answer)
    for path, answer in answers.items():
        reason = None if answer is None else objection(told, path, answer)
        if reason is not None:
            return turn.keep(event.text, event.source).say(reason)
    told = forward(told.unkept())
    for _ in answers:
        told = told if answers.get(told.position) is None else forward(told)
    return told


def fitting(turn: Turn, places: Iterable[Place], typed: str) -> tuple[Place, ...]:
    """The choices that an amount may mean where it is not told exactly: those in whose bounds it is, and those
    that ask for it. None if nothing like an amount was typed, or none can be."""
    places = tuple(places)
    amount, asking = amount_of(typed), takes_amounts(turn, places)
    if amount is None or not asking:
        return ()
    names = {taker.choice.name for taker in asking.values()}
    return tuple(place for place in places if place[1].name in names or _bounds(place[1], amount))


def takes_amounts(turn: Turn, places: Iterable[Place]) -> dict[str, Taker]:
    """The choices at hand that take an amount, by its kind, as far as the questions that they name are there."""
    found = {} if turn.question is None else takers(turn.question, places)
    return {kind: one for kind, one in found.items() if all(beside(turn, name) for name in one.names)}


def beside(turn: Turn, name: str) -> str:
    """The instance path of the whole-number question of this name beside the one at hand; blank for none."""
    path = f"{turn.position.rpartition('/')[0]}/{name}"
    node = turn.form.nodes.get(_POSITION.sub("", path))
    return path if isinstance(node, Question) and node.kind is Kind.INTEGER else ""


def all_beside(turn: Turn) -> Iterator[Question]:
    """The questions of the group or form that the question at hand stands in, that one too."""
    around = turn.form.nodes.get(_POSITION.sub("", turn.position).rpartition("/")[0])
    nodes = around.children if isinstance(around, Group) else turn.form.children
    yield from (node for node in nodes if isinstance(node, Question))


def _kind(amount: Amount) -> str:
    if amount.most is None:
        return "least"
    return "exact" if amount.least == amount.most else "range"


def _bounds(choice: Choice, amount: Amount) -> bool:
    """Whether all of an amount is within the bounds of a choice."""
    low, high = choice.columns.get("min", ""), choice.columns.get("max", "")
    if not low.isdecimal() or amount.least is None or int(low) > amount.least:
        return False
    return not high.isdecimal() or (amount.most is not None and amount.most <= int(high))
