"""/translate: a translator puts what is public into a language that it lacks, and reads no report."""

import json

import pytest
from sqlalchemy import select

from bot.chat.buttons import Act
from bot.desk.people import service as people_service
from bot.form.answers import Answer, Chosen, Written
from bot.publish import versions
from bot.publish.export import exports
from bot.publish.export.request import ExportRequest
from bot.reports import claims
from bot.reports.states import Consent, VersionState
from db.models import PublicVersion, Report
from tests.bench import Bench, approve_proposal, reads_in, text
from tests.bot.chat.chats import TEXTS, Chats, words
from tests.bot.chat.moderating import STORY, enrol

TRANSLATOR = 7
RU = {"title_ru": text("Людей задержали"), "summary_ru": text("Троих задержали у суда.")}
KK = "Адамдар ұсталды\nСот жанында үш адам ұсталды."


@pytest.fixture
async def chats(bench: Bench) -> Chats:
    """An organisation that publishes in Kazakh and Russian, and its translator."""
    made = Chats(bench)
    publish_in(made, "kk", "ru")
    await enrol(made, TRANSLATOR, "Tilmash", "translator")
    return made


def publish_in(chats: Chats, *languages: str) -> None:
    """Set the languages of the organisation."""
    chats.bench.settings = chats.bench.settings.model_copy(update={"published_languages": languages})


async def approved(chats: Chats, alias: str = "Aspan") -> str:
    """The reference of a record that is public in Russian alone, by a new moderator: Kazakh was set after it."""
    publish_in(chats, "ru")
    async with chats.bench.write() as unit:
        moderator = await chats.bench.moderator(unit, alias)
        report = (await chats.bench.submit(unit, story=text(STORY))).report
        await claims.claim(unit, moderator, report)
        await chats.bench.propose(unit, moderator, report, None, **RU)
        await approve_proposal(unit, moderator, report)
    publish_in(chats, "kk", "ru")
    return report.ref


async def exported(chats: Chats) -> dict[str, object]:
    """The one row of an export."""
    async with chats.bench.read() as unit:
        (row,) = [
            json.loads(piece)
            async for piece in exports.stream(reads_in(unit), ExportRequest.read("jsonl"))
            if piece
        ]
    return dict(row)


def asked(ref: str, language: str = "Қазақша") -> str:
    """What the bot asks a translation by."""
    return TEXTS.text("en", "moderator.translate.ask", {"ref": ref, "language": language})


async def test_what_lacks_a_language_is_listed_and_translated_by_a_reply(chats: Chats) -> None:
    """The translator sees what is public, never the story; then it is in exports, and nothing is left to translate."""
    ref = await approved(chats)
    listed = await chats.say(TRANSLATOR, "/translate")
    assert f"{ref} · Людей задержали" in words(listed)
    shown = words(await chats.tap(TRANSLATOR, Act("mtranslate", ref, "kk")))
    assert "Троих задержали у суда." in shown
    assert asked(ref) in shown
    assert STORY not in words(listed) + shown
    done = await chats.reply(TRANSLATOR, KK, asked(ref))
    assert words(done) == TEXTS.text("en", "moderator.translate.done", {"ref": ref, "language": "Қазақша"})
    row = await exported(chats)
    assert (row["title_kk"], row["summary_kk"]) == tuple(KK.split("\n"))
    assert row["title_ru"] == "Людей задержали"
    assert words(await chats.say(TRANSLATOR, "/translate")) == TEXTS.text("en", "moderator.translate.none")


async def test_what_somebody_has_translated_is_not_written_over_by_another(chats: Chats) -> None:
    """Neither by a question that was asked before, nor by a button; whoever wrote it corrects it in the same way."""
    ref = await approved(chats)
    await enrol(chats, 8, "Bota", "translator")
    await chats.reply(TRANSLATOR, KK, asked(ref))
    there = TEXTS.text(
        "en", "moderator.translate.there", {"ref": ref, "language": "Қазақша", "alias": "Tilmash"}
    )
    assert words(await chats.reply(8, "Басқа тақырып\nБасқа мазмұны.", asked(ref))) == there
    assert words(await chats.tap(8, Act("mtranslate", ref, "kk"))) == there
    assert (await exported(chats))["title_kk"] == "Адамдар ұсталды"
    await chats.reply(TRANSLATOR, "Үш адам ұсталды\nСот жанында үш адам ұсталды.", asked(ref))
    assert (await exported(chats))["title_kk"] == "Үш адам ұсталды"


