"""Files that the store has lost are told from those that come and go."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest

from bot.form.answers import FileKind, FileRef
from bot.safety.cleaning import cleaner
from bot.store import files
from bot.store.backups import LostFile, lost_files
from bot.store.file_store import FolderStore
from bot.store.files import Incoming
from db.models import File
from tests.bench import Bench
from tests.bot.safety.cleaning import planted

PHOTO = planted.jpeg()


async def kept(bench: Bench, store: FolderStore, recipients: Sequence[str] = ()) -> tuple[FileRef, str]:
    """A file of a report, with its clean copy; its reference and that of the report."""
    async with bench.write() as unit:
        report = (await bench.submit(unit)).report
        assert report.data_key_id is not None
        ref = files.take_note(unit, report.data_key_id, Incoming(FileKind.PHOTO, "t", "", "image/jpeg", 1))
        await unit.session.flush()
        key = await files.sealing_key(unit, ref.id)
        assert key is not None
        sealed = files.seal_file(key, ref.id, PHOTO, cleaner.clean(PHOTO), recipients, unit.hour)
        assert sealed.copy is not None
        await store.put(ref.id, sealed.original)
        await store.put(files.copy_id(ref.id), sealed.copy)
        await files.note_stored(unit, ref.id, sealed)
        return ref, report.ref


async def test_each_file_is_compared_with_the_store(bench: Bench, tmp_path: Path) -> None:
    """However many there are, drafts' and pending ones aside; what is lost has the reference of its report."""
    store = FolderStore(tmp_path / "files")
    assert await lost_files(bench.read, store) == []
    found = [await kept(bench, store) for _ in range(4)]
    async with bench.write() as unit:
        for number in range(120):
            unit.session.add(
                File(id=f"{number:016x}" * 2, status=files.STORED, kind="photo", attempts=0, meta=b"", hour=0)
            )
            await store.put(f"{number:016x}" * 2, bytes(40))
    assert await lost_files(bench.read, store) == []
    (gone, of_gone), (uncopied, of_uncopied), (short, of_short), _ = found
    await store.remove(gone.id)
    await store.remove(files.copy_id(uncopied.id))
    await store.put(short.id, (await store.get(short.id))[:-1])
    await store.remove(f"{119:016x}" * 2)
    assert set(await lost_files(bench.read, store)) == {
        LostFile(gone.id, of_gone, absent=True),
        LostFile(uncopied.id, of_uncopied, absent=True),
        LostFile(short.id, of_short, absent=False),
        LostFile(f"{119:016x}" * 2, None, absent=True),
    }


async def test_of_an_original_that_is_sealed_to_others_the_least_length_is_known(
    bench: Bench, tmp_path: Path
) -> None:
    """And of a file whose key has left the ring."""
    store = FolderStore(tmp_path / "files")
    ref, of = await kept(bench, store, (str(pyrage.x25519.Identity.generate().to_public()),))
    assert await lost_files(bench.read, store) == []
    bench.change_ring()
    assert await lost_files(bench.read, store) == []
    await store.put(ref.id, bytes(len(PHOTO)))
    assert await lost_files(bench.read, store) == [LostFile(ref.id, of, absent=False)]


@pytest.mark.parametrize("comes", [True, False])
async def test_a_file_that_comes_or_goes_meanwhile_is_not_lost(
    bench: Bench, tmp_path: Path, comes: bool
) -> None:
    """It is in the store before its row says so, and its row tells that it goes before it does."""

    class Busy(FolderStore):
        async def lengths(self) -> AsyncIterator[Sequence[tuple[str, int]]]:
            async for some in super().lengths():
                yield some
            if comes:
                await kept(bench, store)

    store, busy = FolderStore(tmp_path / "files"), Busy(tmp_path / "files")
    ref, _ = await kept(bench, store)
    if not comes:
        async with bench.write() as unit:
            await files.mark_for_removal(unit, [ref.id])
        await store.remove(ref.id)
    assert await lost_files(bench.read, busy) == []
