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

from bot.file_store.store import FileStore
from bot.form.answers import Answer, Chosen, Part, Precision, When, Written
from bot.form.model import Form
from bot.safety.keys import SecretKey, show_key
from bot.safety.pseudonym import Pseudonyms
from bot.safety.sealing import RingSeal
from bot.services import allowances, row_proofs, sent_messages, vault
from bot.services.desk import claims
from bot.services.desk.decisions import approval, proposals
from bot.services.desk.people import team
from bot.services.desk.publishing import editing
from bot.services.reports import intake
from bot.services.reports.drafts import drafting
from bot.services.reports.files import Located
from bot.services.reports.intake import Receipt
from bot.services.unit import AS_STORED, REPORT_FORM, MakeUnit, Safe, Unit
from bot.settings import Settings
from db.engine import Database
from db.models import Base, DataKey, Moderator, PublicVersion, Report

FORMS = Path(__file__).resolve().parent.parent / "bot" / "forms"
RING, LOOKUP, AUDIT, OTHER = (SecretKey(sha256(bytes([number])).digest()) for number in (1, 2, 3, 4))
TOLD: Mapping[str, Answer] = {
    "consent_store": Chosen(("yes",)),
    "category": Chosen(("detention",)),
    "violations": Chosen(("detention.short_term",)),
    "urgent": Chosen(("no",)),
    "story": Written((Part("Three people were held for an hour at the akimat."),)),
    "when": When(Precision.DAY, "2024-03-08", "2024-03-08"),
    "region": Chosen(("KZ-75",)),
    "consent_use": Chosen(("publish_no_names",)),
    "consent_ask": Chosen(("no",)),
}
"""What a reporter told, by role."""


@cache
def settings() -> Settings:
    """Settings with fixed keys, which nobody changes; nothing of the environment comes in."""
    values: dict[str, Any] = {
        "bot_token": "1:made-up",
        "key_ring": f"k1:{show_key(RING)}",
        "lookup_key": show_key(LOOKUP),
        "audit_key": show_key(AUDIT),
        "approvals_named": 1,  # one moderator does in most tests; those of several say so
        "undo_minutes": 0,  # the same of what is decided and exported at once
        "_env_file": None,
    }
    return Settings(**values)


def text(words: str) -> Written:
    """A text told in one message."""
    return Written((Part(words),))


def typed(words: str) -> Written:
    """The same as a moderator typed it."""
    return Written((Part(words, "typed"),))


def as_typed(answer: Answer | None) -> Answer | None:
    """An answer as it is when a moderator typed it."""
    if not isinstance(answer, Written):
        return answer
    return replace(answer, parts=tuple(replace(part, source=part.source or "typed") for part in answer.parts))


