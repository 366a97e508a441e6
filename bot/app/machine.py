"""Doubts about the machine and its care: room, swap, core dumps, retention and the newest backup."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from bot.settings import PREFIX, Settings
from bot.store.file_store import database_file, write_private
from bot.store.unit import HOURS_A_DAY, SECONDS_AN_HOUR

ROOM, NO_ROOM = 1 << 30, 100 << 20
"""Free bytes that a disk should have, and below which the bot may fail within a day."""
_COPIES = 3
"""Databases that fit on the disk: a migration's copy, a backup, and growth."""
LATE = 8 * HOURS_A_DAY
"""Hours after which a weekly backup is late."""
LONGEST: Mapping[str, int] = {
    "draft_hours": 30 * HOURS_A_DAY, "rejected_days": 365, "approved_days": 5 * 365, "report_days": 5 * 365,
}  # fmt: skip
"""Times by setting beyond which a seizure shows more than the work needs."""


class Doubt(NamedTuple):
    what: str
    why: str
    is_fault: bool = False


def doubts(settings: Settings) -> Iterator[Doubt]:
    """Doubts about this machine and what is set for it."""
    yield from room(settings)
    for name in swap_in_clear():
        why = f"{name} is not encrypted, and may keep keys and words for years. Encrypt it (dm-crypt), or run: swapoff {name}"
        yield Doubt("swap", why)
    with suppress(ImportError):
        import resource  # noqa: PLC0415 - Windows has none

        if resource.getrlimit(resource.RLIMIT_CORE)[0]:
            why = "this system would write keys and words to a disk. Before the start: ulimit -c 0"
            yield Doubt("core dumps", why)
    for name, longest in LONGEST.items():
        if (given := getattr(settings, name)) > longest:
            setting, usual = f"{PREFIX}{name.upper()}", type(settings).model_fields[name].default
            days = given // (HOURS_A_DAY if name == "draft_hours" else 1)
            why = (
                f"{setting} is far too long: what people told is kept for {days} days, and a seized server with its keys, or a seized phone "
                f"with an unfinished report, shows all of it. Example: {setting}={usual}"
            )
            yield Doubt("retention", why)


def room(settings: Settings) -> Iterator[Doubt]:
    """Doubts about the disks of database, files and small files."""
    database, seen = database_file(settings), set[int]()
    kept = database.stat().st_size if database is not None and database.is_file() else 0
    least = max(ROOM, _COPIES * kept)
    for place in filter(None, (database, settings.files_dir, settings.audit_head_file)):
        folder = next(one for one in place.absolute().parents if one.is_dir())
        disk, device = shutil.disk_usage(folder), folder.stat().st_dev
        if disk.free < least and disk.total and device not in seen:
            why = (
                f"{disk.free >> 20} MB are free on the disk of {folder}, and it should have {least >> 20} MB. Once it is full no report is "
                f"taken, and Telegram keeps what people write for 24 hours only. Make room, or move the folder. See: df -h {folder}"
            )
            yield Doubt("disk", why, disk.free < NO_ROOM)
        seen.add(device)


def swap_in_clear(proc: Path = Path("/proc"), system: Path = Path("/sys")) -> Iterator[str]:
    """Swap areas that reach a disk unencrypted. None where the kernel tells nothing (proc(5))."""
    with suppress(OSError):
        for line in (proc / "swaps").read_text("utf-8").splitlines()[1:]:
            name = line.split()[0].replace("\\040", " ")
            if name.startswith("/dev/zram"):  # memory, unless it has a disk behind it
                behind = system / "block" / Path(name).name / "backing_dev"
                is_safe = not behind.is_file() or behind.read_text("ascii").strip() == "none"
            else:
                found = Path(name).stat()
                number = found.st_rdev or found.st_dev  # of a device, or of the disk of a file
                is_safe = _is_crypt(system / "dev" / "block" / f"{os.major(number)}:{os.minor(number)}")
            if not is_safe:
                yield name


def _is_crypt(device: Path) -> bool:
    """Whether a device, or each one below it, is of dm-crypt (Documentation/ABI/testing/sysfs-block-dm)."""
    uuid = device / "dm" / "uuid"
    if uuid.is_file() and uuid.read_text("ascii").startswith("CRYPT-"):
        return True
    below = list((device / "slaves").glob("*"))
    return bool(below) and all(map(_is_crypt, below))


def note_backup(settings: Settings, seconds: float) -> None:
    """Keep the hour of a finished backup. `seconds` are since 1970-01-01 UTC. Raises OSError."""
    write_private(_backup_file(settings), f"{int(seconds) // SECONDS_AN_HOUR}\n".encode())


def backup_hours(settings: Settings, now: int) -> int | None:
    """Age of the newest backup, if one is known. `now` is in hours."""
    with suppress(OSError, ValueError):
        return now - int(_backup_file(settings).read_text("ascii"))
    return None


def _backup_file(settings: Settings) -> Path:
    return settings.audit_head_file.with_name("backup.last")
