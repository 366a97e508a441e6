"""Forms that were not made for the program: consent around them, several at once, at the desk and on a card."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.app.questionnaires import load
from bot.chat.buttons import Act
from bot.chat.renderer import Renderer
from bot.form.events import Show
from bot.form.flow.advance import advance, begin
from bot.form.model import Form
from bot.form.xlsform.reader import FORMS
from bot.form.xlsform.reader import load as own
from bot.publish.export.formats import FORMATS
from bot.publish.export.request import ExportRequest
from bot.reports import reading
from bot.store import drafting
from bot.store.unit import FormRegistry
from bot.transport.call import Call
from db.models import DraftRow, Moderator, Report
from tests.bench import Bench, approve_proposal, count, settings
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol, press, send
from tests.bot.publish.export.published import CSV, exported, read_csv

WATER = """
| survey |
| | type | name | label::Deutsch (de) | required | relevant | bind::bot:privacy |
| | text | village | Welches Dorf? | true | | |
| | begin_group | home | Haushalt | | | |
| | integer | people | Wie viele Personen? | true | | public |
| | select_one source | water | Woher kommt das Wasser? | | ${people} > 1 | public |
| | end_group | | | | | |
| | begin_repeat | child | Kind | | | |
| | integer | age | Wie alt? | | | |
| | end_repeat | | | | | |

| choices |
| | list_name | name | label::Deutsch (de) |
| | source | well | Brunnen |
| | source | tap | Leitung |

| settings |
| | form_title | form_id | version | default_language | bot:title_en | namespaces |
| | Wasser | aXw12 | 3 | Deutsch (de) | Water | bot="https://kuager.org/xforms" |
"""
"""A household survey as Kobo has them, in a language that the bot does not speak. Two answers are public."""
SHOP = """
| survey |
| | type | name | label::English (en) | label::Deutsch (de) |
| | text | shop | Which shop? | Welcher Laden? |
| | select_one yn | agree | Do you agree? | Einverstanden? |

| choices |
| | list_name | name | label::English (en) | label::Deutsch (de) |
| | yn | yes | Yes | Ja |

| settings |
| | form_title | form_id | version | default_language |
| | Shops, all of the region: an id too long for a link | shops 2026/1 | 1 | Deutsch (de) |
"""
REVIEW = """
| survey |
| | type | name | label | required | bind::bot:privacy | bind::bot:role |
| | text | title | Title | true | public | title |
| | text | summary | Summary | true | public | summary |

| settings |
| | form_title | form_id | version | namespaces |
| | Record | review | 1 | bot="https://kuager.org/xforms" |
"""
"""The least that moderators write."""
ME, MODERATOR = 5, 6


@pytest.fixture
def forms(tmp_path: Path) -> FormRegistry:
    """The household survey, and one of shops beside it."""
    (tmp_path / "water.md").write_text(WATER, "utf-8")
    (tmp_path / "shop.md").write_text(SHOP, "utf-8")
    (tmp_path / "review.md").write_text(REVIEW, "utf-8")
    own = {"form": tmp_path / "water.md", "review_form": tmp_path / "review.md"}
    return load(settings().model_copy(update={**own, "more_forms": (tmp_path / "shop.md",)}))


@pytest.fixture
def alone(forms: FormRegistry) -> FormRegistry:
    """The household survey alone."""
    return FormRegistry(dict(forms))


@pytest.fixture
def both(bench: Bench, forms: FormRegistry) -> Chats:
    """Chats about both forms; the person's Telegram speaks English."""
    bench.forms = forms
    return Chats(bench)


@pytest.fixture
def one(bench: Bench, alone: FormRegistry) -> Chats:
    """Chats about the household survey."""
    bench.forms = alone
    return Chats(bench)


def titled(calls: Sequence[Call], title: str) -> str:
    """The data of the button with this label."""
    rows = [row for call in calls for row in call.params.get("reply_markup", {}).get("inline_keyboard", [])]
    return str(next(one["callback_data"] for row in rows for one in row if one["text"] == title))


async def fill(chats: Chats) -> Report:
    """Answer the household survey from the question for consent to the receipt."""
    assert "Welches Dorf?" in words(await press(chats, ME, "pi", "0"))
    assert "Wie viele Personen?" in words(await chats.say(ME, "Unterdorf"))
    assert "Woher kommt das Wasser?" in words(await chats.say(ME, "4"))
    await press(chats, ME, "pi", "0")
    assert "Wie alt?" in words(await press(chats, ME, "ar"))
    await chats.say(ME, "7")
    assert "How may we use this report?" in words(await press(chats, ME, "sk"))
    assert "May moderators ask you" in words(await press(chats, ME, "pi", "0"))
    review = words(await press(chats, ME, "pi", "1"))
    assert "Brunnen" in review
    assert "Unterdorf" in review
    await send(chats, ME)
    async with chats.bench.read() as unit:
        return (await unit.session.scalars(select(Report))).one()