async def test_each_language_is_corrected_by_whoever_wrote_it(chats: Chats) -> None:
    """Whoever has translated into another language since has written a newer version, and not this text; nor does an approval of other
    words make it theirs."""
    ref = await approved(chats)
    publish_in(chats, "kk", "ru", "en")
    await enrol(chats, 8, "Bota", "translator")
    english = "People were held\nThree were held at the court."
    await chats.reply(TRANSLATOR, KK, asked(ref))
    await chats.reply(8, english, asked(ref, "English"))
    there = TEXTS.text(
        "en", "moderator.translate.there", {"ref": ref, "language": "Қазақша", "alias": "Tilmash"}
    )
    assert words(await chats.reply(8, "Басқа тақырып\nБасқа мазмұны.", asked(ref))) == there
    await chats.reply(TRANSLATOR, "Үш адам ұсталды\nСот жанында үш адам ұсталды.", asked(ref))
    assert (await exported(chats))["title_kk"] == "Үш адам ұсталды"
    assert (await exported(chats))["title_en"] == "People were held"


async def test_a_text_stays_its_translators_as_long_as_nobody_writes_another(chats: Chats) -> None:
    """A moderator corrects the Russian text: the Kazakh one is still the translator's, until that is written anew too."""
    ref = await approved(chats)
    await chats.reply(TRANSLATOR, KK, asked(ref))
    await _corrected(chats, "Aida", ref, title_ru=text("Троих задержали"))
    await chats.reply(TRANSLATOR, "Үш адам ұсталды\nСот жанында үш адам ұсталды.", asked(ref))
    assert (await exported(chats))["title_kk"] == "Үш адам ұсталды"
    await _corrected(chats, "Dana", ref, summary_kk=text("Сот жанында үшеуі ұсталды."))
    there = TEXTS.text(
        "en", "moderator.translate.there", {"ref": ref, "language": "Қазақша", "alias": "Dana"}
    )
    assert words(await chats.reply(TRANSLATOR, KK, asked(ref))) == there


async def _corrected(chats: Chats, alias: str, ref: str, **told: Written) -> None:
    async with chats.bench.write() as unit:
        moderator = await chats.bench.moderator(unit, alias)
        report = await claims.find(unit, ref)
        await claims.correct(unit, moderator, report)
        await chats.bench.propose(unit, moderator, report, None, **told)
        await approve_proposal(unit, moderator, report)


async def test_a_translation_that_may_give_somebody_away_is_not_published(chats: Chats) -> None:
    """Nobody else looks at it: what was found is said, and the record stays as it was."""
    ref = await approved(chats)
    said = words(await chats.reply(TRANSLATOR, "Адамдар ұсталды\nТелефоны +7 701 123 45 67.", asked(ref)))
    assert "+7 701 123 45 67" in said
    assert (await exported(chats)).get("title_kk") is None


async def test_where_a_record_takes_two_whoever_approved_it_does_not_translate_it(chats: Chats) -> None:
    """A translation is public at once: it is the second one's."""
    await enrol(chats, 8, "Bota")
    ref = await approved(chats)
    async with chats.bench.write() as unit:
        mine = (await people_service.of_chats(unit, [chats.bench.safe.pseudonyms.chat(8)])).popitem()[1]
        found = await claims.find(unit, ref)
        (version,) = await versions.of_report(unit, found, VersionState.APPROVED)
        version.moderator_id = mine.id
    chats.bench.settings = chats.bench.settings.model_copy(update={"approvals": 2})
    own = TEXTS.text("en", "moderator.translate.own", {"ref": ref})
    assert words(await chats.tap(8, Act("mtranslate", ref, "kk"))) == own
    assert words(await chats.reply(8, KK, asked(ref))) == own
    assert asked(ref) in words(await chats.tap(TRANSLATOR, Act("mtranslate", ref, "kk")))


async def test_an_analyst_translates_nothing_and_a_stranger_is_asked_nothing(chats: Chats) -> None:
    """Neither by the command nor by a button that a translator has."""
    ref = await approved(chats)
    await enrol(chats, 9, "Sani", "analyst")
    assert words(await chats.say(9, "/translate")) == TEXTS.text("en", "moderator.other_role")
    assert "Троих" not in words(await chats.tap(9, Act("mtranslate", ref, "kk")))
    await chats.reply(9, KK, asked(ref))
    assert (await exported(chats)).get("title_kk") is None
    assert "Троих" not in words(await chats.tap(55, Act("mtranslate", ref, "kk")))


async def test_without_several_languages_there_is_nothing_to_translate(bench: Bench) -> None:
    """Which is said, not an empty list."""
    chats = Chats(bench)
    await enrol(chats, TRANSLATOR, "Tilmash", "translator")
    assert words(await chats.say(TRANSLATOR, "/translate")) == TEXTS.text("en", "moderator.translate.unset")


