"""Drafts: forms being filled in. A batch loads them with one query, and saves them with one flush."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import bindparam, delete, inspect, select, update

from bot.errors import Refusal
from bot.form import draft as drafts
from bot.form.answers import Answer, Chosen, FileRef, TextPart, Written, files_of
from bot.form.draft import Draft, Origin, ScreenState
from bot.form.events import Event, Show, Wrote
from bot.form.flow.advance import advanced, begin
from bot.form.flow.filling import Filling
from bot.form.flow.instance import Instance
from bot.form.model import Form
from bot.form.screen import Screen, ScreenKind
from bot.safety.sealing import UnsealError
from bot.store import allowances, vault
from bot.store.files import Incoming
from bot.store.unit import REPLY_FORM, REPORT_FORM, REVIEW_FORM, TRIAL_FORM, UnitOfWork
from db.engine import Bulk, padded_to_power_of_two
from db.models import DataKey, DraftRow, KeySlot

log = logging.getLogger(__name__)
_AT = "@"
_CONFIRMING, _FORGOTTEN = "?", "!"
"""Marks after the place of a draft before consent: it asks whether to stop; what it held has gone."""
_DIGEST_LENGTH = 16
_LANGUAGE = "/reply/language"
_UNREADABLE = (UnsealError, KeyError, TypeError, ValueError)
"""Errors of a draft that does not open, or comes of a newer version. It is skipped, not destroyed."""
REPLY_BYTES = 8192
"""A reply's draft is a multiple of this, since its length could lead to its report."""
LONGEST_PATH = DraftRow.position.type.length - _DIGEST_LENGTH - len(_AT + _CONFIRMING + _FORGOTTEN)
MOST_HELD, HELD_MINUTES = 10, 14
"""Messages held before consent, and the time after which they are destroyed. A minute is left for the job."""
_WITH_KEYS = (
    select(DraftRow, KeySlot.content)
    .outerjoin(DataKey, DataKey.id == DraftRow.data_key_id)
    .outerjoin(KeySlot, KeySlot.number == DataKey.slot)
    .where(DraftRow.chat_hash.in_(bindparam("chats", expanding=True)))
)
_TABLE: Any = DraftRow.__table__
_CHANGING = ("language", "step", "position", "state", "prompt", "touched_hour", "reminds", "address")
_LASTING = frozenset(column.name for column in _TABLE.columns) - set(_CHANGING)
_OVERWRITE = Bulk(
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("draft"), _TABLE.c.data_key_id.is_not_distinct_from(bindparam("key")))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING}),
    ("draft", "key", *(f"new_{name}" for name in _CHANGING)),
)
"""Update only if the row still has its key, since another process may have emptied the draft."""


class End(Enum):
    OPEN = auto()
    NO_CONSENT = auto()
    CANCELLED = auto()
    SUBMITTED = auto()


@dataclass(frozen=True, slots=True)
class Held:
    """A message sent before consent: its words and id, and its file, which is not fetched."""

    text: str
    source: str
    file: Incoming | None = None


_HELD = TypeAdapter(tuple[Held, ...])


