"""Commands of the operator's guides can be run, and installations that they say do not start do not."""

import os
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Timer

import pytest
from typer.main import get_command

from bot.app.cli.application import app
from bot.app.cli.console import the_only_bot
from bot.app.work import Work
from bot.demo import TOKEN
from bot.desk.people import service as people_service
from bot.form.answers import Chosen
from bot.safety.sealing import new_key, show_key
from bot.settings import load_settings
from bot.store import drafting
from bot.store.unit import REPORT_FORM
from tests.bench import Bench, approve_proposal
from tests.bot.app.cli.conftest import Kuager, within

DOCS = Path(__file__).parents[4] / "docs"
INDEX = "operators.md"


def guides() -> dict[str, str]:
    """The text of each page that the index leads to and a person has written."""
    names = re.findall(r"\]\((\w+\.md)\)", (DOCS / INDEX).read_text("utf-8"))
    return {name: (DOCS / name).read_text("utf-8") for name in [INDEX, *names] if name != "reference.md"}


def told() -> set[str]:
    """Commands as the guides have them, of those that there are."""
    found = re.findall(r"python -m bot +([a-z][^`\n|]*)", "\n".join(guides().values()))
    known = get_command(app).commands  # type: ignore[attr-defined] # it is a group
    return {one.strip() for one in found if one.split()[0] in known}


async def fill(work: Work) -> None:
    """A public record, a draft, and a sender whom an administrator blocked."""
    bench = Bench(work.database, work.forms, work.settings)
    bench.now = datetime.now(work.settings.zone)  # the command's clock must fit it
    async with bench.write() as unit:
        boss = await bench.moderator(unit, "Aspan", people_service.ADMIN)
        report = (await bench.submit(unit)).report
        await bench.propose(unit, boss, report)
        await approve_proposal(unit, boss, report)
        draft = await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru")
        consent = draft.form.by_role["consent_store"].path
        draft.draft = replace(draft.draft, answers={consent: Chosen(("yes",))})
        drafting.save(unit, draft)
    async with work.write() as unit:
        found = await people_service.note_flood(unit, 7)
        assert found is not None
        await people_service.block(unit, boss, found[0])


Words = Callable[[Kuager], Sequence[str]]


def block(kuager: Kuager) -> Sequence[str]:
    """A block's number, from the list."""
    return ("blocks", "clear", re.findall(r"\b[0-9a-f]{8}\b", kuager("blocks", "list").out)[0])


def head(kuager: Kuager) -> Sequence[str]:
    """The log's head, as an administrator's chat has it."""
    return ("audit", "verify", kuager("audit", "verify").out.split()[-1])


def now(_: Kuager) -> Sequence[str]:
    """The time by another clock."""
    return ("purge", "--now-is", f"{datetime.now(load_settings().zone):%Y-%m-%d %H:%M}")


def into_an_empty_place(_: Kuager) -> Sequence[str]:
    """Where the machine was lost."""
    if Path("data/withdrawals.list").exists():
        shutil.copy("data/withdrawals.list", "newest.list")
    shutil.rmtree("data")
    return ("restore", "backup.tar", "--withdrawals", "newest.list")


def after_a_cut(kuager: Kuager) -> Sequence[str]:
    """A log without its end."""
    assert kuager("audit", "verify").code == 0
    with closing(sqlite3.connect("data/kuager.db")) as database, database:
        database.execute("DELETE FROM audit_log")
    return ("audit", "restart")


def given(words: str) -> Words:
    return lambda _: shlex.split(words)


