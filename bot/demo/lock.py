"""A folder's lock: one demo at a time keeps its things there."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.demo.home import errors_of
from bot.errors import SettingsError

try:
    import fcntl
except ImportError:  # there is none on Windows
    HAS_KERNEL_LOCKS = False
else:
    HAS_KERNEL_LOCKS = True

LOCK = "lock"


@contextmanager
def held(folder: Path, *, by_kernel: bool = HAS_KERNEL_LOCKS) -> Iterator[None]:
    """Hold a folder, which is made for its owner alone when it is not there. Where the kernel locks files, the lock
    goes with the process however that ends; elsewhere it is a file that must not be there. Raises SettingsError
    when another demo holds it or it cannot be used."""
    with errors_of(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        release = _lock(folder) if by_kernel else _make(folder)
    try:
        yield
    finally:
        release()


def _lock(folder: Path) -> Callable[[], None]:
    file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise SettingsError(f"{folder} is in use by another demo.") from None
    return lambda: os.close(file)


def _make(folder: Path) -> Callable[[], None]:
    path = folder / LOCK
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise SettingsError(f"{folder} is in use by another demo. If none runs, delete {path}.") from None
    return lambda: path.unlink(missing_ok=True)
