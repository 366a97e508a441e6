"""Files of the organisation's machine are taken in by the server that their bundle came from."""

from pathlib import Path

import pytest

from bot.app.archive import bundles, opening
from bot.publish import versions
from bot.reports import archive as archive_service
from bot.reports import claims, reading
from bot.reports.archive import Kind
from bot.reports.states import VersionState
from bot.safety import offline
from bot.store import archive_keys
from bot.store.file_store import FolderStore
from tests.bench import Bench
from tests.bot.app.archive.lives import FIRST, RECIPIENTS, STRANGER, bundled, lived


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_server_takes_back_what_its_bundle_opened(bench: Bench, tmp_path: Path) -> None:
    """All reports are resealed to another recipient, who opens the next bundle, and by whose key one of them comes back."""
    life = await lived(bench, tmp_path / "files")
    first = bundles.read(life.write(tmp_path / "first.age"), [FIRST])
    to = offline.recipient_of(STRANGER)
    made, *_ = opening.resealing(first, [to])
    early = opening.reopening(first, life.shared)
    bench.settings = bench.settings.model_copy(update={"archive_recipients": (to,)})
    async with bench.write() as unit:
        await archive_keys.answer(unit, to, archive_keys.word(unit, to))
        done = await archive_service.reseal(unit, await archive_service.read(unit, made, Kind.RESEALING))
        name = archive_keys.sealed_to([to])
        assert done == (name, 5, 0)
        assert set(await archive_keys.counts(unit)) == {name}
        report = await claims.find(unit, life.shared)
        key = report.data_key_id
        with pytest.raises(Exception, match=r"archive\.returned"):  # of the envelopes before
            await archive_service.reopening(unit, await archive_service.read(unit, early, Kind.REOPENING))
    later = await bundled(bench, FolderStore(tmp_path / "files"))
    (tmp_path / "second.age").write_bytes(offline.seal_to([*RECIPIENTS, to], later))
    second = bundles.read(tmp_path / "second.age", [STRANGER])
    assert all(map(second.opens, second.reports.values()))
    async with bench.write() as unit:
        told = await archive_service.read(unit, opening.reopening(second, life.shared), Kind.REOPENING)
        await archive_service.bring_back(unit, await archive_service.reopening(unit, told))
    async with bench.read() as unit:
        report = await claims.find(unit, life.shared)
        content = await reading.content_of(unit, report)
        (version,) = await versions.of_report(unit, report, VersionState.APPROVED)
        assert content is not None
        assert report.data_key_id == key
        assert await versions.content(unit, version) is not None
