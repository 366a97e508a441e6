"""A person who can write to the database, and has no key, opens nothing in the archive and lets nothing be taken for open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest
from sqlalchemy import delete, insert, select, update

from bot.errors import Refusal
from bot.publish import bundles
from bot.reports import archive as archive_service
from bot.reports import reading
from bot.safety import offline
from bot.safety.sealing import UnsealError
from bot.store import archive_keys, vault
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import DataKey, KeySlot, Mark, OutboxRow, Report, RingSecret
from tests import archived
from tests.archived import APPROVED, SHARED
from tests.bench import Bench

KEYS: Any = DataKey.__table__
SLOTS: Any = KeySlot.__table__
REPORTS: Any = Report.__table__


@dataclass
class Archive:
    """Two sealed reports, and the rows of their keys as they were open and as they are sealed."""

    bench: Bench
    identity: str
    ids: tuple[str, str]
    keys: tuple[str, str]
    open_rows: Sequence[dict[str, Any]]
    sealed_rows: Sequence[dict[str, Any]]

    async def hold(self, place: int, row: dict[str, Any], *, without: Sequence[str] = ()) -> None:
        """Let the key at a place have what this row holds, but for its id and slot and `without`."""
        changed = {name: row[name] for name in ("sealed_to", "envelope", "ring") if name not in without}
        async with self.bench.database.write() as session:
            await session.execute(update(KEYS).where(KEYS.c.id == self.keys[place]).values(changed))
            if "content" not in without:
                number = self.sealed_rows[place]["slot"]
                slot = update(SLOTS).where(SLOTS.c.number == number)
                await session.execute(slot.values(content=row["content"]))

    async def opens_nothing(self, place: int = 0, *, is_in_slot: bool = False) -> None:
        """No reader of the vault opens the key, nor does the bot read the report. `is_in_slot`: the slot holds the
        data key itself, which the ring opens, however it is called."""
        key_id = self.keys[place]
        async with self.bench.read() as unit:
            with pytest.raises((Refusal, UnsealError)):
                await vault.open_keys(unit, [key_id])
            await vault.open_keys(unit, [key_id], lenient=True)
            slot = select(SLOTS.c.content).join(KEYS, KEYS.c.slot == SLOTS.c.number)
            content = await unit.session.scalar(slot.where(KEYS.c.id == key_id))
            assert content is not None
            if not is_in_slot:
                vault.open_slots(unit, {key_id: content})
            assert unit.keys == {}
            with pytest.raises((Refusal, UnsealError)):
                await reading.content_of(unit, await unit.session.get_one(Report, self.ids[place]))
            assert unit.keys == {}

    async def gives(self, place: int = 0) -> bytes | None:
        """The data key that comes out of the archive at a place, as a recipient's machine takes it."""
        async with self.bench.write() as unit:
            report = await unit.session.get_one(Report, self.ids[place])
            installed = await archive_keys.installation(unit)
            try:
                found = await vault.envelopes(unit, [self.keys[place]])
            except UnsealError:
                return None
            return next(
                (self._read(one, installed, report.ref, self.keys[place]) for one in found.values()), None
            )

    def _read(self, envelope: bytes, installed: str, ref: str, key_id: str) -> bytes:
        plain = pyrage.decrypt(envelope, [pyrage.x25519.Identity.from_str(self.identity)])
        return bytes(archive_keys.read_key(plain, installed, ref, key_id))


async def rows_of(bench: Bench, keys: Sequence[str]) -> Sequence[dict[str, Any]]:
    """Rows of keys with the contents of their slots, and the keys themselves while they are open."""
    found = []
    async with bench.read() as unit:
        await vault.open_keys(unit, keys, lenient=True)
        for key_id in keys:
            query = select(KEYS, SLOTS.c.content).join(SLOTS, SLOTS.c.number == KEYS.c.slot)
            row = (await unit.session.execute(query.where(KEYS.c.id == key_id))).mappings().one()
            found.append({**row, "key": bytes(unit.keys.get(key_id, b""))})
    return found


