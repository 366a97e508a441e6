"""Reports in the sealed archive, and its only recipient, who is not on the server."""

import io
from collections.abc import Sequence

from bot.desk.card import service as card_service
from bot.desk.decisions import service as decisions_service
from bot.reports import archive as archive_service
from bot.safety import offline
from bot.safety.sealing import SecretKey
from bot.store import archive_keys, vault
from bot.store.unit import UnitOfWork
from db.models import Report
from tests.bench import Bench
from tests.bot.reports.talking import Talk, begun

IDENTITY = offline.new_identity()
RECIPIENT = offline.recipient_of(IDENTITY)


async def prepare(bench: Bench) -> None:
    """Name the recipient, who answers."""
    bench.settings = bench.settings.model_copy(update={"archive_recipients": (RECIPIENT,)})
    async with bench.write() as unit:
        await archive_keys.answer(unit, RECIPIENT, archive_keys.word(unit, RECIPIENT))


async def sealed_now(bench: Bench) -> int:
    """One pass of sealing; the number of reports that were sealed."""
    done, place = 0, archive_service.FIRST
    while True:
        async with bench.write() as unit:
            due, place = await archive_service.archivable(unit, place)
            done += await archive_service.seal_due(unit, due)
        if place == archive_service.FIRST:
            return done


async def reject(talk: Talk) -> None:
    """Decide a report, read as far as something was told."""
    async with talk.bench.write() as unit:
        moderator, report = await talk._desk(unit)
        await card_service.note_read(unit, await card_service.card(unit, report))
        await decisions_service.reject(unit, moderator, report, "spam")


async def sealed(bench: Bench) -> Talk:
    """A rejected report, whose reporter could be asked, in the archive."""
    await prepare(bench)
    talk = await begun(bench)
    await reject(talk)
    assert await sealed_now(bench) == 1
    return talk


async def reopened(unit: UnitOfWork, report: Report, keys: Sequence[str]) -> None:
    """Bring keys back, which the recipient opened."""
    installed, found = await archive_keys.installation(unit), dict[str, SecretKey]()
    for key_id, envelope in (await vault.envelopes(unit, keys)).items():
        plain = io.BytesIO()
        offline.open_stream([IDENTITY], io.BytesIO(envelope), plain)
        found[key_id] = archive_keys.read_key(plain.getvalue(), installed, report.ref, key_id)
    assert found.keys() == set(keys)
    await vault.bring_back(unit, found)
