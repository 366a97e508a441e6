"""What is kept: destroyed once its time is over, backed up, restored, and originals taken out."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import finish, opened, out
from bot.services.keeping import backups, operator_keys, originals, retention
from bot.services.reports.store import FileStore
from bot.settings import load_settings
from bot.work import require_newest


def purge(
    unopened: Annotated[
        bool, typer.Option("--unopened", help="Also whatever waits for a key that is lost for good.")
    ] = False,
) -> None:
    """Destroy now what has expired. The running bot does so by itself every ten minutes."""

    async def go() -> dict[str, int]:
        async with opened() as work:
            counts = Counter[str]()
            while True:
                async with work.write() as unit:
                    swept = await retention.sweep(unit)
                counts.update(swept)
                if max(swept.values()) < retention.SWEEP_LIMIT:
                    break
            if unopened:
                async with work.write() as unit:
                    counts["unopened"] = await operator_keys.give_up(unit)
            if not await work.finish_erasures():
                out.print(
                    "The database's log is being read and still holds what was destroyed: purge again soon."
                )
            return counts

    for name, count in finish(go()).items():
        out.print(f"{name}: {count}")


def backup(folder: Annotated[Path, typer.Argument(help="A folder that is not there yet.")]) -> None:
    """Write reports, public versions, their files, moderators and the audit log into a new folder, sealed as they are. The
    bot may run meanwhile. Drafts are left out, and the keys of .env: keep those elsewhere."""
    settings = load_settings()
    finish(require_newest(settings))
    number = finish(backups.back_up(settings, folder))
    out.print(
        f"Written to {folder}: the database and {number} files. Withdrawals do not reach it: destroy it in time."
    )


def restore(folder: Annotated[Path, typer.Argument(help="A folder that `backup` wrote.")]) -> None:
    """Put a backup where no database and no files are yet. The keys of its time must be in .env."""
    number = finish(backups.restore(load_settings(), folder))
    out.print(
        f"Restored: the database and {number} files. Now run: python -m bot migrate, then python -m bot check"
    )
    out.print(
        "What was withdrawn or had expired since the backup is back. Whoever withdrew must withdraw again."
    )


def take_out_originals(
    ref: Annotated[str, typer.Argument(help="The reference of a report.")],
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
) -> None:
    """Write a report's files as they came, encrypted to KUAGER_ORIGINAL_RECIPIENTS, with the record of their custody."""

    async def go() -> int:
        async with opened() as work:
            store = FileStore(work.settings.files_dir)
            # Committed whatever comes of the files: they may have been read as far as they came.
            async with work.write() as unit:
                return await originals.take_out(unit, store, ref, folder)

    out.print(f"Written to {folder}: {finish(go())} originals, encrypted, and their custody.")