@pytest.fixture
async def archive(bench: Bench) -> Archive:
    """Two reports that the bot's job has sealed."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
    ids, keys = list[str](), list[str]()
    for number in range(2):
        receipt = await archived.decided(bench, moderator.id, None, archived.words(number), SHARED, APPROVED)
        ids.append(receipt.report.id)
        keys.append(str(receipt.report.data_key_id))
    before = await rows_of(bench, keys)
    identity = offline.new_identity()
    await archived.answer_words(bench, offline.recipient_of(identity))
    async with bench.write() as unit:
        assert await archive_service.seal_due(unit, ids) == 2
    after = await rows_of(bench, keys)
    return Archive(bench, identity, (ids[0], ids[1]), (keys[0], keys[1]), before, after)


async def test_an_envelope_in_the_place_of_another_gives_no_key(archive: Archive) -> None:
    """Neither alone nor with its slot: an envelope and the key of its layer are bound to the id of their key."""
    await archive.opens_nothing()
    assert await archive.gives() == archive.open_rows[0]["key"]
    other = archive.sealed_rows[1]
    await archive.hold(0, other, without=["content"])
    assert await archive.gives() is None
    await archive.opens_nothing()
    await archive.hold(0, other)
    assert await archive.gives() is None
    await archive.opens_nothing()
    await archive.hold(0, archive.sealed_rows[0])
    assert await archive.gives() == archive.open_rows[0]["key"]


@pytest.mark.parametrize("envelope", ["kept", "gone"])
async def test_a_sealed_key_that_is_called_open_opens_nothing(archive: Archive, envelope: str) -> None:
    """Its slot holds another key, which never counts as the data key; the report is refused as damaged, not shown."""
    left = () if envelope == "gone" else ("envelope",)
    await archive.hold(0, {**archive.sealed_rows[0], "sealed_to": None, "envelope": None}, without=left)
    await archive.opens_nothing()
    async with archive.bench.write() as unit:
        await unit.session.execute(update(REPORTS).values(sealed=False))
        await archive_service.seal_due(unit, archive.ids)
    await archive.opens_nothing()
    await archive.hold(0, archive.sealed_rows[0])
    assert await archive.gives() == archive.open_rows[0]["key"]  # nothing was written over it meanwhile


async def test_an_open_key_that_is_called_sealed_is_not_lost(archive: Archive) -> None:
    """It is refused as long as it is called so, gives no envelope, and opens again afterwards."""
    sealed = archive.sealed_rows[0]
    await archive.hold(
        0, {**archive.open_rows[0], "sealed_to": sealed["sealed_to"], "envelope": sealed["envelope"]}
    )
    await archive.opens_nothing(is_in_slot=True)
    assert await archive.gives() is None
    async with archive.bench.write() as unit:
        await unit.session.execute(update(REPORTS).values(sealed=False))
        await archive_service.seal_due(unit, archive.ids)
    await archive.hold(0, {**archive.open_rows[0]})
    async with archive.bench.read() as unit:
        await vault.open_keys(unit, archive.keys[:1])
        assert unit.keys[archive.keys[0]] == archive.open_rows[0]["key"]


async def test_an_older_slot_below_a_sealed_key_opens_nothing(archive: Archive) -> None:
    """An earlier copy of the slot holds the data key itself: it opens by the ring there, and not in the archive."""
    await archive.hold(0, archive.open_rows[0], without=["sealed_to", "envelope"])
    await archive.opens_nothing(is_in_slot=True)
    assert await archive.gives() is None


async def test_an_older_envelope_gives_no_other_key(archive: Archive) -> None:
    """One from before an exchange opens no more: the key of its layer went with it."""
    other = offline.new_identity()
    async with archive.bench.write() as unit:
        report = await unit.session.get_one(Report, archive.ids[0])
        installed, key = await archive_keys.installation(unit), archive.open_rows[0]["key"]
        plain = archive_keys.sealed_key(installed, report.ref, archive.keys[0], key)
        to = [offline.recipient_of(other)]
        exchanged = {archive.keys[0]: offline.seal_to(to, plain)}
        await vault.exchange(unit, exchanged, archive_keys.sealed_to(to))
    archive.identity = other
    assert await archive.gives() == key
    await archive.hold(0, archive.sealed_rows[0], without=["content", "sealed_to"])
    await archive.opens_nothing()
    assert await archive.gives() is None


async def test_a_recipient_of_a_strangers_own_is_sealed_to_by_nothing(archive: Archive) -> None:
    """Its fingerprint is put beside keys, and the recipient where those are noted that have answered: neither a bundle nor
    words that come later, while the settings name another that has not answered, go to it."""
    mine, waiting = (offline.recipient_of(offline.new_identity()) for _ in "ab")
    name = archive_keys.fingerprint(mine)
    async with archive.bench.database.write() as session:
        await session.execute(insert(Mark).values(name=f"age:{name}", value=mine))
        noted = (await session.scalars(select(RingSecret).where(RingSecret.name.startswith("age:")))).one()
        await session.execute(insert(RingSecret).values(name=f"age:{name}", content=noted.content))
        own = update(KEYS).where(KEYS.c.sealed_to.is_not(None))
        await session.execute(own.values(sealed_to=name))
    async with archive.bench.write() as unit:
        assert mine not in (await bundles.begin(unit, "system", bundles.Asked())).to
    to = (*archive.bench.settings.archive_recipients, waiting)
    archive.bench.settings = archive.bench.settings.model_copy(update={"archive_recipients": to})
    async with archive.bench.write() as unit:
        assert await archive_keys.recipients_of(unit, archive.keys[0]) == []


async def test_an_open_report_that_is_called_sealed_is_still_counted(archive: Archive) -> None:
    """The command that tells how far the sealing is goes by the keys."""
    async with archive.bench.write() as unit:
        moderator = await archive.bench.moderator(unit, "Bota")
    await archived.decided(archive.bench, moderator.id, None, archived.words(3), SHARED, APPROVED)
    async with archive.bench.database.write() as session:
        await session.execute(update(REPORTS).values(sealed=True))
    async with archive.bench.read() as unit:
        told = await archive_service.progress(unit)
    assert (told.sealed, told.left) == (2, 1)


async def test_a_report_waits_until_what_shows_it_has_left(archive: Archive) -> None:
    """A card that is still to be delivered holds the story under the ring."""
    async with archive.bench.write() as unit:
        moderator = await archive.bench.moderator(unit, "Bota")
    receipt = await archived.decided(archive.bench, moderator.id, None, archived.words(3), SHARED, APPROVED)
    report_id, (chat_id, chat) = receipt.report.id, archive.bench.new_chat()
    async with archive.bench.write() as unit:
        owed = Outbox(unit)
        owed.add(chat, Call("sendMessage", {"chat_id": chat_id, "text": "Its story"}), report_id=report_id)
        await owed.write()
    async with archive.bench.write() as unit:
        assert await archive_service.seal_due(unit, [report_id]) == 0
        await unit.session.execute(delete(OutboxRow))
        assert await archive_service.seal_due(unit, [report_id]) == 1
