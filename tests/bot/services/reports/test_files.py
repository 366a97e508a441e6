"""Files: what is fetched, and what is kept of it."""

import hashlib
from pathlib import Path

import pytest

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


async def test_what_was_stored_after_its_person_took_it_away_must_go_again(bench: Bench) -> None:
    """The key that sealed it was got before; whoever stored it is told, and nothing is noted."""
    ref = await taken(bench)
    async with bench.read() as unit:
        key = await files.sealing_key(unit, ref.id)
    assert key is not None
    sealed = files.seal_file(key, ref.id, b"abc")
    assert (sealed.size, sealed.sha256) == (3, hashlib.sha256(b"abc").hexdigest())
    async with bench.write() as unit:
        await files.doom(unit, [ref.id])
    async with bench.write() as unit:
        assert not await files.note_stored(unit, ref.id, sealed)
        assert await files.sealing_key(unit, ref.id) is None
        assert (await unit.session.get_one(File, ref.id)).status == vault.DOOMED


async def test_what_was_sealed_while_its_report_was_sent_opens_under_the_keys_new_id(
    bench: Bench, tmp_path: Path
) -> None:
    """The file job does not hold up a person who sends the report; the key is the same."""
    store = FileStore(tmp_path)
    async with bench.write() as unit:
        key_id = vault.make_key(unit)
        ref = files.take_note(unit, key_id, PHOTO)
    async with bench.read() as unit:
        key = await files.sealing_key(unit, ref.id)
    assert key is not None
    sealed = files.seal_file(key, ref.id, b"abc")
    async with bench.write() as unit:
        await vault.open_keys(unit, [key_id])
        await vault.rename(unit, key_id)
    await store.put(ref.id, sealed.content)
    async with bench.write() as unit:
        assert await files.note_stored(unit, ref.id, sealed)
        assert await files.open_file(unit, store, ref.id) == ("x.jpg", b"abc", "image/jpeg")


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


async def test_a_name_and_a_type_from_before_are_cleaned_too(bench: Bench, tmp_path: Path) -> None:
    """They are sealed as they came; a type that is none is any file's."""
    store = FileStore(tmp_path)
    await store.prepare()
    incoming = Incoming(FileKind.DOCUMENT, "AgAD", "a\nb.txt", "text/\nplain", 3)
    async with bench.write() as unit:
        key_id = vault.make_key(unit)
        ref = files.take_note(unit, key_id, incoming)
        assert ref.name == "ab.txt"
        await unit.session.flush()
        row = await unit.session.get_one(File, ref.id)
        meta = files._meta(unit, row) | {"name": "a\nb.txt"}
        row.meta = vault.seal(unit, key_id, meta, files._meta_context(ref.id))
        sealed = files.seal_file(unit.keys[key_id], ref.id, b"abc")
        await store.put(ref.id, sealed.content)
        assert await files.note_stored(unit, ref.id, sealed)
    async with bench.read() as unit:
        assert await files.open_file(unit, store, ref.id) == ("ab.txt", b"abc", "application/octet-stream")