@dataclass(slots=True)
class OpenDraft:
    """Row and value of a draft. `save` seals a `changed` one again.

    - `held`: messages sent before consent, since the minute `held_since`.
    - `is_forgotten`: those were destroyed, and the person is still to be told.
    """

    row: DraftRow
    form: Form
    draft: Draft
    changed: bool = False
    is_emptied: bool = False
    held: tuple[Held, ...] = ()
    held_since: int = 0
    is_forgotten: bool = False
    _worked_out: Filling | None = None

    def __post_init__(self) -> None:
        self.draft = self.draft.changed(seed=self.row.id)

    @property
    def agrees(self) -> bool:
        """Whether the person agreed to storage, or is not asked."""
        return _consent(self) is True

    @property
    def language(self) -> str:
        """Language of the draft. A reply seals it, since a rare language could lead to its report."""
        answer = self.draft.answers.get(_LANGUAGE)
        return answer.text if isinstance(answer, Written) else self.row.language

    @language.setter
    def language(self, code: str) -> None:
        if self.row.kind == REPLY_FORM:
            answers = {**self.draft.answers, _LANGUAGE: Written((TextPart(code),))}
            self.draft, self.changed = self.draft.changed(answers=answers), True
        else:
            self.row.language = code

    @property
    def is_practice(self) -> bool:
        """Whether this is an edit of a practice report, which has no row."""
        return self.row.kind == REVIEW_FORM and self.row.report_id is None

    @property
    def filling(self) -> Filling:
        known = self._worked_out
        return known if known is not None and known.draft is self.draft else Filling(self.form, self.draft)

    def filling_at(self, now: datetime) -> Filling:
        """Draft at a moment, with results cached within a batch."""
        self._worked_out = self.filling.fresh(now)
        self.draft = self._worked_out.draft
        return self._worked_out

    def screen(self, now: datetime) -> Screen:
        return advanced(self.filling_at(now), Show())[1]

    def advance(self, event: Event, now: datetime) -> Screen:
        self._worked_out, screen = advanced(self.filling_at(now), event)
        self.draft, self.changed = self._worked_out.draft, True
        return screen


class _Opened(dict[str, OpenDraft]):
    """Drafts that this unit opened, by id, one object each."""


async def load(unit: UnitOfWork, chat_hashes: Collection[bytes]) -> dict[bytes, OpenDraft]:
    """Open drafts of these chats. One query."""
    return await opened(unit, await rows_of(unit, chat_hashes))


async def opened(unit: UnitOfWork, rows: Iterable[DraftRow]) -> dict[bytes, OpenDraft]:
    """Drafts of `rows_of` by chat. One that does not open is destroyed, so that its person can begin again."""
    found = {}
    for row in rows:
        try:
            found[row.chat_hash] = one = open_row(unit, row)
        except (UnsealError, KeyError):
            log.error("a draft does not open and is destroyed")  # noqa: TRY400 - no trace helps
            await _destroy(unit, row)
            continue
        if is_over(unit, one):
            await forget(unit, one)
    return found


async def rows_of(unit: UnitOfWork, chat_hashes: Collection[bytes]) -> Sequence[DraftRow]:
    """Rows of these chats' drafts. The query opens their keys too."""
    if not chat_hashes:
        return []
    found = (await unit.session.execute(_WITH_KEYS, {"chats": padded_to_power_of_two(chat_hashes)})).all()
    vault.open_slots(unit, {row.data_key_id: content for row, content in found if row.data_key_id})
    return [row for row, _ in found]


def open_row(unit: UnitOfWork, row: DraftRow) -> OpenDraft:
    """Draft of a row whose key is open, one object a unit. Raises UnsealError or KeyError."""
    known = unit.state(_Opened).get(row.id)
    if known is not None and known.row is row:
        return known  # it may have unsaved changes of this unit
    if row.data_key_id and row.state and not row.position:
        draft = drafts.load(vault.unseal(unit, row.data_key_id, row.state, f"drafts.state:{row.id}"))
        one = OpenDraft(row, _form_of(unit, row.kind, draft.digest, draft.form), draft)
    else:
        digest, _, place = row.position.partition(_AT)
        form = _form_of(unit, row.kind, digest, place.strip("/").partition("/")[0])
        draft, is_forgotten = _unanswered(unit, form, row), row.position.endswith(_FORGOTTEN)
        one = OpenDraft(row, form, draft, is_forgotten=is_forgotten)
        if row.data_key_id and row.state:
            found = vault.unseal(unit, row.data_key_id, row.state, f"drafts.held:{row.id}")
            one.held_since, one.held = found["since"], _HELD.validate_python(found["held"])
    unit.state(_Opened)[row.id] = one
    return one


def _form_of(unit: UnitOfWork, kind: str, digest: str, name: str) -> Form:
    return unit.report_forms.of(digest, name) if kind in {REPORT_FORM, TRIAL_FORM} else unit.forms[kind]


