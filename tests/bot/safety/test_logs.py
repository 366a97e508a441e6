"""The log tells what happened and where, never whose it was or what was said."""

import asyncio
import gc
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO

import pytest

from bot.safety import logs

NAME = "Қарлығаш Өтепова"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What is written to the log."""
    found = StringIO()
    monkeypatch.setattr(sys, "stderr", found)
    logs.set_up(logging.DEBUG)
    yield found
    logging.basicConfig(level=logging.WARNING, handlers=[logging.NullHandler()], force=True)


def test_tokens_keys_and_long_numbers_are_struck_out(written: StringIO) -> None:
    """A token, a key in base64 and a Telegram id; a number of a line or of messages stays."""
    secrets = (
        "123456789:AAE-made-up-token-of-35-letters-xxx",
        "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        5_678_912_345,
    )
    logging.getLogger("any").info("token %s key %s chat %s in 250 ms", *secrets)
    line = written.getvalue()
    assert line.endswith("INFO any token … key … chat … in 250 ms\n")


def test_no_reference_to_an_error_is_struck_out(written: StringIO) -> None:
    """However many there are: whoever is given one finds it in the log."""
    references = [logs.new_error_reference() for _ in range(500)]
    for reference in references:
        logging.getLogger("any").error("update set aside, reference %s", reference)
    assert [line.rpartition(" ")[2] for line in written.getvalue().splitlines()] == references
    assert len(set(references)) == 500


def test_a_line_tells_the_hour_and_nothing_finer(written: StringIO) -> None:
    """As the database does; under systemd's journal, which dates lines by itself, not even that."""
    record = logging.LogRecord("any", logging.INFO, "", 0, "it happened", (), None)
    record.created = 1_790_003_599.75
    ours = next(one for one in logging.getLogger().handlers if isinstance(one.formatter, logs.QuietFormatter))
    ours.handle(record)
    assert written.getvalue() == "2026-09-21T15Z INFO any it happened\n"


def test_under_the_journal_a_line_has_no_time_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The journal would keep it to the microsecond; watching.md says how to write to a file instead."""
    written = StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setenv("JOURNAL_STREAM", "9:1")
    logs.set_up(logging.DEBUG)
    logging.getLogger("any").info("it happened")
    logging.basicConfig(level=logging.WARNING, handlers=[logging.NullHandler()], force=True)
    assert written.getvalue() == "INFO any it happened\n"


def test_an_exception_is_told_without_its_words(written: StringIO) -> None:
    """Its kind and where it happened; not its words, nor those of the one before it."""

    def fail() -> None:
        try:
            os.environ[NAME]
        except KeyError as error:
            raise ValueError(f"no such person: {NAME}") from error

    try:
        fail()
    except ValueError:
        logging.getLogger("any").exception("it failed")
    assert "it failed\nValueError\n" in written.getvalue()
    assert "test_logs.py" in written.getvalue()
    assert "fail" in written.getvalue()
    assert "Қарлығаш" not in written.getvalue()


def test_words_that_another_formatter_left_are_not_taken_over(written: StringIO) -> None:
    """A record keeps the text of its exception from the first formatter that made it."""
    try:
        int(NAME)
    except ValueError as error:
        record = logging.LogRecord(
            "any", logging.ERROR, __file__, 1, "failed", (), (type(error), error, None)
        )
    assert "Қарлығаш" in logging.Formatter().format(record)
    logging.getLogger("any").handle(record)
    assert "Қарлығаш" not in written.getvalue()
    assert "ValueError" in written.getvalue()


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """Lines of the log as JSON."""
    found = StringIO()
    monkeypatch.setattr(sys, "stderr", found)
    logs.set_up(logging.DEBUG, as_json=True)
    yield found
    logging.basicConfig(level=logging.WARNING, handlers=[logging.NullHandler()], force=True)


def test_a_line_of_json_is_one_object_without_secrets_and_words(objects: StringIO) -> None:
    """Several lines of text are one of JSON; nothing is in it that the other log keeps out."""
    log = logging.getLogger("any")
    log.info(
        'token %s chat %s said "%s"', "123456789:AAE-made-up-token-of-35-letters-xxx", 5_678_912_345, "ия"
    )
    try:
        int(NAME)
    except ValueError:
        log.exception("it failed")
    first, second = map(json.loads, objects.getvalue().splitlines())
    assert first.keys() == {"time", "level", "logger", "message"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\dZ", first["time"])
    assert (first["level"], first["logger"], first["message"]) == ("INFO", "any", 'token … chat … said "ия"')
    assert second["message"].startswith("it failed\nValueError\n")
    assert "Қарлығаш" not in objects.getvalue()


async def test_the_event_loop_tells_no_words(written: StringIO) -> None:
    """Neither of a task whose error nobody took, nor of a callback and its arguments."""

    async def fail() -> None:
        raise ValueError(NAME)

    def fail_at_once(_name: str) -> None:
        raise ValueError(NAME)

    task = asyncio.create_task(fail())
    asyncio.get_running_loop().call_soon(fail_at_once, NAME)
    await asyncio.wait({task})
    del task
    gc.collect()
    told = written.getvalue()
    assert "ERROR asyncio Task exception was never retrieved\nValueError\n" in told
    assert "ERROR asyncio Exception in callback" in told
    assert "Қарлығаш" not in told


@pytest.mark.parametrize(
    "failing",
    [
        "raise ValueError(name)",
        "threading.Thread(target=lambda: int(name)).start()",
        "class Bad:\n    def __del__(self): raise ValueError(name)\nBad()",
        "from bot.app.cli import application as cli\n@cli.app.command()\ndef fail(): raise ValueError(name)\nsys.argv = ['bot', 'fail']\ncli.main()",
    ],
    ids=["main", "thread", "finalizer", "command"],
)
def test_a_crash_tells_no_words(failing: str) -> None:
    """What Python prints by itself when nothing catches an error goes through the log as well."""
    before = "import sys, threading\nfrom bot.safety import logs\nlogs.set_up()\nlogs.quiet_crashes()"
    source = f"{before}\nname = {NAME!r}\n{failing}\n"
    command = [sys.executable, "-c", source]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own
    assert "CRITICAL bot an error that nothing catches\nValueError\n" in done.stderr
    assert "Қарлығаш" not in done.stderr + done.stdout


@pytest.mark.parametrize(("error", "told"), [(asyncio.CancelledError(), 0), (ConnectionError(), 1)])
def test_a_stop_is_no_error_of_the_database(written: StringIO, error: BaseException, told: int) -> None:
    """The pool calls a connection an error that was given up with its task; one that broke is told."""
    pool = logging.getLogger("sqlalchemy.pool.impl.AsyncAdaptedQueuePool")
    pool.error("Exception during reset or similar", exc_info=error)
    assert written.getvalue().count("ERROR") == told