@dataclass
class Bench:
    """Gives units of work; `now` is theirs."""

    database: Database
    forms: Mapping[str, Form]
    settings: Settings = field(default_factory=settings)
    chats: int = 0

    def __post_init__(self) -> None:
        self.now = datetime(2026, 11, 25, 10, 20, tzinfo=self.settings.zone)
        self.safe = Safe(RingSeal(self.settings.ring), Pseudonyms(self.settings.lookup), self.settings.audit)

    def later(self, hours: float) -> None:
        """Move the clock."""
        self.now += timedelta(hours=hours)

    def change_ring(self, name: str = "k2") -> None:
        """Put another key in the place of the ring's only one, as an operator must not."""
        values = {"key_ring": SecretStr(f"{name}:{show_key(OTHER)}")}
        self.settings = self.settings.model_copy(update=values)
        self.safe = Safe(RingSeal(self.settings.ring), self.safe.pseudonyms, self.settings.audit)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        """A unit that commits."""
        async with self.database.write() as session:
            unit = self.unit(session)
            yield unit
            await sent_messages.write(unit)
            await unit.session.flush()
            await vault.write(unit)
            await allowances.write(unit)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Unit]:
        """A unit that reads."""
        async with self.database.read() as session:
            yield self.unit(session)

    async def beside(self, step: Callable[[Unit], Awaitable[object]]) -> None:
        """A step in a transaction of another process."""
        database = Database(self.database.url)
        try:
            async with database.write() as session:
                await step(self.unit(session))
        finally:
            await database.close()

    async def waiting(self) -> int:
        """How many transactions of PostgreSQL wait for another."""
        held = sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        async with self.read() as unit:
            return await unit.session.scalar(held) or 0

    def unit(self, session: AsyncSession) -> Unit:
        """A unit on this session."""
        return Unit(session, self.now, self.safe, self.settings, self.forms)

    def new_chat(self) -> tuple[int, bytes]:
        """A chat nobody has used: its id and its hash."""
        self.chats += 1
        chat_id = 7_000_000_000 + self.chats
        return chat_id, self.safe.pseudonyms.chat(chat_id)

    async def moderator(
        self, unit: Unit, alias: str = "Aspan", role: str = team.MODERATOR, language: str = "ru"
    ) -> Moderator:
        """Somebody invited and enrolled."""
        chat_id, chat = self.new_chat()
        await team.open_invite(unit, await team.invite(unit, role), chat)
        return await team.enrol(unit, chat, chat_id, alias, language)

    async def submit(self, unit: Unit, chat_id: int | None = None, /, **told: Answer | None) -> Receipt:
        """A report that was sent: TOLD with these changes, by role; None leaves an answer out. Its reporter agrees to be asked in
        the chat `chat_id`, if there is one."""
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
        return await intake.submit(unit, filling, chat_id)

    async def propose(
        self,
        unit: Unit,
        moderator: Moderator,
        report: Report,
        counts: Mapping[str, int] | None = None,
        **written: Answer | None,
    ) -> PublicVersion:
        """A moderator's edit that was sent; answers by path below `/review/`, `title` and `summary` given."""
        await claims.claim(unit, moderator, report)
        filling = await editing.begin(unit, moderator, report, None)
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
        return (await editing.save_edit(unit, filling))[1]


async def approve_proposal(unit: Unit, moderator: Moderator, report: Report) -> PublicVersion:
    """What a moderator does who holds the report: look at what is proposed, then approve it."""
    proposal = await proposals.proposal(unit, report)
    return (await approval.approve(unit, moderator, report, proposal.proof)).version


async def public(unit: Unit, report: Report) -> PublicVersion | None:
    """The version that is public now."""
    query = select(PublicVersion).where(PublicVersion.report_id == report.id, PublicVersion.current)
    return await unit.session.scalar(query)


async def opened(store: FileStore, located: Located | None) -> tuple[str, bytes, str] | None:
    """A file of the store by its name, content and MIME type; None where there is none."""
    return await located.read(store) if located is not None else None


async def as_written(unit: Unit) -> None:
    """Prove all rows as they stand: what a test put into the database counts as the bot's."""
    await unit.session.flush()
    for table in row_proofs.tables():
        await unit.session.execute(update(table).values(row_mac=None))
        while await row_proofs.prove_next(unit, table):
            await unit.session.flush()
    unit.session.info.pop(AS_STORED)


def reads_in(unit: Unit) -> MakeUnit:
    """Units that read: each is this one, which stays open."""

    @asynccontextmanager
    async def read() -> AsyncIterator[Unit]:
        yield unit

    return read


async def count(unit: Unit, table: type[Base]) -> int:
    """How many rows a table has."""
    await unit.session.flush()
    return await unit.session.scalar(select(func.count()).select_from(table)) or 0


async def opens(unit: Unit, *key_ids: str | None) -> list[bool]:
    """Whether each of these data keys still exists."""
    await unit.session.flush()
    kept = set(await unit.session.scalars(select(DataKey.id)))
    return [key_id in kept for key_id in key_ids]


@asynccontextmanager
async def statements(unit: Unit) -> AsyncIterator[list[str]]:
    """The SQL statements that are run meanwhile."""
    seen: list[str] = []
    engine = (await unit.session.connection()).sync_connection.engine  # type: ignore[union-attr] # it is open

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
