"""Keys: fresh ones, and the change of the ring's key, while the bot may run."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app.cli.keys import SEALED
from bot.app.work import Work
from bot.chat.prompt import Prompt, keep_prompt
from bot.desk.people import service as people_service
from bot.form.answers import Chosen
from bot.safety.sealing import read_key_ring
from bot.settings import load_settings, values
from bot.store import drafting, ring_keys, sent_messages
from bot.store.unit import REPORT_FORM
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import Base, FailedUpdate
from tests.bench import Bench
from tests.bot.app.cli.conftest import Kuager, within

OWN_CONTENT = {
    "reports.content",
    "reports.notes",
    "talk_messages.content",
    "ways_back.address",
    "public_versions.content",
    "drafts.state",
    "drafts.address",
    "files.meta",
    "key_slots.content",
    "data_keys.envelope",
    "blocks.flooding",
    "sender_buckets.content",
}
"""Columns of sealed bytes that a data key or that of a day sealed, or that hold data keys."""


async def fill(work: Work) -> None:
    """Something in every table that the ring seals."""
    bench = Bench(work.database, work.forms, work.settings)
    async with bench.write() as unit:
        await ring_keys.note_ring(unit)
        moderator = await bench.moderator(unit)
        await bench.propose(unit, moderator, (await bench.submit(unit)).report)
        await bench.submit(unit)
        chat_id, chat = bench.new_chat()
        draft = await drafting.start(unit, chat, REPORT_FORM, "ru")
        consent = draft.form.by_role["consent_store"].path
        draft.draft = replace(draft.draft, answers={consent: Chosen(("yes",))})
        drafting.save(unit, draft)
        keep_prompt(unit, draft.row, Prompt(1, 2, (2, 3)))
        sent_messages.note(unit, chat, 5)
        outbox = Outbox(unit)
        outbox.add(chat, Call("sendMessage", {"chat_id": chat_id, "text": "owed"}))
        await outbox.write()
        sealed = unit.safe.ring.seal(b"{}", "failed_updates.raw:R")
        unit.session.add(FailedUpdate(reference="R", update_id=1, raw=sealed, hour=unit.hour))


@pytest.fixture
def ring(set_up: None, kuager: Kuager) -> tuple[str, str]:
    """A filled database and a ring with a new key before the old one; the ids of both."""
    settings = load_settings()
    within(fill, settings)
    new = kuager("keys", "new", "--ring").out.strip()
    both = f"{new},{settings.key_ring.get_secret_value()}"
    _change_ring(both)
    return read_key_ring(both).current, settings.ring.current


def _change_ring(value: str) -> None:
    env = Path(".env")
    lines = [line for line in env.read_text("utf-8").splitlines() if not line.startswith("KUAGER_KEY_RING")]
    env.write_text("\n".join([*lines, f"KUAGER_KEY_RING={value}"]), "utf-8")


def test_every_column_of_sealed_bytes_is_known_to_the_rotation() -> None:
    """A column that the ring seals and nobody seals anew would be lost with the old key."""
    known = {f"{one.column.class_.__tablename__}.{one.column.key}" for one in SEALED} | OWN_CONTENT
    found = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if type(column.type).__name__ == "LargeBinary" and column.type.length is None  # type: ignore[attr-defined]
    }
    assert found == known


def test_rotation_leaves_nothing_to_the_old_key(kuager: Kuager, ring: tuple[str, str]) -> None:
    """Not in the log either. The new key alone opens everything; the command says what is to be done with the old one."""
    new, old = ring
    assert "4 reports and drafts still use an older key" in kuager("check", "--offline").out
    done = kuager("keys", "rotate", "--stopped")
    assert (done.code, done.err) == (0, "")
    assert "Sealed anew: 9." in done.out
    assert f"No row of the database uses {old} any more" in done.out
    raw = b"".join(path.read_bytes() for path in Path("data").glob("kuager.db*"))
    assert bytes([len(old)]) + old.encode() + b"\x01" not in raw
    assert raw.count(bytes([len(new)]) + new.encode() + b"\x01") >= 9
    _change_ring(load_settings().key_ring.get_secret_value().split(",")[0])
    assert kuager("check", "--offline").code == 0
    within(opens, load_settings())
    done = kuager("keys", "rotate", "--stopped")
    assert "Sealed anew: 0." in done.out
    assert f"Every row uses {new}, the only key" in done.out


async def opens(work: Work) -> None:
    """The moderator's address and the draft open."""
    async with work.read() as unit:
        (moderator,) = await people_service.list_moderators(unit)
        assert people_service.address(unit, moderator) is not None
        assert await ring_keys.left(unit) == 0


