"""Filters of a list as buttons with counts, and search results, made at the moment of sending."""

import asyncio
import json
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, Renderer, act_button
from bot.chat.turn import Turn
from bot.desk.notices import service as notices_service
from bot.desk.queue import searching
from bot.desk.queue.searching import read as read_sought
from bot.desk.queue.service import (
    CATEGORY,
    REGION,
    TOGGLES,
    UNDECIDED,
    Count,
    Filter,
    ListCursor,
    ReportScope,
    numbers,
    read_filter,
    reports_of,
)
from bot.desk.references import label_of, list_lines, open_buttons
from bot.errors import Refusal
from bot.form.answers import Precision, When
from bot.form.kinds.calendar import when_phrase
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.store.unit import REVIEW_FORM, MakeUnit, UnitOfWork
from db.models import Moderator

SEARCH = "search"
MARK = "🔤 "
"""Prefix of the words in the first line of the results. A tap on a button below sends that text back."""
MOST_OPENED = 2000
"""Most stories decrypted by one search. A button continues it."""
MOST_STEPS = 100
MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class PendingSearch:
    """A queued search: its words, filter, cursor, language and moderator."""

    words: str
    wanted: str
    place: str
    language: str
    moderator_id: str

    def name(self) -> str:
        return f"{SEARCH}:{json.dumps(asdict(self), ensure_ascii=False)}"


class Search:
    def __init__(self, read: MakeUnit, renderer: Renderer) -> None:
        self._read, self._renderer = read, renderer

    async def __call__(self, spec: str) -> Mapping[str, Any]:
        asked = PendingSearch(**json.loads(spec))
        ids, number, place = await self._search(asked)
        async with self._read() as unit:
            reports = await reports_of(unit, ids)
            wanted = read_filter(unit, asked.wanted) or Filter(ReportScope.ALL)
            lines = await list_lines(unit, self._renderer, asked.language, reports)
            head = Said(f"{MARK}{asked.words}"), filter_phrase(unit, wanted)
            left_out = [Key("archive.search")] if await searching.leaves_out(unit) else []
            kind = "opened" if read_sought(unit.forms[REVIEW_FORM], asked.words).words else "records"
        opened, rows = Key(f"moderator.search.{kind}", {"n": number}), open_buttons(reports)
        is_over = not ids and place is None
        foot = Key("moderator.search.nothing", {"opened": opened}) if is_over else opened
        if place is not None:
            rows.append([act_button("moderator.list.further", "mseek", asked.wanted, str(place))])
        rows.append([act_button("moderator.filter.button", "mfilt", asked.wanted)])
        return self._renderer.message(asked.language, [*head, *lines, foot, *left_out], rows).params()

    async def _search(self, asked: PendingSearch) -> tuple[Sequence[str], int, ListCursor | None]:
        ids, opened, place = list[str](), 0, ListCursor.read(asked.place)
        for _ in range(MOST_STEPS):
            async with self._read() as unit:
                holder = await unit.session.get(Moderator, asked.moderator_id)
                wanted = read_filter(unit, asked.wanted) or Filter(ReportScope.ALL)
                sought = read_sought(unit.forms[REVIEW_FORM], asked.words)
                step = await searching.step(unit, wanted, holder, sought, place)
            opened, place = opened + step.opened, step.place
            for report_id, at in step.found:
                ids.append(report_id)
                if len(ids) == MOST_SHOWN:
                    return ids, opened, at
            if place is None or opened >= MOST_OPENED:
                break
            await asyncio.sleep(0)
        return ids, opened, place


def words_of(turn: Turn) -> str:
    """Words of the search whose result was tapped, else ""."""
    query = turn.update.callback_query
    text = getattr(query.message, "text", None) if query is not None else None
    first = (text or "").split("\n", 1)[0]
    return first[len(MARK) :] if first.startswith(MARK) else ""


MOST_ROWS = 6
"""Most rows of buttons under a list: a phone still shows the text above them."""


def turning(
    rows: Sequence[Sequence[ActButton]], page: str, further: Callable[[str], Act], *last: ActButton
) -> list[Sequence[ActButton]]:
    """Rows of a page, counted from 0, and below them `last`, with a button to the next page if there is one."""
    most, number = MOST_ROWS - 1, int(page) if page.isdecimal() else 0
    begin = number * most if number * most < len(rows) else 0
    more = [ActButton(Key("moderator.queue.more"), further(str(number + 1)))]
    return [*rows[begin : begin + most], [*last, *(more if begin + most < len(rows) else [])]]


