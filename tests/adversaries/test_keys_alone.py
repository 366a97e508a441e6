"""What each of the operator's keys tells by itself, to somebody who has the whole of what the bot has stored and its program:
each is tried on every sealed value, and on every id of a list, which for all ids that there are takes minutes."""

from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.app.cli.keys import SEALED
from bot.desk.asking import service as asking_service
from bot.errors import Refusal
from bot.form.answers import FileKind
from bot.reports import reading
from bot.reports.receipts import service as receipts_service
from bot.reports.talk import messages, ways
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import MessageContent
from bot.safety.cleaning.cleaner import clean
from bot.safety.pseudonym import Pseudonyms
from bot.safety.sealing import KeyRing, RingSeal, SecretKey, UnsealError, new_key
from bot.store import allowances, audit, drafting, files, sent_messages, vault
from bot.store.file_store import FolderStore
from bot.store.unit import REPLY_FORM, REPORT_FORM, Safe, UnitOfWork
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import AuditEntry, DataKey, DayKey, DraftRow, File, Moderator, Report, SentMessage, WayBack
from tests.bench import Bench, opened, text
from tests.bot.safety.cleaning.planted import jpeg

STORY = "Told to nobody else"
WORDS = "Asked of nobody else"
REPORTER, DRAFTING, MODERATOR, NOBODY = 7_000_000_901, 7_000_000_902, 7_000_000_001, 7_000_000_999
ASKED = 7_000_000_903
"""A reporter who agreed to be asked, and was."""
IDS = (REPORTER, DRAFTING, MODERATOR, ASKED, NOBODY)
"""Those that are tried, among them all who are there."""
PHOTO = jpeg()
IDENTITY = pyrage.x25519.Identity.generate()
"""The key of originals, which is kept away from the server."""


@dataclass
class Told:
    """What somebody learns. `opened` are the columns of which a value opened, `known` the ids whose hash stands somewhere, `wrote`
    those that are found to have written today. `reached` are the ids that ways back give, and `asked` those whose ways are found by
    trying them: both beside the report. `talk`: what was asked is read."""

    opened: set[str]
    known: set[int]
    wrote: set[int]
    story: bool
    report_of_code: bool
    forges: bool
    reached: set[int] = field(default_factory=set)
    asked: set[int] = field(default_factory=set)
    talk: bool = False


@dataclass
class Store:
    """The bot's database and files, and the code that only a reporter has."""

    bench: Bench
    files: FolderStore
    code: str

    async def told(
        self,
        *,
        ring: KeyRing | None = None,
        lookup: SecretKey | None = None,
        audit_key: SecretKey | None = None,
    ) -> Told:
        """What these keys tell, with made-up ones in the place of the others."""
        made_up = KeyRing(
            {name: new_key() for name in self.bench.settings.ring.keys}, self.bench.settings.ring.current
        )
        safe = Safe(RingSeal(ring or made_up), Pseudonyms(lookup or new_key()), audit_key or new_key())
        async with self.bench.read() as unit:
            unit.safe = safe
            return Told(
                await _opened(unit),
                await _known(unit),
                await _wrote(unit),
                await _story(unit),
                await self._finds(unit),
                await self._forges(safe.audit_key),
                await _reached(unit),
                await _asked(unit),
                await _talk(unit),
            )

    async def _forges(self, key: SecretKey) -> bool:
        """Whether a log rewritten with this key passes for the real one."""
        async with self.bench.database.write() as session:
            unit, before = self.bench.unit(session), b""
            for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
                entry.actor = "Forger"
                entry.mac = before = audit._mac(key, before, entry)
            await session.flush()
            passes = await audit.broken_at(unit) is None
            await session.rollback()
        return passes

    async def _finds(self, unit: UnitOfWork) -> bool:
        try:
            await receipts_service.find_by_code(unit, self.code)
        except Refusal:
            return False
        return True

    async def body(self, ring: KeyRing | None, place: str) -> bytes:
        """A sealed file, opened as far as this ring does: the original, or its clean `copy`; empty when it does not open."""
        async with self.bench.read() as unit:
            if ring is not None:
                unit.safe = Safe(RingSeal(ring), unit.safe.pseudonyms, unit.safe.audit_key)
            file_id = (await unit.session.scalars(select(File.id))).one()
            locate = files.locate_copy if place == "copy" else files.locate_original
            try:
                found = await opened(self.files, await locate(unit, file_id, "name"))
            except UnsealError:
                return b""
            return found[1] if found is not None else b""


