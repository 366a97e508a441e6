"""`check` checks what it says, and says what it has not checked."""

import re
from datetime import datetime
from pathlib import Path

import pytest

from bot.app.cli.console import INCOMPLETE
from bot.app.work import Work
from bot.safety.offline import new_identity, recipient_of
from bot.safety.sealing import new_key, show_key
from bot.settings import load_settings
from tests.bench import Bench, text
from tests.bot.app.cli.conftest import Kuager, within, words_of
from tests.damage import publish, spoil, spoil_key, spoil_report

WRONG_FORM = "| survey |\n| | type | name | label |\n| | text | a b | Hello |\n"


async def file_a_report(work: Work) -> None:
    """A report, and a version of it that is public."""
    bench = Bench(work.database, work.forms, work.settings)
    async with bench.write() as unit:
        report = (await bench.submit(unit)).report
        await bench.propose(unit, await bench.moderator(unit), report, title=text("A title"))


async def publish_and_spoil(work: Work) -> None:
    """Three reports that are public: of one version the text went bad, of one the key, and of the last what its reporter told."""
    bench = Bench(work.database, work.forms, work.settings)
    bench.now = datetime.now(work.settings.zone)
    text_bad, key_bad, told_bad = await publish(bench, 3)
    async with bench.write() as unit:
        await spoil(unit, text_bad)
        await spoil_key(unit, key_bad)
        await spoil_report(unit, told_bad)


@pytest.mark.usefixtures("set_up")
def test_a_database_without_tables_is_told(kuager: Kuager, tmp_path: Path) -> None:
    """With the command that makes them."""
    (tmp_path / "data" / "kuager.db").unlink()
    done = kuager("check", "--offline")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith(
        "KUAGER_DATABASE_URL: there is no database yet in the folder data. Make it: python -m bot migrate"
    )
    assert not (tmp_path / "data" / "kuager.db").exists()  # else `restore` would find the place taken


