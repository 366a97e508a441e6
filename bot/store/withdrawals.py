"""List of the data keys that are left, so that a restoration brings back nothing that was withdrawn or expired.

It holds random ids only, sealed under the ring: of the keys of reports, public versions and sent files, and
of the backups made before it. Anything that a listed backup holds under another key was destroyed since. A list that does not
name a backup is older, and says nothing of it.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import delete, select

from bot.errors import SettingsError
from bot.safety.sealing import RingSeal, UnsealError
from bot.settings import Settings
from bot.store.file_store import write_private
from bot.store.unit import HOURS_A_DAY, UnitOfWork
from db.models import DataKey, Mark
from db.transfers import USED

BACKUP = "backup "
"""Mark of a backup: this and its id. The value is its hour."""
RESTORED = "restored"
"""Mark of a database that was restored: reports without their key are still to be closed."""
MOST_BACKUPS = 200
_CONTEXT = "withdrawals"


@dataclass(frozen=True, slots=True)
class WithdrawalList:
    hour: int
    backups: frozenset[str]
    keys: frozenset[str]


async def note_backup(unit: UnitOfWork, backup_id: str) -> None:
    """Have later lists name a backup, and forget the oldest of many."""
    await unit.session.merge(Mark(name=BACKUP + backup_id, value=str(unit.hour)))
    await unit.session.flush()
    found = await _backups(unit)
    over = sorted(found, key=lambda one: found[one])[:-MOST_BACKUPS]
    await unit.session.execute(delete(Mark).where(Mark.name.in_(BACKUP + one for one in over)))


async def _backups(unit: UnitOfWork) -> dict[str, int]:
    rows = await unit.session.scalars(select(Mark).where(Mark.name.startswith(BACKUP)))
    return {row.name.removeprefix(BACKUP): int(row.value) for row in rows}


async def newest_backup(unit: UnitOfWork) -> int | None:
    """Hour of the newest backup, or None."""
    return max((await _backups(unit)).values(), default=None)


async def collect(unit: UnitOfWork) -> WithdrawalList:
    keys = await unit.session.stream_scalars(select(DataKey.id).where(DataKey.id.in_(USED)))
    return WithdrawalList(unit.hour, frozenset(await _backups(unit)), frozenset([one async for one in keys]))


def write(ring: RingSeal, file: Path, found: WithdrawalList) -> None:
    """Write a list. That of another database, which shares no backup with it, is put aside: by mistake the bot
    may have begun with an empty one. Raises OSError."""
    with suppress(OSError, SettingsError):
        before = load(ring, file).backups
        if before and before.isdisjoint(found.backups):
            file.replace(_former(file))
    said = {"hour": found.hour, "backups": sorted(found.backups), "keys": sorted(found.keys)}
    write_private(file, ring.seal(json.dumps(said).encode(), _CONTEXT))


def _former(file: Path) -> Path:
    return file.with_name(f"{file.name}.former")


def load(ring: RingSeal, file: Path) -> WithdrawalList:
    """Read a list. Raises OSError, and SettingsError for a file that does not open with the ring."""
    try:
        said = json.loads(ring.unseal(file.read_bytes(), _CONTEXT))
    except (UnsealError, ValueError):
        raise SettingsError(
            f"{file} is no list of withdrawals, or KUAGER_KEY_RING lacks the key of its time. Name another one: "
            "python -m bot restore BACKUP --withdrawals FILE"
        ) from None
    return WithdrawalList(said["hour"], frozenset(said["backups"]), frozenset(said["keys"]))


def known(settings: Settings, backup_id: str, given: Path | None = None) -> WithdrawalList | None:
    """All lists that name a backup, read together: the one beside the audit log's head, its copy and a
    `given` one. A key that any of them lacks was destroyed. Raises SettingsError for a given one that cannot be read."""
    ring, found = RingSeal(settings.ring), list[WithdrawalList]()
    kept = [one for one in (settings.withdrawals_file, settings.withdrawals_copy) if one is not None]
    for file in (*kept, *map(_former, kept)):
        with suppress(OSError, SettingsError):
            found.append(load(ring, file))
    if given is not None:
        try:
            found.append(load(ring, given))
        except OSError as error:
            raise SettingsError(f"{given} cannot be read: {error.strerror}.") from None
    of_it = [one for one in found if backup_id in one.backups]
    if not of_it:
        return None
    left = frozenset.intersection(*(one.keys for one in of_it))
    return replace(max(of_it, key=lambda one: one.hour), keys=left)


def keep(settings: Settings, ring: RingSeal, found: WithdrawalList) -> None:
    """Write the list beside the audit log's head and in KUAGER_WITHDRAWALS_DIR. Raises SettingsError."""
    file, copy = settings.withdrawals_file, settings.withdrawals_copy
    try:
        write(ring, file, found)
        if copy is not None:
            copy.parent.stat()  # an unmounted folder must not be made
            write(ring, copy, found)
    except OSError as error:
        raise SettingsError(
            f"KUAGER_WITHDRAWALS_DIR: the list of withdrawals cannot be written to {file.parent}, or its copy: {error.strerror}. "
            "Mount the folder, or give it to the bot's user"
        ) from None


async def doubts(unit: UnitOfWork) -> Sequence[str]:
    """Faults of the copy, a line each. Without a backup none is needed."""
    copy, oldest = unit.settings.withdrawals_copy, unit.hour - 2 * HOURS_A_DAY
    if copy is None:
        unset = "KUAGER_WITHDRAWALS_DIR is not set: if this machine is lost, a backup brings back what was withdrawn since. Set it to a folder of another machine. Example: KUAGER_WITHDRAWALS_DIR=/mnt/elsewhere/kuager"
        return [unset] if await newest_backup(unit) is not None else []
    with suppress(OSError, SettingsError):
        if load(unit.safe.ring, copy).hour >= oldest:
            return []
    return [
        f"KUAGER_WITHDRAWALS_DIR: the list of withdrawals in {copy.parent} is missing or over two days old. Mount the folder, and start the bot"
    ]
