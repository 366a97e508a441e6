"""A sealed report, and the files that the organisation's machine makes of its keys."""

import hashlib
import io
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from bot.safety import offline
from bot.safety.sealing import SecretKey
from bot.store import archive_keys, vault
from bot.store.unit import UnitOfWork
from db.models import DataKey, Report
from tests.bench import Bench, approve_proposal

IDENTITY = offline.new_identity()
RECIPIENT = offline.recipient_of(IDENTITY)


async def prepare(bench: Bench, *more: str) -> None:
    """Name recipients that have answered."""
    named = (RECIPIENT, *more)
    bench.settings = bench.settings.model_copy(update={"archive_recipients": named})
    async with bench.write() as unit:
        for one in named:
            await archive_keys.answer(unit, one, archive_keys.word(unit, one))


async def sealed(bench: Bench) -> Report:
    """An approved report with all keys sealed, that of its public version too."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, f"Moderator{bench.chats}")
        report = (await bench.submit(unit)).report
        await bench.propose(unit, moderator, report)
        version = await approve_proposal(unit, moderator, report)
        keys = [str(report.data_key_id), str(version.data_key_id)]
        await archive_keys.seal_keys(unit, report.ref, keys, [RECIPIENT])
        report.sealed = True
        return report


async def sealed_keys(unit: UnitOfWork) -> Sequence[str]:
    return (await unit.session.scalars(select(DataKey.id).where(DataKey.sealed_to.is_not(None)))).all()


def digest(envelope: bytes) -> str:
    return hashlib.sha256(envelope).hexdigest()


async def opened(
    unit: UnitOfWork, ref: str, identity: str = IDENTITY
) -> Mapping[str, tuple[SecretKey, bytes]]:
    """Each sealed data key with its envelope."""
    installed, found = await archive_keys.installation(unit), {}
    for key_id, envelope in (await vault.envelopes(unit, await sealed_keys(unit))).items():
        plain = io.BytesIO()
        offline.open_stream([identity], io.BytesIO(envelope), plain)
        found[key_id] = archive_keys.read_key(plain.getvalue(), installed, ref, key_id), envelope
    return found


async def to_server(unit: UnitOfWork, told: Mapping[str, Any]) -> bytes:
    server = offline.recipient_of(await archive_keys.server_identity(unit))
    whole = {"format": 1, "installation": await archive_keys.installation(unit), **told}
    return offline.seal_to([server], json.dumps(whole).encode())


async def reopening_file(unit: UnitOfWork, ref: str, **changed: Any) -> bytes:
    """File that reopens the only sealed report."""
    keys = {
        key_id: {"data": b64encode(key).decode(), "envelope": digest(envelope)}
        for key_id, (key, envelope) in (await opened(unit, ref)).items()
    }
    told = {"kuager": "reopening", "report": ref, "made_hour": unit.hour, "keys": keys}
    return await to_server(unit, told | changed)


async def reseal_file(unit: UnitOfWork, ref: str, to: str, **changed: Any) -> bytes:
    """File that seals the only sealed report to another recipient."""
    installed = await archive_keys.installation(unit)
    envelopes = {
        key_id: {
            "old": digest(envelope),
            "new": b64encode(
                offline.seal_to([to], archive_keys.sealed_key(installed, ref, key_id, key))
            ).decode(),
        }
        for key_id, (key, envelope) in (await opened(unit, ref)).items()
    }
    return await to_server(unit, {"kuager": "resealing", "to": [to], "envelopes": envelopes} | changed)
