"""Bundles hold each decided report as it lies, for the recipients of the archive."""

import io
import json
import tarfile
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.errors import ArgumentError, Refusal
from bot.form.answers import FileKind, FileRef
from bot.form.model import form_from_json
from bot.publish import bundles
from bot.publish.bundles import Asked
from bot.reports import links, reading
from bot.safety import offline
from bot.safety.cleaning import cleaner
from bot.safety.sealing import SecretKey
from bot.store import archive_keys, audit, files
from bot.store.file_store import FolderStore
from bot.store.unit import REPORT_FORM, UnitOfWork
from db.models import Export, Report
from tests.bench import Bench, approve_proposal, statements
from tests.bot.safety.cleaning import planted

PHOTO = planted.jpeg()


@pytest.fixture
async def identity(bench: Bench) -> str:
    """Identity of a recipient that has answered."""
    identity = offline.new_identity()
    recipient = offline.recipient_of(identity)
    bench.settings = bench.settings.model_copy(update={"archive_recipients": (recipient,)})
    async with bench.write() as unit:
        await archive_keys.answer(unit, recipient, archive_keys.word(unit, recipient))
    return identity


async def decided(bench: Bench, store: FolderStore, *, seal: bool = True) -> Report:
    """An approved report with a photo."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, f"Aspan{bench.chats}")
        report = (await bench.submit(unit)).report
        await reading.keep_beside(unit, report, {"note": "by hand"})
        await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        key_id = str(report.data_key_id)
        ref = files.take_note(unit, key_id, files.Incoming(FileKind.PHOTO, "t", "", "image/jpeg", 1))
        await unit.session.flush()
        await keep(unit, store, ref, key_id)
        if seal:
            to = await archive_keys.ready_recipients(unit)
            await archive_keys.seal_keys(unit, report.ref, [key_id], to)
            report.sealed = True
        return report


async def keep(unit: UnitOfWork, store: FolderStore, ref: FileRef, key_id: str) -> None:
    """Keep a photo and its clean copy."""
    sealed = files.seal_file(unit.keys[key_id], ref.id, PHOTO, cleaner.clean(PHOTO), (), unit.hour)
    assert sealed.copy is not None
    await store.put(ref.id, sealed.original)
    await store.put(files.copy_id(ref.id), sealed.copy)
    await files.note_stored(unit, ref.id, sealed)


async def exported(bench: Bench, store: FolderStore, asked: Asked, identity: str) -> Mapping[str, bytes]:
    """Members of a bundle, decrypted."""
    async with bench.write() as unit:
        bundle = await bundles.begin(unit, audit.SYSTEM, asked)
    sealed, plain = io.BytesIO(), io.BytesIO()
    content = b"".join([piece async for piece in bundle.pieces(bench.read, bench.write, store)])
    offline.seal_stream(bundle.to, io.BytesIO(content), sealed)
    offline.open_stream([identity], io.BytesIO(sealed.getvalue()), plain)
    with tarfile.open(fileobj=io.BytesIO(plain.getvalue()), mode="r|") as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr] # all are files


def key_of(bundle: Mapping[str, bytes], report: Mapping[str, Any], key_id: str, identity: str) -> SecretKey:
    """Data key that an envelope of a bundle holds."""
    plain = io.BytesIO()
    offline.open_stream([identity], io.BytesIO(b64decode(report["envelopes"][key_id])), plain)
    installed = json.loads(bundle["bundle.json"])["installation"]
    return archive_keys.read_key(plain.getvalue(), installed, report["ref"], key_id)


@pytest.mark.parametrize("seal", [True, False])
async def test_a_bundle_opens_by_an_identity_alone(
    bench: Bench, identity: str, tmp_path: Path, *, seal: bool
) -> None:
    """Texts, notes and files of a report are there byte for byte, whether the ring opens it or not."""
    store = FolderStore(tmp_path / "files")
    report = await decided(bench, store, seal=seal)
    bundle = await exported(bench, store, Asked(), identity)
    names = list(bundle)
    told = json.loads(bundle[f"reports/{report.ref}.json"])
    (file,) = told["files"]
    assert names == [
        "bundle.json",
        f"reports/{report.ref}.json",
        file["clean"],
        file["original"],
        "end.json",
    ]
    assert json.loads(bundle["end.json"]) == {"reports": 1, "files": 2, "lost": []}
    key = key_of(bundle, told, told["key"], identity)
    scheme = bench.safe.ring.scheme
    answers = json.loads(scheme.unseal(key, b64decode(told["content"]), reading.content_context(report.id)))
    form = json.loads(bundle["bundle.json"])["forms"][bench.forms[REPORT_FORM].digest]
    asked = form_from_json(json.dumps(form).encode())
    assert asked.digest == bench.forms[REPORT_FORM].digest
    assert any(asked.question_at(path) for path in answers)
    assert b"by hand" in scheme.unseal(key, b64decode(told["notes"]), f"reports.notes:{report.id}")
    assert scheme.unseal(key, bundle[file["original"]], f"files.body:{file['id']}") == PHOTO
    (version,) = told["versions"]
    public = key_of(bundle, told, version["key"], identity)
    context = f"public_versions.content:{version['id']}"
    assert b"People held" in scheme.unseal(public, b64decode(version["content"]), context)
    assert told["open"] == ([version["key"]] if seal else [told["key"], version["key"]])


async def test_a_later_withdrawal_names_the_bundle(bench: Bench, identity: str, tmp_path: Path) -> None:
    """By the number in the register."""
    report = await decided(bench, FolderStore(tmp_path))
    await exported(bench, FolderStore(tmp_path), Asked(refs=[report.ref]), identity)
    async with bench.write() as unit:
        held = await links.holding(unit, report.id, 1)
        assert held is not None
        assert [row.scope for row in held.newest] == ["archive"]


async def test_a_lost_file_is_named_and_the_rest_is_there(
    bench: Bench, identity: str, tmp_path: Path
) -> None:
    """A blank member stands for it."""
    store = FolderStore(tmp_path)
    await decided(bench, store)
    (file_id, _), *_ = [some async for page in store.lengths() for some in page]
    await store.remove(file_id)
    bundle = await exported(bench, store, Asked(), identity)
    (lost,) = json.loads(bundle["end.json"])["lost"]
    assert bundle[lost] == b""


async def test_pages_take_as_many_queries_for_one_report_as_for_four(
    bench: Bench, identity: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no page repeats or leaves out a report."""
    store = FolderStore(tmp_path)
    refs = {(await decided(bench, store)).ref for _ in range(4)}
    numbers = []
    for most in (1, 4):
        async with bench.read() as unit:
            made = bundles.Bundle(1, Asked(), [], await archive_keys.ready_recipients(unit), "", b"")
            ids = (await unit.session.scalars(select(Report.id).limit(most))).all()
            async with statements(unit) as seen:
                assert len(await bundles.described(unit, made, ids)) == most
            numbers.append(len(seen))
    assert numbers[0] == numbers[1]
    monkeypatch.setattr(bundles, "REPORTS_A_PAGE", 3)
    bundle = await exported(bench, store, Asked(), identity)
    assert {name.split("/")[1][:-5] for name in bundle if name.startswith("reports/")} == refs