def filter_phrase(unit: UnitOfWork, wanted: Filter) -> Phrase:
    """Description of a filter, with its scope first."""
    parts = [scope_phrase(wanted.scope)]
    parts += [label_of(unit, CATEGORY, wanted.category)] if wanted.category else []
    parts += [label_of(unit, REGION, wanted.region)] if wanted.region else []
    parts += [Key(f"moderator.filter.{name}") for name in TOGGLES if getattr(wanted, name)]
    parts += [older_phrase(wanted.older)] if wanted.older else []
    parts += [days_phrase(wanted)] if wanted.dated else []
    return Joined(tuple(parts), " · ")


def list_title(unit: UnitOfWork, wanted: Filter, number: Count) -> Phrase:
    return Key("moderator.list.title", {"what": filter_phrase(unit, wanted), "n": str(number) or "…"})


def scope_phrase(scope: ReportScope) -> Phrase:
    return Key(f"moderator.scope.{scope.name.lower()}")


def older_phrase(days: int) -> Phrase:
    return Key("moderator.filter.older", {"n": days})


def days_phrase(wanted: Filter) -> Phrase:
    first, last = wanted.since, wanted.until
    if first is not None and last is not None:
        if first == last:
            return when_phrase(When(Precision.DAY, first.isoformat(), first.isoformat()))
        if (first, last) == month_of(first):
            return when_phrase(When(Precision.MONTH, f"{first:%Y-%m}"))
        if (first, last) == year_of(first):
            return when_phrase(When(Precision.YEAR, f"{first:%Y}"))
    since, until = (day.isoformat() if day is not None else None for day in (first, last))
    return when_phrase(When(Precision.RANGE, since, until))


def month_of(day: date) -> tuple[date, date]:
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def year_of(day: date) -> tuple[date, date]:
    return date(day.year, 1, 1), date(day.year, 12, 31)


SCOPE, OLDER, DAYS = "scope", "older", "days"
FACETS = (SCOPE, CATEGORY, REGION, OLDER, DAYS)
"""Filters with one chosen value, by texts `moderator.filter.of.<facet>` and `moderator.filter.ask.<facet>`."""
AGES = (1, 3, 7, 14, 30, 90)


async def filter_menu(turn: Turn) -> None:
    wanted, (facet, _, page) = read_filter(turn.unit, turn.act.first), turn.act.second.partition("-")
    if wanted is None or facet not in {"", *FACETS}:
        raise Refusal("reporter.tap.stale")
    if facet:
        await _choose(turn, wanted, facet, page)
    else:
        await show_menu(turn, wanted)


async def show_menu(turn: Turn, wanted: Filter) -> None:
    """Show the filters of a list, in place of the tapped message if there is one."""
    toggles = [wanted.changed(**{name: not getattr(wanted, name)}) for name in TOGGLES]
    *numbered, shown = await numbers(turn.unit, [*toggles, wanted], turn.moderator)
    set_ = {CATEGORY: wanted.category, REGION: wanted.region, OLDER: wanted.older, DAYS: wanted.dated}
    opens = [
        ActButton(
            _ticked(Key(f"moderator.filter.of.{one}"), on=set_.get(one)), Act("mfilt", str(wanted), one)
        )
        for one in FACETS
    ]
    boxes = []
    for name, toggled, number in zip(TOGGLES, toggles, numbered, strict=True):
        label, is_on = Key(f"moderator.filter.{name}"), getattr(wanted, name)
        told = _ticked(label, on=True) if is_on else _with_number(label, number)
        boxes.append(ActButton(told, Act(_verb(turn), str(toggled))))
    rows = [opens[:2], opens[2:4], [opens[4], boxes[2]], boxes[:2]]
    hint = [Key("moderator.search.hint")] if wanted == Filter(ReportScope.ALL) and not words_of(turn) else []
    title = list_title(turn.unit, wanted, shown)
    if not words_of(turn):
        by_grade = act_button("moderator.filter.grades", "mgrades")
        rows.append([act_button("moderator.filter.words", "mwordsof"), by_grade])
    turn.say_in_place(*_sought(turn), title, "moderator.filter.ask", *hint, rows=[*rows, _last(turn, wanted)])


def _last(turn: Turn, wanted: Filter) -> list[ActButton]:
    show = ActButton(Key("moderator.filter.show"), Act(_verb(turn), str(wanted)), ButtonRole.ONWARD)
    saved = [act_button("moderator.filters", "msaved")] if _saved(turn) else []
    if not wanted.narrowed:
        return [*saved, show]
    save = [] if words_of(turn) else [act_button("moderator.filters.save", "msave", str(wanted))]
    return [act_button("moderator.filter.reset", "mfilt", str(Filter(wanted.scope))), *save, show]


def _verb(turn: Turn) -> str:
    return "mseek" if words_of(turn) else "mlist"


def _sought(turn: Turn) -> list[Phrase]:
    return [Said(f"{MARK}{words_of(turn)}")] if words_of(turn) else []


