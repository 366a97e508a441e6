"""Files: what is fetched, and what is kept of it."""

import errno
import hashlib
from pathlib import Path

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest

from bot.form.answers import FileKind, FileRef
from bot.safety.cleaning import cleaner
from bot.safety.cleaning.cleaner import NoCopyReason, Refused
from bot.store import files, vault
from bot.store.file_store import FolderStore
from bot.store.files import Incoming, Print
from db.models import File
from tests.bench import Bench, opened
from tests.bot.safety.cleaning import planted

JPEG = planted.jpeg()

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


async def test_files_are_fetched_a_report_at_a_time_each(bench: Bench) -> None:
    """Somebody's many files, which came first, do not hold up another's few."""
    async with bench.write() as unit:
        first, second = vault.make_key(unit), vault.make_key(unit)
        for _ in range(8):
            files.take_note(unit, first, PHOTO)
        others = [files.take_note(unit, second, PHOTO).id for _ in range(2)]
        await unit.session.flush()
        fetched = [file_id for file_id, _ in await files.pending(unit, 4)]
        assert set(others) <= set(fetched)
        await files.note_failure(unit, fetched[0], final=False, most=9)
        await unit.session.flush()
        new = [file_id for file_id, _ in await files.pending(unit, 20, new_alone=True)]
        assert (len(new), fetched[0] in new) == (9, False)


async def test_what_was_stored_after_its_person_took_it_away_must_go_again(bench: Bench) -> None:
    """The key that sealed it was got before; whoever stored it is told, and nothing is noted."""
    ref = await taken(bench)
    async with bench.read() as unit:
        key = await files.sealing_key(unit, ref.id)
    assert key is not None
    sealed = files.seal_file(key, ref.id, b"abc", Refused(NoCopyReason.TYPE), (), 7)
    async with bench.write() as unit:
        await files.mark_for_removal(unit, [ref.id])
    async with bench.write() as unit:
        assert not await files.note_stored(unit, ref.id, sealed)
        assert await files.sealing_key(unit, ref.id) is None
        assert (await unit.session.get_one(File, ref.id)).status == vault.DOOMED


async def test_what_was_sealed_while_its_report_was_sent_opens_under_the_keys_new_id(
    bench: Bench, tmp_path: Path
) -> None:
    """The file job does not hold up a person who sends the report; the key is the same."""
    store = FolderStore(tmp_path)
    async with bench.write() as unit:
        key_id = vault.make_key(unit)
        ref = files.take_note(unit, key_id, PHOTO)
    async with bench.read() as unit:
        key = await files.sealing_key(unit, ref.id)
    assert key is not None
    sealed = files.seal_file(key, ref.id, JPEG, cleaner.clean(JPEG), (), 7)
    async with bench.write() as unit:
        await vault.open_keys(unit, [key_id])
        await vault.rename(unit, key_id)
    assert sealed.copy is not None
    await store.put(ref.id, sealed.original)
    await store.put(files.copy_id(ref.id), sealed.copy)
    async with bench.write() as unit:
        assert await files.note_stored(unit, ref.id, sealed)
        assert await opened(store, await files.locate_original(unit, ref.id, "R1-1")) == (
            "R1-1.jpg",
            JPEG,
            "application/octet-stream",
        )
        found = await opened(store, await files.locate_copy(unit, ref.id, "R1-1"))
    assert found is not None
    assert (found[0], found[2]) == ("R1-1.jpg", "image/jpeg")
    assert planted.WORD.encode() not in found[1]


async def kept(bench: Bench, store: FolderStore, content: bytes, recipients: tuple[str, ...] = ()) -> FileRef:
    """A file in the store."""
    ref = await taken(bench)
    async with bench.write() as unit:
        key = await files.sealing_key(unit, ref.id)
        assert key is not None
        sealed = files.seal_file(key, ref.id, content, cleaner.clean(content), recipients, 7)
        await store.put(ref.id, sealed.original)
        if sealed.copy is not None:
            await store.put(files.copy_id(ref.id), sealed.copy)
        assert await files.note_stored(unit, ref.id, sealed)
    return ref


async def test_the_custody_tells_what_came_and_what_was_made_of_it(bench: Bench, tmp_path: Path) -> None:
    """Hashes and sizes of both, the tool with its version, the hour; sealed with the rest."""
    ref = await kept(bench, FolderStore(tmp_path), JPEG)
    async with bench.read() as unit:
        known = (await files.known(unit, [ref.id]))[ref.id]
        copy = await opened(FolderStore(tmp_path), await files.locate_copy(unit, ref.id, "x"))
        row = await unit.session.get_one(File, ref.id)
    assert copy is not None
    assert known.status == files.CLEANED
    assert known.custody is not None
    assert known.custody.original == Print(hashlib.sha256(JPEG).hexdigest(), len(JPEG), "JPEG")
    assert known.custody.copy == Print(hashlib.sha256(copy[1]).hexdigest(), len(copy[1]), "JPEG")
    assert known.custody.tool.startswith("Pillow ")
    assert known.custody.hour == 7
    assert hashlib.sha256(JPEG).hexdigest().encode() not in row.meta


