"""Doubts about the machine and its care: room, swap, core dumps, retention and the newest backup."""

import ctypes
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.settings import PREFIX, Settings
from bot.store.file_store import database_file
from bot.store.unit import HOURS_A_DAY, SECONDS_AN_HOUR

ROOM, NO_ROOM = 1 << 30, 100 << 20
"""Free bytes that a disk should have, and below which the bot may fail within a day."""
_COPIES = 3
"""Databases that fit on the disk: a migration's copy, a backup, and growth."""
_NO_INODES = 1000
BACKUP_DAYS = 8
"""Age from which a weekly backup is late."""
_YEAR = 365
LONGEST: Mapping[str, int] = {
    "rejected_days": _YEAR,
    "approved_days": 5 * _YEAR,
    "report_days": 5 * _YEAR,
    "draft_hours": 30 * HOURS_A_DAY,
}
"""Times by setting beyond which a seizure shows more than the work needs."""
_PR_GET_DUMPABLE = 3


@dataclass(frozen=True, slots=True)
class Doubt:
    what: str
    why: str
    is_fault: bool = False


WELL: Mapping[str, str] = {
    "disk": "there is room",
    "swap": "none, or encrypted: no key is left on a disk",
    "core dumps": "keys and words in memory reach none",
    "retention": "nothing is kept for longer than the work needs",
}


def doubts(settings: Settings) -> Iterator[Doubt]:
    """Doubts about each thing of WELL."""
    yield from room(settings)
    for name in swap_in_clear():
        why = f"{name} is not encrypted, and may keep keys and words from memory for years"
        yield Doubt("swap", f"{why}. End it, or encrypt it (dm-crypt). Run: swapoff {name}")
    if _can_dump():
        yield Doubt(
            "core dumps", "this system would write keys and words to a disk. Before the start: ulimit -c 0"
        )
    yield from _kept_long(settings)


def room(settings: Settings) -> Iterator[Doubt]:
    """Doubts about the disks of database, files and small files."""
    database, seen = database_file(settings), set[int]()
    kept = _size(database) if database is not None else 0
    least = max(ROOM, _COPIES * kept)
    for place in filter(None, (database, settings.files_dir, settings.audit_head_file)):
        folder = next(one for one in place.absolute().parents if one.is_dir())
        if (device := folder.stat().st_dev) not in seen and (why := _narrow(folder, least)):
            yield Doubt("disk", why[0], why[1])
        seen.add(device)


def _narrow(folder: Path, least: int) -> tuple[str, bool] | None:
    """Reason why a disk has too little room, and whether the bot may fail soon."""
    disk, inodes = shutil.disk_usage(folder), _inodes(folder)
    no_inodes = inodes is not None and inodes < _NO_INODES
    if not disk.total or (disk.free >= least and not no_inodes):
        return None
    told = "almost no more files fit" if no_inodes else f"{disk.free >> 20} MB are free"
    why = (
        f"{told} on the disk of {folder}, and it should have {least >> 20} MB. Once it is full no report is taken, and what "
        f"Telegram keeps for the bot is lost after 24 hours. Make room, or move the folder. See: df -h {folder}"
    )
    return why, disk.free < NO_ROOM or no_inodes


def _inodes(folder: Path) -> int | None:
    """Files that can still be made. None where the file system has no limit, and on Windows."""
    found = os.statvfs(folder) if hasattr(os, "statvfs") else None
    return found.f_favail if found is not None and found.f_files else None


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def swap_in_clear(proc: Path = Path("/proc"), system: Path = Path("/sys")) -> Iterator[str]:
    """Swap areas that reach a disk unencrypted. None where the kernel tells nothing (proc(5))."""
    with suppress(OSError):
        for line in (proc / "swaps").read_text("utf-8").splitlines()[1:]:
            name = line.split()[0].replace("\\040", " ")
            if not _is_encrypted(name, system):
                yield name


def _is_encrypted(name: str, system: Path) -> bool:
    if name.startswith("/dev/zram"):
        backing = system / "block" / Path(name).name / "backing_dev"
        return not backing.is_file() or backing.read_text("ascii").strip() == "none"
    found = Path(name).stat()
    number = found.st_rdev or found.st_dev  # of a device, or of the disk of a file
    return _is_crypt(system / "dev" / "block" / f"{os.major(number)}:{os.minor(number)}")


def _is_crypt(device: Path) -> bool:
    """Whether a device, or each one below it, is of dm-crypt (Documentation/ABI/testing/sysfs-block-dm)."""
    uuid, below = device / "dm" / "uuid", device / "slaves"
    if uuid.is_file() and uuid.read_text("ascii").startswith("CRYPT-"):
        return True
    slaves = list(below.iterdir()) if below.is_dir() else []
    return bool(slaves) and all(map(_is_crypt, slaves))


def _can_dump() -> bool:
    if sys.platform == "linux" and ctypes.CDLL(None).prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) == 0:
        return False
    with suppress(ImportError):
        import resource  # noqa: PLC0415 - Windows has none

        return resource.getrlimit(resource.RLIMIT_CORE)[0] != 0
    return False


def _kept_long(settings: Settings) -> Iterator[Doubt]:
    for name, longest in LONGEST.items():
        if (given := getattr(settings, name)) > longest:
            days, setting = given // (HOURS_A_DAY if name == "draft_hours" else 1), f"{PREFIX}{name.upper()}"
            whose = (
                "unfinished reports are kept for {} days: a seized phone can go on with them"
                if name == "draft_hours"
                else "what people told is kept for {} days: a seizure of server and keys shows all of it"
            )
            usual = type(settings).model_fields[name].default
            yield Doubt(
                "retention",
                f"{setting} is far too long, {whose.format(days)}. Example: {setting}={usual}",
            )


def note_backup(settings: Settings, seconds: float) -> None:
    """Keep the hour of a finished backup. `seconds` are since 1970-01-01 UTC. Raises OSError."""
    path = _backup_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(f"{int(seconds) // SECONDS_AN_HOUR}\n", "ascii")
    path.chmod(0o600)
    os.utime(path, (0, 0))  # the file's times would be finer than the hour


def last_backup(settings: Settings) -> int | None:
    """Hour of the newest backup, if one is known."""
    try:
        return int(_backup_file(settings).read_text("ascii"))
    except (OSError, ValueError):
        return None


def is_late(hour: int | None, now: int) -> bool:
    """Whether a known backup is too old. Both are hours."""
    return hour is not None and now - hour > BACKUP_DAYS * HOURS_A_DAY


def _backup_file(settings: Settings) -> Path:
    return settings.audit_head_file.with_name("backup.last")
