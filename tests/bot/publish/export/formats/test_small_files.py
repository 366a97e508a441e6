"""A ZIP of many small files is one for every reader, however many and however far they are."""

import io
import zipfile
from pathlib import Path

from bot.publish.export.formats.writing import SmallFiles

FAR = 5 * 2**30
"""Further than four bytes can tell."""


def test_files_come_out_as_they_were_written() -> None:
    """By their names, in their order, each checked; the same bytes each time."""
    files = {"one.xml": b"<a/>", "b/қазақша 🕊.xml": b"", "large": b"story " * 100_000}
    made = []
    for _ in range(2):
        archive = SmallFiles()
        made.append(b"".join([*(archive.add(*one) for one in files.items()), *archive.end()]))
    with zipfile.ZipFile(io.BytesIO(made[0])) as read:
        assert read.testzip() is None
        assert {name: read.read(name) for name in read.namelist()} == files
        assert {info.date_time for info in read.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert made[0] == made[1]
    assert len(made[0]) < 10_000


def test_there_may_be_more_files_than_two_bytes_can_count() -> None:
    """Their number is told in the larger directory then."""
    archive = SmallFiles()
    pieces = [archive.add(f"{number}.xml", b"%d" % number) for number in range(70_000)]
    with zipfile.ZipFile(io.BytesIO(b"".join([*pieces, *archive.end()]))) as read:
        assert len(read.namelist()) == 70_000
        assert read.read("69999.xml") == b"69999"


def test_files_may_stand_further_than_four_bytes_can_tell(tmp_path: Path) -> None:
    """Behind five gigabytes of nothing, which a disk need not hold."""
    archive = SmallFiles()
    archive._written = FAR
    with (tmp_path / "far.zip").open("wb") as file:
        file.seek(FAR)
        file.writelines([archive.add("far.xml", b"<far/>"), *archive.end()])
    with zipfile.ZipFile(tmp_path / "far.zip") as read:
        assert read.testzip() is None
        assert (read.read("far.xml"), read.getinfo("far.xml").header_offset) == (b"<far/>", FAR)
