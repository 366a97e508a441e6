"""What two administrators share: never more than the consent allows, and only encrypted."""

import csv
import errno
import io
import json
import os
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest
from sqlalchemy import update

from bot.chat.renderer import Renderer
from bot.desk.exports import ExportOpeners
from bot.desk.people import service as people_service
from bot.desk.sharing import service as sharing_service
from bot.desk.sharing.service import SharingState
from bot.errors import Refusal
from bot.form.answers import Answer, Chosen, GeoPoint
from bot.publish.export import exports, making, register
from bot.publish.export.request import ExportRequest, SharedExport
from bot.publish.export.selection import SHARED, ExportScope
from bot.reports import links, withdrawal
from bot.reports.links import ExportState
from bot.reports.receipts import service as receipts_service
from bot.reports.states import Consent
from bot.store import drafting
from bot.store.unit import REPORT_FORM, UnitOfWork
from bot.texts import Texts
from bot.transport.call import UnmadeError
from db.models import Export, Moderator, Report, SharingRequest
from tests.bench import TOLD, Bench, approve_proposal, reads_in, statements, text

NAME, STORY = "Gulnara Planted", "They came at night and read out her name."
IDENTITY = pyrage.x25519.Identity.generate()


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """With somebody outside who can open what is shared."""
    recipients = (str(IDENTITY.to_public()),)
    bench.settings = bench.settings.model_copy(update={"export_recipients": recipients})
    return bench


async def submitted(bench: Bench, unit: UnitOfWork, consent: str, name: str = NAME) -> Report:
    """A full report with a name that may be told, a story and a point."""
    filling = await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru")
    told: dict[str, Answer] = {
        **TOLD,
        "consent_use": Chosen((consent,)),
        "story": text(STORY),
        "place": GeoPoint(43.238949, 76.889709),
    }
    answers = {filling.form.by_role[role].path: answer for role, answer in told.items()}
    affected: dict[str, Answer] = {
        "affected_groups": Chosen(("journalist",)),
        "affected_number": Chosen(("1",)),
        "affected_name_ok": Chosen(("agreed",)),
        "affected_name": text(name),
    }
    answers |= {f"/incident/report/affected[1]/{one}": answer for one, answer in affected.items()}
    answers["/incident/report/depth"] = Chosen(("full",))
    counts = {"/incident/report/affected": 1}
    filling.draft = replace(filling.draft, answers=answers, counts=counts)
    drafting.save(unit, filling)
    return (await receipts_service.submit(unit, filling)).report


async def approved(
    bench: Bench, unit: UnitOfWork, moderator: Moderator, consent: str, name: str = NAME
) -> Report:
    """An approved report of this consent, as it stands in the database."""
    report = await submitted(bench, unit, consent, name)
    await bench.propose(unit, moderator, report, None, **{"affected[1]/affected_role": text("Journalists")})
    await approve_proposal(unit, moderator, report)
    return report


def opened(sealed: bytes) -> str:
    """What the recipient reads."""
    return bytes(pyrage.decrypt(sealed, [IDENTITY])).decode("utf-8-sig")


async def written(unit: UnitOfWork, spec: str) -> bytes:
    """The file of a shared export."""
    file, shared = io.BytesIO(), SharedExport.read_spec(spec)
    seal = making.required_seal(unit, shared.scope)
    await making.write_sealed(exports.stream(reads_in(unit), shared.request, shared.scope), file, seal)
    return file.getvalue()


async def rows(unit: UnitOfWork, scope: str) -> list[dict[str, Any]]:
    """Its rows, as its recipient reads them."""
    return [json.loads(line) for line in opened(await written(unit, f"{scope}:jsonl::")).splitlines()]