async def test_consent_stands_around_a_form_without_it(forms: FormRegistry) -> None:
    """First to store, last how it may be used and whether moderators may ask; all other questions between."""
    assert [one.path for one in forms["report"].questions] == [
        "/aXw12/kuager_consent_store",
        "/aXw12/village",
        "/aXw12/home/people",
        "/aXw12/home/water",
        "/aXw12/child/age",
        "/aXw12/kuager_consent_use",
        "/aXw12/kuager_consent_ask",
    ]


async def test_nothing_is_stored_before_consent_to_a_form_without_that_question(one: Chats) -> None:
    """Words sent before it wait, sealed; the draft's row tells only the place. “No” leaves no row."""
    assert "May we keep your report" in words(await one.say(ME, "/report"))
    await one.say(ME, "Im Dorf ist kein Wasser")
    async with one.bench.read() as unit:
        (row,) = await unit.session.scalars(select(DraftRow))
        assert row.position.endswith("@/aXw12/kuager_consent_store")
        (draft,) = (await drafting.load(unit, [row.chat_hash])).values()
        assert draft.form.id == "aXw12"
        assert draft.draft.answers == {}
        assert [held.text for held in draft.held] == ["Im Dorf ist kein Wasser"]
    await press(one, ME, "pi", "1")
    async with one.bench.read() as unit:
        assert await count(unit, DraftRow) == 0


async def test_a_form_of_another_language_goes_to_its_receipt_and_onto_the_card(one: Chats) -> None:
    """Its labels in German, the bot's words in English. The queue names form and public answers, the card all;
    a moderator's title and summary make a public version."""
    await enrol(one, MODERATOR)
    assert "Water" in words(await one.say(ME, "/start"))
    report = await fill(one)
    assert (report.form, report.form_version, report.consent_use) == ("aXw12", "3", "publish_no_names")
    assert (report.category, report.region, report.date_start) == (None, None, None)
    queue = words(await one.say(MODERATOR, "/queue"))
    assert "Water · 4 · Brunnen" in queue
    assert "Unterdorf" not in queue
    card = words(await one.say(MODERATOR, f"/open {report.ref}"))
    assert "Water" in card
    assert "Welches Dorf?" in card
    assert "Unterdorf" in card
    async with one.bench.write() as unit:
        found = await unit.session.get_one(Report, report.id)
        aspan = (await unit.session.scalars(select(Moderator))).one()
        await one.bench.propose(unit, aspan, found)
        version = await approve_proposal(unit, aspan, found)
        assert version.current
        for one_format in FORMATS:
            content = await exported(unit, ExportRequest.read(one_format))
            assert content
            if one_format in {"csv", "jsonl"}:
                assert report.ref in content.decode("utf-8-sig")
        row = read_csv(await exported(unit, CSV))[0]
    assert (row["title"], row["kind"], row["date_start"], row["region"]) == (
        "People held in Almaty",
        "",
        "",
        "",
    )
    assert b"Unterdorf" not in content


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_the_question_of_use_tells_which_answers_can_be_published(
    forms: FormRegistry, language: str
) -> None:
    """Where the program puts it around a form that marks answers as public, and nowhere else."""
    renderer = Renderer(TEXTS)

    def asked(form: Form) -> str:
        draft = replace(begin(form), position=form.by_role["consent_use"].path)
        _, screen = advance(form, draft, Show())
        return "".join(message.html for message in renderer.screen(language, screen, "d", 1))

    told = TEXTS.text(language, "reporter.privacy.answers")
    assert told in asked(forms.offered[0])
    assert told not in asked(forms.offered[1])
    assert told not in asked(own(FORMS / "incident.md"))


async def test_words_before_a_report_are_not_lost_where_no_question_takes_a_story(one: Chats) -> None:
    """They answer the first question that takes words, and the person is told so."""
    await one.say(ME, "Unterdorf")
    shown = words(await press(one, ME, "pi", "0"))
    assert "Your message now answers “Welches Dorf?”" in shown
    assert "Wie viele Personen?" in shown


async def test_one_of_several_forms_is_chosen_at_report(both: Chats) -> None:
    """By its title in the person's language, or its own. Nothing is asked nor kept before."""
    for command in ("/report", "/start"):
        calls = await both.say(ME, command)
        assert TEXTS.text("en", "reporter.form.choose") in words(calls)
        assert "May we keep" not in words(calls)
    async with both.bench.read() as unit:
        assert await count(unit, DraftRow) == 0
    assert "May we keep" in words(await both.tap_data(ME, titled(calls, "Water")))
    assert "Welches Dorf?" in words(await press(both, ME, "pi", "0"))


async def test_a_form_is_chosen_after_the_language(both: Chats) -> None:
    """The choice comes in the language tapped, and its button begins the form in it."""
    calls = await both.tap(ME, Act("begin", "kk"))
    assert TEXTS.text("kk", "reporter.form.choose") in words(calls)
    assert "сақтауға бола ма" in words(await both.tap_data(ME, titled(calls, "Wasser")))