async def _opened(unit: UnitOfWork) -> set[str]:
    found = set()
    for sealed in SEALED:
        table = sealed.column.class_
        for row in await unit.session.scalars(select(table)):
            value = getattr(row, sealed.column.key)
            try:
                if value:
                    unit.safe.ring.unseal(value, sealed.context(row))
                    found.add(str(sealed.column))
            except UnsealError:
                pass
    keys = await unit.session.scalars(select(DataKey))
    return found | {"DataKey.wrapped" for key in keys if vault.opens(unit, key)}


async def _known(unit: UnitOfWork) -> set[int]:
    columns = DraftRow.chat_hash, SentMessage.chat_hash, Moderator.chat_hash
    stored = set(chain.from_iterable([await unit.session.scalars(select(column)) for column in columns]))
    return {one for one in IDS if unit.safe.pseudonyms.chat(one) in stored}


async def _reached(unit: UnitOfWork) -> set[int]:
    return {
        way.chat_id for way in await ways._opened(unit, (await unit.session.scalars(select(WayBack))).all())
    }


async def _asked(unit: UnitOfWork) -> set[int]:
    """By their hashes, whether or not what stands beside them opens."""
    return {one for one in IDS if await ways._rows(unit, ways._hashes(unit, one))}


async def _talk(unit: UnitOfWork) -> bool:
    report = (await unit.session.scalars(select(Report))).one()
    try:
        return WORDS in str(await messages.said(unit, report))
    except UnsealError:
        return False


async def _wrote(unit: UnitOfWork) -> set[int]:
    """By the key of the day, if it opens."""
    day_key = (await unit.session.scalars(select(DayKey))).one()
    await vault.open_keys(unit, [day_key.data_key_id], lenient=True)
    if day_key.data_key_id not in unit.keys:
        return set()
    crowd = await allowances.of(unit, IDS)
    return {one for one, allowance in crowd.by_chat.items() if allowance.updates}


async def _story(unit: UnitOfWork) -> bool:
    report = (await unit.session.scalars(select(Report))).one()
    try:
        content = await reading.content_of(unit, report)
    except UnsealError:
        return False
    return content is not None and STORY in str(content.answers)


@pytest.fixture
async def store(bench: Bench, tmp_path: Path) -> Store:
    """A report with a file, which its reporter was asked about, a draft, a moderator, and messages on their way."""
    kept = FolderStore(tmp_path / "files")
    async with bench.write() as unit:
        assert bench.chats == 0
        moderator = await bench.moderator(unit)
        assert unit.safe.pseudonyms.chat(MODERATOR) == moderator.chat_hash
        receipt = await bench.submit(unit, ASKED, story=text(STORY))
        await asking_service._ask(unit, moderator, receipt.report, MessageContent(WORDS, hour=unit.hour))
        key_id = str(receipt.report.data_key_id)
        photo = files.Incoming(FileKind.PHOTO, "telegram", "photo.jpg", "image/jpeg", 9)
        ref = files.take_note(unit, key_id, photo)
        await unit.session.flush()
        recipient = str(IDENTITY.to_public())
        sealed = files.seal_file(unit.keys[key_id], ref.id, PHOTO, clean(PHOTO), (recipient,), 7)
        await files.note_stored(unit, ref.id, sealed)
        assert sealed.copy is not None
        await kept.put(ref.id, sealed.original)
        await kept.put(files.copy_id(ref.id), sealed.copy)
        chat = unit.safe.pseudonyms.chat(DRAFTING)
        drafting.save(unit, await drafting.start(unit, chat, REPORT_FORM, "kk"))
        sent_messages.note(unit, unit.safe.pseudonyms.chat(REPORTER), 77)
        owed = Outbox(unit)
        owed.add(chat, Call("sendMessage", {"chat_id": DRAFTING, "text": STORY}))
        await owed.write()
        await allowances.count(unit, {REPORTER: 3, DRAFTING: 5})
    return Store(bench, kept, receipt.code)


NOTHING = Told(set(), set(), set(), story=False, report_of_code=False, forges=False)
ALL = {"DataKey.wrapped", "Moderator.address", "OutboxRow.payload", "SentMessage.message"}


