"""What a bad sector does to stored reports."""

from sqlalchemy import select, update

from bot.form.answers import Chosen
from bot.services.reports.consent import Consent
from bot.services.unit import Unit
from db.models import DataKey, KeySlot, PublicVersion, Report
from tests.bench import Bench, approve_proposal


async def publish(bench: Bench, number: int, consent: Consent = Consent.PUBLISH) -> list[str]:
    """The references of so many reports that were approved."""
    refs = []
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for _ in range(number):
            report = (await bench.submit(unit, consent_use=Chosen((consent,)))).report
            await bench.propose(unit, moderator, report)
            await approve_proposal(unit, moderator, report)
            refs.append(report.ref)
    return refs


async def spoil(unit: Unit, ref: str) -> None:
    """Change a byte of what a version says."""
    version = await unit.session.scalar(select(PublicVersion).join(Report).where(Report.ref == ref))
    assert version is not None
    assert version.content is not None
    version.content = spoilt(version.content)
    await unit.session.flush()


async def spoil_report(unit: Unit, ref: str) -> None:
    """Change a byte of what a reporter told."""
    report = (await unit.session.scalars(select(Report).where(Report.ref == ref))).one()
    assert report.content is not None
    report.content = spoilt(report.content)
    await unit.session.flush()


async def spoil_key(unit: Unit, ref: str, *, of_report: bool = False) -> None:
    """The same to the key of a version, or to that of what its reporter told."""
    holder = Report.data_key_id if of_report else PublicVersion.data_key_id
    where = select(DataKey.slot).join(PublicVersion if not of_report else Report, holder == DataKey.id)
    if not of_report:
        where = where.join(Report, Report.id == PublicVersion.report_id)
    slot = await unit.session.scalar(where.where(Report.ref == ref))
    content = await unit.session.scalar(select(KeySlot.content).where(KeySlot.number == slot))
    assert content is not None
    await unit.session.execute(update(KeySlot).where(KeySlot.number == slot).values(content=spoilt(content)))
    unit.session.expire_all()


def spoilt(content: bytes) -> bytes:
    """With one byte changed in its middle."""
    place = 20
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