async def test_a_link_opens_its_form(both: Chats, forms: FormRegistry) -> None:
    """By id, by a mark where the id does not fit into a link, and in a language tapped after the greeting."""
    await both.say(ME, "/start form_aXw12")
    assert "Welches Dorf?" in words(await press(both, ME, "pi", "0"))
    mark = titled(await both.say(7, "/report"), "Shops, all of the region: an id too long for a link").split(
        "."
    )[1]
    await both.say(7, f"/start form_{mark}")
    assert "Which shop?" in words(await press(both, 7, "pi", "0"))
    update = both.written(8, "/start form_aXw12")
    update["message"]["from"]["language_code"] = "de"
    calls = await both.batch(update)
    await both.tap_data(8, titled(calls, "Русский"))
    assert "Welches Dorf?" in words(await press(both, 8, "pi", "0"))


async def test_an_unknown_form_in_a_link_is_no_form(both: Chats) -> None:
    """The person chooses, as without it."""
    calls = await both.say(ME, "/start form_nothing")
    assert TEXTS.text("en", "reporter.form.choose") in words(calls)


async def test_words_out_of_the_blue_can_still_go_into_another_form(both: Chats) -> None:
    """They wait while another form is chosen. After consent no form takes the place of the one begun."""
    calls = await both.say(ME, "Laden Meyer")
    others = titled(calls, "Shops, all of the region: an id too long for a link")
    old = next(data for data in buttons(calls) if data.startswith("f"))
    await both.tap_data(ME, others)
    async with both.bench.read() as unit:
        (draft,) = (await drafting.load(unit, [unit.safe.pseudonyms.chat(ME)])).values()
        assert draft.form.id == "shops 2026/1"
        assert [held.text for held in draft.held] == ["Laden Meyer"]
    await both.tap_data(ME, old)
    async with both.bench.read() as unit:
        (draft,) = (await drafting.load(unit, [unit.safe.pseudonyms.chat(ME)])).values()
        assert not draft.agrees
    assert "now answers “Which shop?”" in words(await press(both, ME, "pi", "0"))
    await both.tap_data(ME, titled(await both.say(9, "/report"), "Water"))
    async with both.bench.read() as unit:
        (draft,) = (await drafting.load(unit, [unit.safe.pseudonyms.chat(ME)])).values()
        assert draft.form.id == "shops 2026/1"


async def test_a_report_is_read_by_its_own_form_whatever_the_database_says(
    both: Chats, forms: FormRegistry
) -> None:
    """A changed column changes nothing: the sealed answers name the form. So does a draft."""
    await both.say(ME, "/start form_aXw12")
    report = await fill(both)
    async with both.bench.write() as unit:
        await unit.session.execute(update(Report).values(form="shops 2026/1"))
    changed = replace(forms.offered[0], version="4")
    async with both.bench.read() as unit:
        unit.forms = FormRegistry({**forms, "report": changed}, forms.offered[1:], kept=forms.offered[:1])
        content = await reading.content_of(unit, await unit.session.get_one(Report, report.id))
        assert content is not None
        assert (content.form.id, content.form.version) == ("aXw12", "3")
        unit.forms = FormRegistry({**forms, "report": forms.offered[1]}, [changed])
        content = await reading.content_of(unit, await unit.session.get_one(Report, report.id))
        assert content is not None
        assert (content.form.id, content.form.version) == ("aXw12", "4")
    assert content.sealed == {}


async def test_a_draft_goes_on_with_its_form_when_another_becomes_the_first(
    both: Chats, forms: FormRegistry
) -> None:
    """Before and after consent."""
    await both.say(ME, "/start form_aXw12")
    await both.say(7, "/start form_aXw12")
    await press(both, ME, "pi", "0")
    both.bench.forms = FormRegistry({**forms, "report": forms.offered[1]}, kept=forms.offered[:1])
    assert "Wie viele Personen?" in words(await both.say(ME, "Unterdorf"))
    assert "Welches Dorf?" in words(await press(both, 7, "pi", "0"))


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_all_about_forms_is_said_in_the_language_of_the_persons_telegram(
    both: Chats, language: str
) -> None:
    """The greeting, the choice, words out of the blue, what became of them, and that the form is not encrypted."""

    async def say(typed: str) -> str:
        update = both.written(ME, typed)
        update["message"]["from"]["language_code"] = language
        return words(await both.batch(update))

    def text(key: str, **told: str) -> str:
        return TEXTS.text(language, key, told)

    water = "Water" if language == "en" else "Wasser"
    titles = f"{water}; Shops, all of the region: an id too long for a link"
    greeting = await say("/start")
    assert text("reporter.welcome.forms", titles=titles) in greeting
    assert text("reporter.form.choose") in greeting
    assert f"\n{text('reporter.form.others', title=water)}" in f"\n{await say('Unterdorf')}"
    said = words(await press(both, ME, "pi", "0"))
    assert text("reporter.held.answers", question="Welches Dorf?") in said
    assert text("reporter.privacy.form") in words(await both.tap(ME, Act("privacy")))
