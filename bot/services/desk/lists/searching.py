"""Searching by words: stories are opened one after another, in the order of a list, a few at a time. Whoever searches is told which
reports hold the words, and not a word of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from bot.form.answers import Written
from bot.form.typed.normalization import normalized, words
from bot.safety.sealing import UnsealError
from bot.services import vault
from bot.services.desk.lists.filters import Filter
from bot.services.desk.lists.walking import Place, walk, walk_of
from bot.services.reports import reading
from bot.services.unit import REPORT_FORM, Unit
from db.lists import evened
from db.models import DataKey, KeySlot, Moderator, Report

AT_ONCE = 50
"""Stories of one step: some ten milliseconds."""
STORY = "story"
"""The role of the question whose words are searched."""
MOST_TYPED, FEWEST_LETTERS = 100, 3


@dataclass(frozen=True, slots=True)
class Step:
    """What some stories have shown: the ids of the reports that hold the words, each with its place, how many were opened, and from where
    the search goes on, None at its end."""

    found: Sequence[tuple[str, Place]]
    opened: int
    place: Place | None


def needles(typed: str) -> tuple[str, ...]:
    """What a story must hold: each word that was typed, also as a part of a longer one, in any case and without the letters of a
    language. Empty where no word has FEWEST_LETTERS."""
    found = words(typed[:MOST_TYPED])
    return found if any(len(one) >= FEWEST_LETTERS for one in found) else ()


async def step(
    unit: Unit, wanted: Filter, holder: Moderator | None, sought: Sequence[str], place: Place | None
) -> Step:
    """Open the stories that follow a place."""
    way = walk_of(unit, wanted, holder)
    way = replace(way, besides=(*way.besides, Report.data_key_id.is_not(None)))
    stretch = await walk(unit, way, AT_ONCE, place)
    places = dict(stretch.found)
    told = await _stories(unit, list(places))
    found = [(one, places[one]) for one in places if all(word in told.get(one, "") for word in sought)]
    last = stretch.found[-1][1] if len(stretch.found) == AT_ONCE else stretch.stopped
    return Step(found, len(told), last)


async def _stories(unit: Unit, ids: Sequence[str]) -> dict[str, str]:
    """The stories of these reports, normalized; those that cannot be opened are left out. One statement."""
    if not ids:
        return {}
    query = select(Report.id, Report.data_key_id, Report.content, KeySlot.content.label("slot"))
    query = query.join(DataKey, DataKey.id == Report.data_key_id).join(
        KeySlot, KeySlot.number == DataKey.slot
    )
    rows = (await unit.session.execute(query.where(Report.id.in_(evened(ids))))).all()
    vault.open_slots(unit, {row.data_key_id: row.slot for row in rows})
    question = unit.forms[REPORT_FORM].by_role.get(STORY)
    told = {}
    for row in rows:
        if row.data_key_id not in unit.keys or row.content is None or question is None:
            continue
        try:
            answers = reading.told(unit, row.id, row.data_key_id, row.content)
        except UnsealError:
            continue
        answer = answers.get(question.path)
        told[row.id] = normalized(answer.text) if isinstance(answer, Written) else ""
    return told