async def those_that_open(unit: UnitOfWork, rows: Sequence[DraftRow]) -> list[OpenDraft]:
    """Drafts of these rows that have answers and open."""
    await vault.open_keys(unit, (row.data_key_id for row in rows), lenient=True)
    found = []
    for row in rows:
        is_begun = row.id in unit.state(_Opened)  # in this unit, and not sealed yet
        if row.data_key_id in unit.keys and (row.state or is_begun):
            with suppress(*_UNREADABLE):
                found.append(open_row(unit, row))
    return found


def _unanswered(unit: UnitOfWork, form: Form, row: DraftRow) -> Draft:
    """Draft before consent. Only path and form are stored, so its trail is the form's order."""
    order = Instance(form, {}, {}, unit.now).order()
    digest, _, place = row.position.removesuffix(_FORGOTTEN).rpartition(_AT)
    position = place.removesuffix(_CONFIRMING)
    return Draft(
        form=form.id,
        digest=digest,
        position=position,
        step=row.step,
        trail=order[: order.index(position)] if position in order else (),
        view=ScreenState(confirming=position != place),
    )


async def require_allowed(unit: UnitOfWork, allowance: allowances.Allowance) -> None:
    """Count one more report begun. Raises Refusal over the daily limit."""
    if allowance.reports >= unit.settings.reports_a_day:
        raise Refusal("reporter.enough_reports", {"n": unit.settings.reports_a_day})
    allowance.reports += 1
    allowances.note(unit, allowance)


async def start(
    unit: UnitOfWork, chat_hash: bytes, kind: str, language: str, form: Form | None = None
) -> OpenDraft:
    """Begin a form in this chat, which must have no draft: `form`, or the first of its kind."""
    form = form or unit.forms[kind]
    if "drafts" in unit.safe.foreign:  # a forged draft must not block a person's own
        await unit.session.execute(delete(DraftRow).where(DraftRow.chat_hash == chat_hash))
    row = DraftRow(
        id=vault.new_id(),
        chat_hash=chat_hash,
        kind=kind,
        language="",
        step=0,
        position="",
        touched_hour=unit.hour,
    )
    unit.session.add(row)
    unit.state(_Opened)[row.id] = begun = OpenDraft(row, form, begin(form, unit.now), changed=True)
    begun.language = language
    return begun


def change_form(open_draft: OpenDraft, form: Form) -> None:
    """Begin another form before consent. Messages held stay, and buttons shown before become stale."""
    open_draft.draft = begin(form).changed(step=open_draft.draft.step + 1)
    open_draft.form, open_draft.changed = form, True


async def apply(unit: UnitOfWork, open_draft: OpenDraft, event: Event) -> tuple[Screen, End]:
    """Apply an event. Returns the screen and the end. An ended draft is destroyed, unless submitted."""
    screen = open_draft.advance(event, unit.now)
    if screen.kind is ScreenKind.SUBMITTED:
        return screen, End.SUBMITTED
    if screen.kind is ScreenKind.CANCELLED:
        await wipe(unit, open_draft)
        return screen, End.CANCELLED
    if _consent(open_draft) is False:
        await wipe(unit, open_draft)
        return screen, End.NO_CONSENT
    if _consent(open_draft) and open_draft.row.data_key_id is None:
        # Now, not in `save`, since a file may follow in this batch.
        open_draft.row.data_key_id = vault.make_key(unit)
    return screen, End.OPEN


def submission(open_draft: OpenDraft) -> Mapping[str, Answer]:
    form, draft = open_draft.form, open_draft.draft
    told = Instance(form, draft.answers, draft.counts, draft.now, draft.seed).submission()
    hidden = {question.path for question in form.questions if question.kind == "hidden"}
    return {path: answer for path, answer in told.items() if path not in hidden}


def file_of(open_draft: OpenDraft, source: str) -> tuple[FileRef, Origin] | None:
    draft = open_draft.draft
    given = (file for answer in draft.answers.values() for file in files_of(answer))
    known = ((file, draft.brought[file.id]) for file in given if file.id in draft.brought)
    return next(((file, origin) for file, origin in known if origin.source == source), None)