TRIED: Mapping[str, Words] = {
    "migrate": given("migrate"),
    "check": given("check"),
    "check --offline": given("check --offline"),
    "form check FORM": given(f"form check {DOCS.parent}/bot/forms/incident.md"),
    "invite": given("invite"),
    "invite --role admin": given("invite --role admin"),
    "invites list": given("invites list"),
    "moderators list": given("moderators list"),
    "blocks list": given("blocks list"),
    "blocks clear NUMBER": block,
    "audit verify": given("audit verify"),
    "audit verify HEAD": head,
    "export --out FILE": given("export --out public.csv"),
    "open-data --year 2025 --out FILE": given("open-data --year 2025 --out year.csv"),
    "country-update --since MONTH --until MONTH --out FILE": given(
        "country-update --since 2026-01 --until 2026-02 --out update.docx"
    ),
    "purge": given("purge"),
    'purge --now-is "2026-12-24 18:00"': now,
    "clock --right": given("clock --right"),
    "keys new --ring": given("keys new --ring"),
    "keys rotate": given("keys rotate"),
    "keys prove": given("keys prove"),
    "purge --unopened": given("purge --unopened"),
    "db copy postgresql+asyncpg://user:password@host/name": given("db copy sqlite+aiosqlite:///copy.db"),
    "moderators revoke ALIAS": given("moderators revoke Aspan"),
    "adopt": given("adopt"),
    "audit restart": after_a_cut,
    "backup PLACE": given("backup backup.tar"),
    "backup verify FILE": given("backup verify backup.tar"),
    "restore FILE": into_an_empty_place,
    "restore FILE --withdrawals LIST": into_an_empty_place,
    "restore BACKUP": into_an_empty_place,
}
"""Commands as the guides have them, and as they are tried, in this order."""
SHOWN = {
    "setup": "test_answers_make_settings_keys_a_database_and_a_unit",
    "run": "test_the_bot_runs_until_it_is_asked_to_stop",
    "confirm-consent publish_no_names R7K2QX …": "test_an_export_has_the_rows_that_the_older_version_wrote",
    "originals REF FOLDER": "test_originals_leave_only_encrypted",
    "share NUMBER --out FILE": "test_what_two_administrators_share_is_made_once_and_encrypted",
    "archive words": "test_sealing_waits_until_each_recipient_has_answered",
    "archive answer": "test_sealing_waits_until_each_recipient_has_answered",
}
"""Commands that need more than a folder, and the tests that call them."""


def test_every_command_of_the_guides_is_tried_or_shown_elsewhere() -> None:
    """A guide that tells of another one waits for its test."""
    assert told() - TRIED.keys() - SHOWN.keys() == set()
    tests = "".join(path.read_text("utf-8") for path in (DOCS.parent / "tests").rglob("test_*.py"))
    assert [name for name in SHOWN.values() if f"def {name}(" not in tests] == []


@pytest.mark.usefixtures("telegram")
def test_the_commands_of_the_guides_can_be_run(kuager: Kuager) -> None:
    """One after the other, on a store with reports, as their reader would: each ends well."""
    within(fill, load_settings())
    for name, words in TRIED.items():
        if name in told():
            done = kuager(*words(kuager))
            assert done.code == 0, (name, done.out[-500:], done.err[-500:])


@pytest.mark.usefixtures("telegram")
def test_the_bot_runs_until_it_is_asked_to_stop() -> None:
    """As systemd starts and stops it: it says that it runs, and ends in good order."""
    command = (sys.executable, "-m", "bot", "run")
    env = os.environ | {"PYTHONPATH": str(DOCS.parent)}
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as running:  # noqa: S603 - our own
        assert running.stderr is not None
        assert any(" running " in line for line in running.stderr)
        running.terminate()
        assert running.wait(30) == 0


Broken = Callable[[pytest.MonkeyPatch, ExitStack], object]


def setting(name: str, value: str) -> Broken:
    return lambda patch, _: patch.setenv(f"KUAGER_{name}", value)


def sql(*statements: str) -> Broken:
    def change(_: pytest.MonkeyPatch, __: ExitStack) -> None:
        with closing(sqlite3.connect("data/kuager.db")) as database, database:
            for one in statements:
                database.execute(one)

    return change


def another_page(patch: pytest.MonkeyPatch, _: ExitStack) -> None:
    patch.setenv("KUAGER_BOT_API_URL", f"{load_settings().bot_api_url}/page")


def a_file_for_a_folder(_: pytest.MonkeyPatch, __: ExitStack) -> None:
    shutil.rmtree("data/files", ignore_errors=True)
    Path("data/files").write_text("", "utf-8")