async def test_consent_bounds_what_is_shared(bench: Bench) -> None:
    """Trusted organisations get what may be published or shared; names and stories only where it may be shared. What is only
    to be counted leaves nowhere, and no scope has the point on the map."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        by_consent = {
            one: (await approved(bench, unit, moderator, one, f"{NAME} of {one}")).ref for one in Consent
        }
    async with bench.read() as unit:
        refs = {scope: [row["id"] for row in await rows(unit, scope)] for scope in SHARED}
        both = [by_consent[Consent.PUBLISH], by_consent[Consent.SHARE]]
        assert sorted(refs[ExportScope.TRUSTED]) == sorted(both)
        assert refs[ExportScope.NAMES] == refs[ExportScope.STORIES] == [by_consent[Consent.SHARE]]
        for scope in SHARED:
            told = opened(await written(unit, f"{scope}:csv::"))
            assert (f"{NAME} of share_trusted" in told) is (scope is ExportScope.NAMES)
            assert (STORY in told) is (scope is ExportScope.STORIES)
            assert f"{NAME} of publish_no_names" not in told
            assert f"{NAME} of statistics_only" not in told
            assert "43.23" not in told
            assert await SharedExport.read_spec(f"{scope}:csv::").number_of_rows(unit, 10) == len(refs[scope])
            assert await SharedExport.read_spec(f"{scope}:csv:2027-01-01:").number_of_rows(unit, 10) == 0


async def test_answers_have_columns_of_their_own(bench: Bench) -> None:
    """After all public ones, as lists in JSON; the public export has none of them."""
    async with bench.write() as unit:
        await approved(bench, unit, await bench.moderator(unit), Consent.SHARE, "A; B")
    async with bench.read() as unit:
        (row,) = await rows(unit, ExportScope.NAMES)
        assert row["told_affected_name"] == ["A; B"]
        (cells,) = csv.DictReader(io.StringIO(opened(await written(unit, "names:csv::"))))
        assert list(cells)[-1] == "told_affected_name"
        assert cells["told_affected_name"] == r"A\; B"
        (story,) = await rows(unit, ExportScope.STORIES)
        assert story["told_story"] == [STORY]
        request = SharedExport.read_spec("trusted:csv::").request
        public = b"".join([piece async for piece in exports.stream(reads_in(unit), request)])
        assert b"told_" not in public


async def test_a_flipped_consent_shares_nothing(bench: Bench) -> None:
    """The sealed one counts, whoever changed the one in the clear."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for consent in (Consent.PUBLISH, Consent.COUNT):
            await approved(bench, unit, moderator, consent)
        await unit.session.execute(update(Report).values(consent_use=Consent.SHARE))
    async with bench.read() as unit:
        assert [await rows(unit, scope) for scope in SHARED] == [[], [], []]


async def test_what_is_withdrawn_or_destroyed_is_not_shared(bench: Bench) -> None:
    """A withdrawn report has no row; one whose raw content is over its time has its public version alone."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        gone, old = [await approved(bench, unit, moderator, Consent.SHARE) for _ in range(2)]
        await withdrawal.withdraw(unit, gone)
        await withdrawal.erase(unit, [old], public_too=False)
    async with bench.read() as unit:
        (row,) = await rows(unit, ExportScope.STORIES)
        assert (row["id"], row["told_story"]) == (old.ref, [])


async def test_many_rows_cost_no_more_queries(bench: Bench) -> None:
    """One for the rows with the keys of both kinds, and none for what belongs with nothing, however many there are."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for _ in range(3):
            await approved(bench, unit, moderator, Consent.SHARE)
    async with bench.read() as unit, statements(unit) as seen:
        assert len(await rows(unit, ExportScope.STORIES)) == 3
    assert len([one for one in seen if one.startswith("SELECT")]) == 1
    assert not unit.keys


async def test_only_the_recipient_opens_it(bench: Bench) -> None:
    """It is an age file without a word in the clear; without recipients nothing is written."""
    async with bench.write() as unit:
        await approved(bench, unit, await bench.moderator(unit), Consent.SHARE)
    async with bench.read() as unit:
        sealed = await written(unit, "stories:csv::")
        assert sealed.startswith(b"age-encryption.org/v1\n-> X25519 ")
        assert not [word for word in (STORY, "told_story", "summary") if word.encode() in sealed]
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(sealed, [pyrage.x25519.Identity.generate()])
    bench.settings = bench.settings.model_copy(update={"export_recipients": ()})
    async with bench.read() as unit:
        with pytest.raises(Refusal, match="no_recipients"):
            await written(unit, "stories:csv::")