def _ticked(label: Phrase, *, on: object) -> Phrase:
    return Joined((Said("✓"), label), " ") if on else label


def _with_number(label: Phrase, number: Count) -> Phrase:
    return Joined((label, Said(str(number))), " · ") if str(number) else label


async def _choose(turn: Turn, wanted: Filter, facet: str, page: str) -> None:
    choices = _choices(turn.unit, wanted, facet)
    counted = await numbers(turn.unit, [made for _, made in choices], turn.moderator)
    shown = [
        (_with_number(label, number), made)
        for (label, made), number in zip(choices, counted, strict=True)
        if made == wanted or facet == SCOPE or not number.none
    ]
    buttons = [
        ActButton(_ticked(label, on=made == wanted), Act(_verb(turn), str(made))) for label, made in shown
    ]
    last = []
    if facet != SCOPE:
        names = ("since", "until") if facet == DAYS else (facet,)
        without = wanted.changed(**{name: getattr(Filter(), name) for name in names})
        last.append(act_button("moderator.filter.any", _verb(turn), str(without)))
    last.append(act_button("moderator.filter.back", "mfilt", str(wanted)))
    asked = Key(f"moderator.filter.ask.{facet}")
    rows = turn.renderer.paired(buttons, turn.language)
    paged = turning(rows, page, lambda number: Act("mfilt", str(wanted), f"{facet}-{number}"), *last)
    turn.say_in_place(*_sought(turn), filter_phrase(turn.unit, wanted), asked, rows=paged)


def _choices(unit: UnitOfWork, wanted: Filter, facet: str) -> Sequence[tuple[Phrase, Filter]]:
    match facet:
        case "scope":
            scopes = (*UNDECIDED, ReportScope.APPROVED, ReportScope.REJECTED, ReportScope.ALL)
            return [(scope_phrase(one), wanted.changed(scope=one)) for one in scopes]
        case "category" | "region":
            codes = unit.report_forms.labels(facet)
            return [(label_of(unit, facet, one), wanted.changed(**{facet: one})) for one in codes]
        case "older":
            return [(older_phrase(days), wanted.changed(older=days)) for days in AGES]
    day = unit.now.date()
    months = [month_of(day)]
    for _ in range(2):
        months.append(month_of(months[-1][0] - timedelta(days=1)))
    periods = *months, year_of(day), year_of(date(day.year - 1, 1, 1))
    made = [wanted.changed(since=since, until=until) for since, until in periods]
    return [(days_phrase(one), one) for one in made]


MOST_SAVED, MOST_NAME = 5, 24
NAME = "moderator.filters.name"
"""Text whose reply names a filter. It holds the filter's code."""


def _saved(turn: Turn) -> dict[str, str]:
    return dict(notices_service.preferences_of(turn.unit, turn.moderator).filters)


async def save_filter(turn: Turn) -> None:
    """Ask for a name, under which the reply saves the filter."""
    if read_filter(turn.unit, turn.act.first) is None:
        raise Refusal("reporter.tap.stale")
    if len(_saved(turn).keys() - {turn.act.first}) >= MOST_SAVED:
        raise Refusal("moderator.filters.enough", {"n": MOST_SAVED})
    turn.ask_reply(Key(NAME, {"code": turn.act.first, "most": MOST_NAME}), "…")


async def name_filter(turn: Turn) -> bool:
    """Handle a reply with a filter's name. Returns False for any other message."""
    code = turn.replied_about(NAME, "code", {"most": MOST_NAME})
    if code is None or read_filter(turn.unit, code) is None:
        return False
    turn.sit_at_desk()
    name, saved = " ".join((turn.message.text or "").split()), _saved(turn)
    if len(name) > MOST_NAME or len(saved.keys() - {code}) >= MOST_SAVED:
        raise Refusal("moderator.filters.bad", {"most": MOST_NAME, "n": MOST_SAVED})
    await _keep(turn, {**saved, code: name})
    return True


async def saved_filters(turn: Turn) -> None:
    _list_saved(turn, _saved(turn))


async def drop_filter(turn: Turn) -> None:
    await _keep(turn, {code: name for code, name in _saved(turn).items() if code != turn.act.first})


async def _keep(turn: Turn, saved: Mapping[str, str]) -> None:
    await notices_service.keep_filters(turn.unit, turn.moderator, saved)
    _list_saved(turn, saved)


def _list_saved(turn: Turn, saved: Mapping[str, str]) -> None:
    rows = [
        [ActButton(Said(name), Act("mlist", code)), act_button("moderator.filters.drop", "mdrop", code)]
        for code, name in saved.items()
    ]
    back = [act_button("moderator.filter.back", "mfilt", str(Filter(ReportScope.ALL)))]
    turn.say_in_place("moderator.filters.title" if saved else "moderator.filters.none", rows=[*rows, back])
