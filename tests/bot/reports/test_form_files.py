"""Files of a form: beside it, in the folder of its media, or in its zip."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from bot.reports.filling.screens import open_form_file
from bot.transport.call import LostError


async def test_a_file_is_found_beside_its_form_or_among_its_media(tmp_path: Path) -> None:
    """As ODK Central and Kobo hand them out; the folder of the media comes first."""
    form = tmp_path / "water.xlsx"
    (tmp_path / "a.png").write_bytes(b"beside")
    assert await open_form_file(f"a.png:{form}") == ("a.png", b"beside", "image/png")
    (tmp_path / "water-media").mkdir()
    (tmp_path / "water-media" / "a.png").write_bytes(b"media")
    assert (await open_form_file(f"a.png:{form}"))[1] == b"media"


async def test_a_file_is_found_in_the_zip_of_its_form(tmp_path: Path) -> None:
    """In whatever folder it stands there."""
    with ZipFile(tmp_path / "water.zip", "w") as archive:
        archive.writestr("water/media/a.mp3", b"sound")
    assert await open_form_file(f"a.mp3:{tmp_path / 'water.zip'}") == ("a.mp3", b"sound", "audio/mpeg")


@pytest.mark.parametrize("form", ["water.xlsx", "broken.zip", "empty.zip"])
async def test_a_file_that_is_missing_is_lost(tmp_path: Path, form: str) -> None:
    """Its caption is sent in its place."""
    (tmp_path / "broken.zip").write_bytes(b"no zip")
    ZipFile(tmp_path / "empty.zip", "w").close()
    with pytest.raises(LostError, match=r"a\.png"):
        await open_form_file(f"a.png:{tmp_path / form}")
