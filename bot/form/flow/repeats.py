"""The screen of a repeat, adding and removing instances."""

from bot.form.draft import MOST_INSTANCES, View
from bot.form.events import AddRepeat, Next, RemoveRepeat
from bot.form.flow.filled.filling import Filling
from bot.form.flow.question import cancel_row, kept, previous, progress_of
from bot.form.flow.routing.route import into_new, past_repeat, repeat_before, without_empty
from bot.form.flow.summaries import numbered, said_in
from bot.form.model import Group
from bot.form.pages import page_of
from bot.form.screen import Button, ButtonRole, ButtonRow, Key, Label, Screen, ScreenKind, button


def add_repeat(filling: Filling) -> Filling:
    if filling.repeat is None:
        return filling.say("flow.gone")
    if filling.draft.count(filling.position) >= MOST_INSTANCES:
        return filling.say("flow.repeat.full", n=MOST_INSTANCES)
    return into_new(filling.shift(), filling.position) or filling.with_instance(filling.position).shift()


def add_more(filling: Filling) -> Filling:
    """Add an instance of the repeat completed before the current question, which is asked again afterwards."""
    repeat, left = repeat_before(filling), filling.position
    if repeat is None:
        return filling.say("flow.gone")
    trail = filling.draft.trail
    before = trail[: len(trail) - 1 - trail[::-1].index(repeat)]
    at_repeat = filling.change(position=repeat, trail=before, view=View())
    return add_repeat(without_empty(at_repeat, left))


def remove_repeat(filling: Filling, event: RemoveRepeat) -> Filling:
    if filling.repeat is None or not 1 <= event.number <= filling.draft.count(filling.position):
        return filling.say("flow.gone")
    label = Label(filling.repeat.label)
    filling = filling.without_instance(filling.position, event.number).shift()
    return filling.say("flow.repeat.removed", repeat=label, number=event.number)


def leave(filling: Filling, repeat: str, number: int) -> Filling:
    """Remove an empty instance and go on after its repeat."""
    filling = filling.without_instance(repeat, number)
    trail = filling.draft.trail
    filling = filling.change(trail=trail[:-1] if trail[-1:] == (repeat,) else trail)
    return past_repeat(filling, repeat)


def repeat_screen(filling: Filling, repeat: Group) -> Screen:
    numbers = range(1, filling.draft.count(filling.position) + 1)
    shown, turning = page_of(numbers, filling.view.page)
    some = bool(numbers)
    rows: list[ButtonRow] = [(button("flow.repeat.more" if some else "flow.repeat.add", AddRepeat()),)]
    rows += [(_removal(filling, number),) for number in shown]
    rows += [*turning, (button("flow.next" if some else "flow.repeat.none", Next(), ButtonRole.ONWARD),)]
    return Screen(
        ScreenKind.REPEAT,
        (
            Label(repeat.label),
            *(numbered(filling, filling.position, number) for number in shown),
            *kept(filling),
        ),
        (*rows, *previous(filling), *cancel_row()),
        filling.notice,
        progress_of(filling),
        filling.position,
    )


def _removal(filling: Filling, number: int) -> Button:
    said = said_in(filling, filling.position, number)
    if said is None:
        return Button(Key("flow.repeat.remove", {"number": number}), RemoveRepeat(number))
    return Button(Key("flow.repeat.remove_named", {"number": number, "name": said}), RemoveRepeat(number))
