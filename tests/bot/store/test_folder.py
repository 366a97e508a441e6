"""The store of sealed files: for its owner alone, and without times."""

import os
from pathlib import Path

from bot.store.file_store import FolderStore

FIRST, SECOND = "ab" * 16, "ab" + "cd" * 15
"""Two files in one folder."""


async def test_neither_files_nor_folders_tell_when_something_came_or_went(tmp_path: Path) -> None:
    """Whatever was done, by the times that a program can set."""
    store = FolderStore(tmp_path / "files")
    await store.prepare()
    assert times(tmp_path / "files") == {0}
    await store.put(FIRST, b"sealed")
    await store.put(SECOND, b"sealed")
    assert times(tmp_path / "files") == {0}
    await store.remove(FIRST)
    await store.remove(FIRST)
    assert times(tmp_path / "files") == {0}
    assert await store.ids() == [SECOND]


async def test_all_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Whatever the shell's mask is."""
    before = os.umask(0o022)
    try:
        await FolderStore(tmp_path / "files").put(FIRST, b"sealed")
    finally:
        os.umask(before)
    everything = [tmp_path / "files", *(tmp_path / "files").rglob("*")]
    assert {path.stat().st_mode & 0o077 for path in everything} == {0}


def times(folder: Path) -> set[float]:
    """Of a folder and all that is in it."""
    return {path.stat().st_mtime for path in (folder, *folder.rglob("*"))}
