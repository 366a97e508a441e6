"""Whole numbers: in digits, or as an amount where the form's data says which end of one a question is for.

That is the column `typed` of a list beside it (see `bot.form.kinds.counting`), or `bind::bot:most`: a question with it is
for the lesser end, the question that it names for the greater one, and a range typed at the first answers both.
"""

import re
from collections.abc import Iterator

from bot.form.answers import Answer, Number
from bot.form.events import Wrote
from bot.form.flow.objections import objection
from bot.form.flow.route import forward
from bot.form.flow.turn import Turn
from bot.form.kinds.counting import all_beside, beside, take, takers
from bot.form.typed.amounts import Amount, amount_of


def type_number(turn: Turn, event: Wrote) -> Turn:
    """A number in a person's own typing. One that is only near it, and an end that the question is not for, are
    not taken for it."""
    typed = re.sub(r"[\s'’]", "", event.text)
    if not re.fullmatch(r"[+-]?\d{1,12}", typed):
        amount = amount_of(event.text)
        answers = _answers(turn, amount) if amount is not None and not amount.about else {}
        return take(turn, event, answers) if answers else _refused(turn, event)
    answer = Number(int(typed))
    reason = objection(turn, turn.position, answer)
    if reason is not None:
        return turn.keep(event.text, event.source).say(reason)
    return forward(turn.put(turn.position, answer))


def _refused(turn: Turn, event: Wrote) -> Turn:
    return turn.keep(event.text, event.source).say("flow.number.digits")


def _answers(turn: Turn, amount: Amount) -> dict[str, Answer | None]:
    """What an amount answers at the question at hand, and at the one for its greater end; nothing if it cannot."""
    here, ends = turn.position, set(_ends(turn))
    match amount.least, amount.most:
        case int(least), int(most) if least == most:
            return {here: Number(least)}
        case int(least), int(most):
            greater = beside(turn, turn.question.bot.get("most", "")) if turn.question is not None else ""
            return {here: Number(least), greater: Number(most)} if greater else {}
        case int(least), None if "least" in ends:
            return {here: Number(least)}
        case None, int(most) if "most" in ends:
            return {here: Number(most)}
    return {}


def _ends(turn: Turn) -> Iterator[str]:
    """Which ends of an amount the question at hand is for. One that is for exact numbers is for neither."""
    name = turn.question.name if turn.question is not None else ""
    for other in all_beside(turn):
        if other.bot.get("most"):
            yield from (
                end for end, asked in (("least", other.name), ("most", other.bot["most"])) if asked == name
            )
        found: dict[str, str] = {}
        for taker in takers(other, enumerate(other.choices)).values():
            found |= dict(taker.ends()) if taker.kind != "exact" else {}
        yield from filter(None, (found.get(name),))
