"""Files joined to a ZIP: what was written comes out, in the clear nowhere else."""

import csv
import io
import os
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from bot.publish.export.formats.writing import Spool, SpooledTable, zipped

PLANTED = b"Aigerim Bekova "
HOSTILE = [
    "=1+1",
    "\ttab",
    "a;b|c::d",
    'q"uote',
    "two\r\nlines",
    "\u202eright to left",
    "🕊",
    "x" * 100_000,
    "",
]


def spool(content: bytes) -> Spool:
    """A spool with this in it."""
    made = Spool()
    for start in range(0, len(content), 1000):
        made.write(content[start : start + 1000])
    return made


def read(content: bytes) -> dict[str, bytes]:
    """The files of a ZIP, each checked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def on_disk() -> list[bytes]:
    """What stands in files without a name that this process holds open."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            if "(deleted)" in str(link.readlink()) and (content := link.read_bytes()):
                found.append(content)
        except OSError:
            continue
    return found


@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 3_000_001])
def test_files_come_out_as_they_were_written(size: int) -> None:
    """In their order, small and large, from memory and from a disk; twice the same bytes."""
    content = (PLANTED * (size // len(PLANTED) + 1))[:size]
    made = [b"".join(zipped([("a/one.csv", spool(content)), ("two.json", b"{}")])) for _ in range(2)]
    assert list(read(made[0]).items()) == [("a/one.csv", content), ("two.json", b"{}")]
    assert made[0] == made[1]


def test_nothing_is_on_a_disk_in_the_clear() -> None:
    """What did not fit into memory is there, and is no words."""
    before = len(on_disk())
    held = spool(PLANTED * 100_000)
    found = on_disk()
    assert len(found) == before + 1
    assert not [content for content in found if PLANTED[:7] in content]
    held.close()
    assert len(on_disk()) == before


def test_an_archive_that_nobody_wants_any_more_lets_go_of_its_files() -> None:
    """Closed before its end, or never begun."""
    before = len(on_disk())
    pieces = zipped([("one", spool(PLANTED * 100_000)), ("two", spool(PLANTED * 100_000))])
    next(pieces)
    assert len(on_disk()) == before + 2
    pieces.close()
    assert len(on_disk()) == before
    forgotten = spool(PLANTED * 100_000)
    assert len(on_disk()) == before + 1
    del forgotten
    assert len(on_disk()) == before


def test_a_large_file_is_never_in_memory() -> None:
    """Neither while it is written nor while it is joined."""
    tracemalloc.start()
    try:
        held = Spool()
        for _ in range(40):
            held.write(os.urandom(1_000_000))
        size = sum(map(len, zipped([("one", held)])))
        assert size > 40_000_000
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_table_is_read_back_cell_by_cell() -> None:
    """By any reader of CSV; what none can hold is another character."""
    table = SpooledTable(["n", "cell"])
    for number, cell in enumerate([*HOSTILE, "a\0b", "half \ud83d"]):
        table.append([str(number), cell])
    (content,) = read(b"".join(zipped([("table.csv", table)]))).values()
    rows = [row[1] for row in csv.reader(io.StringIO(content.decode(), newline=""), strict=True)]
    assert rows == ["cell", *HOSTILE, "a\N{REPLACEMENT CHARACTER}b", "half ?"]
