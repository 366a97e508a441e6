"""A bench for tests of services: units of work with fixed keys, the real forms and a clock moved by hand."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import event, func, select, update
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk.decisions import service as decisions_service
from bot.desk.people import service as people_service
from bot.desk.publishing import service as publishing_service
from bot.form.answers import Answer, Chosen, Precision, TextPart, When, Written
from bot.form.model import Form
from bot.reports import claims
from bot.reports.receipts import service as receipts_service
from bot.reports.receipts.service import Receipt
from bot.safety.pseudonym import Pseudonyms
from bot.safety.sealing import RingSeal, SecretKey, show_key
from bot.settings import Settings
from bot.store import allowances, drafting, row_proofs, sent_messages, vault
from bot.store.file_store import FileStore
from bot.store.files import LocatedFile
from bot.store.unit import AS_STORED, REPORT_FORM, MakeUnit, Safe, UnitOfWork
from db.engine import Database
from db.models import Base, DataKey, Moderator, PublicVersion, Report

FORMS = Path(__file__).resolve().parent.parent / "bot" / "forms"
RING, LOOKUP, AUDIT, OTHER = (SecretKey(sha256(bytes([number])).digest()) for number in (1, 2, 3, 4))
TOLD: Mapping[str, Answer] = {
    "consent_store": Chosen(("yes",)),
    "category": Chosen(("detention",)),
    "violations": Chosen(("detention.short_term",)),
    "urgent": Chosen(("no",)),
    "story": Written((TextPart("Three people were held for an hour at the akimat."),)),
    "when": When(Precision.DAY, "2024-03-08", "2024-03-08"),
    "region": Chosen(("KZ-75",)),
    "consent_use": Chosen(("publish_no_names",)),
    "consent_ask": Chosen(("no",)),
}
"""A reporter's answers, by role."""


@cache
def settings() -> Settings:
    """Settings with fixed keys, independent of the environment. Callers must not change them."""
    values: dict[str, Any] = {
        "bot_token": "1:made-up",
        "key_ring": f"k1:{show_key(RING)}",
        "lookup_key": show_key(LOOKUP),
        "audit_key": show_key(AUDIT),
        "approvals_named": 1,  # most tests have one moderator
        "undo_minutes": 0,  # most tests decide and export at once
        "_env_file": None,
    }
    return Settings(**values)


def text(words: str) -> Written:
    """An answer of one message."""
    return Written((TextPart(words),))


def typed(words: str) -> Written:
    """An answer of one message, as typed by a moderator."""
    return Written((TextPart(words, "typed"),))


def as_typed(answer: Answer | None) -> Answer | None:
    """An answer as typed by a moderator."""
    if not isinstance(answer, Written):
        return answer
    return replace(answer, parts=tuple(replace(part, source=part.source or "typed") for part in answer.parts))