async def test_rows_are_encrypted_as_they_come(bench: Bench) -> None:
    """A file of many pieces is written while they are made, not at the end; a failure in between is raised."""
    written_before = []
    file = io.BytesIO()

    async def pieces() -> AsyncGenerator[bytes]:
        for _ in range(8):
            written_before.append(len(file.getvalue()))
            yield b"x" * 262_144

    await making.write_sealed(pieces(), file, making.to_recipients(bench.settings.export_recipients))
    assert written_before[-1] > 1_000_000
    assert len(pyrage.decrypt(file.getvalue(), [IDENTITY])) == 8 * 262_144

    async def broken() -> AsyncGenerator[bytes]:
        yield b"a row"
        raise Refusal("moderator.sharing.gone")

    with pytest.raises(Refusal):
        await making.write_sealed(
            broken(), io.BytesIO(), making.to_recipients(bench.settings.export_recipients)
        )


class FullDisk(io.BytesIO):
    """A file on a disk that is full."""

    def write(self, _content: object) -> int:
        """Fail as the system does."""
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("is_sealed", [True, False])
async def test_a_full_disk_is_an_error_of_the_system(bench: Bench, is_sealed: bool) -> None:
    """Not one of the encryption; nobody waits for ever, and whoever makes the pieces is told at once that no more are wanted: no
    transaction stays open."""
    open_units = []

    async def pieces() -> AsyncGenerator[bytes]:
        async with bench.read() as unit:
            open_units.append(unit)
            try:
                for _ in range(8):
                    yield b"x" * 262_144
            finally:
                open_units.remove(unit)

    seal = making.to_recipients(bench.settings.export_recipients) if is_sealed else None
    with pytest.raises(OSError, match="No space") as raised:
        await making.write_sealed(pieces(), FullDisk(), seal)
    assert open_units == [], raised


async def test_the_document_is_of_what_was_just_used(bench: Bench) -> None:
    """Before that, once an administrator of it is revoked, and where its request was changed there is none, which is said; a row that was
    changed once the file was made changes nothing."""
    spec = "trusted:csv:2026-11-01:"
    openers = ExportOpeners(bench.read, bench.write, Renderer(Texts(bench.settings.languages))).by_name()
    async with bench.write() as unit:
        first, second = [
            await bench.moderator(unit, alias, people_service.ADMIN) for alias in ("Aspan", "Bota")
        ]
        await approved(bench, unit, first, Consent.SHARE)
        row = await sharing_service.begin(unit, first, spec)
        await sharing_service.ask(unit, first, row, "For our partner")
        asked = SharedExport.read_spec(spec)
        await sharing_service.confirm(unit, second, row.id, await asked.pin(unit))
        number = (await register.begin(unit, first.alias, asked.request, asked.scope)).number
    owed = f"{row.id}:{number}:en:{spec}"
    with pytest.raises(UnmadeError, match="stays good"):
        await openers["shared"](owed)
    async with bench.write() as unit:
        await sharing_service.begin_making(unit, first, row.id, await asked.pin(unit))
        await unit.session.execute(update(SharingRequest).values(spec="names:csv:2026-11-01:"))
    with pytest.raises(UnmadeError, match="no longer open"):
        await openers["shared"](owed)
    async with bench.write() as unit:
        await unit.session.execute(update(SharingRequest).values(spec=spec))
    await openers["shared"](owed)
    async with bench.write() as unit:
        await unit.session.execute(update(Export).values(spec="csv:2026-11-01:", scope="names"))
    made = await openers["shared"](owed)
    assert isinstance(made, tuple)
    name, content, mime = made
    assert (name, mime) == ("kuager_2026-11-01.csv.age", "application/octet-stream")
    assert len(opened(content).splitlines()) > 1
    assert NAME not in opened(content)
    async with bench.write() as unit:
        await people_service.revoke(unit, second.alias)
    with pytest.raises(UnmadeError, match="no longer open"):
        await openers["shared"](owed)
    async with bench.read() as unit:
        assert (await register.find(unit, number)).state == ExportState.MADE  # it may have left before


async def being_made(bench: Bench, unit: UnitOfWork, reports: int) -> tuple[str, int, list[Report]]:
    """A request for stories whose file somebody waits for, the export's number, and the reports whose stories may be shared."""
    first, second = [await bench.moderator(unit, alias, people_service.ADMIN) for alias in ("Aspan", "Bota")]
    made = [await approved(bench, unit, first, Consent.SHARE) for _ in range(reports)]
    row = await sharing_service.begin(unit, first, "stories:csv::")
    await sharing_service.ask(unit, first, row, "For our partner")
    pin = await SharedExport.read_spec(row.spec).pin(unit)
    await sharing_service.confirm(unit, second, row.id, pin)
    await sharing_service.begin_making(unit, first, row.id, pin)
    number = (await register.begin(unit, first.alias, ExportRequest.read("csv"), ExportScope.STORIES)).number
    return row.id, number, made


