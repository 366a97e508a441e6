"""Files: what is fetched, and what is kept of it."""

from pathlib import Path

from bot.form.answers import FileKind, FileRef
from bot.services import vault
from bot.services.reports import files
from bot.services.reports.files import Incoming
from bot.services.reports.store import FileStore
from db.models import File
from tests.bench import Bench

PHOTO = Incoming(FileKind.PHOTO, "AgAD", "x.jpg", "image/jpeg", 3)


async def taken(bench: Bench) -> FileRef:
    """A file that is to be fetched."""
    async with bench.write() as unit:
        return files.take_note(unit, vault.make_key(unit), PHOTO)


async def test_a_file_whose_key_left_the_ring_is_given_up_and_the_others_are_fetched(bench: Bench) -> None:
    """Moderators are told that it failed."""
    lost = await taken(bench)
    bench.change_ring()
    kept = await taken(bench)
    async with bench.write() as unit:
        assert await files.pending(unit, 4) == [(kept.id, "AgAD")]
    async with bench.read() as unit:
        row = await unit.session.get(File, lost.id)
        assert row is not None
        assert row.status == files.FAILED


class SlowStore(FileStore):
    """While it stores a file its person takes it away, which needs a transaction of its own."""

    def __init__(self, folder: Path, bench: Bench) -> None:
        super().__init__(folder)
        self.bench = bench

    async def put(self, file_id: str, sealed: bytes) -> None:
        """Store the bytes; the file is doomed meanwhile."""
        await super().put(file_id, sealed)
        async with self.bench.write() as unit:
            await files.doom(unit, [file_id])


async def test_storing_holds_up_no_transaction_and_leaves_nothing_that_is_not_wanted(
    bench: Bench, tmp_path: Path
) -> None:
    """Taken away while it was stored, it is gone from the store; else it opens again."""
    slow, store = SlowStore(tmp_path / "slow", bench), FileStore(tmp_path / "store")
    ref = await taken(bench)
    assert not await files.keep(bench.write, slow, ref.id, b"abc")
    assert not [path for path in (tmp_path / "slow").rglob("*") if path.is_file()]
    ref = await taken(bench)
    for _ in range(2):  # a second fetch of the same file takes nothing away
        await files.keep(bench.write, store, ref.id, b"abc")
    async with bench.read() as unit:
        assert await files.open_file(unit, store, ref.id) == ("x.jpg", b"abc", "image/jpeg")
