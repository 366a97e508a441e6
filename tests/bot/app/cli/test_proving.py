"""Rows are proved once, by `migrate`, where they had no proofs; and anew by `keys prove`, after another lookup key."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

import migrations
from bot.app.work import Work
from bot.desk.people import service as people_service
from bot.errors import SettingsError
from bot.safety.sealing import new_key, show_key
from bot.settings import load_settings
from bot.store import audit, row_proofs
from bot.store.unit import UnitOfWork
from db.models import Proved, PublicVersion, Report
from db.presence import alone
from tests.bench import Bench
from tests.bot.app.cli.conftest import Kuager, within

REPORTS = 3


async def fill(work: Work) -> None:
    """An administrator, a translator who was revoked, an open invitation, reports and what is proposed of one."""
    bench = Bench(work.database, work.forms, work.settings)
    bench.now = work.now()
    async with bench.write() as unit:
        admin = await bench.moderator(unit, "Aspan", people_service.ADMIN)
        await bench.moderator(unit, "Mallory", "translator")
        await people_service.revoke(unit, "Mallory")
        await people_service.invite(unit, people_service.MODERATOR)
        for _ in range(REPORTS):
            report = (await bench.submit(unit)).report
        await bench.propose(unit, admin, report)


def sql(statement: str) -> None:
    """What somebody does who can write to the file."""
    with closing(sqlite3.connect("data/kuager.db")) as database, database:
        database.execute(statement)


@pytest.fixture
def older(set_up: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filled database of the revision before there were proofs, in which the one who was revoked is an administrator. Its log names no
    invitation."""
    settings, record = load_settings(), audit.record

    async def as_before(unit: UnitOfWork, actor: str, act: str, subject: str, detail: str = "") -> None:
        await record(unit, actor, act, "" if act in {"invite", "enrol"} else subject, detail)

    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", as_before)
        within(fill, settings)
    asyncio.run(migrations.downgrade(settings.database_url, "0022"))
    sql("UPDATE moderators SET active = 1, role = 'admin' WHERE alias = 'Mallory'")


async def seen(unit: UnitOfWork, table: type[Proved]) -> int:
    """How many rows of a table are read."""
    return len((await unit.session.scalars(select(table))).all())


async def is_whole(work: Work) -> None:
    """All that the bot wrote is there, and nobody is of the team whom the log does not know."""
    async with work.read() as unit:
        assert (await seen(unit, Report), await seen(unit, PublicVersion)) == (REPORTS, 1)
        assert [one.alias for one in await people_service.list_moderators(unit)] == ["Aspan"]
        assert await people_service.list_open_invitations(unit) == []
        assert unit.safe.foreign == {"moderators"}


@pytest.mark.usefixtures("older")
def test_migrate_proves_what_is_there_and_names_whom_the_log_does_not_know(kuager: Kuager) -> None:
    """Broken off, it goes on when called again; a mark that asks for it another time is somebody else's."""
    once = pytest.MonkeyPatch()

    async def broken(unit: UnitOfWork, table: type[Proved]) -> int:
        if table is PublicVersion:
            raise SettingsError("broken off")
        return await prove_next(unit, table)

    prove_next = row_proofs.prove_next
    once.setattr(row_proofs, "prove_next", broken)
    assert "broken off" in kuager("migrate").err
    once.undo()
    done = kuager("migrate")
    assert done.code == 0
    assert "Member Aspan, admin\n" in done.out
    assert "Member Mallory, admin: NOT as the audit log has it" in done.out
    within(is_whole, load_settings())
    assert "Member" not in kuager("migrate").out
    sql("INSERT INTO marks (name, value) VALUES ('unproved', '')")
    assert "another writer has access to it" in kuager("migrate").err


@pytest.mark.usefixtures("set_up")
def test_a_mark_makes_no_row_the_bots_that_somebody_else_wrote(kuager: Kuager) -> None:
    """Nor in a database that was new when there were proofs already."""
    within(fill, load_settings())
    sql("INSERT INTO marks (name, value) VALUES ('unproved', '')")
    assert "another writer has access to it" in kuager("migrate").err


@pytest.mark.usefixtures("set_up")
def test_a_mark_makes_no_row_the_bots_where_the_log_was_changed_with_it(kuager: Kuager) -> None:
    """Without the entries that say that rows were proved, the log is not whole."""
    within(fill, load_settings())
    assert kuager("audit", "verify").code == 0
    sql("INSERT INTO marks (name, value) VALUES ('unproved', '')")
    sql("UPDATE reports SET row_mac = NULL, consent_use = 'publish'")
    sql("UPDATE audit_log SET subject = '' WHERE act = 'invite'")
    done = kuager("migrate")
    assert (done.code, "it does not fit its chain" in done.err) == (1, True)


@pytest.mark.usefixtures("set_up")
def test_check_names_the_tables_with_rows_that_the_bot_did_not_write(kuager: Kuager) -> None:
    """Also of such as nobody has read."""
    within(fill, load_settings())
    sql("UPDATE public_versions SET state = 'approved'")
    sql("UPDATE reports SET consent_use = 'x'")
    assert "does not read, are in: public_versions, reports." in kuager("check", "--offline").err


@pytest.mark.usefixtures("set_up")
def test_after_another_lookup_key_rows_are_proved_anew_by_a_command(kuager: Kuager) -> None:
    """Until then none is read; the members are invited anew."""
    within(fill, load_settings())
    env = Path(".env")
    lines = [line for line in env.read_text("utf-8").splitlines() if not line.startswith("KUAGER_LOOKUP_KEY")]
    env.write_text("\n".join([*lines, f"KUAGER_LOOKUP_KEY={show_key(new_key())}"]), "utf-8")

    async def reports(work: Work) -> None:
        async with work.read() as unit:
            counts.append(await seen(unit, Report))
            assert await unit.session.scalar(select(func.count()).select_from(Report)) == REPORTS

    counts = list[int]()
    within(reports, load_settings())
    assert "KUAGER_LOOKUP_KEY is not the one that Aspan" in kuager("keys", "prove").err
    assert kuager("moderators", "revoke", "Aspan").code == 0
    assert kuager("keys", "prove").code == 0
    within(reports, load_settings())
    assert counts == [0, REPORTS]


def test_rows_are_not_proved_anew_while_a_bot_runs(kuager: Kuager, set_up: None) -> None:
    """It would take what is not proved yet for a stranger's, and a person's draft with it."""
    with alone(load_settings().database_url):
        done = kuager("keys", "prove")
    assert (done.code, "a bot runs already" in done.err) == (1, True)
