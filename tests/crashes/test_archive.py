"""Killed while reports are sealed, reopened, resealed and withdrawn, the store has each of them whole in one state.

`KUAGER_TEST_KILLS=500 uv run pytest -n 0 -s -m long tests/crashes/test_archive.py` kills five hundred times on each database.
`KUAGER_TEST_SEED` is the first seed: it decides what is done and when it ends, the machine what a timed death meets.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest

from bot.demo import settings_in
from bot.form.model import Form
from bot.settings import Settings
from db.engine import Database
from tests import archived, outside
from tests.archived import APPROVED, PUBLISHED, REJECTED, SHARED
from tests.bench import Bench
from tests.crashes.archiving import IDENTITIES
from tests.crashes.lives import ROOT
from tests.secrets.test_planted import environment

KILLS, MANY = 20, int(os.environ.get("KUAGER_TEST_KILLS", "60"))
SEED = int(os.environ.get("KUAGER_TEST_SEED", "1"))
KINDS = ((PUBLISHED, APPROVED), (SHARED, APPROVED), (PUBLISHED, REJECTED))


@dataclass
class Store:
    """A store with decided reports, and what a judge outside knows of them."""

    settings: Settings
    folder: Path
    identities: list[Any]
    told: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Digests of all plain values, by reference."""
    keys: dict[str, set[bytes]] = field(default_factory=dict)
    """Data keys and keys of envelopes that each report has had."""
    last: dict[str, str] = field(default_factory=dict)
    moves: Counter[str] = field(default_factory=Counter)

    @property
    def ring(self) -> Mapping[str, bytes]:
        return {name: bytes(key) for name, key in self.settings.ring.keys.items()}

    @property
    def record(self) -> Path:
        return self.folder / "record"

    def noted(self, what: str) -> list[str]:
        """Lines of the lives' record that begin so, without that."""
        lines = self.record.read_text("utf-8").splitlines() if self.record.exists() else []
        return [line.removeprefix(f"{what} ") for line in lines if line.startswith(f"{what} ")]

    async def judge(self) -> Mapping[str, outside.ReportFound]:
        """Each report is whole in one state, and gone if its withdrawal was committed."""
        taken = await outside.take(self.settings.database_url)
        found = {
            row["ref"]: outside.report_in(taken, self.ring, self.identities, row)
            for row in taken.tables["reports"]
        }
        for ref, one in found.items():
            assert one.state != outside.BROKEN, (one.why, self.noted("died")[-1:])
            before, self.last[ref] = self.last.get(ref, one.state), one.state
            assert before != outside.GONE or one.state == outside.GONE
            if before != one.state:
                self.moves[f"{before} to {one.state}"] += 1
            if one.state != outside.GONE:
                assert one.digests == self.told.setdefault(ref, one.digests)
                known = {key for each in one.keys.values() for key in (each.key, each.outer) if key}
                self.keys.setdefault(ref, set()).update(known)
        assert {found[ref].state for ref in self.noted("withdrawn")} <= {outside.GONE}
        return found

    async def judge_end(self) -> None:
        """With what the ring opens anywhere, no report that is gone opens, and none that is sealed by its data keys."""
        found = await self.judge()
        places = [path.read_bytes() for path in self.folder.glob("kuager.db*")]
        if not places:
            slots = (await outside.take(self.settings.database_url)).tables["key_slots"]
            places = [bytes(one["content"]) for one in slots]
        held = {plain[:32] for plain in outside.opened_anywhere(self.ring, places)}
        for ref, one in found.items():
            if one.state == outside.GONE:
                assert not held & self.keys[ref]
            elif one.state == outside.SEALED:
                assert not held & {key.key for key in one.keys.values() if key.state == outside.SEALED}


@pytest.fixture
async def store(
    database_url: str, tmp_path: Path, forms: Mapping[str, Form], request: pytest.FixtureRequest
) -> Store:
    """Decided reports of three kinds, and two recipients that have answered."""
    number = 12 if request.node.get_closest_marker("long") is None else 90
    identities = [pyrage.x25519.Identity.generate() for _ in "ab"]
    settings = settings_in(tmp_path, "http://127.0.0.1:1", database_url=database_url)
    bench = Bench(Database(database_url), forms, settings)
    bench.now = datetime.now(settings.zone)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
    for one in range(number):
        consent, end = KINDS[one % len(KINDS)]
        await archived.decided(bench, moderator.id, None, archived.words(one), consent, end)
    await archived.answer_words(bench, *(str(one.to_public()) for one in identities))
    await bench.database.truncate_log()
    await bench.database.close()
    made = Store(bench.settings, tmp_path, identities)
    await made.judge()
    return made


@contextmanager
def lives(store: Store) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that begins lives."""
    given = {
        **environment(store.settings),
        "KUAGER_ARCHIVE_RECIPIENTS": ",".join(store.settings.archive_recipients),
    }
    given[IDENTITIES] = ",".join(map(str, store.identities))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crashes.archiving"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **given, "PTB_TIMEDELTA": "1"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def lead(process: "subprocess.Popen[bytes]", store: Store, seed: int) -> int:
    """One life, and how it ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{json.dumps({'seed': seed, 'record': str(store.record)})}\n".encode())
    process.stdin.flush()
    return int(process.stdout.readline())


async def kill(store: Store, number: int) -> None:
    """Kill so many lives, with a judgement after each."""
    with lives(store) as process:
        for seed in range(SEED, SEED + number):
            assert lead(process, store, seed) == -9
            await store.judge()
        assert lead(process, store, 0) == 0
    await store.judge_end()
    assert len(store.noted("died")) >= number  # two moments can meet


async def test_a_killed_archive_has_each_report_open_sealed_or_gone(store: Store) -> None:
    """Whole and byte for byte in one of them; what was withdrawn opens by nothing that the server has."""
    await kill(store, KILLS)
    assert store.moves["open to sealed"]


@pytest.mark.long
async def test_so_has_one_that_is_killed_many_times(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """All moves and all steps are met."""
    await kill(store, MANY)
    told = Counter(store.noted("died"))
    with capsys.disabled():
        sys.stdout.write(f"\n{store.settings.database_url.partition(':')[0]}: {MANY} kills\n")
        sys.stdout.write("".join(f"  {number:4} {what}\n" for what, number in sorted(told.items())))
        sys.stdout.write("".join(f"  {number:4} {what}\n" for what, number in sorted(store.moves.items())))
        sys.stdout.write(f"  at the end: {dict(Counter(store.last.values()))}\n")
    assert {
        f"open to {outside.SEALED}",
        f"sealed to {outside.OPEN}",
        f"sealed to {outside.GONE}",
    } <= store.moves.keys()
