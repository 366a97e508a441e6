"""Keys of the sealed archive: its recipients, who must have proved that they can open it, and data keys sealed to them."""

import hashlib
import hmac
import io
import json
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from bot.errors import ArgumentError
from bot.safety import offline
from bot.safety.sealing import KEY_BYTES, SecretKey, UnsealError
from bot.settings.groups import MOST_RECIPIENTS
from bot.store import ring_keys, vault
from bot.store.unit import HOURS_A_DAY, UnitOfWork
from db.models import DataKey, Mark, Report, RingSecret

AGE = b"age-encryption.org/v1\n"
"""Beginning of each age file."""
REHEARSED_DAYS = 183
"""Days after which a recipient should answer again."""
WORD_DAYS = 30
"""Days for which a word is good, at least; twice as many at most."""
_ANSWERED, _SEEN, _INSTALLATION, _BEGUN = "archive:", "age:", "installation", "sealing since"
_IDENTITY = "age"
_WORD_CHARACTERS = 20


@dataclass(frozen=True, slots=True)
class Recipient:
    """An age recipient. `answered_hour` is when a word encrypted to it last came back, None if never."""

    recipient: str
    answered_hour: int | None

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.recipient)


def fingerprint(recipient: str) -> str:
    """Name of a recipient in `sealed_to`, in tables and marks: 32 bits of SHA-256, in hexadecimal."""
    return hashlib.sha256(recipient.encode()).hexdigest()[:8]


def opened(identities: Sequence[str], sealed: bytes) -> bytes:
    """Content of a small age file. Raises ValueError if no identity opens it, and OSError for a changed one."""
    plain = io.BytesIO()
    offline.open_stream(identities, io.BytesIO(sealed), plain)
    return plain.getvalue()


def sealed_to(recipients: Collection[str]) -> str:
    return " ".join(sorted(map(fingerprint, recipients)))


async def recipients(unit: UnitOfWork) -> Sequence[Recipient]:
    """Recipients of the settings, with when each last answered."""
    settings = unit.settings
    found = []
    for one in settings.archive_recipients or settings.original_recipients[:MOST_RECIPIENTS]:
        mark = await unit.session.get(Mark, _ANSWERED + fingerprint(one))
        found.append(Recipient(one, int(mark.value) if mark is not None else None))
    return found


async def ready_recipients(unit: UnitOfWork) -> Sequence[str]:
    """Recipients to seal to: all, once each has answered, else none."""
    found = await recipients(unit)
    return [one.recipient for one in found] if all(one.answered_hour is not None for one in found) else []


def word(unit: UnitOfWork, recipient: str, *, periods_ago: int = 0) -> str:
    """Word that a recipient must answer with. The server alone can make it, and keeps it nowhere."""
    period = unit.hour // HOURS_A_DAY // WORD_DAYS - periods_ago
    told = f"archive word:{recipient}:{period}"
    return hmac.new(unit.safe.audit_key, told.encode(), "sha256").hexdigest()[:_WORD_CHARACTERS]


async def answer(unit: UnitOfWork, recipient: str, said: str) -> None:
    """Note that a recipient answered. Raises ArgumentError for another word, or one that is too old."""
    good = [word(unit, recipient, periods_ago=ago).encode() for ago in (0, 1)]
    if not any(hmac.compare_digest(said.strip().lower().encode(), one) for one in good):
        raise ArgumentError(
            f"WORD is not the one that was encrypted to {fingerprint(recipient)}, or over {WORD_DAYS} days old. Make new ones: "
            "python -m bot archive words"
        )
    name, value = _ANSWERED + fingerprint(recipient), str(unit.hour)
    await ring_keys.note_first(unit, name, value)
    (await unit.session.get_one(Mark, name)).value = value
    row = RingSecret(name=_SEEN + fingerprint(recipient))
    row.content = unit.safe.ring.seal(recipient.encode(), _context(row))
    await unit.session.merge(row)
    await unit.session.flush()