@pytest.mark.usefixtures("set_up")
def test_a_former_setting_is_named_at_the_start_and_by_check(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In one line, with what holds instead. It is no fault."""
    monkeypatch.setenv("KUAGER_CLAIM_HOURS", "5")
    told = "KUAGER_CLAIM_HOURS is no setting any more and changes nothing: a moderator holds a report for 12 hours. Remove it."
    checked = kuager("check", "--offline")
    assert (checked.code, checked.err) == (0, "")
    assert re.findall(r"(?m)^(\w+) +settings: (.*)$", checked.out) == [("warning", told)]
    (tmp_path / "data" / "kuager.db").unlink()  # else it would run on
    first, last = kuager("run").err.splitlines()
    assert first.endswith(f" WARNING bot {told}")
    assert last.startswith("KUAGER_DATABASE_URL: there is no database yet")


@pytest.mark.usefixtures("telegram")
def test_check_names_each_thing_that_it_found_well(kuager: Kuager, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `migrate`, which may be run again; what is not set, but should be, is a warning and no fault."""
    assert kuager("migrate").code == 0
    done = kuager("check")
    assert (done.code, done.err) == (0, "")
    names = re.findall(r"(?m)^(well|warning|-) +([^:]+):", done.out)
    assert names == [
        ("well", "settings"),
        ("well", "permissions"),
        ("warning", "organisation"),
        ("well", "machine"),
        ("well", "form"),
        ("well", "review form"),
        ("warning", "contacts"),
        ("well", "database"),
        ("well", "keys"),
        ("well", "audit log"),
        ("well", "rows"),
        ("well", "backup"),
        ("warning", "archive"),
        ("well", "expiry"),
        ("well", "files"),
        ("well", "cleaning"),
        ("well", "Telegram"),
        ("well", "clock"),
        ("warning", "Telegram"),
    ]
    assert "\nNothing is wrong. Warnings: 4.\n" in done.out
    Path("contacts.csv").write_text("name,contact\nlawyer,1234\n", "utf-8")
    monkeypatch.setenv("KUAGER_CONTACTS", "contacts.csv")
    monkeypatch.setenv("KUAGER_ORGANISATION", "Bureau")
    identities = new_identity(), new_identity()
    monkeypatch.setenv("KUAGER_ARCHIVE_RECIPIENTS", ",".join(map(recipient_of, identities)))
    for said in words_of(kuager, *identities).items():
        assert kuager("archive", "answer", *said).code == 0
    done = kuager("check")
    assert "archive: 0 decided reports are sealed" in done.out
    assert "contacts: for lawyer\n" in done.out
    assert "\nNothing is wrong. Warnings: 1.\n" in done.out
    assert "Telegram: the bot can be put into groups." in done.out
    assert "\nAll of this is well.\n" in kuager("check", "--offline").out


@pytest.mark.usefixtures("set_up")
def test_check_says_what_it_has_not_checked(kuager: Kuager) -> None:
    """Without Telegram nothing is told of Telegram, and without stored reports nothing of their keys."""
    done = kuager("check", "--offline")
    assert "-        Telegram: not checked, as --offline asks\n" in done.out
    assert "keys: no report is stored yet " in done.out


@pytest.mark.usefixtures("set_up")
def test_check_tells_a_ring_that_opens_no_report(kuager: Kuager, monkeypatch: pytest.MonkeyPatch) -> None:
    """By trying it on each stored report, and in one line; with the right one all are counted."""
    within(file_a_report, load_settings())
    assert "the ring opens all 2 reports and public versions\n" in kuager("check", "--offline").out
    monkeypatch.setenv("KUAGER_KEY_RING", f"other:{show_key(new_key())}")
    done = kuager("check", "--offline")
    logged, told = done.err.splitlines()
    assert "the address of moderator Aspan does not open" in logged
    assert done.code == 1
    assert told.startswith("KUAGER_KEY_RING does not open what is stored: a key is missing")
    assert "Example: KUAGER_KEY_RING=" in told
    assert told.endswith(" It does not open 2 of 2 reports and public versions.")


@pytest.mark.usefixtures("set_up")
def test_check_names_what_is_damaged(kuager: Kuager) -> None:
    """Apart from a lost key: another ring would not help."""
    within(publish_and_spoil, load_settings())
    done = kuager("check", "--offline")
    key, told, version = (line for line in done.err.splitlines() if " ERROR " not in line)
    assert done.code == 1
    assert key.startswith("The keys of 1 of 6 reports and public versions are damaged in the database")
    assert re.fullmatch(
        r"What reporters told, or what was said and noted of it since, is damaged in the database: R\w{5}\. .*",
        told,
    )
    assert re.fullmatch(
        r"These public versions, or what they were made of, are damaged in the database: R\w{5}, R\w{5}\. They are in no export\. .*",
        version,
    )
    done = kuager("export", "--out", "a.csv")
    assert (done.code, done.err.splitlines()[-1]) == (INCOMPLETE, version)


@pytest.mark.usefixtures("set_up")
def test_check_warns_of_what_others_on_the_machine_can_read(kuager: Kuager, tmp_path: Path) -> None:
    """The settings with the keys, the database, the files; each with the command that closes it. In a folder that is
    closed all is."""
    private = [Path(".env"), Path("data/kuager.db"), Path("data/files")]
    Path("data/files").mkdir()
    for path in private:
        path.chmod(0o755 if path.is_dir() else 0o644)
    tmp_path.chmod(0o755)
    Path("data").chmod(0o755)
    out = kuager("check", "--offline").out
    for path, mode in zip(private, (600, 600, 700), strict=True):
        assert f" {path} can be read by others on this machine. Run: chmod {mode} {path}\n" in out
    Path("data").chmod(0o700)
    Path(".env").chmod(0o600)
    assert "well     permissions: " in kuager("check", "--offline").out


@pytest.mark.usefixtures("telegram")
def test_check_finds_a_changed_audit_log(kuager: Kuager, tmp_path: Path) -> None:
    """An entry that was changed behind the program's back breaks the chain."""
    assert kuager("invite").code == 0
    assert kuager("check").code == 0
    settings = load_settings()

    async def tamper(work: Work) -> None:
        async with work.database.write() as session:
            connection = await session.connection()
            await connection.exec_driver_sql("UPDATE audit_log SET detail = 'admin'")

    within(tamper, settings)
    done = kuager("check")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("KUAGER_AUDIT_KEY is not the one ")
    assert " from entry 1 on. " in done.err
    assert done.err.endswith("python -m bot audit restart\n")


@pytest.mark.usefixtures("set_up")
def test_a_wrong_form_stops_a_command_with_one_line(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The place of the first mistake, or that there is no such file."""
    wrong = tmp_path / "wrong.md"
    wrong.write_text(WRONG_FORM, "utf-8")
    for path, told in ((wrong, "survey, row 3"), (tmp_path / "none.md", "there is no such file.")):
        monkeypatch.setenv("KUAGER_FORM", str(path))
        done = kuager("check", "--offline")
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert done.err.startswith(f"KUAGER_FORM is wrong: {path}: {told}")
        assert done.err.endswith(" Example: KUAGER_FORM=bot/forms/incident.md\n")
