"""Checks of stored data, its keys and the audit log."""

from bot.cli import faulty
from bot.cli.checking.findings import Findings
from bot.file_store.store import FileStore
from bot.services import ring_keys, row_proofs
from bot.services.desk.people import team
from bot.services.export.versions import selection
from bot.services.export.versions.selection import Period
from bot.services.keeping import audit_check, damage, losses, operator_keys, rotation
from bot.services.unit import Unit
from bot.work import Work


async def check_stored(work: Work, findings: Findings) -> None:
    """Check one state of the database. Raises SettingsError for wrong keys."""
    async with work.read() as unit:
        await operator_keys.check(unit)
        if await _check_keys(unit, findings):
            await _check_bytes(unit, findings)
        async with findings.part():
            await operator_keys.require_bot(unit)
        await _check_log(unit, findings)
        await _check_rows(unit, findings)


async def _check_rows(unit: Unit, findings: Findings) -> None:
    await row_proofs.look_at_all(unit)
    await team.list_moderators(unit)  # restored old rows are foreign too
    if unit.safe.foreign:
        findings.wrong(
            f"Rows that the bot did not write, and does not read, are in: {', '.join(sorted(unit.safe.foreign))}. Find out who can write to the database (docs/operators.md)."
        )
    else:
        findings.well("rows", "each was written by the bot")


async def _check_keys(unit: Unit, findings: Findings) -> bool:
    days, old = await rotation.days_in_use(unit), await rotation.left(unit)
    if days > rotation.MOST_DAYS:
        findings.warn(
            "keys", f"the ring's first key is {days} days old. New one: python -m bot keys new --ring"
        )
    if old:
        findings.warn(
            "keys", f"{old} reports and drafts still use an older key. Run: python -m bot keys rotate"
        )
    unopened, number = await operator_keys.unopened_reports(unit)
    if unopened and await ring_keys.lacking(unit):
        findings.wrong(
            f"{operator_keys.WRONG_RING} It does not open {unopened} of {number} reports and public versions."
        )
        return False
    if unopened:
        findings.wrong(
            f"The keys of {unopened} of {number} reports and public versions are damaged in the database, though the ring has what "
            "opens them. Check the disk. A backup may hold them whole: keep it."
        )
    elif number:
        findings.well("keys", f"the ring opens all {number} reports and public versions")
    else:
        findings.well("keys", "no report is stored yet that they could fail to open")
    return True


async def _check_bytes(unit: Unit, findings: Findings) -> None:
    damaged = await damage.damaged_reports(unit)
    if damaged:
        findings.wrong(
            f"What reporters told, or what was said and noted of it since, is damaged in the database: {', '.join(damaged)}. Check the disk. A backup may hold it whole: keep it."
        )
    found = await selection.faulty(unit, Period())
    for line in faulty.lines(found):
        findings.wrong(line)
    for line in faulty.too_old(found):
        findings.warn("consents", line)


async def _check_log(unit: Unit, findings: Findings) -> None:
    found = await audit_check.check(unit)
    for line in found.faults(unit.settings):
        findings.wrong(line)
    if found.is_whole:
        findings.well("audit log", "fits its chain")


async def check_files(work: Work, store: FileStore, findings: Findings) -> None:
    """Compare all kept files with the store. Raises OSError."""
    for line in faulty.lost_files(await losses.lost_files(work.read, store), store):
        findings.wrong(line)