def _consent(open_draft: OpenDraft) -> bool | None:
    """Whether the person agreed to storage. None before the answer. True without the question."""
    question = open_draft.form.by_role.get("consent_store")
    if question is None:
        return True
    answer = open_draft.draft.answers.get(question.path)
    return answer.names == ("yes",) if isinstance(answer, Chosen) else None


def is_gone(unit: UnitOfWork, open_draft: OpenDraft) -> bool:
    return open_draft.row.data_key_id is not None and open_draft.row.data_key_id not in unit.keys


def save(unit: UnitOfWork, open_draft: OpenDraft) -> None:
    """Seal a changed draft that still exists into its row, before consent only path, form and held messages."""
    if is_gone(unit, open_draft):
        return
    row, draft = open_draft.row, open_draft.draft
    row.touched_hour, row.step = unit.hour, draft.step
    if open_draft.is_emptied:
        row.touched_hour -= unit.settings.reply_hours + 1
    if not _consent(open_draft):
        if row.state is not None and not row.position:
            return  # it was given before, and the answers stay
        marks = _CONFIRMING * draft.view.confirming + _FORGOTTEN * open_draft.is_forgotten
        row.position = f"{draft.digest}{_AT}{draft.position}{marks}"
        row.state = _sealed_held(unit, open_draft) if open_draft.held else None
        return
    if row.data_key_id is None:
        row.data_key_id = vault.make_key(unit)
    row.position = ""
    told, filled_to = drafts.dump(draft), REPLY_BYTES if row.kind == REPLY_FORM else 1
    row.state = vault.seal(unit, row.data_key_id, told, f"drafts.state:{row.id}", filled_to=filled_to)
    open_draft.changed = False


def are_held(unit: UnitOfWork, open_draft: OpenDraft, words: str) -> bool:
    """Whether words wait for consent, since they do not answer the question at hand as a typed "yes" does."""
    if open_draft.agrees:
        return False
    filling = open_draft.filling_at(unit.now)
    if filling.question is None or filling.view.confirming:
        return True
    kind, asked = filling.asked_about(filling.position, filling.question)
    taken = kind.take(asked, Wrote(words))
    return taken is None or asked.path not in taken.answers


async def hold(unit: UnitOfWork, open_draft: OpenDraft, held: Held) -> bool:
    """Hold a message until consent is answered, in place of one with its id. False if there are MOST_HELD."""
    others = tuple(one for one in open_draft.held if one.source != held.source)
    if len(others) >= MOST_HELD:
        return False
    if open_draft.row.data_key_id is None:
        await unit.session.flush()  # a new row must exist before it refers to its key
        open_draft.row.data_key_id, open_draft.held_since = vault.make_key(unit), unit.minute
    open_draft.held, open_draft.changed = (*others, held), True
    return True


def _sealed_held(unit: UnitOfWork, open_draft: OpenDraft) -> bytes:
    row, held = open_draft.row, [asdict(one) for one in open_draft.held]
    value = {"since": open_draft.held_since, "held": held}
    return vault.seal(unit, row.data_key_id or "", value, f"drafts.held:{row.id}", filled_to=REPLY_BYTES)


def is_over(unit: UnitOfWork, open_draft: OpenDraft) -> bool:
    """Whether messages were held for their time, or the clock went back."""
    return bool(open_draft.held) and not 0 <= unit.minute - open_draft.held_since < HELD_MINUTES


async def forget(unit: UnitOfWork, open_draft: OpenDraft) -> None:
    """Destroy what is held, with its key."""
    row = open_draft.row
    key_id, row.data_key_id, row.state = row.data_key_id, None, None
    row.position = row.position.removesuffix(_FORGOTTEN) + _FORGOTTEN
    open_draft.held, open_draft.is_forgotten = (), True
    await vault.destroy(unit, [key_id])


