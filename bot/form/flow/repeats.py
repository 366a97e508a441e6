"""A repeat: the screen that sums up its instances, adding one, removing one."""

from bot.form.draft import MOST_INSTANCES, View
from bot.form.events import AddRepeat, Next, RemoveRepeat
from bot.form.flow.filling import Filling
from bot.form.flow.question import cancel_row, kept, previous, progress_of
from bot.form.kinds import NO_ANSWER, answer_phrase
from bot.form.model import Group, Question
from bot.form.pages import page_of
from bot.form.screen import (
    Button,
    ButtonRole,
    ButtonRow,
    Joined,
    Key,
    Label,
    Phrase,
    Said,
    Screen,
    ScreenKind,
    button,
)

SUMMARY = 2
"""Answers that sum up an instance."""
SUMMARY_TEXT = 60
"""Characters of a text in a summary."""


def add_repeat(filling: Filling) -> Filling:
    """Add an instance and go to its first question."""
    if filling.repeat is None:
        return filling.say("flow.gone")
    if filling.draft.count(filling.position) >= MOST_INSTANCES:
        return filling.say("flow.repeat.full", n=MOST_INSTANCES)
    return filling.shift().into_new(filling.position) or filling.with_instance(filling.position).shift()


def remove_repeat(filling: Filling, event: RemoveRepeat) -> Filling:
    """Remove an instance with everything that was said in it."""
    if filling.repeat is None or not 1 <= event.number <= filling.draft.count(filling.position):
        return filling.say("flow.gone")
    label = Label(filling.repeat.label)
    filling = filling.without_instance(filling.position, event.number).shift()
    return filling.say("flow.repeat.removed", repeat=label, number=event.number)


def leave(filling: Filling, repeat: str, number: int) -> Filling:
    """Remove an instance that was left empty: back to the other instances, or past the repeat if there are none."""
    filling = filling.without_instance(repeat, number).change(position=repeat, view=View())
    return filling if filling.draft.count(repeat) else filling.forward()


def repeat_screen(filling: Filling, repeat: Group) -> Screen:
    """The instances so far and what can be done with them."""
    numbers = range(1, filling.draft.count(filling.position) + 1)
    shown, turning = page_of(numbers, filling.view.page)
    some = bool(numbers)
    rows: list[ButtonRow] = [(button("flow.repeat.more" if some else "flow.repeat.add", AddRepeat()),)]
    rows += [(_removal(number),) for number in shown]
    rows += [*turning, (button("flow.next" if some else "flow.repeat.none", Next(), ButtonRole.ONWARD),)]
    return Screen(
        ScreenKind.REPEAT,
        (Label(repeat.label), *(_summary(filling, number) for number in shown), *kept(filling)),
        (*rows, *previous(filling), *cancel_row()),
        filling.notice,
        progress_of(filling),
        filling.position,
    )


def _removal(number: int) -> Button:
    return Button(Key("flow.repeat.remove", {"number": number}), RemoveRepeat(number))


def _summary(filling: Filling, number: int) -> Phrase:
    """The first answers of an instance in one line."""
    said: list[Phrase] = []
    for path in filling.steps:
        if path.startswith(f"{filling.position}[{number}]/"):
            question, answer = filling.instance.node(path), filling.answer(path)
            if isinstance(question, Question) and answer is not None:
                said.append(answer_phrase(question, answer, SUMMARY_TEXT))
    words = Joined(tuple(said[:SUMMARY])) if said else NO_ANSWER
    return Joined((Said(f"{number}."), words), " ")
