"""`archive export` and `archive take`, as they are called and what they write."""

import io
import json
import sqlite3
import stat
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from bot.app.cli.console import INCOMPLETE
from bot.app.work import Work
from bot.publish.bundles import Bundle
from bot.reports import archive as archive_service
from bot.reports import claims, reading
from bot.reports.states import Status
from bot.safety import offline
from bot.settings import load_settings
from bot.store import archive_keys
from db.models import Report
from tests.bench import Bench
from tests.bot.app.cli.conftest import Done, Kuager, within
from tests.bot.publish.export.published import approve
from tests.bot.reports.archive import returned
from tests.bot.reports.archive.returned import IDENTITY, RECIPIENT

OTHER = offline.new_identity()


@pytest.fixture
def ref(kuager: Kuager, set_up: None, tmp_path: Path) -> str:
    """A sealed report, whose recipient has answered."""
    named = f"{RECIPIENT},{offline.recipient_of(OTHER)}"
    with (tmp_path / ".env").open("a") as env:
        env.write(f"KUAGER_ARCHIVE_RECIPIENTS={named}\n")
    found = list[str]()

    async def fill(work: Work) -> None:
        bench = Bench(work.database, work.forms, work.settings)
        bench.safe = work.safe
        async with bench.write() as unit:
            for one in (RECIPIENT, offline.recipient_of(OTHER)):
                await archive_keys.answer(unit, one, archive_keys.word(unit, one))
        found.append((await returned.sealed(bench)).ref)
        async with bench.write() as unit:
            await approve(bench, unit, await bench.moderator(unit, "Samal"))

    within(fill, load_settings())
    return found[0]


def members(file: Path, identity: str = IDENTITY) -> dict[str, bytes]:
    plain = io.BytesIO()
    with file.open("rb") as sealed:
        offline.open_stream([identity], sealed, plain)
    with tarfile.open(fileobj=io.BytesIO(plain.getvalue())) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr] # all are files


def audited(tmp_path: Path) -> list[str]:
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database:
        return [act for (act,) in database.execute("SELECT act FROM audit_log ORDER BY id")]


