"""Filters of lists, as buttons with the number of matching reports."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.chat.moderation.lists.found import MARK, words_of
from bot.chat.moderation.lists.wording import (
    days_phrase,
    label_of,
    month_of,
    older_phrase,
    scope_phrase,
    what,
    year_of,
)
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.services.desk.lists.counting import Number, numbers
from bot.services.desk.lists.filters import CATEGORY, REGION, UNDECIDED, Filter, Scope, read
from bot.services.unit import REPORT_FORM, Unit

Choices = Sequence[tuple[Phrase, Filter]]
SCOPE, OLDER, DAYS = "scope", "older", "days"
FACETS = (SCOPE, CATEGORY, REGION, OLDER, DAYS)
"""Filters with one chosen value; the texts are `moderator.filter.of.<facet>` and
`moderator.filter.ask.<facet>`."""
AGES = (1, 3, 7, 14, 30, 90)


async def menu(turn: Turn) -> None:
    wanted, facet = read(turn.unit, turn.act.first), turn.act.second
    if wanted is None or facet not in {"", *FACETS}:
        raise Refusal("reporter.tap.stale")
    turn.answer_tap()
    if facet:
        await _choose(turn, wanted, facet)
    else:
        await show_menu(turn, wanted)


async def show_menu(turn: Turn, wanted: Filter) -> None:
    """Show the filters of a list, in place of the tapped message if there is one."""
    toggles = [replace(wanted, urgent=not wanted.urgent), replace(wanted, asked=not wanted.asked)]
    urgent, waiting, shown = await numbers(turn.unit, [*toggles, wanted], turn.moderator)
    chosen = _chosen(turn.unit, wanted)
    rows = [[_opens(wanted, facet, chosen)] for facet in FACETS]
    rows.append(
        [
            _toggle(turn, "moderator.filter.urgent", toggles[0], urgent, on=wanted.urgent),
            _toggle(turn, "moderator.filter.asked", toggles[1], waiting, on=wanted.asked),
        ]
    )
    last = [ActButton(Key("moderator.filter.show"), Act(_verb(turn), str(wanted)), ButtonRole.ONWARD)]
    if wanted.narrowed:
        last.insert(0, act_button("moderator.filter.reset", "mfilt", str(Filter(wanted.scope))))
    hint = [Key("moderator.search.hint")] if wanted == Filter(Scope.ALL) and not words_of(turn) else []
    title = Key("moderator.list.title", {"what": what(turn.unit, wanted), "n": str(shown) or "…"})
    if not words_of(turn):
        rows.append([act_button("moderator.filter.words", "mwordsof")])
        rows.append([act_button("moderator.filter.grades", "mgrades")])
    turn.say_in_place(*_sought(turn), title, "moderator.filter.ask", *hint, rows=[*rows, last])


def _verb(turn: Turn) -> str:
    return "mseek" if words_of(turn) else "mlist"


def _sought(turn: Turn) -> list[Phrase]:
    return [Said(f"{MARK}{words_of(turn)}")] if words_of(turn) else []


def _chosen(unit: Unit, wanted: Filter) -> Mapping[str, Phrase]:
    chosen = {SCOPE: scope_phrase(wanted.scope)}
    if wanted.category:
        chosen[CATEGORY] = label_of(unit, CATEGORY, wanted.category)
    if wanted.region:
        chosen[REGION] = label_of(unit, REGION, wanted.region)
    if wanted.older:
        chosen[OLDER] = older_phrase(wanted.older)
    if wanted.dated:
        chosen[DAYS] = days_phrase(wanted)
    return chosen


def _opens(wanted: Filter, facet: str, chosen: Mapping[str, Phrase]) -> ActButton:
    of = Key(f"moderator.filter.of.{facet}")
    label = Joined((of, chosen[facet]), ": ") if facet in chosen else of
    return ActButton(label, Act("mfilt", str(wanted), facet))


def _toggle(turn: Turn, key: str, toggled: Filter, number: Number, *, on: bool) -> ActButton:
    mark = Said("✓") if on else None
    phrases = (mark, Key(key)) if mark is not None else (Key(key),)
    label = Joined(phrases, " ")
    return ActButton(label if on else _with_number(label, number), Act(_verb(turn), str(toggled)))


def _with_number(label: Phrase, number: Number) -> Phrase:
    return Joined((label, Said(str(number))), " · ") if str(number) else label


async def _choose(turn: Turn, wanted: Filter, facet: str) -> None:
    choices = _choices(turn.unit, wanted, facet)
    counted = await numbers(turn.unit, [made for _, made in choices], turn.moderator)
    shown = [
        (_with_number(label, number), made)
        for (label, made), number in zip(choices, counted, strict=True)
        if made == wanted or facet == SCOPE or not number.none
    ]
    buttons = [
        ActButton(Joined((Said("✓"), label), " ") if made == wanted else label, Act(_verb(turn), str(made)))
        for label, made in shown
    ]
    any_ = [] if facet == SCOPE else [[_any(turn, wanted, facet)]]
    back = act_button("moderator.filter.back", "mfilt", str(wanted))
    asked = Key(f"moderator.filter.ask.{facet}")
    turn.say_in_place(
        *_sought(turn),
        what(turn.unit, wanted),
        asked,
        rows=[*any_, *turn.renderer.paired(buttons, turn.language), [back]],
    )


def _any(turn: Turn, wanted: Filter, facet: str) -> ActButton:
    without = {
        CATEGORY: replace(wanted, category=""),
        REGION: replace(wanted, region=""),
        OLDER: replace(wanted, older=0),
        DAYS: replace(wanted, since=None, until=None),
    }
    return act_button("moderator.filter.any", _verb(turn), str(without[facet]))


def _choices(unit: Unit, wanted: Filter, facet: str) -> Choices:
    match facet:
        case "scope":
            scopes = (*UNDECIDED, Scope.APPROVED, Scope.REJECTED, Scope.ALL)
            return [(scope_phrase(one), replace(wanted, scope=one)) for one in scopes]
        case "category":
            return [(label, replace(wanted, category=code)) for label, code in _labels(unit, CATEGORY)]
        case "region":
            return [(label, replace(wanted, region=code)) for label, code in _labels(unit, REGION)]
        case "older":
            return [(older_phrase(days), replace(wanted, older=days)) for days in AGES]
    made = [replace(wanted, since=since, until=until) for since, until in _periods(unit.now.date())]
    return [(days_phrase(one), one) for one in made]


def _labels(unit: Unit, role: str) -> list[tuple[Phrase, str]]:
    question = unit.forms[REPORT_FORM].by_role.get(role)
    choices = question.choices if question is not None else ()
    return [(label_of(unit, role, choice.name), choice.name) for choice in choices]


def _periods(today: date) -> list[tuple[date, date]]:
    months = [month_of(today)]
    for _ in range(2):
        months.append(month_of(months[-1][0] - timedelta(days=1)))
    return [*months, year_of(today), year_of(date(today.year - 1, 1, 1))]