async def write(unit: UnitOfWork, rows: Iterable[DraftRow]) -> None:
    """Write changed rows by one fast statement. They may not change again in the unit."""
    written, gone = [], set(unit.session.deleted)
    for row in rows:
        state: Any = inspect(row)
        if row not in gone and state.persistent and state.modified and state.unmodified >= _LASTING:
            unit.session.expunge(row)
            changed = {f"new_{name}": getattr(row, name) for name in _CHANGING}
            written.append(changed | {"draft": row.id, "key": row.data_key_id})
    await _OVERWRITE.run(await unit.session.connection(), written)


def keep_address(unit: UnitOfWork, open_draft: OpenDraft, chat_id: int) -> None:
    """Store a draft's chat id, sealed, if its person wants a reminder or a cleared chat."""
    row, draft = open_draft.row, open_draft.draft
    row.reminds, row.address = draft.reminds, None
    if (draft.reminds or draft.leaves_nothing) and row.data_key_id in unit.keys:
        row.address = vault.seal(unit, row.data_key_id, chat_id, f"drafts.address:{row.id}")


def note_reminded(unit: UnitOfWork, open_draft: OpenDraft) -> None:
    """Record that a reminder is enqueued, and delete the chat id unless needed. The draft stays silent."""
    row, touched = open_draft.row, open_draft.row.touched_hour
    open_draft.draft = open_draft.draft.changed(reminds=False)
    save(unit, open_draft)
    row.touched_hour, row.reminds = touched, False
    if not open_draft.draft.leaves_nothing:
        row.address = None


async def wipe(unit: UnitOfWork, open_draft: OpenDraft) -> None:
    open_draft.changed = False
    await _destroy(unit, open_draft.row)


async def empty(unit: UnitOfWork, reply: OpenDraft) -> None:
    """Destroy a reply's answers, key and files. An empty draft under another key stays in its chat, as if
    long untouched. A process that holds the old one can no longer save it."""
    chat_id = address(unit, reply.row)
    # The language is one of the answers, and still needed for the chat.
    language, told = reply.language, reply.row.data_key_id
    reply.row.data_key_id = vault.make_key(unit)
    reply.draft = reply.draft.changed(answers={}, brought={})
    reply.language, reply.is_emptied = language, True
    save(unit, reply)
    if chat_id is not None:
        keep_address(unit, reply, chat_id)
    else:  # begun in this batch, whose end stores the address
        reply.row.address, reply.changed = None, True
    await vault.destroy(unit, [told])


async def _destroy(unit: UnitOfWork, row: DraftRow) -> None:
    key_id = row.data_key_id
    # A draft begun in this batch is only pending, and pending rows cannot be deleted.
    await unit.session.flush()
    await unit.session.delete(row)
    await vault.destroy(unit, [key_id])
    vault.note_erasure(unit)  # before consent there is no key to destroy, but the row held the chat's hash


async def of_key(unit: UnitOfWork, key_id: str) -> OpenDraft | None:
    row = await unit.session.scalar(select(DraftRow).where(DraftRow.data_key_id == key_id))
    return None if row is None else open_row(unit, row)


def address(unit: UnitOfWork, row: DraftRow) -> int | None:
    """Stored chat id of a draft, if its key is open."""
    if row.address is None or row.data_key_id is None:
        return None
    with suppress(UnsealError):
        found: int = vault.unseal(unit, row.data_key_id, row.address, f"drafts.address:{row.id}")
        return found
    return None


async def addresses(unit: UnitOfWork, draft_ids: Collection[str]) -> Sequence[int]:
    """Stored chat ids of these drafts, if their keys open."""
    query = select(DraftRow).where(DraftRow.id.in_(draft_ids), DraftRow.address.is_not(None))
    rows = (await unit.session.scalars(query)).all()
    await vault.open_keys(unit, (row.data_key_id for row in rows), lenient=True)
    found = (address(unit, row) for row in rows if row.data_key_id in unit.keys)
    return [one for one in found if one is not None]