async def test_a_withdrawn_report_is_in_no_bundle(bench: Bench, identity: str, tmp_path: Path) -> None:
    """Nor is one that waits for a decision; asked for by name, they are refused."""
    async with bench.write() as unit:
        waiting = (await bench.submit(unit)).report
        with pytest.raises(ArgumentError, match="not decided yet"):
            await bundles.require_decided(unit, [waiting.ref])
        with pytest.raises(Refusal):
            await bundles.require_decided(unit, ["R7K3QV"])
        with pytest.raises(ArgumentError, match="nothing is decided"):
            await bundles.begin(unit, audit.SYSTEM, Asked())


async def test_nothing_is_exported_before_a_recipient_has_answered(bench: Bench, tmp_path: Path) -> None:
    """The line says what to do."""
    await decided(bench, FolderStore(tmp_path), seal=False)
    async with bench.write() as unit:
        with pytest.raises(ArgumentError, match="archive words"):
            await bundles.begin(unit, audit.SYSTEM, Asked())
        assert await unit.session.get(Export, 1) is None


async def test_what_is_sealed_is_exported_even_to_recipients_that_the_settings_no_longer_name(
    bench: Bench, identity: str, tmp_path: Path
) -> None:
    """Else it could never be opened again."""
    store = FolderStore(tmp_path)
    report = await decided(bench, store)
    bench.settings = bench.settings.model_copy(update={"archive_recipients": ()})
    bundle = await exported(bench, store, Asked(), identity)
    told = json.loads(bundle[f"reports/{report.ref}.json"])
    assert key_of(bundle, told, told["key"], identity)