async def test_the_first_of_two_who_approved_a_record_does_not_translate_it_either(chats: Chats) -> None:
    """Nor the last one, once somebody else has translated it into another language."""
    chats.bench.settings = chats.bench.settings.model_copy(update={"approvals": 2})
    publish_in(chats, "ru")
    await enrol(chats, 8, "Bota")
    await enrol(chats, 9, "Sani")
    async with chats.bench.write() as unit:
        hashes = [chats.bench.safe.pseudonyms.chat(chat) for chat in (8, 9)]
        known = await people_service.of_chats(unit, hashes)
        report = (await chats.bench.submit(unit, story=text(STORY))).report
        await chats.bench.propose(unit, known[hashes[0]], report, None, **RU)
        for one in hashes:
            await claims.claim(unit, known[one], report)
            await approve_proposal(unit, known[one], report)
    publish_in(chats, "kk", "ru", "en")
    own = TEXTS.text("en", "moderator.translate.own", {"ref": report.ref})
    assert words(await chats.reply(8, KK, asked(report.ref))) == own
    done = await chats.reply(TRANSLATOR, KK, asked(report.ref))
    assert "Қазақша" in words(done)
    english = "People were held\nThree."
    assert words(await chats.reply(9, english, asked(report.ref, "English"))) == own
    assert "English" in words(await chats.reply(TRANSLATOR, english, asked(report.ref, "English")))


@pytest.mark.parametrize("consent", [Consent.SHARE, Consent.COUNT])
async def test_what_may_not_be_published_is_shown_to_no_translator(chats: Chats, consent: str) -> None:
    """It is approved, and nowhere to be translated: two administrators can share it."""
    publish_in(chats, "ru")
    async with chats.bench.write() as unit:
        moderator = await chats.bench.moderator(unit)
        report = (await chats.bench.submit(unit, consent_use=Chosen((consent,)))).report
        await chats.bench.propose(unit, moderator, report, None, **RU)
        await approve_proposal(unit, moderator, report)
    publish_in(chats, "kk", "ru")
    listed = await chats.say(TRANSLATOR, "/translate")
    assert RU["title_ru"].text not in words(listed)
    refused = await chats.tap(TRANSLATOR, Act("mtranslate", report.ref, "kk"))
    assert TEXTS.text("en", "moderator.translate.nothing", {"ref": report.ref}) in str(refused)


async def test_a_record_that_does_not_open_keeps_no_other_from_the_list(chats: Chats) -> None:
    """Its bytes are broken."""
    broken, whole = [await approved(chats, alias) for alias in ("Aspan", "Tengri")]
    async with chats.bench.write() as unit:
        found = await unit.session.scalars(select(PublicVersion).join(Report).where(Report.ref == broken))
        for version in found:
            version.content = b"broken"
    listed = words(await chats.say(TRANSLATOR, "/translate"))
    assert (whole in listed, broken in listed) == (True, False)


ROLE, DETAIL = "/review/affected[1]/affected_role", "/review/perpetrators[1]/perpetrator_detail"
SHORT: dict[str, Answer | None] = {
    **RU,
    ROLE.removeprefix("/review/"): text("жители посёлка"),
    "affected[1]/affected_groups": Chosen(("unknown",)),
    "perpetrators[1]/perpetrator_type": Chosen(("unknown",)),
    DETAIL.removeprefix("/review/"): text("двое в масках"),
    "region": Chosen(("KZ-27",)),
    "locality": text("Уральск"),
}


async def _with_short_texts(chats: Chats) -> str:
    publish_in(chats, "kk", "ru")
    async with chats.bench.write() as unit:
        moderator = await chats.bench.moderator(unit, "Aspan", language="ru")
        report = (await chats.bench.submit(unit, story=text(STORY))).report
        counts = {"/review/affected": 1, "/review/perpetrators": 1}
        kk: dict[str, Answer | None] = {
            "title_kk": text("Адамдар ұсталды"),
            "summary_kk": text("Сот жанында үш адам ұсталды."),
        }
        await chats.bench.propose(unit, moderator, report, counts, **SHORT, **kk)
        await approve_proposal(unit, moderator, report)
    return report.ref


async def _translations(chats: Chats, ref: str) -> object:
    async with chats.bench.write() as unit:
        report = await claims.find(unit, ref)
        (version,) = await versions.of_report(unit, report, VersionState.APPROVED)
        content = await versions.content(unit, version)
        return content and content.translations


async def _asked_short(chats: Chats, ref: str) -> str:
    calls = await chats.tap(TRANSLATOR, Act("mtranslate", ref, "kk"))
    return words([call for call in calls if "force_reply" in call.params.get("reply_markup", {})])


