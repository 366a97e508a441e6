"""The Word files as LibreOffice has them: an office program that is not ours opens them, and what it prints is what stands in them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.bot.publish.country_update.casework import LANGUAGES
from tests.bot.publish.country_update.conftest import Made
from tests.bot.publish.country_update.test_cases import PAGES
from tests.end_to_end import domain
from tests.end_to_end.cases import CASES, in_language

pytestmark = pytest.mark.outside
_PROGRAMS = {"soffice": "libreoffice-writer", "pdftotext": "poppler-utils", "pdfinfo": "poppler-utils"}
"""The programs, and the packages of Debian that have them."""
_SECONDS = 240
_APPROVED = {"kk": "Мақұлданған", "ru": "Одобрено", "en": "Approved"}
"""The longest word in the narrowest columns."""


@pytest.fixture(scope="module")
def office() -> None:
    """LibreOffice and a reader of PDF files."""
    missing = {package for program, package in _PROGRAMS.items() if shutil.which(program) is None}
    if missing:
        words = f"missing: apt-get install --no-install-recommends {' '.join(sorted(missing))}"
        if os.environ.get("CI"):
            pytest.fail(words, pytrace=False)
        pytest.skip(words)


@pytest.mark.usefixtures("office")
def test_an_office_program_prints_what_is_in_them(made: Made, tmp_path: Path) -> None:
    """In three languages: each title and summary of a case, each heading, no tag of a template, pages of A4 that have numbers."""
    for language in LANGUAGES:
        (tmp_path / f"{language}.docx").write_bytes(made.files[language, "docx"])
        (tmp_path / f"{language}-short.docx").write_bytes(made.short[language, "docx"])
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    files = [tmp_path / f"{language}{edition}.docx" for language in LANGUAGES for edition in ("", "-short")]
    _run("soffice", home, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, *files)
    for language in LANGUAGES:
        path = tmp_path / f"{language}.pdf"
        pages = int(re.findall(r"(?m)^Pages: +(\d+)$", _run("pdfinfo", path))[0])
        assert "A4" in _run("pdfinfo", path)
        assert 8 < pages < 30
        short = _run("pdfinfo", tmp_path / f"{language}-short.pdf")
        assert int(re.findall(r"(?m)^Pages: +(\d+)$", short)[0]) <= PAGES
        text = _run("pdftotext", "-layout", path, "-")
        words = _letters(text)
        for case in CASES:
            said = in_language(case, language)
            assert _letters(said["title"]) in words, case["id"]
            assert _letters(said["narrative"][:60]) in words, case["id"]
        for freedom in domain.FREEDOMS:
            assert _letters(domain.LABELS["rights"][freedom][language]) in words
        assert _APPROVED[language] in text  # a word in a head that is not broken within
        assert "{{" not in text
        assert "{%" not in text
        assert re.search(rf"2024\D+{pages - 1}\b", text)


def _run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)  # noqa: S603 - our own words
    assert done.returncode == 0, done.stderr
    return done.stdout


def _letters(words: str) -> str:
    """The letters alone: where lines break, and what stands between, is the program's."""
    return re.sub(r"[\W\d_]", "", words)