async def test_without_a_key_nothing_opens_and_nobody_is_known(store: Store) -> None:
    """Neither content, nor ids, nor who wrote; nor does a reporter's code find a report, nor can the log be rewritten."""
    assert await store.told() == NOTHING
    assert await store.body(KeyRing({"k1": new_key()}, "k1"), "original") == b""


async def test_the_ring_alone_opens_content_and_tells_who_wrote_today(store: Store) -> None:
    """And whom messages on their way and notices are for, with the chat of whoever agreed to be asked beside the report. But which chat a draft or a message is of it does not tell, nor which
    report a code is for, and it does not rewrite the log."""
    told = await store.told(ring=store.bench.settings.ring)
    nobody = Told(ALL, set(), {REPORTER, DRAFTING}, story=True, report_of_code=False, forges=False)
    assert told == replace(nobody, reached={ASKED}, talk=True)


async def test_the_lookup_key_alone_tells_who_and_opens_nothing(store: Store) -> None:
    """An id is found by trying all: who has a draft open, wrote within two days, is a moderator, or agreed to be asked, and of which
    report. Whoever has a code too
    finds its report, and reads nothing of it."""
    told = await store.told(lookup=store.bench.settings.lookup)
    assert told == Told(
        set(),
        {REPORTER, DRAFTING, MODERATOR},
        set(),
        story=False,
        report_of_code=True,
        forges=False,
        asked={ASKED},
    )


async def test_the_audit_key_alone_rewrites_the_log_and_opens_nothing(store: Store) -> None:
    """What its head outside the database is for."""
    assert await store.told(audit_key=store.bench.settings.audit) == Told(
        set(), set(), set(), story=False, report_of_code=False, forges=True
    )


async def test_all_keys_of_the_server_do_not_open_an_original_that_is_sealed_to_another(store: Store) -> None:
    """The clean copy opens. The key that is kept away opens nothing without the ring; with it the original is there."""
    copy, original = await store.body(None, "copy"), await store.body(None, "original")
    assert copy.startswith(b"\xff\xd8")
    assert original.startswith(b"age-encryption.org/v1")
    assert pyrage.decrypt(original, [IDENTITY]) == PHOTO
    sealed = [await store.files.get(place) for place in await store.files.ids()]
    assert len(sealed) == 2
    for body in sealed:
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(body, [IDENTITY])


async def test_no_key_gives_telegrams_id_of_a_file_that_is_stored(store: Store) -> None:
    """By it and the bot's token the original could be had from Telegram again."""
    async with store.bench.read() as unit:
        row = (await unit.session.scalars(select(File))).one()
        await vault.open_keys(unit, [row.data_key_id])
        known = vault.unseal(unit, str(row.data_key_id), row.meta, f"files.meta:{row.id}")
    assert known["name"] == "photo.jpg"
    assert "telegram" not in str(known)


async def test_no_key_comes_from_the_bots_token(store: Store) -> None:
    """Whoever has the token alone has nothing of what is stored; whoever changes it loses nothing."""
    settings = store.bench.settings.model_copy(update={"bot_token": SecretStr("2:another")})
    told = await store.told(ring=settings.ring, lookup=settings.lookup, audit_key=settings.audit)
    assert told == Told(
        ALL,
        {REPORTER, DRAFTING, MODERATOR},
        {REPORTER, DRAFTING},
        story=True,
        report_of_code=True,
        forges=True,
        reached={ASKED},
        asked={ASKED},
        talk=True,
    )


async def test_no_key_joins_a_reply_that_is_open_to_its_report_but_the_ring(store: Store) -> None:
    """Which report a reply is of, and in which language, is sealed with what is told in it; the lookup key finds whose it is. The
    ring opens it."""
    async with store.bench.write() as unit:
        report = (await unit.session.scalars(select(Report))).one()
        asked = await messages.open_questions(unit, report)
        reply = await talk_service.begin(unit, unit.safe.pseudonyms.chat(ASKED), report, "kk", asked)
        drafting.save(unit, reply)
        names = report.id, report.ref, "kk"
    async with store.bench.read() as unit:
        stored = await unit.session.execute(select(DraftRow.__table__).where(DraftRow.kind == REPLY_FORM))
        (row,) = stored.all()
        assert [name for name in names if name in map(str, row)] == []
        opened_reply = (await drafting.load(unit, [row.chat_hash]))[row.chat_hash]
        assert talk_service.is_about(opened_reply, report)
