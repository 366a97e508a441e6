"""Files of the organisation's machine are taken in whole, or not at all."""

from base64 import b64encode
from typing import Any

import pytest

from bot.errors import ArgumentError, Refusal
from bot.publish import versions
from bot.reports import archive as archive_service
from bot.reports import reading, withdrawal
from bot.reports.archive import Kind
from bot.reports.states import Status, VersionState
from bot.safety import offline
from bot.safety.sealing import new_key
from bot.store import archive_keys, audit, ring_keys
from bot.store.unit import UnitOfWork
from db.models import Report
from tests.bench import Bench, approve_proposal, public
from tests.bot.reports.archive import returned
from tests.bot.reports.archive.returned import reopening_file, reseal_file
from tests.bot.store.test_rotation import put_first


@pytest.fixture
async def report(bench: Bench) -> Report:
    await returned.prepare(bench)
    return await returned.sealed(bench)


async def taken(unit: UnitOfWork, file: bytes) -> Report:
    """Take in a reopening file."""
    found = await archive_service.reopening(unit, await archive_service.read(unit, file, Kind.REOPENING))
    await archive_service.bring_back(unit, found)
    return found.report


async def test_a_reopened_report_is_decided_anew(bench: Bench, report: Report) -> None:
    """It waits in the queue with its public version, which stays until another is approved."""
    async with bench.write() as unit:
        file = await reopening_file(unit, report.ref)
        found = await taken(unit, file)
        assert (found.status, found.sealed, found.returned) == (Status.NEW, False, True)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, "Bota")
        found = await unit.session.get_one(Report, report.id)
        assert await reading.content_of(unit, found) is not None
        (version,) = await versions.of_report(unit, found, VersionState.APPROVED)
        assert await versions.content(unit, version) is not None
        await bench.propose(unit, moderator, found)
        await approve_proposal(unit, moderator, found)
        assert found.status == Status.APPROVED
        newest = await public(unit, found)
        assert newest is not None
        assert newest.version == 2


async def refused(bench: Bench, file: bytes, why: str) -> None:
    """A file is refused, and the report is still sealed."""
    async with bench.write() as unit:
        before = await returned.sealed_keys(unit)
        with pytest.raises(Refusal, match=rf"archive\.returned\.{why}"):
            await taken(unit, file)
        assert await returned.sealed_keys(unit) == before


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"installation": "0" * 32}, "foreign"),
        ({"kuager": "resealing"}, "foreign"),
        ({"format": 2}, "foreign"),
        ({"keys": {"a": "b"}}, "foreign"),
        ({"keys": []}, "foreign"),
        ({"report": ["R"]}, "foreign"),
        ({"keys": {}}, "old"),
    ],
)
async def test_a_wrong_file_is_refused(
    bench: Bench, report: Report, changed: dict[str, Any], why: str
) -> None:
    async with bench.write() as unit:
        file = await reopening_file(unit, report.ref, **changed)
    await refused(bench, file, why)


async def test_a_file_that_was_cut_or_changed_is_refused(bench: Bench, report: Report) -> None:
    """So is one of another program, and one for another server."""
    async with bench.write() as unit:
        file = await reopening_file(unit, report.ref)
    await refused(bench, file[:-20], "cut")
    await refused(bench, file[:-1] + bytes([file[-1] ^ 1]), "cut")
    await refused(bench, b"PK", "foreign")
    await refused(bench, b"", "foreign")
    await refused(bench, offline.seal_to([returned.RECIPIENT], b"{}"), "foreign")


async def test_no_key_is_taken_that_does_not_open_the_report(bench: Bench, report: Report) -> None:
    """Else the right one, in the envelope that it replaces, would be lost."""
    async with bench.write() as unit:
        keys = {
            key_id: {"data": b64encode(new_key()).decode(), "envelope": returned.digest(envelope)}
            for key_id, (_, envelope) in (await returned.opened(unit, report.ref)).items()
        }
        file = await reopening_file(unit, report.ref, keys=keys)
    await refused(bench, file, "foreign")


