"""A title and a summary in each language that the organisation publishes: asked, exported, translated later."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from bot.desk.decisions import service as decisions_service
from bot.desk.publishing import service as publishing_service
from bot.desk.publishing.service import translate
from bot.errors import Refusal
from bot.form.answers import Answer, Chosen, Written
from bot.form.events import Back, Edit, Goto, Show, Submit, Wrote
from bot.form.screen import ScreenKind
from bot.publish.export import exports
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import Period, number_of
from bot.reports import claims
from bot.reports.states import Consent
from bot.store import drafting
from bot.store.unit import UnitOfWork
from db.models import AuditEntry, Moderator, Report
from tests.bench import Bench, approve_proposal, reads_in, text

JSONL = ExportRequest.read("jsonl")
RU: dict[str, Answer] = {"title_ru": text("Людей задержали"), "summary_ru": text("Троих задержали у суда.")}
KK = ("Адамдар ұсталды", "Сот жанында үш адам ұсталды.")


@pytest.fixture
def both(bench: Bench) -> Bench:
    """A bot of an organisation that publishes in Kazakh and Russian."""
    bench.settings = bench.settings.model_copy(update={"published_languages": ("kk", "ru")})
    return bench


async def held(bench: Bench, unit: UnitOfWork, **told: Answer | None) -> tuple[Moderator, Report]:
    """A moderator who writes in Russian, and a report at hand."""
    moderator, report = await bench.moderator(unit), (await bench.submit(unit, **told)).report
    await claims.claim(unit, moderator, report)
    return moderator, report


async def row(unit: UnitOfWork) -> dict[str, Any]:
    """The one row of an export."""
    (found,) = [json.loads(piece) async for piece in exports.stream(reads_in(unit), JSONL) if piece]
    return dict(found)


async def test_ones_own_language_is_asked_and_each_leaves_in_columns_of_its_own(both: Bench) -> None:
    """Two texts, then the review, which offers the other language: a title there asks for a summary."""
    async with both.write() as unit:
        moderator, report = await held(both, unit)
        edit = await publishing_service.begin(unit, moderator, report, None)
        screen, _ = await drafting.apply(unit, edit, Show())
        for name, words in (("title_ru", "Людей задержали"), ("summary_ru", "Троих.")):
            assert screen.path == f"/review/{name}"
            screen, _ = await drafting.apply(unit, edit, Wrote(words, name))
        assert screen.kind is ScreenKind.REVIEW
        await drafting.apply(unit, edit, Edit())
        screen, _ = await drafting.apply(unit, edit, Goto(0))
        assert screen.path == "/review/title_kk"
        screen, _ = await drafting.apply(unit, edit, Wrote(KK[0], "title_kk"))
        assert screen.path == "/review/summary_kk"
        await drafting.apply(unit, edit, Wrote(KK[1], "summary_kk"))
        await drafting.apply(unit, edit, Submit())
        drafting.save(unit, edit)
        await publishing_service.save_edit(unit, edit)
        await approve_proposal(unit, moderator, report)
        found = await row(unit)
    assert (found["title_kk"], found["summary_kk"]) == KK
    assert (
        (found["title"], found["summary"])
        == (found["title_ru"], found["summary_ru"])
        == ("Людей задержали", "Троих.")
    )
    assert (found["title_en"], found["language"]) == (None, "ru")


async def test_a_text_in_another_language_than_its_own_waits_for_a_confirmation(both: Bench) -> None:
    """Marked with the language that it is in; a text in the right one, and a name, are not."""
    russian = "Троих человек задержали у здания суда и увезли."
    written = {**RU, "title_kk": text(KK[0]), "summary_kk": text(russian), "title": None, "summary": None}
    async with both.write() as unit:
        moderator, report = await held(both, unit, region=Chosen(("KZ-39",)), locality=text("Рудный"))
        await both.propose(unit, moderator, report, None, **written)
        found = (await decisions_service.proposal(unit, report)).words
        assert [(one.text, one.language) for one in found if one.language] == [(russian, "ru")]
        await approve_proposal(unit, moderator, report)
        assert (await row(unit))["summary_kk"] is None


async def test_a_version_from_before_the_languages_keeps_its_texts(both: Bench) -> None:
    """A text written in Russian is the Russian text of the next version, and Kazakh is offered."""
    settings = both.settings
    both.settings = settings.model_copy(update={"published_languages": ()})
    async with both.write() as unit:
        moderator, report = await held(both, unit)
        await both.propose(
            unit, moderator, report, None, title=text("Людей задержали"), summary=text("Троих.")
        )
    both.settings = settings
    async with both.write() as unit:
        moderator = await unit.session.get_one(Moderator, moderator.id)
        edit = await publishing_service.begin(unit, moderator, await claims.find(unit, report.ref), None)
        screen, _ = await drafting.apply(unit, edit, Show())
        assert screen.kind is ScreenKind.REVIEW
        kept = edit.draft.answers["/review/title_ru"]
        assert isinstance(kept, Written)
        assert kept.text == "Людей задержали"
        await drafting.apply(unit, edit, Back())


async def test_a_translation_is_a_version_of_its_own_that_is_public_at_once(both: Bench) -> None:
    """All else stays as it was approved; who translated, and into what, is in the audit log."""
    settings = both.settings
    both.settings = settings.model_copy(update={"published_languages": ("ru",)})
    async with both.write() as unit:
        moderator, report = await held(both, unit)
        await both.propose(unit, moderator, report, None, **RU)
        await approve_proposal(unit, moderator, report)
    both.settings = settings
    async with both.write() as unit:
        before = await row(unit)
        translator = await both.moderator(unit, "Tilmash")
        await translate(unit, translator, report, "kk", KK)
        after = await row(unit)
        assert await number_of(unit, Period(), 9, {Consent.PUBLISH}) == 1
        last = (await unit.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))).one()
    assert (after.pop("title_kk"), after.pop("summary_kk"), after.pop("version")) == (*KK, 2)
    assert after == {name: value for name, value in before.items() if name in after}
    assert (last.actor, last.act, last.subject, last.detail) == ("Tilmash", "translate", report.ref, "v2 kk")


@pytest.mark.parametrize(
    ("language", "title", "summary", "key"),
    [
        ("en", "Held", "Three were held.", "language"),
        ("kk", " ", KK[1], "title"),
        ("kk", "ә" * 121, KK[1], "title"),
        ("kk", KK[0], "ә" * 3001, "summary"),
        ("kk", KK[0], "Троих человек задержали у здания суда.", "other_language"),
    ],
)
async def test_what_is_no_translation_is_refused(
    both: Bench, language: str, title: str, summary: str, key: str
) -> None:
    """And the approved version stays."""
    async with both.write() as unit:
        moderator, report = await held(both, unit)
        with pytest.raises(Refusal, match=r"moderator\.translate\.nothing"):
            await translate(unit, moderator, report, "kk", KK)
        await both.propose(
            unit, moderator, report, None, **RU, title_kk=text("Ұсталды"), summary_kk=text("Үшеуі ұсталды.")
        )
        await approve_proposal(unit, moderator, report)
        before = await row(unit)
        with pytest.raises(Refusal, match=rf"moderator\.translate\.{key}"):
            await translate(unit, moderator, report, language, (title, summary))
        assert await row(unit) == before
