"""Buttons of a date question."""

from bot.form.answers import Precision, When
from bot.form.draft import View
from bot.form.events import Back, DateMode, PickDate
from bot.form.kinds.dates.calendar import pages, years
from bot.form.kinds.dates.phrases import date_phrase, spelled_phrase, when_phrase
from bot.form.kinds.kind import Asked
from bot.form.screen import Button, ButtonRow, Key, Phrase, button
from bot.form.typed.dates.intervals import OPEN, of_interval

_PERIODS = frozenset({"range", "ongoing"})


def date_rows(asked: Asked) -> tuple[ButtonRow, ...]:
    if asked.view.offered:
        found = [Button(_offered_phrase(when), PickDate(name_of(when))) for when in offered(asked.view)]
        return (*((one,) for one in found), (button("flow.date.back", Back()),))
    unit = asked.view.unit or asked.view.picker
    match unit:
        case "calendar" | "month":
            rows = pages(asked, unit)
        case "year":
            rows = years(asked)
        case _:
            return _ways(asked)
    return (*rows, *_other_units(asked), (button("flow.date.back", Back()),))


def _offered_phrase(when: When) -> Phrase:
    """Label of a date. A period with one known end is shown by that end, which is shorter."""
    if when.precision is Precision.RANGE and None in {when.start, when.end}:
        return spelled_phrase(name_of(when))
    return when_phrase(when, in_words=when.start == when.end)


def date_prompt(asked: Asked) -> tuple[Phrase, ...]:
    if asked.view.offered:
        return (Key("flow.date.which"),)
    match asked.view.picker:
        case "range" if asked.view.start == OPEN:
            return (Key("flow.date.ask_end_alone"),)
        case "range" if asked.view.start:
            return (Key("flow.date.ask_end", {"start": date_phrase(asked.view.start)}),)
        case "range":
            return (Key("flow.date.ask_start"),)
        case "ongoing":
            return (Key("flow.date.ask_since"),)
        case "":
            return (Key("flow.date.typing" if is_partial(asked) else "flow.date.typing_day"),)
    return ()


def _ways(asked: Asked) -> tuple[ButtonRow, ...]:
    first = (_way("today"), _way("yesterday"))
    if not is_partial(asked):
        return first, (_way("calendar"),)
    return first, (_way("calendar"), _way("month")), (_way("range"), _way("ongoing")), (_way("unknown"),)


def _way(mode: str) -> Button:
    return button(f"flow.date.{mode}", DateMode(mode))


def _other_units(asked: Asked) -> tuple[ButtonRow, ...]:
    if asked.view.picker == "month":
        return ((_way("year"),),)
    if asked.view.picker not in _PERIODS:
        return ()
    other = "day" if asked.view.unit == "month" else "month"
    unit = button(f"flow.date.exact_{other}", DateMode("calendar" if other == "day" else "month"))
    return (unit,), *_without_end(asked.view)


def _without_end(view: View) -> tuple[ButtonRow, ...]:
    if view.picker == "ongoing":
        return ((_way("unknown"),),)
    if not view.start:
        return ((button("flow.date.start_unknown", DateMode("unknown")),),)
    unknown = (button("flow.date.end_unknown", DateMode("unknown")),) if view.start != OPEN else ()
    return ((*unknown, _way("ongoing")),)


def is_partial(asked: Asked) -> bool:
    """Whether the date may be a month, a period or unknown."""
    return asked.question.bot.get("partial") == "yes"


def is_in_period(view: View) -> bool:
    """Whether an end of a period is being given."""
    return view.picker in _PERIODS


def offered(view: View) -> tuple[When, ...]:
    """Candidates for ambiguous typed words."""
    return tuple(when for text in view.offered if (when := of_interval(text)) is not None)


def name_of(when: When) -> str:
    """Name of an offered date in its button, unique among these: its start, else its end."""
    return str(when.start or when.end)