@pytest.mark.parametrize("why", ["too large", "withdrawn", "no key"])
async def test_of_what_is_not_made_nothing_is_used_up_nor_noted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """Why is said; the request stays good, and no export holds the report."""
    openers = ExportOpeners(bench.read, bench.write, Renderer(Texts(bench.settings.languages))).by_name()
    async with bench.write() as unit:
        row_id, number, (report,) = await being_made(bench, unit, reports=1)
        if why == "withdrawn":
            await withdrawal.withdraw(unit, report)
    if why == "too large":
        monkeypatch.setattr(making, "MOST_BYTES_IN_CHAT", 10)
    if why == "no key":
        bench.settings = bench.settings.model_copy(update={"export_recipients": ()})
    said = {
        "too large": f"python -m bot share {row_id}",
        "withdrawn": "There is no record of this period",
        "no key": "KUAGER_EXPORT_RECIPIENTS",
    }
    with pytest.raises(UnmadeError, match=said[why]):
        await openers["shared"](f"{row_id}:{number}:en:stories:csv::")
    async with bench.write() as unit:
        await sharing_service.find(unit, row_id, SharingState.CONFIRMED)
        assert await links.holding(unit, report.id) is None
        assert (await register.find(unit, number)).state in {ExportState.BROKEN, ExportState.MADE}
        assert (await register.find(unit, number)).rows == 0


async def test_the_words_below_the_file_tell_the_rows_that_it_has(bench: Bench) -> None:
    """Whatever stood in the database when it was asked for."""
    openers = ExportOpeners(bench.read, bench.write, Renderer(Texts(bench.settings.languages))).by_name()
    async with bench.write() as unit:
        row_id, number, _ = await being_made(bench, unit, reports=2)
    await openers["shared"](f"{row_id}:{number}:en:stories:csv::")
    assert str(await openers["sharedrows"](f"{number}:en")).startswith("Records: 2.")


@pytest.mark.parametrize("words", [("public", "csv"), ("names", "xml"), ("names", "csv", "March"), ("x", "")])
def test_what_is_not_to_be_shared_is_refused(words: tuple[str, ...]) -> None:
    """With how it is written; what is public needs no request."""
    with pytest.raises(Refusal, match=r"sharing\.how") as refused:
        SharedExport.read(*words)
    assert refused.value.arguments["scopes"] == "trusted, names, stories"
    assert {"csv", "jsonl"} <= set(str(refused.value.arguments["formats"]).split(", "))


def test_sealed_questions_are_told_but_for_points_and_files(bench: Bench) -> None:
    """The default form's: the name, and the story by its role."""
    report = bench.forms["report"]
    names = {scope: [one.name for one in scope.questions(report)] for scope in ExportScope}
    assert names == {"public": [], "trusted": [], "names": ["affected_name"], "stories": ["story"]}


@pytest.mark.parametrize("why", ["approved", "withdrawn"])
async def test_no_file_leaves_of_what_is_not_as_it_was_confirmed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """Something was approved or withdrawn while it was made: the file is given up, and it has to be asked anew."""
    openers = ExportOpeners(bench.read, bench.write, Renderer(Texts(bench.settings.languages))).by_name()
    async with bench.write() as unit:
        request_id, number, (first, *_) = await being_made(bench, unit, 2)
        (moderator, *_) = await people_service.admins(unit)
    make = making.part_in_chat

    async def meanwhile(*given: Any) -> Any:
        made = await make(*given)
        async with bench.write() as unit:
            if why == "approved":
                await approved(bench, unit, moderator, Consent.SHARE)
            else:
                await withdrawal.withdraw(unit, await unit.session.get_one(Report, first.id))
        return made

    monkeypatch.setattr(making, "part_in_chat", meanwhile)
    with pytest.raises(UnmadeError, match="approved, changed or withdrawn"):
        await openers["shared"](f"{request_id}:{number}:en:stories:csv::")
    async with bench.write() as unit:
        pin = await SharedExport.read_spec("stories:csv::").pin(unit)
        with pytest.raises(Refusal, match="changed"):
            await sharing_service.begin_making(unit, moderator, request_id, pin)
