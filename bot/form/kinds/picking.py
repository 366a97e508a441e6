"""Choices: tapped, found by typing part of a label in any language, shown in pages."""

from bot.form.answers import Chosen
from bot.form.events import Back, Pick, Toggle, Wrote
from bot.form.flow.objections import objection
from bot.form.flow.pages import PAGE, WIDE_PAGE, Row, button, columns_for, in_rows, page_of
from bot.form.flow.route import forward
from bot.form.flow.turn import SELECTS, Turn
from bot.form.kinds.counting import count, fitting, takes_amounts
from bot.form.model import Choice, Kind
from bot.form.screen import Button, Label
from bot.form.typed.folding import fold
from bot.form.typed.labels import matching

Place = tuple[int, Choice]


def pick(turn: Turn, index: int) -> Turn:
    """One choice: the answer of select_one, which leads on; one more of select_multiple."""
    place = _place(turn, index)
    if place is None or turn.question is None:
        return turn.say("flow.gone")
    if turn.question.kind is Kind.SELECT_MULTIPLE:
        return toggle(turn, Toggle(index, on=True))
    answer = Chosen((place[1].name,))
    reason = objection(turn, turn.position, answer)
    return forward(turn.put(turn.position, answer)) if reason is None else turn.say(reason)


def toggle(turn: Turn, event: Toggle) -> Turn:
    """A choice of select_multiple marked or unmarked. What the constraint says is told at once and
    enforced at Done: a list may have to pass through what is not allowed."""
    place = _place(turn, event.index)
    if place is None or turn.question is None:
        return turn.say("flow.gone")
    if turn.question.kind is Kind.SELECT_ONE:
        return pick(turn, event.index) if event.on else turn
    old, name = chosen(turn), place[1].name
    names = tuple(other for other in old.names if other != name)
    if event.on:
        names = old.names if name in old.names else (*old.names, name)
    turn = turn.put(turn.position, Chosen(names)).unkept()
    reason = objection(turn, turn.position, Chosen(names))
    return turn.say(reason) if reason is not None else turn


def search(turn: Turn, event: Wrote) -> Turn:
    """What was typed at a list: a whole label picks, an amount counts where the list takes one, a part of a
    label shows what has it. The choices are not numbered on the screen, so a number is never a place among them."""
    exact = [index for index, choice in _available(turn) if fold(event.text.strip()) in _whole(choice)]
    if len(exact) == 1:
        return pick(turn, exact[0])
    counted = count(turn, event, _available(turn))
    if counted is not None:
        return counted
    if _matches(turn, event.text):
        return turn.unkept().look(search=event.text, page=None)
    wanted = "flow.count.how" if asks_how_many(turn) else "flow.search.none"
    return turn.keep(event.text, event.source).say(wanted)


def asks_how_many(turn: Turn) -> bool:
    """Whether the list at hand takes amounts that are typed."""
    return bool(takes_amounts(turn, _available(turn)))


def may_mean(turn: Turn) -> bool:
    """Whether what is shown is what a typed amount may mean, rather than what was looked for."""
    return bool(fitting(turn, _available(turn), turn.view("search")))


def choice_rows(turn: Turn) -> tuple[Row, ...]:
    """The choices of the question at hand, those that were looked for if any were."""
    found = _matches(turn, turn.view("search")) if turn.view("search") else _available(turn)
    columns = columns_for(choice.label for _, choice in _available(turn))
    names = chosen(turn).names
    first = next((place for place, (_, choice) in enumerate(found) if choice.name in names), 0)
    shown, turning = page_of(turn, found, first, size=PAGE if columns == 1 else WIDE_PAGE)
    rows = in_rows([_button(turn, place) for place in shown], columns)
    whole = ((button("flow.search.all", Back()),),) if turn.view("search") else ()
    return (*rows, *turning, *whole)


def chosen(turn: Turn) -> Chosen:
    """What is chosen so far."""
    answer = turn.answer(turn.position)
    return answer if isinstance(answer, Chosen) else Chosen(())


def _button(turn: Turn, place: Place) -> Button:
    index, choice = place
    marked = choice.name in chosen(turn).names
    if turn.question is not None and turn.question.kind is Kind.SELECT_MULTIPLE:
        return Button(Label(choice.label), Toggle(index, not marked), marked)
    return Button(Label(choice.label), Pick(index), marked or None)


def _available(turn: Turn) -> tuple[Place, ...]:
    if turn.question is None or turn.question.kind not in SELECTS:
        return ()
    return turn.instance.choices(turn.position)


def _place(turn: Turn, index: int) -> Place | None:
    return next((place for place in _available(turn) if place[0] == index), None)


def _whole(choice: Choice) -> set[str]:
    return {fold(text.strip()) for text in (choice.name, *choice.label.values())}


def _matches(turn: Turn, typed: str) -> tuple[Place, ...]:
    """The choices that a typed amount may mean, or that have the typed words. What looks like an amount and is none
    that was understood does not stand for a label with the same digits."""
    if asks_how_many(turn) and any(map(str.isdecimal, typed)):
        return fitting(turn, _available(turn), typed)
    return matching(_available(turn), typed)
