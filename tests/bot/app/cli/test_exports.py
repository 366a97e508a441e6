"""`export` and `share`, as they are called and what they write."""

import hashlib
import io
import json
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest
from sqlalchemy import update

from bot.app.cli.console import INCOMPLETE
from bot.app.work import Work
from bot.desk.people import service as people_service
from bot.desk.sharing import service as sharing_service
from bot.errors import Refusal
from bot.form.answers import Chosen
from bot.publish.export import exports
from bot.publish.export.formats import FORMATS
from bot.publish.export.request import SharedExport
from bot.reports.states import Consent
from bot.safety import offline
from bot.safety.sealing import new_key, show_key
from bot.settings import Settings, load_settings
from db.models import Report
from tests.bench import Bench, approve_proposal, text
from tests.bot.app.cli.conftest import Kuager, within


@pytest.mark.usefixtures("set_up")
def test_an_export_of_nothing_has_its_columns(kuager: Kuager, tmp_path: Path) -> None:
    """A CSV with a header that a spreadsheet reads as UTF-8, a JSON Lines file without lines."""
    assert kuager("export", "--out", "a.csv").code == 0
    assert kuager("export", "--out", "a.jsonl", "--format", "jsonl", "--since", "2024-01-01").code == 0
    header = (tmp_path / "a.csv").read_bytes()
    assert header.startswith(b"\xef\xbb\xbf")
    assert header.count(b"\r\n") == 1
    assert [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()] == []
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o600