async def seen(unit: UnitOfWork, name: str) -> str | None:
    """Recipient with this fingerprint that has ever answered. None for one that the bot did not write, as words would be sealed to it."""
    row = await unit.session.get(RingSecret, _SEEN + name)
    with suppress(UnsealError):
        return unit.safe.ring.unseal(row.content, _context(row)).decode() if row is not None else None
    return None


async def recipients_of(unit: UnitOfWork, key_id: str | None) -> Sequence[str]:
    """Recipients for additions to a report with this sealed key: those of the settings once all have answered, else the key's own."""
    if ready := await ready_recipients(unit):
        return ready
    names = await unit.session.scalar(select(DataKey.sealed_to).where(DataKey.id == key_id))
    return [found for name in (names or "").split() if (found := await seen(unit, name)) is not None]


async def installation(unit: UnitOfWork) -> str:
    """Random id of this installation, by which bundles and reopening files are told from those of others."""
    await ring_keys.note_first(unit, _INSTALLATION, vault.new_id())
    return (await unit.session.get_one(Mark, _INSTALLATION)).value


def _context(row: RingSecret) -> str:
    return f"ring_secrets.content:{row.name}"


RING_SEALED = vault.RingSealed(RingSecret.content, _context)


async def server_identity(unit: UnitOfWork) -> str:
    """Age identity that opens what comes back from the organisation's machine. Made anew when the ring has lost its key. Raises UnsealError."""
    row, ring = await unit.session.get(RingSecret, _IDENTITY, populate_existing=True), unit.safe.ring
    if row is None or ring.sealer(row.content) not in ring.ring.keys:
        row = row or RingSecret(name=_IDENTITY)
        row.content = unit.safe.ring.seal(offline.new_identity().encode(), _context(row))
        unit.session.add(row)
        await unit.session.flush()
    return unit.safe.ring.unseal(row.content, _context(row)).decode()


async def end_server_identity(unit: UnitOfWork) -> None:
    """Destroy the server's identity: what was sealed to it opens no longer. The next bundle names another."""
    await unit.session.execute(delete(RingSecret).where(RingSecret.name == _IDENTITY))
    vault.note_erasure(unit)


async def counts(unit: UnitOfWork) -> Mapping[str, int]:
    """Number of sealed keys of reports by `sealed_to`."""
    query = select(DataKey.sealed_to, func.count()).join(Report, Report.data_key_id == DataKey.id)
    rows = await unit.session.execute(query.where(DataKey.sealed_to.is_not(None)).group_by(DataKey.sealed_to))
    return {name or "": number for name, number in rows}


async def begun_hour(unit: UnitOfWork) -> int | None:
    """Hour when the first report was sealed, or None."""
    mark = await unit.session.get(Mark, _BEGUN)
    return int(mark.value) if mark is not None else None


async def seal_keys(unit: UnitOfWork, ref: str, key_ids: Collection[str], to: Sequence[str]) -> None:
    """Seal the open data keys of a report to these recipients, and destroy them in the ring."""
    installed = await installation(unit)
    await ring_keys.note_first(unit, _BEGUN, str(unit.hour))
    sealed = {
        key_id: offline.seal_to(to, sealed_key(installed, ref, key_id, unit.keys.pop(key_id)))
        for key_id in key_ids
    }
    await vault.exchange(unit, sealed, sealed_to(to))


def sealed_key(installed: str, ref: str, key_id: str, key: SecretKey) -> bytes:
    """Plain content of an envelope. All are equally long."""
    told = {"installation": installed, "report": ref, "key": key_id, "data": b64encode(key).decode()}
    return json.dumps(told).encode()


def read_key(plain: bytes, installed: str, ref: str, key_id: str) -> SecretKey:
    """Data key in an envelope. Raises UnsealError unless it is that of this report of this installation."""
    with suppress(ValueError, TypeError, KeyError):
        told = json.loads(plain)
        if (told["installation"], told["report"], told["key"]) == (installed, ref, key_id):
            return decoded_key(told)
    raise UnsealError(f"envelope of {key_id}")


def decoded_key(told: Mapping[str, str]) -> SecretKey:
    """Data key in `data`. Raises ValueError for what is none."""
    key = SecretKey(b64decode(told["data"], validate=True))
    if len(key) != KEY_BYTES:
        raise ValueError
    return key
