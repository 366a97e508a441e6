"""Doubts about the machine, as its kernel tells of it."""

import os
from pathlib import Path

import pytest

from bot.app import machine
from bot.settings import Settings
from bot.store.file_store import unwritable
from tests.bench import settings

HEAD = "Filename\tType\tSize\tUsed\tPriority\n"
DISK = Path(__file__)


def kernel(folder: Path, *swaps: str) -> tuple[Path, Path]:
    """A made-up /proc and /sys with these swap areas."""
    proc, system = folder / "proc", folder / "sys"
    proc.mkdir()
    (proc / "swaps").write_text(HEAD + "".join(f"{name}\tfile\t1\t0\t-2\n" for name in swaps), "utf-8")
    return proc, system


def device_of(system: Path, file: Path) -> Path:
    number = file.stat().st_dev
    return system / "dev" / "block" / f"{os.major(number)}:{os.minor(number)}"


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "ascii")


def test_a_swap_file_on_a_plain_disk_is_told(tmp_path: Path) -> None:
    """And none without swap, or without a kernel that tells of it."""
    proc, system = kernel(tmp_path, str(DISK))
    assert list(machine.swap_in_clear(proc, system)) == [str(DISK)]
    (proc / "swaps").write_text(HEAD, "utf-8")
    assert list(machine.swap_in_clear(proc, system)) == []
    assert list(machine.swap_in_clear(tmp_path / "none", system)) == []


def test_swap_on_a_disk_of_dm_crypt_is_well(tmp_path: Path) -> None:
    """Also where a volume of LVM is between them; a plain volume of LVM is not."""
    proc, system = kernel(tmp_path, str(DISK))
    device = device_of(system, DISK)
    put(device / "dm" / "uuid", "LVM-made-up\n")
    assert list(machine.swap_in_clear(proc, system)) == [str(DISK)]
    put(device / "slaves" / "dm-0" / "dm" / "uuid", "CRYPT-LUKS2-made-up\n")
    assert list(machine.swap_in_clear(proc, system)) == []
    put(device / "slaves" / "sdb1" / "size", "1\n")
    assert list(machine.swap_in_clear(proc, system)) == [str(DISK)]


def test_compressed_memory_is_no_disk_unless_it_has_one_behind(tmp_path: Path) -> None:
    """As zram with a backing device."""
    proc, system = kernel(tmp_path, "/dev/zram0")
    assert list(machine.swap_in_clear(proc, system)) == []
    put(system / "block" / "zram0" / "backing_dev", "none\n")
    assert list(machine.swap_in_clear(proc, system)) == []
    put(system / "block" / "zram0" / "backing_dev", "/dev/sdb\n")
    assert list(machine.swap_in_clear(proc, system)) == ["/dev/zram0"]


def placed(folder: Path) -> Settings:
    """Settings with all places in one folder."""
    url = f"sqlite+aiosqlite:///{folder}/kuager.db"
    places = {"files_dir": folder / "files", "audit_head": folder / "audit.head", "database_url": url}
    return settings().model_copy(update=places)


def test_a_disk_should_hold_three_databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose size is that of the file, not of what is in it."""
    monkeypatch.setattr(machine, "ROOM", 0)
    file = tmp_path / "kuager.db"
    file.touch()
    given = placed(tmp_path)
    assert list(machine.room(given)) == []
    os.truncate(file, 1 << 43)  # sparse
    (doubt,) = machine.room(given)
    assert (doubt.what, f"it should have {3 << 23} MB" in doubt.why) == ("disk", True)


def test_the_hour_of_a_backup_is_kept_alone(tmp_path: Path) -> None:
    """No minute stands in the file or in its times. A week is no delay, nine days are."""
    given = placed(tmp_path)
    assert machine.backup_hours(given, 480_009) is None
    machine.note_backup(given, 480_000 * 3600 + 1234.5)
    file = tmp_path / "backup.last"
    assert (file.read_text("ascii"), file.stat().st_mtime) == ("480000\n", 0)
    assert machine.backup_hours(given, 480_009) == 9
    assert 7 * 24 < machine.LATE < 9 * 24
    file.write_text("what", "ascii")
    assert machine.backup_hours(given, 480_009) is None


def test_a_place_that_cannot_be_written_to_is_told_with_its_reason(tmp_path: Path) -> None:
    """A file in the way, another's folder, a closed one, and a disk for reading alone; of a good one nothing."""
    assert unwritable(tmp_path / "a" / "b") == ""
    (tmp_path / "file").touch()
    assert "is a file and no folder. See: ls -l " in unwritable(tmp_path / "file" / "kuager.db")
    if os.geteuid() == 0:
        os.chown(tmp_path / "file", 65_534, 65_534)
        assert f"Run: sudo chown -R 0 {tmp_path}/file" in unwritable(tmp_path / "file")
    else:
        tmp_path.chmod(0o500)
        assert f"Run: chmod u+rwX {tmp_path}" in unwritable(tmp_path / "none")