def other_bytes(_: pytest.MonkeyPatch, __: ExitStack) -> None:
    with Path("data/kuager.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 100 * 4096)


def a_taken_port(patch: pytest.MonkeyPatch, held: ExitStack) -> None:
    taken = held.enter_context(socket.create_server(("127.0.0.1", 0)))
    patch.setenv("KUAGER_STATUS_PORT", str(taken.getsockname()[1]))


def another_process(_: pytest.MonkeyPatch, held: ExitStack) -> None:
    held.enter_context(the_only_bot(load_settings().database_url))


DOES_NOT_START: Mapping[str, tuple[Broken, str]] = {
    "a folder of files that it cannot write to": (a_file_for_a_folder, "KUAGER_FILES_DIR"),
    "a database that can only be read": (
        setting("DATABASE_URL", "sqlite+aiosqlite:///file:data/kuager.db?mode=ro&uri=true"),
        "KUAGER_DATABASE_URL",
    ),
    "a database of a newer version": (
        sql("UPDATE alembic_version SET version_num = '9999', contracted = '9998'"),
        "newer",
    ),
    "a database that is not migrated": (
        sql("UPDATE alembic_version SET version_num = '0024'"),
        "python -m bot migrate",
    ),
    "a damaged database": (other_bytes, "python -m bot restore"),
    "a missing, wrong or misspelt setting": (setting("LANGUAGE", "kk"), "Did you mean KUAGER_LANGUAGES?"),
    "keys that do not fit": (setting("LOOKUP_KEY", show_key(new_key())), "KUAGER_LOOKUP_KEY"),
    "an audit log that was changed": (
        sql("UPDATE audit_log SET subject = 'x' WHERE id = 1"),
        "python -m bot audit restart",
    ),
    "an audit log that was cut": (sql("DELETE FROM audit_log"), "python -m bot audit restart"),
    "another bot's token": (setting("BOT_TOKEN", "456:another-bots"), "python -m bot adopt"),
    "a token that Telegram does not know": (
        setting("BOT_TOKEN", f"{TOKEN.partition(':')[0]}:revoked"),
        "Telegram does not know it",
    ),
    "an address that is not a Bot API's": (another_page, "the address answers, but not as a Bot API"),
    "a port that is taken": (a_taken_port, "KUAGER_STATUS_PORT"),
    "a SQLite database on which a bot runs already": (another_process, "a bot runs already"),
}
"""Cases of the guide of the service, how it is brought about, and what the line must hold."""
KEYS_THAT_DO_NOT_FIT: Mapping[str, tuple[Broken, str]] = {
    "a draft or new file needs a key missing from the ring, or another key has its name": (
        setting("KEY_RING", f"other:{show_key(new_key())}"),
        "KUAGER_KEY_RING",
    ),
    "the lookup key does not fit the moderators": (
        setting("LOOKUP_KEY", show_key(new_key())),
        "KUAGER_LOOKUP_KEY",
    ),
    "the audit key does not fit the log's end (commands that write refuse it too)": (
        setting("AUDIT_KEY", show_key(new_key())),
        "KUAGER_AUDIT_KEY",
    ),
}
"""Likewise for the guide of keys."""
ALL = {**DOES_NOT_START, **KEYS_THAT_DO_NOT_FIT}


def listed(page: str, before: str) -> list[str]:
    """Each point of a page behind these words, without links."""
    points = guides()[page].partition(f"{before}:\n\n")[2].partition("\n\n")[0]
    return [re.sub(r" \(\[.*?\)\)", "", line.strip("- ,.")) for line in points.splitlines()]


def test_the_guides_list_what_is_tried() -> None:
    """In their words."""
    assert listed("service.md", "The bot does not start with") == list(DOES_NOT_START)
    assert listed("keys.md", "The bot does not start, and destroys nothing, if") == list(KEYS_THAT_DO_NOT_FIT)


@pytest.mark.usefixtures("telegram")
@pytest.mark.parametrize("what", ALL)
def test_the_bot_does_not_start_and_says_what_to_do(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """In one line, the last, without a name of a class and a trace."""
    within(fill, load_settings())
    assert kuager("invite").code == 0
    assert kuager("audit", "verify").code == 0
    change, why = ALL[what]
    with ExitStack() as held:
        change(monkeypatch, held)
        stop = Timer(30, os.kill, (os.getpid(), signal.SIGTERM))  # a bot that starts would run for ever
        held.callback(stop.cancel)
        stop.start()
        done = kuager("run")
    assert done.code == 1, done.err
    line = done.err.splitlines()[-1]
    assert why in line
    assert "Traceback" not in done.err
    assert not re.search(r"\b[A-Z]\w+(Error|Exception)\b", line)