def test_a_bundle_is_written_whole_and_registered(kuager: Kuager, ref: str, tmp_path: Path) -> None:
    """All reports, for each recipient, by their owner alone; or those that are asked for."""
    done = kuager("archive", "export", "all.age")
    assert (done.code, done.err) == (0, "")
    assert "2 reports" in done.out
    assert stat.S_IMODE((tmp_path / "all.age").stat().st_mode) == 0o600
    assert members(tmp_path / "all.age").keys() == members(tmp_path / "all.age", OTHER).keys()
    assert kuager("archive", "export", "one.age", ref.lower()).code == 0
    assert f"reports/{ref}.json" in members(tmp_path / "one.age")
    assert json.loads(members(tmp_path / "one.age")["end.json"])["reports"] == 1
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database:
        rows = database.execute("SELECT state, rows, scope FROM exports").fetchall()
    assert rows == [("made", 2, "archive"), ("made", 1, "archive")]
    assert audited(tmp_path)[-2:] == ["archive", "archive"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("all.age", "R7K3QV", "--from", "2026-01-01"), "REF is wrong beside --from and --to"),
        (("all.age", "--from", "March"), "--from is wrong: it is a day as YYYY-MM-DD"),
        (("all.age", "--from", "2026-03-02", "--to", "2026-03-01"), "--from is wrong: it is after --to"),
        (("all.age", "--to", "1999-01-01"), "nothing is decided in these days"),
        (("no/all.age",), "FILE is wrong: the file cannot be written"),
    ],
)
def test_a_wrong_word_is_one_line(
    kuager: Kuager, ref: str, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    """And nothing is written, nor told to the audit log."""
    done = kuager("archive", "export", *words)
    assert ref
    assert done.code == 2
    assert done.err.startswith(told)
    assert done.err.count("\n") == 1
    assert not list(tmp_path.glob("*.age*"))
    assert "archive" not in audited(tmp_path)


def test_a_bundle_that_breaks_off_leaves_no_part(
    kuager: Kuager, ref: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The register knows that no file was kept, so that no withdrawal names it."""
    whole = Bundle.pieces

    async def broken(self: Bundle, *given: object) -> object:
        async for piece in whole(self, *given):  # type: ignore[arg-type] # as it is called
            yield piece
            if self.reports:
                raise OSError(28, "No space left on device")

    monkeypatch.setattr(Bundle, "pieces", broken)
    done = kuager("archive", "export", "all.age")
    assert (ref in done.err, done.code) == (False, 2)
    assert "No space left on device" in done.err
    assert not list(tmp_path.glob("*.age*"))
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database:
        assert database.execute("SELECT state FROM exports").fetchall() == [("broken",)]


def test_new_envelopes_are_taken_in_once(kuager: Kuager, ref: str, tmp_path: Path) -> None:
    """A second time the file is old; the other recipient opens the report then."""
    made = list[bytes]()

    async def make(work: Work) -> None:
        async with work.write() as unit:
            made.append(await returned.reseal_file(unit, ref, offline.recipient_of(OTHER)))

    within(make, load_settings())
    Path("new.age").write_bytes(made[0])
    done = kuager("archive", "take", "new.age")
    assert (done.code, done.err) == (0, "")
    assert "2 keys" in done.out
    assert audited(tmp_path)[-1] == "reseal"

    def refused(again: Done, why: str) -> bool:
        return again.code != 0 and why in again.err and again.err.count("\n") == 1

    assert refused(kuager("archive", "take", "new.age"), "FILE is old")
    assert refused(kuager("archive", "take", "none.age"), "No such file")
    Path("cut.age").write_bytes(Path("new.age").read_bytes()[:-30])
    assert refused(kuager("archive", "take", "cut.age"), "cut or damaged")
    assert refused(kuager("archive", "take", ".env"), "not for this server")


def test_what_is_lost_is_named_at_the_end(kuager: Kuager, ref: str, tmp_path: Path) -> None:
    """A damaged key keeps back no other report, and the exit code tells."""
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database, database:
        database.execute("UPDATE data_keys SET envelope = x'01' WHERE sealed_to IS NOT NULL")
    done = kuager("archive", "export", "all.age")
    assert done.code == INCOMPLETE
    assert ref in done.err
    told = json.loads(members(tmp_path / "all.age")["end.json"])
    assert told["reports"] == 2


def test_what_the_organisations_machine_makes_of_a_bundle_is_taken_in(kuager: Kuager, ref: str) -> None:
    """New envelopes first; then a bundle with these, and the report opens again."""
    Path("key").write_text(IDENTITY)
    Path("other").write_text(OTHER)
    assert kuager("archive", "export", "all.age").code == 0
    to = offline.recipient_of(OTHER)
    assert (
        kuager("archive", "reseal", "all.age", "--identity", "key", "--to", to, "--out", "new.age").code == 0
    )
    assert "2 keys" in kuager("archive", "take", "new.age").out
    assert kuager("archive", "export", "again.age", ref).code == 0
    assert kuager("archive", "reopen", "again.age", ref, "--identity", "other", "--out", "re.age").code == 0
    file, found = Path("re.age").read_bytes(), list[Report]()

    async def reopen(work: Work) -> None:
        async with work.write() as unit:
            told = await archive_service.read(unit, file, archive_service.Kind.REOPENING)
            await archive_service.bring_back(unit, await archive_service.reopening(unit, told))
        async with work.read() as unit:
            report = await claims.look_up(unit, ref)
            assert await reading.content_of(unit, report) is not None
            found.append(report)

    within(reopen, load_settings())
    assert [(one.status, one.sealed) for one in found] == [(Status.NEW, False)]
