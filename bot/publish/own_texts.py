"""An organisation's own texts of its updates: introduction, context and conclusions, kept by period and language."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select

from bot.errors import Refusal
from bot.publish.country_update.request import Months, clean_line
from bot.safety.personal_data import found
from bot.safety.personal_data.words import FindingKind
from bot.safety.sealing import UnsealError
from bot.store import audit
from bot.store.unit import UnitOfWork
from bot.store.vault import RingSealed
from db.models import UpdateText

MOST_LETTERS = 20_000


class OwnPart(StrEnum):
    """Part of an update that the organisation writes."""

    INTRODUCTION = "introduction"
    CONTEXT = "context"
    CONCLUSIONS = "conclusions"


@dataclass(frozen=True, slots=True)
class OwnText:
    """Text of a part, and the months that it was written for. It is blank where a text was cleared."""

    text: str
    months: Months

    @property
    def lines(self) -> Sequence[str]:
        return [line for line in map(clean_line, self.text.splitlines()) if line]


OwnTexts = Mapping[OwnPart, OwnText]


def _context(row: UpdateText) -> str:
    return f"update_texts.content:{row.id}"


RING_SEALED = RingSealed(UpdateText.content, _context)


def _id(part: OwnPart, language: str, months: Months) -> str:
    return f"{part}:{language}:{months.last}:{months.first}"


async def set_text(
    unit: UnitOfWork, actor: str, part: OwnPart, language: str, months: Months, text: str
) -> Sequence[str]:
    """Keep a text with its period; a blank one ends an earlier text. Returns names of persons that it may hold."""
    if len(text) > MOST_LETTERS:
        raise Refusal("moderator.update.own.too_long", {"most": MOST_LETTERS})
    await audit.begin(unit)
    key = _id(part, language, months)
    row = await unit.session.get(UpdateText, key) or UpdateText(id=key, language=language)
    row.content = unit.safe.ring.seal(text.strip().encode(), _context(row))
    unit.session.add(row)
    detail = f"{months.first}:{months.last}:{language}"
    await audit.record(unit, actor, "update_text", part, detail)
    return [text[one.start : one.end] for one in found(text) if one.kind is FindingKind.NAME]


async def read_texts(unit: UnitOfWork, language: str, months: Months) -> OwnTexts:
    """Texts of a period in a language. A part that has none is that of the latest period that ended before."""
    own = {_id(part, language, months) for part in OwnPart}
    bounds = [(f"{part}:{language}:", f"{part}:{language}:{months.last}") for part in OwnPart]
    latest = [func.max(UpdateText.id).filter(UpdateText.id.between(*ends)) for ends in bounds]
    earlier = (await unit.session.execute(select(*latest).where(UpdateText.language == language))).one()
    query = select(UpdateText).where(UpdateText.id.in_([*own, *filter(None, earlier)]))
    rows = await unit.session.scalars(query)
    texts: dict[OwnPart, OwnText] = {}
    for row in sorted(rows, key=lambda one: one.id in own):
        part, _, last, first = row.id.split(":")
        with suppress(UnsealError):  # its key has left the ring
            text = unit.safe.ring.unseal(row.content, _context(row)).decode()
            texts[OwnPart(part)] = OwnText(text, Months(first, last))
    return texts
