"""Results of a search, made when they are sent. Stories are decrypted a few at a time, so that other answers
do not wait. The search words are stored only in the queued call and the chat."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.chat.moderation.lists import wording
from bot.chat.moderation.lists.wording import what
from bot.chat.screens.renderer import ActButton, Renderer, act_button
from bot.chat.turn import Turn
from bot.form.screen import Key, Phrase, Said
from bot.services.desk.lists import searching
from bot.services.desk.lists.filters import Filter, Scope, read
from bot.services.desk.lists.queue import reports_of
from bot.services.desk.lists.searching import NOTHING, Sought
from bot.services.desk.lists.searching import read as read_sought
from bot.services.desk.lists.walking import Place
from bot.services.unit import REVIEW_FORM, MakeUnit, Unit
from db.models import Moderator, Report

SEARCH = "search"
MARK = "🔤 "
"""Prefix of the words in the first line of the results. A tap on a button below sends that text back."""
MOST_OPENED = 2000
"""Most stories decrypted by one search. A button continues it."""
MOST_STEPS = 100
MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A queued search: its words, filter, cursor, language and moderator."""

    words: str
    wanted: str
    place: str
    language: str
    moderator_id: str

    def name(self) -> str:
        return f"{SEARCH}:{json.dumps(asdict(self), ensure_ascii=False)}"


@dataclass(slots=True)
class _Found:
    ids: list[str]
    opened: int = 0
    place: Place | None = None
    sought: Sought = NOTHING


class Search:
    def __init__(self, read: MakeUnit, renderer: Renderer) -> None:
        self._read, self._renderer = read, renderer

    async def __call__(self, spec: str) -> Mapping[str, Any]:
        asked = Asked(**json.loads(spec))
        found = await self._search(asked)
        async with self._read() as unit:
            reports = await reports_of(unit, found.ids)
            wanted = read(unit, asked.wanted) or Filter(Scope.ALL)
            lines = await wording.lines(unit, self._renderer, asked.language, reports)
            body = [*_head(unit, asked, wanted), *lines, _foot(found)]
        message = self._renderer.message(asked.language, body, _buttons(asked, found, reports))
        return message.params()

    async def _search(self, asked: Asked) -> _Found:
        found = _Found([], place=Place.read(asked.place))
        for _ in range(MOST_STEPS):
            async with self._read() as unit:
                holder = await unit.session.get(Moderator, asked.moderator_id)
                wanted = read(unit, asked.wanted) or Filter(Scope.ALL)
                found.sought = read_sought(unit.forms[REVIEW_FORM], asked.words)
                step = await searching.step(unit, wanted, holder, found.sought, found.place)
            found.opened, found.place = found.opened + step.opened, step.place
            for report_id, place in step.found:
                found.ids.append(report_id)
                if len(found.ids) == MOST_SHOWN:
                    found.place = place
                    return found
            if step.place is None or found.opened >= MOST_OPENED:
                break
            await asyncio.sleep(0)
        return found


def words_of(turn: Turn) -> str:
    """Words of the search whose result was tapped, else ""."""
    query = turn.update.callback_query
    text = getattr(query.message, "text", None) if query is not None else None
    first = (text or "").split("\n", 1)[0]
    return first[len(MARK) :] if first.startswith(MARK) else ""


def _head(unit: Unit, asked: Asked, wanted: Filter) -> list[Phrase]:
    return [Said(f"{MARK}{asked.words}"), what(unit, wanted)]


def _foot(found: _Found) -> Phrase:
    kind = "opened" if found.sought.words else "records"
    opened = Key(f"moderator.search.{kind}", {"n": found.opened})
    if found.ids or found.place is not None:
        return opened
    return Key("moderator.search.nothing", {"opened": opened})


def _buttons(asked: Asked, found: _Found, reports: Sequence[Report]) -> list[list[ActButton]]:
    further = []
    if found.place is not None:
        further = [[act_button("moderator.list.further", "mseek", asked.wanted, str(found.place))]]
    return [
        *wording.opens(reports),
        *further,
        [act_button("moderator.filter.button", "mfilt", asked.wanted)],
    ]
