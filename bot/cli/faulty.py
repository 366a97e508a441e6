"""Messages about faulty approved reports and lost files."""

from collections.abc import Iterator, Sequence

import typer

from bot.cli.console import INCOMPLETE, finish, opened, out
from bot.services.export.versions.selection import Faulty
from bot.services.keeping import older_consents
from bot.services.keeping.losses import LostFile
from bot.services.reports.classification import Consent


def lines(faults: Faulty) -> Iterator[str]:
    if faults.changed:
        yield (
            f"The consent in the database is not the one that was sealed: {', '.join(faults.changed)}. These reports are in no "
            "export. Find out who can write to the database."
        )
    if faults.damaged:
        yield (
            f"These public versions, or what they were made of, are damaged in the database: {', '.join(faults.damaged)}. They are in no "
            "export. Check the disk, and who can write to the database. A backup may hold them whole: keep it."
        )


def lost_files(lost: Sequence[LostFile], store: object) -> Iterator[str]:
    if lost:
        absent, refs = sum(one.absent for one in lost), sorted({one.ref for one in lost if one.ref})
        yield (
            f"{store} has lost files that the database knows: {absent} are not there, {len(lost) - absent} have another length than when they "
            f"were kept. Reports: {', '.join(refs) or 'none that is sent'}. If its disk is not mounted, mount it. Else keep every older backup, "
            f"and put their files back, the newest that has them: cp -r BACKUP/files/. {store}"
        )


def too_old(faults: Faulty) -> Iterator[str]:
    if faults.too_old:
        listed = ", ".join(f"{ref} ({consent})" for ref, consent in faults.too_old.items())
        yield (
            f"Too old to tell their consent, as their reports are destroyed: {listed}. They are in no export. Where an older export or the "
            "reporter bears out the consent in brackets: python -m bot confirm-consent CONSENT REF…"
        )


def end(faults: Faulty) -> None:
    """Report faults on standard error, and exit with INCOMPLETE."""
    for line in (told := [*lines(faults), *too_old(faults)]):
        typer.echo(line, err=True)
    if told:
        raise typer.Exit(INCOMPLETE)


def confirm_consent(consent: Consent, refs: list[str]) -> None:
    """Confirm the consent of approved reports that `check` lists as too old to tell it. Exports obey it from
    now on."""

    async def go() -> None:
        async with opened() as work, work.write() as unit:
            for ref in refs:
                await older_consents.confirm(unit, ref, consent)

    finish(go())
    out.print(f"Confirmed: {len(refs)}.")
