"""Drafts: a form being filled in a chat. Loaded with one query a batch, sealed and saved with one flush."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import delete, select

from bot.form import draft as drafts
from bot.form.answers import Chosen
from bot.form.draft import Draft
from bot.form.events import Event
from bot.form.flow.advance import advance, begin
from bot.form.flow.instance import Instance
from bot.form.model import Form
from bot.form.screen import Screen, ScreenKind
from bot.safety.sealing import UnsealError
from bot.services import vault
from bot.services.unit import Unit
from db import models

log = logging.getLogger(__name__)
_CONFIRMING = "?"
"""Stands behind the position of a draft before consent while it is asked whether to stop."""
_AT = "@"
"""Stands before that position, and the digest of the form before it."""
LONGEST_PLACE = models.DraftRow.position.type.length - 16 - len(_AT) - len(_CONFIRMING)
"""Characters of a position that fits beside these."""


class End(Enum):
    """How a filling ended with an event."""

    OPEN = auto()
    REFUSED = auto()
    CANCELLED = auto()
    SUBMITTED = auto()


@dataclass(slots=True)
class OpenDraft:
    """A draft's row together with its value; `changed` rows are sealed anew by `save`."""

    row: models.DraftRow
    form: Form
    draft: Draft
    changed: bool = False


async def load(unit: Unit, chat_hashes: Collection[bytes]) -> dict[bytes, OpenDraft]:
    """The fillings of these chats, with two queries however many there are. A draft that does not open, since
    its key has left the ring, is destroyed: its person can begin anew."""
    if not chat_hashes:
        return {}
    rows = list(
        await unit.session.scalars(select(models.DraftRow).where(models.DraftRow.chat_hash.in_(chat_hashes)))
    )
    await vault.open_keys(unit, (row.data_key_id for row in rows), lenient=True)
    found = {}
    for row in rows:
        try:
            found[row.chat_hash] = _open(unit, row)
        except (UnsealError, KeyError):
            log.error("a draft does not open and is destroyed")  # noqa: TRY400 - no trace helps
            await _destroy(unit, row)
    return found


def _open(unit: Unit, row: models.DraftRow) -> OpenDraft:
    form = unit.forms[row.kind]
    if row.data_key_id and row.state:
        draft = drafts.load(vault.unseal(unit, row.data_key_id, row.state, _place(row)))
    else:
        draft = _unanswered(unit, form, row)
    return OpenDraft(row, form, draft)


def _unanswered(unit: Unit, form: Form, row: models.DraftRow) -> Draft:
    """A draft before consent: only its place and its form are known, the way there is the form's order."""
    order = Instance(form, {}, {}, unit.now).order()
    digest, _, place = row.position.rpartition(_AT)
    position = place.removesuffix(_CONFIRMING)
    return Draft(
        form=form.id,
        digest=digest,
        position=position,
        step=row.step,
        trail=order[: order.index(position)] if position in order else (),
        view={"cancel": "yes"} if position != place else {},
    )


def _place(row: models.DraftRow) -> str:
    return f"drafts.state:{row.id}"


async def start(unit: Unit, chat_hash: bytes, kind: str, language: str) -> OpenDraft:
    """Begin a form in this chat, which must have no draft (`wipe` it first)."""
    form = unit.forms[kind]
    row = models.DraftRow(
        id=vault.new_id(),
        chat_hash=chat_hash,
        kind=kind,
        language=language,
        step=0,
        position="",
        touched_hour=unit.hour,
    )
    unit.session.add(row)
    return OpenDraft(row, form, begin(form), changed=True)


async def apply(unit: Unit, filling: OpenDraft, event: Event) -> tuple[Screen, End]:
    """Let an event happen to a draft. A draft that ended is destroyed, but one that was submitted stays
    for the caller to take in."""
    timed = filling.draft.at(unit.now, unit.random.getrandbits(32))
    filling.draft, screen = advance(filling.form, timed, event)
    filling.changed = True
    if screen.kind is ScreenKind.SUBMITTED:
        return screen, End.SUBMITTED
    if screen.kind is ScreenKind.CANCELLED:
        await wipe(unit, filling)
        return screen, End.CANCELLED
    if _consent(filling) is False:
        await wipe(unit, filling)
        return screen, End.REFUSED
    if _consent(filling) and filling.row.data_key_id is None:
        filling.row.data_key_id = vault.make_key(unit)  # a file may follow in the same batch
    return screen, End.OPEN


def _consent(filling: OpenDraft) -> bool | None:
    """Whether the person agreed that the report is kept; None while not asked. A form that does not
    ask (a moderator's) needs no consent."""
    question = filling.form.by_role.get("consent_store")
    if question is None:
        return True
    answer = filling.draft.answers.get(question.path)
    return answer.names == ("yes",) if isinstance(answer, Chosen) else None


def is_gone(unit: Unit, filling: OpenDraft) -> bool:
    """Whether the draft's key was destroyed in this very unit, by a withdrawal or another moderator."""
    return filling.row.data_key_id is not None and filling.row.data_key_id not in unit.keys


def save(unit: Unit, filling: OpenDraft) -> None:
    """Seal a changed draft into its row. Before consent only the place in the form is kept, and which form. A draft that
    is gone by now is left alone."""
    if is_gone(unit, filling):
        return
    row, draft = filling.row, filling.draft
    row.touched_hour, row.step = unit.hour, draft.step
    if not _consent(filling):
        confirming = _CONFIRMING if draft.view.get("cancel") else ""
        row.position = f"{draft.digest}{_AT}{draft.position}{confirming}"
        return
    if row.data_key_id is None:
        row.data_key_id = vault.make_key(unit)
    row.position = ""
    row.state = vault.seal(unit, row.data_key_id, drafts.dump(draft), _place(row))
    filling.changed = False


async def wipe(unit: Unit, filling: OpenDraft) -> None:
    """Destroy a draft: its key, its state and its files."""
    filling.changed = False
    await _destroy(unit, filling.row)


async def _destroy(unit: Unit, row: models.DraftRow) -> None:
    key_id = row.data_key_id
    await unit.session.flush()
    await unit.session.delete(row)
    await vault.destroy(unit, [key_id])
    vault.note_erasure(unit)  # before consent there is no key, but a hash


async def wipe_silent(unit: Unit, limit: int) -> int:
    """Destroy at most so many of the drafts nobody touched for as long as the settings say; how many."""
    oldest = unit.hour - unit.settings.draft_hours
    silent = select(models.DraftRow).where(models.DraftRow.touched_hour < oldest).limit(limit)
    rows = list(await unit.session.scalars(silent))
    if rows:
        ids = [row.id for row in rows]
        await unit.session.execute(delete(models.DraftRow).where(models.DraftRow.id.in_(ids)))
        await vault.destroy(unit, [row.data_key_id for row in rows])
        vault.note_erasure(unit)  # before consent there is no key, but a hash
    return len(rows)