def test_a_bot_that_runs_with_the_old_ring_is_not_cut_off(kuager: Kuager, ring: tuple[str, str]) -> None:
    """Until it was started with the new one, rotation is refused in one line that says what to do."""
    new, old = ring
    done = kuager("keys", "rotate")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith(
        f"KUAGER_KEY_RING begins with {new}, and the bot was started when it began with {old}. "
    )
    within(start, load_settings())
    assert kuager("keys", "rotate").code == 0


async def start(work: Work) -> None:
    """What the start of a bot leaves."""
    async with work.write() as unit:
        await ring_keys.note_ring(unit)


def test_what_no_key_opens_is_told_and_stays(kuager: Kuager, ring: tuple[str, str]) -> None:
    """The rotation does not end well as long as something needs a key that is missing."""
    new, _ = ring
    _change_ring(load_settings().key_ring.get_secret_value().split(",")[0])
    done = kuager("keys", "rotate", "--stopped")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("KUAGER_KEY_RING does not open 4 of the keys that are stored")
    with closing(sqlite3.connect("data/kuager.db")) as database:
        assert database.execute("SELECT count(*) FROM data_keys WHERE ring = ?", [new]).fetchone() == (0,)


@pytest.mark.usefixtures("set_up")
def test_keys_may_stand_in_a_file_of_their_own(kuager: Kuager) -> None:
    """Also one that only standard input gives. A key that stands in two places, a file that is missing or holds something
    else are told in one line without the key."""
    lines = Path(".env").read_text("utf-8").splitlines()
    keys = [line for line in lines if "_KEY" in line]
    Path("keys").write_text("\n".join(keys), "utf-8")
    others = [line for line in lines if line not in keys]
    Path(".env").write_text("\n".join([*others, "KUAGER_KEYS_FROM=keys"]), "utf-8")
    Path("keys").chmod(0o600)
    done = kuager("check", "--offline")
    assert (done.code, done.err) == (0, "")
    for path in (Path("keys"), Path()):
        path.chmod(0o755)
    assert "the file of keys keys can be read by others" in kuager("check", "--offline").out
    for content, wrong in (
        (None, "cannot be read: No such file or directory"),
        ("", "it holds no keys"),
        ("KUAGER_BOT_TOKEN=1:secret", "it holds something else than keys"),
    ):
        Path("keys").unlink(missing_ok=True)
        if content is not None:
            Path("keys").write_text(content, "utf-8")
        done = kuager("check", "--offline")
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert done.err.startswith("KUAGER_KEYS_FROM is wrong: ")
        assert wrong in done.err
        assert "secret" not in done.err
    Path("keys").write_text("\n".join(kuager("keys", "new").out.splitlines()), "utf-8")
    Path(".env").write_text("\n".join([*lines, "KUAGER_KEYS_FROM=keys"]), "utf-8")
    done = kuager("check", "--offline")
    assert done.err.startswith("KUAGER_KEY_RING is set a second time, by KUAGER_KEYS_FROM.")


@pytest.mark.usefixtures("set_up")
def test_keys_may_come_from_standard_input(kuager: Kuager, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read once, however often a command needs them."""
    lines = Path(".env").read_text("utf-8").splitlines()
    keys = [line for line in lines if "_KEY" in line]
    Path("piped").write_text("\n".join(keys), "utf-8")
    Path(".env").write_text("\n".join([*(set(lines) - set(keys)), "KUAGER_KEYS_FROM=-"]), "utf-8")
    values._standard_input.cache_clear()
    with Path("piped").open(encoding="utf-8") as piped:
        monkeypatch.setattr("sys.stdin", piped)
        assert kuager("check", "--offline").code == 0
        assert kuager("purge").code == 0
    values._standard_input.cache_clear()