async def test_a_file_is_old_once_its_envelopes_are_replaced(bench: Bench, report: Report) -> None:
    """And the report of one that was taken in is open already."""
    other = offline.new_identity()
    await returned.prepare(bench, offline.recipient_of(other))
    async with bench.write() as unit:
        first = await reopening_file(unit, report.ref)
        file = await reseal_file(unit, report.ref, offline.recipient_of(other))
    async with bench.write() as unit:
        done = await archive_service.reseal(unit, await archive_service.read(unit, file, Kind.RESEALING))
        assert done[1:] == (2, 0)
    await refused(bench, first, "old")
    async with bench.write() as unit:
        assert len(await returned.opened(unit, report.ref, other)) == 2
        keys = {
            key_id: {"data": b64encode(key).decode(), "envelope": returned.digest(envelope)}
            for key_id, (key, envelope) in (await returned.opened(unit, report.ref, other)).items()
        }
        told = {"kuager": "reopening", "report": report.ref, "keys": keys}
        second = await returned.to_server(unit, told)
        await taken(unit, second)
    async with bench.write() as unit:
        with pytest.raises(Refusal, match=r"archive\.returned\.open"):
            await taken(unit, second)


async def test_a_withdrawn_report_opens_by_no_file(bench: Bench, report: Report) -> None:
    """A reseal file that names it is taken in without it."""
    async with bench.write() as unit:
        file = await reopening_file(unit, report.ref)
        resealed = await reseal_file(unit, report.ref, returned.RECIPIENT)
        found = await unit.session.get_one(Report, report.id)
        await withdrawal.withdraw(unit, found)
    await refused(bench, file, "withdrawn")
    async with bench.write() as unit:
        done = await archive_service.reseal(unit, await archive_service.read(unit, resealed, Kind.RESEALING))
        assert done[1:] == (0, 2)


async def test_new_envelopes_are_taken_in_whole_or_not_at_all(bench: Bench, report: Report) -> None:
    """Not where one of them replaces another than lies here, nor for a recipient that has not answered."""
    async with bench.write() as unit:
        good = await archive_service.read(
            unit, await reseal_file(unit, report.ref, returned.RECIPIENT), Kind.RESEALING
        )
        before = {one: envelope for one, (_, envelope) in (await returned.opened(unit, report.ref)).items()}
    last = max(good["envelopes"])
    old = {**good["envelopes"], last: {**good["envelopes"][last], "old": "0" * 64}}
    stranger = offline.recipient_of(offline.new_identity())
    for told in ({**good, "envelopes": old}, {**good, "to": [stranger]}, {**good, "to": []}):
        with pytest.raises(ArgumentError):
            async with bench.write() as unit:
                await archive_service.reseal(unit, told)
    async with bench.write() as unit:
        after = {one: envelope for one, (_, envelope) in (await returned.opened(unit, report.ref)).items()}
    assert after == before


async def test_the_servers_identity_outlives_a_change_of_the_rings_key(bench: Bench, report: Report) -> None:
    """Values written for it before open by the new key alone."""
    async with bench.write() as unit:
        file = await reopening_file(unit, report.ref)
    put_first(bench)
    async with bench.write() as unit:
        assert (await ring_keys.rewrap(unit))[0] > 0
        assert (await ring_keys.reseal(unit, archive_keys.RING_SEALED))[0] == 2  # with its recipient
    bench.change_ring("k2")
    async with bench.write() as unit:
        assert (await taken(unit, file)).ref == report.ref


async def test_a_file_opens_nothing_once_what_it_reopened_is_sealed_again(
    bench: Bench, report: Report
) -> None:
    """The server has another identity then, although the report's data key is the same as before."""
    async with bench.write() as unit:
        file = await reopening_file(unit, report.ref)
        await taken(unit, file)
        moderator = await bench.moderator(unit, "Bota")
        await audit.record(unit, moderator.alias, archive_service.REOPENED, report.ref)
        found = await unit.session.get_one(Report, report.id)
        await bench.propose(unit, moderator, found)
        await approve_proposal(unit, moderator, found)
    async with bench.write() as unit:
        assert await archive_service.read(unit, file, Kind.REOPENING)
        assert await archive_service.seal_due(unit, [report.id]) == 1
    async with bench.write() as unit:
        with pytest.raises(Refusal, match=r"archive\.returned\.foreign"):
            await archive_service.read(unit, file, Kind.REOPENING)