async def test_what_cannot_be_cleaned_is_kept_and_has_no_copy(bench: Bench, tmp_path: Path) -> None:
    """It opens as it came, under a name without the sender's words; there is nothing to export."""
    store = FolderStore(tmp_path)
    ref = await kept(bench, store, b"PK\x03\x04 an archive")
    async with bench.read() as unit:
        known = (await files.known(unit, [ref.id]))[ref.id]
        assert await opened(store, await files.locate_copy(unit, ref.id, "R1-1")) is None
        assert await opened(store, await files.locate_original(unit, ref.id, "R1-1")) == (
            "R1-1.jpg",
            b"PK\x03\x04 an archive",
            "application/octet-stream",
        )
    assert known.status == files.STORED
    assert known.custody is not None
    assert (known.custody.copy, known.custody.reason) == (None, NoCopyReason.TYPE)


async def test_an_original_sealed_to_recipients_is_opened_by_none_of_the_servers_keys(
    bench: Bench, tmp_path: Path
) -> None:
    """Only the holder of the identity opens it; the clean copy still opens here. Nor can it be fetched from Telegram again."""
    store, identity = FolderStore(tmp_path), pyrage.x25519.Identity.generate()
    ref = await kept(bench, store, JPEG, (str(identity.to_public()),))
    async with bench.read() as unit:
        original = await opened(store, await files.locate_original(unit, ref.id, "R1-1"))
        copy = await opened(store, await files.locate_copy(unit, ref.id, "R1-1"))
        meta = files._meta(unit, await unit.session.get_one(File, ref.id))
    assert copy is not None
    assert original is not None
    assert original[0] == "R1-1.jpg.age"
    assert original[1].startswith(b"age-encryption.org/v1")
    assert planted.WORD.encode() not in original[1]
    assert pyrage.decrypt(original[1], [identity]) == JPEG
    assert "AgAD" not in str(meta)


async def test_a_doomed_file_takes_its_copy_with_it(bench: Bench, tmp_path: Path) -> None:
    """Nothing of it stays in the store."""
    store = FolderStore(tmp_path)
    ref = await kept(bench, store, JPEG)
    assert len(await store.ids()) == 2
    async with bench.write() as unit:
        await files.mark_for_removal(unit, [ref.id])
    async with bench.read() as unit:
        doomed = await files.doomed(unit, 10)
    assert doomed == [ref.id]
    await files.remove_doomed(bench.write, store, doomed)
    assert await store.ids() == []
    async with bench.read() as unit:
        assert await files.doomed(unit, 10) == []


async def test_a_file_that_cannot_be_removed_holds_up_no_other(bench: Bench, tmp_path: Path) -> None:
    """Its row stays, to be tried again; what went wrong is raised once the others are gone."""

    class Stubborn(FolderStore):
        async def remove(self, file_id: str) -> None:
            if file_id == stuck.id:
                raise PermissionError(errno.EACCES, "not ours")
            await super().remove(file_id)

    store = Stubborn(tmp_path)
    stuck, other = [await kept(bench, store, JPEG) for _ in range(2)]
    async with bench.write() as unit:
        await files.mark_for_removal(unit, [stuck.id, other.id])
    with pytest.raises(PermissionError):
        await files.remove_doomed(bench.write, store, [stuck.id, other.id])
    async with bench.read() as unit:
        assert await files.doomed(unit, 10) == [stuck.id]
    assert await store.ids() == [stuck.id]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\r\nContent-Type: b.txt", "aContent-Type: b.txt"),
        ("x\u202etxt.exe\x00", "xtxt.exe"),
        ("half \ud83d.jpg", "half .jpg"),
        ("../..\\etc/ passwd ", "passwd"),
        ("Қаулы № 7.pdf", "Қаулы № 7.pdf"),
        ("n" * 300 + ".jpeg", "n" * 95 + ".jpeg"),
        ("n" * 300, "n" * 100),
        ("\n", ""),
    ],
)
def test_a_files_name_holds_nothing_that_breaks_a_request_or_deceives(given: str, kept: str) -> None:
    """Control characters, a turned direction, halves of symbols, folders; its ending stays."""
    assert files.clean_name(given) == kept


async def test_a_name_from_before_is_in_no_header(bench: Bench, tmp_path: Path) -> None:
    """It is sealed as it came; of it an original has a plain ending at most, and nothing of the type that was said."""
    store = FolderStore(tmp_path)
    incoming = Incoming(FileKind.DOCUMENT, "AgAD", "a\nb.txt", "text/\nplain", 3)
    async with bench.write() as unit:
        key_id = vault.make_key(unit)
        ref = files.take_note(unit, key_id, incoming)
        assert ref.name == "ab.txt"
        await unit.session.flush()
        row = await unit.session.get_one(File, ref.id)
        meta = files._meta(unit, row) | {"name": "a\nb.txt"}
        row.meta = vault.seal(unit, key_id, meta, files._meta_context(ref.id))
        sealed = files.seal_file(unit.keys[key_id], ref.id, b"abc", Refused(NoCopyReason.TYPE), (), 7)
        await store.put(ref.id, sealed.original)
        assert await files.note_stored(unit, ref.id, sealed)
    async with bench.read() as unit:
        found = await opened(store, await files.locate_original(unit, ref.id, "R1-1"))
    assert found == ("R1-1.txt", b"abc", "application/octet-stream")