async def test_short_texts_are_translated_a_line_each_and_carried_while_they_are_unchanged(
    chats: Chats,
) -> None:
    """A listed town is not asked. A correction of one text leaves the translation of the other. Exports keep the
    texts as typed, and the old version is destroyed."""
    ref = await _with_short_texts(chats)
    assert ref in words(await chats.say(TRANSLATOR, "/translate"))
    shown = words(await chats.tap(TRANSLATOR, Act("mtranslate", ref, "kk")))
    assert "жители посёлка\nдвое в масках" in shown
    assert "Уральск" not in shown
    ask = await _asked_short(chats, ref)
    kk = "Ауыл тұрғындары\nбетперде киген екеу"
    done = TEXTS.text("en", "moderator.translate.done", {"ref": ref, "language": "Қазақша"})
    assert words(await chats.reply(TRANSLATOR, kk, ask)) == done
    known = {"жители посёлка": "Ауыл тұрғындары", "двое в масках": "бетперде киген екеу"}
    assert await _translations(chats, ref) == {"kk": known}
    assert words(await chats.say(TRANSLATOR, "/translate")) == TEXTS.text("en", "moderator.translate.none")
    assert "жители посёлка" in str(await exported(chats))
    assert "Ауыл" not in str(await exported(chats))
    async with chats.bench.read() as unit:
        old = await unit.session.scalars(select(PublicVersion).where(PublicVersion.version == 1))
        assert [one.content for one in old] == [None]
    await _corrected(chats, "Aida", ref, **{DETAIL.removeprefix("/review/"): text("трое в масках")})
    assert await _translations(chats, ref) == {"kk": {"жители посёлка": "Ауыл тұрғындары"}}
    assert "трое в масках" in words(await chats.tap(TRANSLATOR, Act("mtranslate", ref, "kk")))


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ("Ауыл тұрғындары", "moderator.translate.lines"),
        ("Ауыл тұрғындары\n" + "екеу " * 40, "moderator.translate.short"),
        ("Ауыл тұрғындары\nдвое в масках, сотрудники", "moderator.translate.other_language"),
    ],
)
async def test_short_texts_that_do_not_fit_are_refused_and_nothing_is_kept(
    chats: Chats, lines: str, key: str
) -> None:
    """A line too few, one that is too long, and one in another language; nor may one identify a person."""
    ref = await _with_short_texts(chats)
    ask = await _asked_short(chats, ref)
    said = TEXTS.text("en", key, {"ref": ref, "lines": 2})
    assert words(await chats.reply(TRANSLATOR, lines, ask)) == said
    assert "+7 701" in words(await chats.reply(TRANSLATOR, "Тұрғындар\n+7 701 123 45 67", ask))
    assert await _translations(chats, ref) == {}


async def test_short_texts_translated_by_one_are_not_written_over_by_another(chats: Chats) -> None:
    """The translator corrects them by a reply to the first question."""
    ref = await _with_short_texts(chats)
    await enrol(chats, 8, "Bota", "translator")
    ask = await _asked_short(chats, ref)
    await chats.reply(TRANSLATOR, "Тұрғындар\nекеу", ask)
    there = TEXTS.text(
        "en", "moderator.translate.there", {"ref": ref, "language": "Қазақша", "alias": "Tilmash"}
    )
    assert words(await chats.reply(8, "Басқа\nбасқа", ask)) == there
    await chats.reply(TRANSLATOR, "Ауыл тұрғындары\nекеу", ask)
    known = {"жители посёлка": "Ауыл тұрғындары", "двое в масках": "екеу"}
    assert await _translations(chats, ref) == {"kk": known}


async def test_short_texts_that_might_not_fit_a_message_are_asked_one_after_another(chats: Chats) -> None:
    """A reply of Telegram has at most 4096 characters."""
    publish_in(chats, "kk", "ru")
    roles = [f"жители посёлка номер {number}, {'соседи ' * 24}".strip() for number in range(1, 13)]
    people: dict[str, Answer | None] = {}
    for number, role in enumerate(roles, 1):
        people[f"affected[{number}]/affected_role"] = text(role)
        people[f"affected[{number}]/affected_groups"] = Chosen(("unknown",))
    async with chats.bench.write() as unit:
        moderator = await chats.bench.moderator(unit, "Aspan", language="ru")
        report = (await chats.bench.submit(unit, story=text(STORY))).report
        kk = {"title_kk": text("Адамдар ұсталды"), "summary_kk": text("Сот жанында үш адам ұсталды.")}
        await chats.bench.propose(unit, moderator, report, {"/review/affected": 12}, **RU, **people, **kk)
        await approve_proposal(unit, moderator, report)
    calls = await chats.tap(TRANSLATOR, Act("mtranslate", report.ref, "kk"))
    shown, ask = [call for call in calls if call.method == "sendMessage"]
    number = len(shown.params["text"].splitlines())
    assert 0 < number < 12
    assert len(shown.params["text"]) <= 1500
    lines = [f"Ауыл тұрғындары {one}" for one in range(12)]
    following = await chats.reply(TRANSLATOR, "\n".join(lines[:number]), ask.params["text"])
    assert roles[number] in words(following)
    assert roles[0] not in words(following)