@dataclass
class Bench:
    """A source of units of work at the time `now`."""

    database: Database
    forms: Mapping[str, Form]
    settings: Settings = field(default_factory=settings)
    chats: int = 0

    def __post_init__(self) -> None:
        self.now = datetime(2026, 11, 25, 10, 20, tzinfo=self.settings.zone)
        self.safe = Safe(RingSeal(self.settings.ring), Pseudonyms(self.settings.lookup), self.settings.audit)

    def later(self, hours: float) -> None:
        """Move the clock ahead."""
        self.now += timedelta(hours=hours)

    def change_ring(self, name: str = "k2") -> None:
        """Replace the key ring's only key, as an operator must never do."""
        values = {"key_ring": SecretStr(f"{name}:{show_key(OTHER)}")}
        self.settings = self.settings.model_copy(update=values)
        self.safe = Safe(RingSeal(self.settings.ring), self.safe.pseudonyms, self.settings.audit)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work that commits."""
        async with self.database.write() as session:
            unit = self.unit(session)
            yield unit
            await sent_messages.write(unit)
            await unit.session.flush()
            await vault.write(unit)
            await allowances.write(unit)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work that only reads."""
        async with self.database.read() as session:
            yield self.unit(session)

    async def beside(self, step: Callable[[UnitOfWork], Awaitable[object]]) -> None:
        """Run `step` in a transaction of another process."""
        database = Database(self.database.url)
        try:
            async with database.write() as session:
                await step(self.unit(session))
        finally:
            await database.close()

    async def waiting(self) -> int:
        """Number of PostgreSQL transactions that wait for another."""
        held = sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        async with self.read() as unit:
            return await unit.session.scalar(held) or 0

    def unit(self, session: AsyncSession) -> UnitOfWork:
        return UnitOfWork(session, self.now, self.safe, self.settings, self.forms)

    def new_chat(self) -> tuple[int, bytes]:
        """Id and hash of an unused chat."""
        self.chats += 1
        chat_id = 7_000_000_000 + self.chats
        return chat_id, self.safe.pseudonyms.chat(chat_id)

    async def moderator(
        self,
        unit: UnitOfWork,
        alias: str = "Aspan",
        role: str = people_service.MODERATOR,
        language: str = "ru",
    ) -> Moderator:
        """Invite and enrol a moderator."""
        chat_id, chat = self.new_chat()
        await people_service.open_invite(unit, await people_service.invite(unit, role), chat)
        return await people_service.enrol(unit, chat, chat_id, alias, language)

    async def submit(self, unit: UnitOfWork, chat_id: int | None = None, /, **told: Answer | None) -> Receipt:
        """Submit a report with TOLD, changed by role in `told`. None leaves an answer out.

        With `chat_id`, the reporter agrees to be asked in that chat.
        """
        if chat_id is not None:
            told = {"consent_ask": Chosen(("yes",)), **told}
        _, chat = self.new_chat()
        filling = await drafting.start(unit, chat, REPORT_FORM, "ru")
        by_role = filling.form.by_role
        answers = {
            by_role[role].path: answer for role, answer in {**TOLD, **told}.items() if answer is not None
        }
        filling.draft = replace(filling.draft, answers=answers)
        drafting.save(unit, filling)
        return await receipts_service.submit(unit, filling, chat_id)

    async def propose(
        self,
        unit: UnitOfWork,
        moderator: Moderator,
        report: Report,
        counts: Mapping[str, int] | None = None,
        **written: Answer | None,
    ) -> PublicVersion:
        """Save a moderator's edit of a claimed report.

        `written` are answers by path below `/review/`. `title` and `summary` have defaults.
        """
        await claims.claim(unit, moderator, report)
        filling = await publishing_service.begin(unit, moderator, report, None)
        words = {
            "title": text("People held in Almaty"),
            "summary": text("Three people were held."),
            **written,
        }
        given = {f"/review/{name}": as_typed(answer) for name, answer in words.items()}
        kept = {
            path: answer for path, answer in {**filling.draft.answers, **given}.items() if answer is not None
        }
        filling.draft = replace(
            filling.draft, answers=kept, counts=dict(filling.draft.counts) | dict(counts or {})
        )
        drafting.save(unit, filling)
        return (await publishing_service.save_edit(unit, filling))[1]


async def approve_proposal(unit: UnitOfWork, moderator: Moderator, report: Report) -> PublicVersion:
    """Approve the proposed version as the moderator who holds the report."""
    proposal = await decisions_service.proposal(unit, report)
    return (await decisions_service.approve(unit, moderator, report, proposal.proof)).version


async def public(unit: UnitOfWork, report: Report) -> PublicVersion | None:
    """The current public version, if any."""
    query = select(PublicVersion).where(PublicVersion.report_id == report.id, PublicVersion.current)
    return await unit.session.scalar(query)


async def opened(store: FileStore, located: LocatedFile | None) -> tuple[str, bytes, str] | None:
    """Name, content and MIME type of a stored file, if it exists."""
    return await located.read(store) if located is not None else None


async def as_written(unit: UnitOfWork) -> None:
    """Prove all rows as they stand, so that a test's own rows count as the bot's."""
    await unit.session.flush()
    for table in row_proofs.tables():
        await unit.session.execute(update(table).values(row_mac=None))
        while await row_proofs.prove_next(unit, table):
            await unit.session.flush()
    unit.session.info.pop(AS_STORED)


def reads_in(unit: UnitOfWork) -> MakeUnit:
    """A source of reading units of work, each being this open one."""

    @asynccontextmanager
    async def read() -> AsyncIterator[UnitOfWork]:
        yield unit

    return read


async def count(unit: UnitOfWork, table: type[Base]) -> int:
    """Number of rows in a table."""
    await unit.session.flush()
    return await unit.session.scalar(select(func.count()).select_from(table)) or 0


async def opens(unit: UnitOfWork, *key_ids: str | None) -> list[bool]:
    """Whether each of these data keys still exists."""
    await unit.session.flush()
    kept = set(await unit.session.scalars(select(DataKey.id)))
    return [key_id in kept for key_id in key_ids]


@asynccontextmanager
async def statements(unit: UnitOfWork) -> AsyncIterator[list[str]]:
    """SQL statements run inside the block."""
    seen: list[str] = []
    engine = (await unit.session.connection()).sync_connection.engine  # type: ignore[union-attr] # it is open

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
