"""Data keys in the sealed archive are opened by recipients alone."""

import io
from datetime import timedelta

import pytest

from bot.errors import ArgumentError, Refusal
from bot.safety import offline
from bot.safety.sealing import UnsealError
from bot.store import archive_keys, vault
from tests.bench import Bench

REF = "R7K3QV"


def opened(identity: str, envelope: bytes) -> bytes:
    """Plain content of an envelope."""
    plain = io.BytesIO()
    offline.open_stream([identity], io.BytesIO(envelope), plain)
    return plain.getvalue()


async def test_an_archived_key_opens_by_its_envelope_alone(bench: Bench) -> None:
    """Not by the ring, whose slot holds another key; and an exchange or a way back leaves the same key."""
    identity, other = offline.new_identity(), offline.new_identity()
    async with bench.write() as unit:
        key_id = vault.make_key(unit)
        key = bytes(unit.keys[key_id])
        await unit.session.flush()
        await archive_keys.seal_keys(unit, REF, [key_id], [offline.recipient_of(identity)])
    async with bench.write() as unit:
        with pytest.raises(Refusal, match=r"archive\.sealed"):
            await vault.open_keys(unit, [key_id])
        await vault.open_keys(unit, [key_id], lenient=True)
        assert unit.keys == {}
        (envelope,) = (await vault.envelopes(unit, [key_id])).values()
        installed = await archive_keys.installation(unit)
        plain = opened(identity, envelope)
        assert archive_keys.read_key(plain, installed, REF, key_id) == key
        with pytest.raises(UnsealError):
            archive_keys.read_key(plain, installed, "R7K3QW", key_id)
        sealed = offline.seal_to([offline.recipient_of(other)], plain)
        await vault.exchange(unit, {key_id: sealed}, archive_keys.sealed_to([offline.recipient_of(other)]))
    async with bench.write() as unit:
        (envelope,) = (await vault.envelopes(unit, [key_id])).values()
        key_again = archive_keys.read_key(opened(other, envelope), installed, REF, key_id)
        await vault.bring_back(unit, {key_id: key_again})
    async with bench.write() as unit:
        await vault.open_keys(unit, [key_id])
        assert unit.keys[key_id] == key


async def test_a_recipient_is_ready_once_its_word_came_back(bench: Bench) -> None:
    """Another word is refused."""
    identity = offline.new_identity()
    recipient = offline.recipient_of(identity)
    bench.settings = bench.settings.model_copy(update={"archive_recipients": (recipient,)})
    async with bench.write() as unit:
        assert await archive_keys.ready_recipients(unit) == []
        with pytest.raises(ArgumentError):
            await archive_keys.answer(unit, recipient, "another word")
        await archive_keys.answer(unit, recipient, f" {archive_keys.word(unit, recipient).upper()}\n")
    async with bench.write() as unit:
        assert await archive_keys.ready_recipients(unit) == [recipient]


async def test_a_word_made_just_before_a_border_is_still_taken(bench: Bench) -> None:
    """Until the period after its own is over."""
    recipient = offline.recipient_of(offline.new_identity())
    bench.settings = bench.settings.model_copy(update={"archive_recipients": (recipient,)})
    async with bench.write() as unit:
        said = archive_keys.word(unit, recipient)
        unit.now += timedelta(days=archive_keys.WORD_DAYS)
        await archive_keys.answer(unit, recipient, said)
        unit.now += timedelta(days=archive_keys.WORD_DAYS)
        with pytest.raises(ArgumentError, match="days old"):
            await archive_keys.answer(unit, recipient, said)
