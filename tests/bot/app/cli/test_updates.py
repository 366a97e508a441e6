"""`country-update`, as it is called and what it writes."""

import hashlib
import io
import json
import sqlite3
import stat
import zipfile
from contextlib import closing
from pathlib import Path

import docx
import pytest

from bot.app.cli.console import INCOMPLETE
from bot.app.work import Work
from bot.form.answers import Precision, When
from bot.settings import Settings, load_settings
from tests.bench import Bench, approve_proposal, text
from tests.bot.app.cli.conftest import Kuager, within

MONTHS = ("--since", "2023-01", "--until", "2024-04")


async def publish(work: Work) -> None:
    """A record of March 2024, and one whose consent somebody has changed in the database."""
    bench = Bench(work.database, work.forms, work.settings)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        for title in ("A march refused", "Changed"):
            report = (await bench.submit(unit)).report
            when = When(Precision.DAY, "2024-03-08", "2024-03-08")
            await bench.propose(unit, moderator, report, when=when, title=text(title))
            await approve_proposal(unit, moderator, report)
        report.consent_use = "share_trusted"


def test_an_update_is_written_in_each_format(kuager: Kuager, set_up: Settings, tmp_path: Path) -> None:
    """Closed to others, told in the audit log; what somebody changed in the database is told and not in it."""
    within(publish, load_settings())
    for format_, begins in (("docx", b"PK"), ("html", b"<!doctype html>"), ("md", b"# ")):
        done = kuager("country-update", *MONTHS, "--lang", "en", "--format", format_, "--out", f"a.{format_}")
        assert (done.code, done.out) == (INCOMPLETE, f"Written to a.{format_}.\n")
        assert "These reports are in no export. " in done.err
        content = (tmp_path / f"a.{format_}").read_bytes()
        assert content.startswith(begins)
        assert stat.S_IMODE((tmp_path / f"a.{format_}").stat().st_mode) == 0o600
    assert "A march refused" in (tmp_path / "a.md").read_text()
    assert "Changed" not in (tmp_path / "a.md").read_text()
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database:
        told = database.execute("SELECT actor, detail FROM audit_log WHERE act = 'country_update'").fetchall()
        made = database.execute("SELECT number, actor, scope, state, rows, files FROM exports").fetchall()
        held = database.execute("SELECT export_number, version FROM export_rows").fetchall()
    formats = list(enumerate(("docx", "html", "md"), 1))
    assert told == [("system", f"{number} 2023-01:2024-04:en:{format_}:short") for number, format_ in formats]
    assert [one[:-1] for one in made] == [
        (number, "system", "country_update", "made", 1) for number, _ in formats
    ]
    for (_, format_), one in zip(formats, made, strict=True):
        (file,) = json.loads(one[-1])
        content = (tmp_path / f"a.{format_}").read_bytes()
        assert (file["name"], file["sha256"]) == (f"a.{format_}", hashlib.sha256(content).hexdigest())
    assert sorted(held) == [(number, 1) for number, _ in formats]
    assert not list(tmp_path.glob("*.part"))


def test_the_list_before_publishing_tells_by_its_exit_code(
    kuager: Kuager, set_up: Settings, tmp_path: Path
) -> None:
    """0 for months without records, 3 with something to look at, each with its command. Without --check a file is needed,
    and with it none is written."""
    none = kuager("country-update", *MONTHS, "--check")
    assert (none.code, none.out) == (0, "")
    within(publish, load_settings())
    found = kuager("country-update", *MONTHS, "--lang", "en", "--check")
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database:
        ((ref,),) = database.execute(
            "SELECT ref FROM reports WHERE consent_use != 'share_trusted'"
        ).fetchall()
        assert database.execute("SELECT count(*) FROM exports").fetchall() == [(0,)]
    assert found.code == INCOMPLETE
    assert f"Without a source: 1\n  /open {ref}\n" in found.out
    missing = kuager("country-update", *MONTHS)
    assert (missing.code, "--out is missing" in missing.err) == (2, True)


def test_an_update_goes_to_standard_output(kuager: Kuager, set_up: Settings) -> None:
    """The bytes of the file and nothing else."""
    done = kuager("country-update", *MONTHS, "--format", "md", "--out", "-")
    assert done.code == 0
    assert done.out.startswith("# Қазақстандағы азаматтық кеңістік")
    assert "Written" not in done.out


