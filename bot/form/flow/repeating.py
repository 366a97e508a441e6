"""The screen of a repeat: its instances summed up, one more, one less, on."""

from bot.form.events import AddRepeat, Next, RemoveRepeat
from bot.form.flow.asking import kept
from bot.form.flow.controls import cancel_row, previous, progress_of
from bot.form.flow.instance import MOST_INSTANCES
from bot.form.flow.instances import add, count, remove
from bot.form.flow.pages import Row, button, page_of
from bot.form.flow.route import forward, into_new
from bot.form.flow.turn import Turn
from bot.form.kinds.wording import NO_ANSWER, answer_phrase
from bot.form.model import Group, Question
from bot.form.screen import Button, Joined, Key, Label, Phrase, Said, Screen, ScreenKind

SUMMARY = 2
"""Answers that stand for an instance."""
SUMMARY_TEXT = 60
"""Characters of a text in a summary."""


def add_repeat(turn: Turn) -> Turn:
    """One more instance, and to its first question."""
    if turn.repeat is None:
        return turn.say("flow.gone")
    if count(turn, turn.position) >= MOST_INSTANCES:
        return turn.say("flow.repeat.full", n=MOST_INSTANCES)
    return into_new(turn.shift(), turn.position) or add(turn, turn.position).shift()


def remove_repeat(turn: Turn, event: RemoveRepeat) -> Turn:
    """Without one instance and all that was said in it."""
    if turn.repeat is None or not 1 <= event.number <= count(turn, turn.position):
        return turn.say("flow.gone")
    label = Label(turn.repeat.label)
    turn = remove(turn, turn.position, event.number).shift()
    return turn.say("flow.repeat.removed", repeat=label, number=event.number)


def leave(turn: Turn, repeat: str, number: int) -> Turn:
    """Without an instance in which nothing was said: to those that there are, or past the repeat if there are none."""
    turn = remove(turn, repeat, number).change(position=repeat, view={})
    return turn if count(turn, repeat) else forward(turn)


def repeat_screen(turn: Turn, repeat: Group) -> Screen:
    """The instances so far and what can be done with them."""
    numbers = range(1, count(turn, turn.position) + 1)
    shown, turning = page_of(turn, numbers)
    some = bool(numbers)
    rows: list[Row] = [(button("flow.repeat.more" if some else "flow.repeat.add", AddRepeat()),)]
    rows += [(_removal(number),) for number in shown]
    rows += [*turning, (button("flow.next" if some else "flow.repeat.none", Next()),)]
    return Screen(
        ScreenKind.REPEAT,
        (Label(repeat.label), *(_summary(turn, number) for number in shown), *kept(turn)),
        (*rows, *previous(turn), *cancel_row()),
        turn.notice,
        progress_of(turn),
        turn.position,
    )


def _removal(number: int) -> Button:
    return Button(Key("flow.repeat.remove", {"number": number}), RemoveRepeat(number))


def _summary(turn: Turn, number: int) -> Phrase:
    """The first answers of an instance in one line."""
    said: list[Phrase] = []
    for path in turn.steps:
        if path.startswith(f"{turn.position}[{number}]/"):
            question, answer = turn.instance.node(path), turn.answer(path)
            if isinstance(question, Question) and answer is not None:
                said.append(answer_phrase(question, answer, SUMMARY_TEXT))
    words = Joined(tuple(said[:SUMMARY])) if said else NO_ANSWER
    return Joined((Said(f"{number}."), words), " ")
