"""Damage to stored reports, as by a bad sector."""

from sqlalchemy import select, update

from bot.form.answers import Chosen
from bot.reports.states import Consent
from bot.store.unit import UnitOfWork
from db.models import DataKey, KeySlot, PublicVersion, Report
from tests.bench import Bench, approve_proposal


async def publish(bench: Bench, number: int, consent: Consent = Consent.PUBLISH) -> list[str]:
    """References of `number` approved reports."""
    refs = []
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for _ in range(number):
            report = (await bench.submit(unit, consent_use=Chosen((consent,)))).report
            await bench.propose(unit, moderator, report)
            await approve_proposal(unit, moderator, report)
            refs.append(report.ref)
    return refs


async def spoil(unit: UnitOfWork, ref: str) -> None:
    """Change a byte of a report's public version."""
    version = await unit.session.scalar(select(PublicVersion).join(Report).where(Report.ref == ref))
    assert version is not None
    assert version.content is not None
    version.content = spoilt(version.content)
    await unit.session.flush()


async def spoil_report(unit: UnitOfWork, ref: str) -> None:
    """Change a byte of a report's content."""
    report = (await unit.session.scalars(select(Report).where(Report.ref == ref))).one()
    assert report.content is not None
    report.content = spoilt(report.content)
    await unit.session.flush()


async def spoil_key(unit: UnitOfWork, ref: str) -> None:
    """Change a byte of the public version's data key."""
    key = select(DataKey.slot).join(PublicVersion, PublicVersion.data_key_id == DataKey.id)
    slot = await unit.session.scalar(
        key.join(Report, Report.id == PublicVersion.report_id).where(Report.ref == ref)
    )
    await _spoil_slot(unit, slot)


async def spoil_key_of_report(unit: UnitOfWork, ref: str) -> None:
    """Change a byte of the report's data key."""
    key = select(DataKey.slot).join(Report, Report.data_key_id == DataKey.id)
    await _spoil_slot(unit, await unit.session.scalar(key.where(Report.ref == ref)))


async def _spoil_slot(unit: UnitOfWork, number: int | None) -> None:
    slot = KeySlot.number == number
    content = await unit.session.scalar(select(KeySlot.content).where(slot))
    assert content is not None
    await unit.session.execute(update(KeySlot).where(slot).values(content=spoilt(content)))
    unit.session.expire_all()


def spoilt(content: bytes) -> bytes:
    """Change one byte in the middle."""
    place = 20
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