def test_a_template_of_ones_own_is_taken(
    kuager: Kuager, set_up: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the option or the setting, which `check` tries; a broken one is refused in a line, and no file is made."""
    own = docx.Document()
    own.add_paragraph("Our cover: {{r period }}")
    own.save(str(tmp_path / "own.docx"))
    (tmp_path / "broken.docx").write_bytes(b"PK, and no Word file")
    words = ("country-update", *MONTHS, "--lang", "en", "--out")
    assert kuager(*words, "a.docx", "--template", "own.docx").code == 0
    assert [one.text for one in docx.Document(str(tmp_path / "a.docx")).paragraphs] == [
        "Our cover: January\N{NO-BREAK SPACE}2023\N{NO-BREAK SPACE}– April\N{NO-BREAK SPACE}2024"
    ]
    done = kuager(*words, "b.docx", "--template", "broken.docx")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("--template is wrong: BadZipFile: ")
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database:
        assert database.execute("SELECT state FROM exports").fetchall() == [("made",), ("broken",)]
    monkeypatch.setenv("KUAGER_UPDATE_TEMPLATE", "own.docx")
    assert "well     template: own.docx can be filled" in kuager("check", "--offline").out
    assert kuager(*words, "c.docx").code == 0
    assert zipfile.ZipFile(io.BytesIO((tmp_path / "c.docx").read_bytes())).testzip() is None
    for name in ("broken.docx", "none.docx"):
        monkeypatch.setenv("KUAGER_UPDATE_TEMPLATE", name)
        for done in (kuager(*words, "b.docx"), kuager("check", "--offline")):
            assert done.code in {1, 2}
            assert "KUAGER_UPDATE_TEMPLATE is wrong: " in done.err
    assert kuager(*words, "d.html", "--format", "html").code == 0
    assert not list(tmp_path.glob("b.docx*"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--format", "pdf"), "--format is wrong: it is one of docx, html, md. Example: --format docx"),
        (("--lang", "xx"), "--lang is wrong: it is one of kk, ru, en. Example: --lang kk"),
        (
            ("--since", "2024"),
            "--since is wrong: it is a month as YYYY-MM. Example: --since 2023-01 --until 2024-04",
        ),
        (("--until", "2024-13"), "--until is wrong: it is a month as YYYY-MM. Example: "),
        (("--since", "2024-05"), "--since is wrong: it is after --until. Example: "),
        (
            ("--format", "md", "--template", "x.docx"),
            "--template is wrong: it is for --format docx alone. Example: ",
        ),
        (
            ("--out", "none/no.md"),
            "--out is wrong: the file cannot be written: No such file or directory. Example: ",
        ),
    ],
)
def test_an_update_that_cannot_be_is_refused(
    kuager: Kuager, set_up: Settings, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    """In a line in the words of the command line; no file is made, and the audit log does not say that it was tried."""
    done = kuager("country-update", *MONTHS, "--out", "no.docx", *words)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith(told)
    assert not list(tmp_path.glob("no.*"))
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database:
        assert database.execute("SELECT act FROM audit_log").fetchall() == []


def test_an_organisations_own_texts_are_kept_with_the_months(
    kuager: Kuager, set_up: Settings, tmp_path: Path
) -> None:
    """And stand in a later update that brings none; what may be a name is told. A file that is no text is refused."""
    del set_up
    within(publish, load_settings())
    (tmp_path / "in.txt").write_text("A hard year.\nAskhat Nurlanuly Bekov was fined.", "utf-8")
    (tmp_path / "no.txt").write_bytes(b"\xff\xfe\x00")
    march = ("--since", "2024-03", "--until", "2024-03", "--lang", "en", "--format", "md")
    done = kuager("country-update", *march, "--introduction", "in.txt", "--out", "a.md")
    assert "--introduction may hold names of persons, as no update should: Askhat Nurlanuly Bekov" in done.err
    later = (
        "--since",
        "2024-04",
        "--until",
        "2024-06",
        "--lang",
        "en",
        "--format",
        "md",
        "--edition",
        "full",
    )
    kuager("country-update", *later, "--out", "b.md")
    for name in ("a.md", "b.md"):
        assert "## 1 Introduction\n\nA hard year.\n\n" in (tmp_path / name).read_text()
    for wrong, why in (
        (("--context", "no.txt"), "--context is wrong: it is no text in UTF-8"),
        (("--edition", "long"), "--edition is wrong"),
    ):
        refused = kuager("country-update", *march, *wrong, "--out", "c.md")
        assert refused.code == 2
        assert why in refused.err
        assert not (tmp_path / "c.md").exists()


def test_charts_and_tables_are_switched(kuager: Kuager, set_up: Settings, tmp_path: Path) -> None:
    """The short edition has neither by itself."""
    del set_up
    within(publish, load_settings())
    found = {}
    for switches in (
        (),
        ("--charts",),
        ("--tables",),
        ("--edition", "full", "--no-charts"),
        ("--edition", "full", "--no-tables"),
    ):
        kuager("country-update", *MONTHS, "--lang", "en", "--format", "html", *switches, "--out", "a.html")
        page = (tmp_path / "a.html").read_text()
        found[" ".join(switches)] = ("<figure>" in page, '<table class="counts">' in page)
    assert found == {
        "": (False, False), "--charts": (True, False), "--tables": (False, True), "--edition full --no-charts": (False, True),
        "--edition full --no-tables": (True, False),
    }  # fmt: skip
