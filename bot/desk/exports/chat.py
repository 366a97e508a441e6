"""Steps of /export in a chat: format, period, filters and file, and the history of exports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.desk.exports.making import (
    MOST_EXPORTED,
    PERIODS,
    capped,
    days_of,
    enqueue,
    format_choices,
    period_choices,
)
from bot.desk.notices.chat import named
from bot.desk.queue.filters import mark
from bot.desk.references import in_rows
from bot.errors import Refusal
from bot.form.model import Choice
from bot.form.screen import ButtonRole, Joined, Key, Label, Phrase, Said
from bot.languages import exported_codes, languages
from bot.publish.export import register
from bot.publish.export.column_values import FREEDOMS
from bot.publish.export.formats import FORMATS, XLSX
from bot.publish.export.request import INCIDENTS, LAST, ExportRequest, Filters, offered_formats
from bot.publish.export.selection import number_of
from bot.reports.links import ExportState
from bot.store import audit
from bot.store.roles import Role
from bot.store.unit import REPORT_FORM, REVIEW_FORM, UnitOfWork
from db.models import Export

WORD = "history"
A_PAGE = 10


async def show(turn: Turn) -> None:
    """Show a page in place of the tapped message. Raises Refusal for other members."""
    if turn.moderator.role != Role.ADMIN:
        raise Refusal("moderator.admins_only")
    below = turn.act.first if turn.tapped_message_id is not None else ""
    if below and not below.isdecimal():
        raise Refusal("reporter.tap.stale")
    found = await register.newest(turn.unit, A_PAGE + 1, int(below) if below else None)
    if below and not found:
        raise Refusal("reporter.tap.stale")
    await audit.record(turn.unit, turn.moderator.alias, "export", "", WORD)
    if not found:
        turn.say_in_place("moderator.export.history.none")
        return
    shown, rows = tuple(_lines(turn.unit, row) for row in found[:A_PAGE]), []
    if len(found) > A_PAGE:
        rows = [[act_button("moderator.export.history.older", "mexlist", str(found[A_PAGE - 1].number))]]
    turn.say_in_place("moderator.export.history", Joined(shown, "\n\n"), rows=rows)


def _lines(unit: UnitOfWork, row: Export) -> Phrase:
    came = Key("moderator.export.history.begun")
    if row.state == ExportState.MADE:
        came = Key("moderator.export.history.rows", {"rows": row.rows})
    elif row.state == ExportState.BROKEN:
        came = Key("moderator.export.history.broken")
    return Joined((named(unit, row), came), "\n")


REGION, CATEGORY, FREEDOM, LANGUAGE = "region", "category", "freedom", "language"
TAGS = {REGION: "R", CATEGORY: "C", FREEDOM: "F", LANGUAGE: "L"}
"""Filters with one chosen value, and their letters in a code."""
_TOGGLES = {"I": "by_incident", "N": "changed"}
_TOGGLED = {"by_incident": "moderator.export.incidents", "changed": "moderator.export.changed"}
_WISH_BETWEEN = "-"


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """Format, period of PERIODS ("" until it is chosen) and codes of filters ("" for any)."""

    format: str
    period: str = ""
    region: str = ""
    category: str = ""
    freedom: str = ""
    language: str = ""
    by_incident: bool = False
    changed: bool = False

    @classmethod
    def read(cls, unit: UnitOfWork, format_: str, code: str) -> "ExportSelection":
        """Decode a button. Raises Refusal for invalid data and for choices that no longer exist."""
        period, *parts = code.split(_WISH_BETWEEN)
        if format_ not in FORMATS or period not in {"", *PERIODS}:
            raise Refusal("reporter.tap.stale")
        changes: dict[str, Any] = {}
        for part in parts:
            changes |= _read(unit, part)
        return replace(cls(format_, period), **changes)

    def choose(self, name: str, value: Any) -> "ExportSelection":
        return replace(self, **{name: value})

    def code(self) -> str:
        """Period and filters in one word of at most 32 characters."""
        parts = [f"{tag}{mark(value)}" for facet, tag in TAGS.items() if (value := getattr(self, facet))]
        parts += [tag for tag, name in _TOGGLES.items() if getattr(self, name)]
        return _WISH_BETWEEN.join([self.period, *parts])

    def request(self, unit: UnitOfWork) -> ExportRequest:
        filters = Filters(
            region=(self.region,) if self.region else (),
            category=(self.category,) if self.category else (),
            freedom=(self.freedom,) if self.freedom else (),
            language=self.language,
            rows=INCIDENTS if self.by_incident else "",
            changed=LAST if self.changed else "",
        )
        made = ExportRequest.read(self.format, *days_of(self.period, unit.now.date()))
        return replace(made, filters=filters)


def _read(unit: UnitOfWork, part: str) -> dict[str, Any]:
    if part in _TOGGLES:
        return {_TOGGLES[part]: True}
    facet = _FACETS.get(part[:1], "")
    found = next((code for code in codes_of(unit, facet) if mark(code) == part[1:]), None)
    if found is None:
        raise Refusal("reporter.tap.stale")
    return {facet: found}


def codes_of(unit: UnitOfWork, facet: str) -> Sequence[str]:
    """Values of a filter, in the order of the form."""
    match facet:
        case "freedom":
            return FREEDOMS
        case "language":
            return exported_codes()
        case "category":
            groups = (one.columns.get("group") or one.name for one in _choices(unit, "violations"))
            return list(dict.fromkeys(groups))
        case "region":
            return [one.name for one in _choices(unit, REGION)]
    return ()


def _choices(unit: UnitOfWork, role: str, form: str = REVIEW_FORM) -> Sequence[Choice]:
    question = unit.forms[form].by_role.get(role)
    return question.choices if question is not None else ()


_BETWEEN = "~"
_FORMATS, _PERIODS = "formats", "periods"
_FACETS = {tag: facet for facet, tag in TAGS.items()}
PURPOSES: Mapping[str, Sequence[str]] = {
    "table": ("xlsx", "excel-csv", "csv"),
    "map": ("geojson",),
    "system": ("jsonl", "csv-tables", "uwazi", "openrosa"),
    "partner": ("datapackage", "hxl"),
    "answers": ("answers",),
}
"""Formats by what a file is for."""


def _ask_purpose(turn: Turn) -> None:
    unsure = ActButton(Key("moderator.export.unsure"), _step(ExportSelection(XLSX.name)), ButtonRole.ONWARD)
    history = [[act_button("moderator.export.history.button", "mexlist")]]
    is_admin = turn.moderator.role == Role.ADMIN
    offered = offered_formats(turn.unit.forms)
    offering = [one for one, names in PURPOSES.items() if names[0] in offered]
    purposes = [act_button(f"moderator.export.for.{one}", "mexfor", one) for one in offering]
    rows = [[unsure], *turn.renderer.paired(purposes, turn.language), *(history if is_admin else [])]
    turn.say_in_place("moderator.export.ask", rows=rows)


async def ask_format(turn: Turn) -> None:
    """Offer the formats for the tapped purpose."""
    if turn.act.first not in PURPOSES:
        raise Refusal("reporter.tap.stale")
    rows = format_choices(lambda one: _step(ExportSelection(one)), PURPOSES[turn.act.first])
    back = act_button("moderator.filter.back", "mexset", _step(ExportSelection(XLSX.name)).first, _FORMATS)
    turn.say_in_place(f"moderator.export.which.{turn.act.first}", rows=[*rows, [back]])


def _step(wish: ExportSelection, to: str = "") -> Act:
    return Act("mexset", f"{wish.format}{_BETWEEN}{wish.code()}", to)


async def step(turn: Turn) -> None:
    """Handle a button of a step, which holds the choices so far and the next step."""
    format_, _, code = turn.act.first.partition(_BETWEEN)
    wish, to = ExportSelection.read(turn.unit, format_, code), turn.act.second
    if to not in {"", _FORMATS, _PERIODS, *_FACETS}:
        raise Refusal("reporter.tap.stale")
    if to == _FORMATS:
        _ask_purpose(turn)
    elif not wish.period or to == _PERIODS:
        back = act_button("moderator.filter.back", "mexset", _step(wish).first, _FORMATS)
        rows = period_choices(lambda period: _step(replace(wish, period=period)))
        turn.say_in_place(
            Key("moderator.export.when", {"format": Key(f"moderator.export.format.{wish.format}")}),
            rows=[*rows, [back]],
        )
    elif to:
        _ask_facet(turn, wish, _FACETS[to])
    else:
        await _show(turn, wish)


async def _show(turn: Turn, wish: ExportSelection) -> None:
    period = ExportRequest.read(wish.format, *days_of(wish.period, turn.unit.now.date())).period
    number = await number_of(turn.unit, period, MOST_EXPORTED + 1)
    told: dict[str, Phrase | str | int] = {
        "format": Key(f"moderator.export.format.{wish.format}"),
        "number": capped(number, MOST_EXPORTED),
        "period": Key(f"moderator.export.period.{wish.period}"),
    }
    facets = [_facet(turn, wish, facet) for facet in TAGS]
    toggles = in_rows([_toggle(wish, name) for name in _TOGGLES.values()], 1)
    make = act_button("moderator.export.make", "mexport", wish.format, wish.code(), ButtonRole.ONWARD)
    back = act_button("moderator.filter.back", "mexset", _step(wish).first, _PERIODS)
    rows = [*turn.renderer.paired(facets, turn.language), *toggles, [make], [back]]
    turn.say_in_place(Key("moderator.export.options", told), rows=rows)


def _facet(turn: Turn, wish: ExportSelection, facet: str) -> ActButton:
    of, code = Key(f"moderator.export.of.{facet}"), getattr(wish, facet)
    label = Joined((of, _label(turn.unit, facet, code)), ": ") if code else of
    return ActButton(label, _step(wish, TAGS[facet]))


def _toggle(wish: ExportSelection, name: str) -> ActButton:
    is_on = getattr(wish, name)
    label = Said("☐☑"[is_on]), Key(_TOGGLED[name])
    return ActButton(Joined(label, " "), _step(wish.choose(name, not is_on)))


def _label(unit: UnitOfWork, facet: str, code: str) -> Phrase:
    if facet == LANGUAGE:
        return Said(next((one.name for one in languages() if one.code == code), code))
    choices = [*_choices(unit, {CATEGORY: "violations", FREEDOM: "rights"}.get(facet, facet))]
    if facet == CATEGORY:
        choices = [*_choices(unit, CATEGORY, REPORT_FORM), *choices]
    return next((Label(one.label) for one in choices if one.name == code), Said(code))


def _ask_facet(turn: Turn, wish: ExportSelection, facet: str) -> None:
    buttons = []
    for code in codes_of(turn.unit, facet):
        label = _label(turn.unit, facet, code)
        shown = Joined((Said("✓"), label), " ") if code == getattr(wish, facet) else label
        buttons.append(ActButton(shown, _step(wish.choose(facet, code))))
    any_ = ActButton(Key("moderator.filter.any"), _step(wish.choose(facet, "")))
    back = ActButton(Key("moderator.filter.back"), _step(wish))
    rows = turn.renderer.paired(buttons, turn.language)
    turn.say_in_place(f"moderator.export.ask.{facet}", rows=[[any_], *rows, [back]])


async def export(turn: Turn) -> None:
    """Handle /export [format] [first day] [last day] [filters] and /export history. Without arguments, ask what
    it is for."""
    words = turn.argument.split()
    if words == [WORD]:
        await show(turn)
    elif words:
        await enqueue(turn, ExportRequest.read_words(words))
    else:
        _ask_purpose(turn)


async def chosen(turn: Turn) -> None:
    wish = ExportSelection.read(turn.unit, turn.act.first, turn.act.second)
    await enqueue(turn, wish.request(turn.unit))
