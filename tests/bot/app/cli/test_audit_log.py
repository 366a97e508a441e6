"""`audit verify` and `audit restart` on the command line."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from unittest.mock import ANY

import pytest
from sqlalchemy import delete

from bot.app.work import Work
from bot.desk.people import service as people_service
from bot.safety.sealing import new_key, show_key
from bot.settings import load_settings
from db.models import AuditEntry
from tests.bench import Bench
from tests.bot.app.cli.conftest import Kuager, within


async def cut(work: Work) -> None:
    """Delete the whole audit log."""
    async with work.write() as unit:
        await unit.session.execute(delete(AuditEntry))


@pytest.mark.usefixtures("telegram")
def test_a_log_that_was_cut_is_told_by_its_head(kuager: Kuager, tmp_path: Path) -> None:
    """By the file beside the database, or, where that is gone too, by what administrators were told."""
    kuager("invite")
    kuager("invite")
    whole = kuager("audit", "verify")
    assert (whole.code, whole.err) == (0, "")
    head = whole.out.split()[-1]
    assert head.startswith("2:")
    assert kuager("audit", "verify", head).code == 0
    within(cut, load_settings())
    found = kuager("audit", "verify")
    assert (found.code, "2 entries at its end are missing" in found.err) == (1, True)
    checked = kuager("check", "--offline")
    assert (checked.code, "2 entries at its end are missing" in checked.err) == (1, True)
    (tmp_path / "data" / "audit.head").unlink()
    for command in (("audit", "verify"), ("check", "--offline")):
        done = kuager(*command)
        assert (done.code, "data/audit.head is gone" in done.err) == (1, True)
    assert kuager("audit", "verify", head).code == 1
    assert not (tmp_path / "data" / "audit.head").exists()


@pytest.mark.usefixtures("telegram")
def test_the_bot_does_not_start_with_a_log_that_is_not_whole(kuager: Kuager) -> None:
    """The rights of members follow from it: an entry that took them may be gone."""
    within(enrol, load_settings())
    assert kuager("audit", "verify").code == 0
    with closing(sqlite3.connect("data/kuager.db")) as database, database:
        database.execute("UPDATE audit_log SET subject = 'x' WHERE id = 1")
    assert "does not fit its chain from entry 1 on" in kuager("run").err
    with closing(sqlite3.connect("data/kuager.db")) as database, database:
        database.execute("DELETE FROM audit_log")
    assert "entries at its end are missing" in kuager("run").err


@pytest.mark.usefixtures("telegram")
def test_a_head_that_is_gone_is_written_anew_once_the_log_was_compared(kuager: Kuager) -> None:
    """With a line that was told: the log is as long at least. Nothing else writes it, since whoever took it may have cut the log."""
    kuager("invite")
    head = kuager("audit", "verify").out.split()[-1]
    kuager("invite")
    Path("data/audit.head").unlink()
    kuager("invite")
    done = kuager("check", "--offline")
    assert (done.code, "python -m bot audit verify HEAD" in done.err) == (1, True)
    assert kuager("backup", "backup.tar").code == 3
    assert not Path("data/audit.head").exists()
    done = kuager("audit", "verify", head)
    assert (done.code, done.err) == (0, "")
    assert Path("data/audit.head").read_text("ascii").startswith("3:")
    assert kuager("check", "--offline").code == 0


async def enrol(work: Work) -> None:
    """An administrator and a moderator, and one who is revoked."""
    bench = Bench(work.database, work.forms, work.settings)
    bench.now = datetime.now(work.settings.zone)
    async with bench.write() as unit:
        await bench.moderator(unit, "Aspan", people_service.ADMIN)
        await bench.moderator(unit, "Teniz")
        await bench.moderator(unit, "Gone")
        await people_service.revoke(unit, "Gone")


def entries() -> list[tuple[object, ...]]:
    """What the log says."""
    with closing(sqlite3.connect("data/kuager.db")) as database:
        return database.execute("SELECT actor, act, subject, detail FROM audit_log ORDER BY id").fetchall()


WRITING = (
    *(
        ("invite",),
        ("purge",),
        ("clock", "--right"),
        ("keys", "rotate", "--stopped"),
        ("blocks", "clear", "--all"),
    ),
    *(("export", "--out", "a.csv"), ("moderators", "revoke", "Aspan"), ("invites", "revoke", "--all")),
)


@pytest.mark.usefixtures("telegram")
def test_a_wrong_audit_key_is_refused_by_all_that_writes_and_a_lost_one_given_up(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is added to the log by it. `audit restart` closes the log, says so and why in the new one, and names the members."""
    within(enrol, load_settings())
    kuager("invite")
    before = entries()
    right = load_settings().audit_key.get_secret_value()
    monkeypatch.setenv("KUAGER_AUDIT_KEY", show_key(new_key()))
    for command in (("run",), *WRITING):
        done = kuager(*command)
        assert (done.code, done.err.splitlines()[-1][:16]) == (1, "KUAGER_AUDIT_KEY")
        assert "python -m bot audit restart" in done.err
    checked = kuager("check", "--offline")
    assert (checked.code, "python -m bot audit restart" in checked.err) == (1, True)
    assert entries() == before
    done = kuager("audit", "restart")
    assert (done.code, done.err) == (0, "")
    assert "python -m bot moderators list" in done.out
    assert "Aspan" in kuager("moderators", "list").out
    old, new = entries()[: len(before)], entries()[len(before) :]
    assert old == before
    assert new[0][:3] == ("system", "restart", "1")
    assert str(new[0][3]).startswith("changed ")
    assert new[1:3] == [("Aspan", "enrol", "", "admin"), ("Teniz", "enrol", "", "moderator")]
    assert [one[1] for one in new[3:]] == ["void"]
    assert kuager("invite").code == 0
    assert kuager("check", "--offline").code == 0
    refused = kuager("audit", "restart")
    assert (refused.code, "The audit log is whole" in refused.err) == (1, True)
    monkeypatch.setenv("KUAGER_AUDIT_KEY", right)
    assert kuager("invite").code == 1


@pytest.mark.usefixtures("telegram")
def test_a_log_that_was_cut_begins_anew_and_the_proof_is_kept(kuager: Kuager) -> None:
    """The head of the old one in a file beside the new one's."""
    kuager("invite")
    kuager("invite")
    head = kuager("audit", "verify").out.split()[-1]
    within(cut, load_settings())
    assert kuager("audit", "restart").code == 0
    assert [one[1:3] for one in entries()] == [("restart", "0"), ("void", ANY), ("void", ANY)]
    assert Path("data/audit.head.retired").read_text("ascii").startswith(head)
    assert kuager("check", "--offline").code == 0


@pytest.mark.usefixtures("set_up")
def test_a_head_that_is_none_is_refused(kuager: Kuager) -> None:
    """With an example."""
    done = kuager("audit", "verify", "57")
    assert (done.code, done.err.count("\n"), "Example: audit verify 57:" in done.err) == (2, 1, True)