def test_an_export_that_breaks_off_leaves_no_part_of_a_file(
    kuager: Kuager, set_up: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there before stays, and that it was tried stands in the audit log."""
    (tmp_path / "a.csv").write_text("before")

    async def broken(*_: object, **__: object) -> AsyncIterator[bytes]:
        yield b"a row"
        raise Refusal("moderator.export.how")

    monkeypatch.setattr(exports, "stream", broken)
    assert kuager("export", "--out", "a.csv").code == 1
    assert (tmp_path / "a.csv").read_text() == "before"
    assert not list(tmp_path.glob("*.part"))
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database:
        assert database.execute("SELECT act FROM audit_log").fetchall() == [("export",)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--format", "xml"), f"--format is wrong: it is one of {', '.join(FORMATS)}. Example: "),
        (
            ("--since", "2026-13-01"),
            "--since is wrong: it is a day as YYYY-MM-DD. Example: --since 2026-01-31",
        ),
        (("--until", "March"), "--until is wrong: it is a day as YYYY-MM-DD. Example: --until 2026-01-31"),
        (
            ("--since", "2026-03-01", "--until", "2026-02-01"),
            "--since is wrong: it is after --until. Example: ",
        ),
        (
            ("--region", "Almaty"),
            "--region is wrong: Almaty is not known here. Example: --region KZ-75",
        ),
        (
            ("--event", "March"),
            "--event is wrong: it is not written like this. Example: --event 2024-01-01..2024-03-31",
        ),
        (
            ("--changed", "7"),
            "--changed is wrong: 7 is not known here. Example: --changed last",
        ),
        (("--format", "answers"), "--format is wrong: answers is not known here. Example: --format csv"),
        (("--freedom", "religion"), "--freedom is wrong: it is not written like this. Example: --freedom "),
        (("--to", "age1nobody"), "--to is wrong: it must be age1… as age-keygen -y prints it"),
        (("--to", "age1nobody", "--passphrase"), "--passphrase is wrong: a file is encrypted to keys or"),
        (
            ("--manifest", "none/no.json"),
            "--manifest is wrong: the file cannot be written: No such file or directory. Example: --manifest ",
        ),
        (
            ("--manifest", "no.csv", "--out", "no.csv"),
            "--manifest is wrong: the file cannot be written: it is the file of the export. Example: ",
        ),
        (
            [part for number in range(7) for part in ("--category", "a" * 40 + str(number))],
            "--region is wrong: with all other filters it takes more than 240 characters. Example: --region ",
        ),
        (
            ("--out", "none/no.csv"),
            "--out is wrong: the file cannot be written: No such file or directory. Example: ",
        ),
        (
            ("--out", "data"),
            "--out is wrong: the file cannot be written: it is a folder. Example: --out 2026-03.csv",
        ),
    ],
)
def test_an_export_that_cannot_be_is_refused(
    kuager: Kuager, set_up: Settings, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    """In a line in the words of the command line; no file is made, and the audit log does not say that it was tried."""
    done = kuager("export", "--out", "no.csv", *words)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith(told)
    assert not list(tmp_path.glob("no.csv*"))
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database:
        assert database.execute("SELECT act FROM audit_log").fetchall() == []


@pytest.mark.usefixtures("set_up")
def test_a_link_in_the_place_of_a_part_is_not_followed(kuager: Kuager, tmp_path: Path) -> None:
    """Somebody else may have put it there, in a folder that is shared."""
    (tmp_path / "kept").write_text("mine")
    (tmp_path / "a.csv.part").symlink_to(tmp_path / "kept")
    done = kuager("export", "--out", "a.csv")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("--out is wrong: the file cannot be written: ")
    assert (tmp_path / "kept").read_text() == "mine"


async def publish_a_report(work: Work) -> None:
    """A report that may be published, and is."""
    bench = Bench(work.database, work.forms, work.settings)
    async with bench.write() as unit:
        report = (await bench.submit(unit)).report
        moderator = await bench.moderator(unit)
        await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)


async def publish_for_each_consent(work: Work) -> None:
    """A report that is published with each consent."""
    bench = Bench(work.database, work.forms, work.settings)
    bench.now = datetime.now(work.settings.zone)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for consent in Consent:
            report = (await bench.submit(unit, consent_use=Chosen((consent,)))).report
            await bench.propose(unit, moderator, report)
            await approve_proposal(unit, moderator, report)


async def allow_counting_only(work: Work) -> None:
    """Somebody changes the consent to publication in the database."""
    async with work.write() as unit:
        change = update(Report).where(Report.consent_use == Consent.PUBLISH)
        await unit.session.execute(change.values(consent_use=Consent.COUNT))


@pytest.mark.usefixtures("set_up")
def test_a_fault_that_leaves_out_a_record_has_an_exit_code_of_its_own(kuager: Kuager, tmp_path: Path) -> None:
    """The file is kept. A record that its reporter's consent keeps out is no fault."""
    year = ("open-data", "--year", str(datetime.now(UTC).year - 1), "--out", "year.csv")
    within(publish_for_each_consent, load_settings())
    assert [kuager("export", "--out", "a.csv").code, kuager(*year).code] == [0, 0]
    within(allow_counting_only, load_settings())
    for words in (("export", "--out", "b.csv"), ("export", "--out", "-"), year):
        done = kuager(*words)
        assert (done.code, "These reports are in no export. " in done.err) == (INCOMPLETE, True)
    assert (tmp_path / "b.csv").read_bytes().count(b"\r\n") == 1
    assert (tmp_path / "b.csv.manifest.json").exists()


@pytest.mark.usefixtures("set_up")
def test_an_export_that_the_ring_does_not_open_is_told(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In one line that names the setting, and no half of a file stays."""
    within(publish_a_report, load_settings())
    assert kuager("export", "--out", "a.csv").code == 0
    assert (tmp_path / "a.csv").read_bytes().count(b"\r\n") == 2
    monkeypatch.setenv("KUAGER_KEY_RING", f"other:{show_key(new_key())}")
    done = kuager("export", "--out", "b.csv")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("KUAGER_KEY_RING does not open what is stored: ")
    assert not list(tmp_path.glob("b.csv*"))


def manifest_of(path: Path) -> Any:
    """The manifest beside a file."""
    return json.loads(path.with_name(f"{path.name}.manifest.json").read_text("utf-8"))


@pytest.mark.usefixtures("set_up")
def test_a_manifest_lies_beside_the_file(kuager: Kuager, tmp_path: Path) -> None:
    """With its digest and what it is of; no more open to others than the file."""
    within(publish_a_report, load_settings())
    assert (
        kuager("export", "--out", "a.csv", "--region", "KZ-75", "--region", "KZ-71", "--incidents").code == 0
    )
    told, content = manifest_of(tmp_path / "a.csv"), (tmp_path / "a.csv").read_bytes()
    (file,) = told["files"]
    assert (file["name"], file["bytes"], file["rows"]) == ("a.csv", len(content), 1)
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert (told["export"], told["by"], told["filters"]) == (
        1,
        "system",
        {"region": "KZ-75,KZ-71", "rows": "incidents"},
    )
    assert stat.S_IMODE((tmp_path / "a.csv.manifest.json").stat().st_mode) == 0o600
    assert kuager("export", "--out", "b.csv", "--region", "KZ-71", "--manifest", "b.json").code == 0
    assert (tmp_path / "b.csv").read_bytes().count(b"\r\n") == 1
    assert json.loads((tmp_path / "b.json").read_text("utf-8"))["export"] == 2
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.usefixtures("set_up")
def test_all_that_explains_a_file_lies_beside_it(kuager: Kuager, tmp_path: Path) -> None:
    """By the digests of its manifest; a workbook explains itself. The schema alone can be printed, without an export."""
    within(publish_a_report, load_settings())
    for words in (("--format", "jsonl"), ("--format", "jsonl", "--changed", "last"), ("--format", "xlsx")):
        assert kuager("export", "--out", "-".join(words).strip("-"), *words).code == 0
    whole, later, book = ({path.name.removeprefix(name) for path in tmp_path.glob(f"{name}.*")} for name in
        ("format-jsonl", "format-jsonl---changed-last", "format-xlsx"))  # fmt: skip
    assert whole == {".manifest.json", ".codebook.csv", ".schema.json"}
    assert later == {*whole, ".gone.csv"}
    assert book == {".manifest.json"}
    for one in manifest_of(tmp_path / "format-jsonl---changed-last")["beside"]:
        content = (tmp_path / one["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one["bytes"], one["sha256"])
    printed = kuager("export", "--schema")
    assert (printed.code, printed.out) == (0, (tmp_path / "format-jsonl.schema.json").read_text("utf-8"))
    assert "--out is missing" in kuager("export").err


@pytest.mark.usefixtures("set_up")
def test_standard_output_holds_the_file_alone(
    kuager: Kuager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it can be piped; the manifest is written where it is asked for. A bar is drawn on standard error, where somebody looks."""
    within(publish_a_report, load_settings())
    done = kuager("export", "--out", "-", "--format", "jsonl", "--manifest", "m.json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["version"] == 1
    assert json.loads((tmp_path / "m.json").read_text("utf-8"))["files"][0]["bytes"] == len(done.out.encode())
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes standard error for a terminal then
    done = kuager("export", "--out", "-", "--format", "jsonl", "--changed", "last")
    assert (done.code, done.out) == (0, "")
    assert "0/1" in done.err
    assert [path.name for path in tmp_path.iterdir() if path.suffix not in {"", ".env"}] == ["m.json"]


@pytest.mark.usefixtures("set_up")
def test_an_export_is_encrypted_to_keys_or_with_a_passphrase(
    kuager: Kuager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To each of several keys; the passphrase is the first line of standard input, or asked for twice, and no argument."""
    within(publish_a_report, load_settings())
    monkeypatch.setattr(offline, "_WORK", 4)
    assert kuager("export", "--out", "a.csv").code == 0
    plain = (tmp_path / "a.csv").read_bytes()
    identities = [pyrage.x25519.Identity.generate() for _ in range(2)]
    keys = [word for one in identities for word in ("--to", str(one.to_public()))]
    assert kuager("export", "--out", "b.age", *keys).code == 0
    sealed = (tmp_path / "b.age").read_bytes()
    assert [pyrage.decrypt(sealed, [one]) for one in identities] == [plain, plain]
    assert manifest_of(tmp_path / "b.age")["files"][0]["is_encrypted"] is True
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\nmore\n"))
    assert kuager("export", "--out", "c.age", "--passphrase").code == 0
    assert pyrage.passphrase.decrypt((tmp_path / "c.age").read_bytes(), "correct horse battery") == plain
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    done = kuager("export", "--out", "d.age", "--passphrase")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("--passphrase is wrong: it has at least 12 characters")
    assert "short" not in done.err
    assert not list(tmp_path.glob("d.age*"))


STORY = "They came at night and asked for her by name."


async def agree(work: Work, *, confirmed: bool = True) -> None:
    """An approved report that may be shared, and two administrators who agree to share its story."""
    bench = Bench(work.database, work.forms, work.settings)
    async with bench.write() as unit:
        first, second = [
            await bench.moderator(unit, alias, people_service.ADMIN) for alias in ("Aspan", "Bota")
        ]
        told = await bench.submit(unit, consent_use=Chosen((Consent.SHARE,)), story=text(STORY))
        await bench.propose(unit, first, told.report)
        await approve_proposal(unit, first, told.report)
    async with work.write() as unit:
        row = await sharing_service.begin(unit, first, "stories:jsonl::")
        await sharing_service.ask(unit, first, row, "For our partner")
        if confirmed:
            pin = await SharedExport.read_spec(row.spec).pin(unit)
            await sharing_service.confirm(unit, second, row.id, pin)


def rows_of(tmp_path: Path, sql: str) -> list[tuple[str, ...]]:
    """What the database says."""
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database:
        return database.execute(sql).fetchall()


@pytest.mark.usefixtures("set_up")
def test_what_two_administrators_share_is_made_once_and_encrypted(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """To a file for its owner alone that only the recipient opens; the request is used up and stands in the audit log."""
    identity = pyrage.x25519.Identity.generate()
    monkeypatch.setenv("KUAGER_EXPORT_RECIPIENTS", str(identity.to_public()))
    within(agree, load_settings())
    ((number,),) = rows_of(tmp_path, "SELECT id FROM sharing_requests")
    done = kuager("share", number, "--out", "a.jsonl.age")
    assert (done.code, done.out) == (0, "Written to a.jsonl.age.\n")
    sealed = (tmp_path / "a.jsonl.age").read_bytes()
    assert STORY.encode() not in sealed
    assert json.loads(pyrage.decrypt(sealed, [identity]))["told_story"] == [STORY]
    assert stat.S_IMODE((tmp_path / "a.jsonl.age").stat().st_mode) == 0o600
    again = kuager("share", number, "--out", "b.age")
    assert (again.code, again.err.count("\n")) == (1, 1)
    assert again.err.startswith("This request is no longer open")
    assert not list(tmp_path.glob("b.age*"))
    acts = rows_of(tmp_path, "SELECT act, actor FROM audit_log WHERE act LIKE 'share%' ORDER BY id")
    assert acts == [("share_ask", "Aspan"), ("share_confirm", "Bota"), ("share_make", "system")]


@pytest.mark.usefixtures("set_up")
def test_nothing_is_shared_without_two_administrators_and_a_recipient(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nor when the file cannot be written: then the request stays good."""
    within(lambda work: agree(work, confirmed=False), load_settings())
    ((number,),) = rows_of(tmp_path, "SELECT id FROM sharing_requests")
    assert "no longer open" in kuager("share", number, "--out", "a.age").err
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database, database:
        database.execute("UPDATE sharing_requests SET state = 'confirmed', confirmer_id = asker_id")
    assert "no longer open" in kuager("share", number, "--out", "a.age").err  # nobody confirmed that
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database, database:
        database.execute("UPDATE sharing_requests SET state = 'asked', confirmer_id = NULL")

    async def confirm(work: Work) -> None:
        async with work.write() as unit:
            await sharing_service.confirm(unit, await people_service.find(unit, "Bota"), number)

    within(confirm, load_settings())
    done = kuager("share", number, "--out", "a.age")
    assert (done.code, "KUAGER_EXPORT_RECIPIENTS" in done.err) == (1, True)
    recipient = pyrage.x25519.Identity.generate().to_public()
    monkeypatch.setenv("KUAGER_EXPORT_RECIPIENTS", str(recipient))
    monkeypatch.setattr(exports, "stream", _broken)
    done = kuager("share", number, "--out", "a.age")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("--out: the file could not be written: No space left")
    assert not list(tmp_path.glob("a.age*"))
    assert rows_of(tmp_path, "SELECT state FROM sharing_requests") == [("confirmed",)]


@pytest.mark.usefixtures("set_up")
def test_what_is_decided_while_a_shared_file_is_written_leaves_none(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nor is a report taken for exported; of what nothing is left to share no request is used up."""
    monkeypatch.setenv("KUAGER_EXPORT_RECIPIENTS", str(pyrage.x25519.Identity.generate().to_public()))
    within(agree, load_settings())
    ((number,),) = rows_of(tmp_path, "SELECT id FROM sharing_requests")

    def write(sql: str) -> None:
        with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database, database:
            database.execute(sql)

    async def decided(*_: object, **__: object) -> AsyncIterator[bytes]:
        yield b"a row"
        write("UPDATE sharing_requests SET state = 'making'")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(exports, "stream", decided)
        done = kuager("share", number, "--out", "a.age")
    assert (done.code, done.err.startswith("This request is no longer open")) == (1, True)
    assert not list(tmp_path.glob("a.age*"))
    assert rows_of(tmp_path, "SELECT state FROM exports") == [("broken",)]
    write("UPDATE sharing_requests SET state = 'confirmed'")
    write("UPDATE public_versions SET consent = NULL")
    done = kuager("share", number, "--out", "a.age")
    assert (done.code, done.err.startswith("There is no record of this period")) == (1, True)
    assert rows_of(tmp_path, "SELECT state FROM sharing_requests") == [("confirmed",)]


async def _broken(*_: object, **__: object) -> AsyncIterator[bytes]:
    yield b"a row"
    raise OSError(28, "No space left on device")
