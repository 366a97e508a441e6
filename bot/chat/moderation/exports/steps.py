"""Steps of /export, each in place of the previous one: format, period, filters, file."""

from collections.abc import Sequence
from dataclasses import replace

from bot.chat.moderation.exports import history
from bot.chat.moderation.exports.owing import MOST_EXPORTED, capped, owe
from bot.chat.moderation.exports.periods import days_of, format_choices, period_choices
from bot.chat.moderation.exports.wish import FACETS, LANGUAGE, TAGS, Wish, choice_of, codes_of
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import ButtonRole, Joined, Key, Label, Phrase, Said
from bot.languages import languages
from bot.services.export.request import ExportRequest
from bot.services.export.versions.selection import number_of
from bot.services.unit import Unit

_BETWEEN = "~"
_FORMATS, _PERIODS = "formats", "periods"
_FACETS = {tag: facet for facet, tag in TAGS.items()}


def ask_format(turn: Turn) -> None:
    rows = format_choices(lambda one: _step(Wish(one)))
    if history.is_for(turn):
        rows.append([history.button()])
    turn.say_in_place("moderator.export.ask", rows=rows)


def _step(wish: Wish, to: str = "") -> Act:
    return Act("mexset", f"{wish.format}{_BETWEEN}{wish.code()}", to)


async def step(turn: Turn) -> None:
    """Handle a button of a step, which holds the choices so far and the next step."""
    format_, _, code = turn.act.first.partition(_BETWEEN)
    wish, to = Wish.read(turn.unit, format_, code), turn.act.second
    if to not in {"", _FORMATS, _PERIODS, *_FACETS}:
        raise Refusal("reporter.tap.stale")
    turn.answer_tap()
    if to == _FORMATS:
        ask_format(turn)
    elif not wish.period or to == _PERIODS:
        _ask_period(turn, wish)
    elif to:
        _ask_facet(turn, wish, _FACETS[to])
    else:
        await _show(turn, wish)


def _ask_period(turn: Turn, wish: Wish) -> None:
    back = act_button("moderator.filter.back", "mexset", _step(wish).first, _FORMATS)
    rows = period_choices(lambda period: _step(replace(wish, period=period)))
    turn.say_in_place(Key("moderator.export.when", {"format": _format(wish)}), rows=[*rows, [back]])


def _format(wish: Wish) -> Phrase:
    return Key(f"moderator.export.format.{wish.format}")


async def _show(turn: Turn, wish: Wish) -> None:
    period = ExportRequest.read(wish.format, *days_of(wish.period, turn.unit.now.date())).period
    number = await number_of(turn.unit, period, MOST_EXPORTED + 1)
    told = {
        "format": _format(wish),
        "period": Key(f"moderator.export.period.{wish.period}"),
        "number": Said(capped(number, MOST_EXPORTED)),
    }
    facets = [_facet(turn, wish, facet) for facet in FACETS]
    toggles = [
        _toggle(
            "moderator.export.incidents", replace(wish, by_incident=not wish.by_incident), wish.by_incident
        ),
        _toggle("moderator.export.changed", replace(wish, changed=not wish.changed), wish.changed),
    ]
    make = act_button("moderator.export.make", "mexport", wish.format, wish.code(), ButtonRole.ONWARD)
    back = act_button("moderator.filter.back", "mexset", _step(wish).first, _PERIODS)
    rows = [*turn.renderer.paired(facets, turn.language), *([one] for one in toggles), [make], [back]]
    turn.say_in_place(Key("moderator.export.options", told), rows=rows)


def _facet(turn: Turn, wish: Wish, facet: str) -> ActButton:
    of, code = Key(f"moderator.export.of.{facet}"), getattr(wish, facet)
    label = Joined((of, _label(turn.unit, facet, code)), ": ") if code else of
    return ActButton(label, _step(wish, TAGS[facet]))


def _toggle(key: str, toggled: Wish, on: bool) -> ActButton:
    return ActButton(Joined((Said("☑" if on else "☐"), Key(key)), " "), _step(toggled))


def _label(unit: Unit, facet: str, code: str) -> Phrase:
    if facet == LANGUAGE:
        return Said(next((one.name for one in languages() if one.code == code), code))
    choice = choice_of(unit, facet, code)
    return Label(choice.label) if choice is not None else Said(code)


def _ask_facet(turn: Turn, wish: Wish, facet: str) -> None:
    chosen = getattr(wish, facet)
    buttons = [_code(turn.unit, wish, facet, code, code == chosen) for code in codes_of(turn.unit, facet)]
    any_ = ActButton(Key("moderator.filter.any"), _step(wish.choose(facet, "")))
    back = ActButton(Key("moderator.filter.back"), _step(wish))
    rows: Sequence[Sequence[ActButton]] = turn.renderer.paired(buttons, turn.language)
    turn.say_in_place(f"moderator.export.ask.{facet}", rows=[[any_], *rows, [back]])


def _code(unit: Unit, wish: Wish, facet: str, code: str, is_chosen: bool) -> ActButton:
    label = _label(unit, facet, code)
    return ActButton(Joined((Said("✓"), label), " ") if is_chosen else label, _step(wish.choose(facet, code)))


async def export(turn: Turn) -> None:
    """Handle /export [format] [first day] [last day] [filters] and /export history. Without arguments, offer
    buttons."""
    words = turn.argument.split()
    if words == [history.WORD]:
        await history.show(turn)
    elif words:
        await owe(turn, ExportRequest.read_words(words))
    else:
        ask_format(turn)


async def chosen(turn: Turn) -> None:
    wish = Wish.read(turn.unit, turn.act.first, turn.act.second)
    await owe(turn, wish.request(turn.unit))
    turn.answer_tap()
