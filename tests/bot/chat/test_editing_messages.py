"""Messages that are edited in a chat after the bot has taken them: photos that are replaced, captions, and changes of nothing."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.buttons import Act, Tap, encode
from bot.form.answers import Chosen, FileKind, FileRef, Files
from bot.form.events import Pick
from bot.store import drafting, files
from bot.store.drafting import OpenDraft
from bot.store.vault import DOOMED
from db.models import File
from tests.bench import Bench
from tests.bot.chat.chats import TEXTS, Chats, words

ME = 5
FIRST, BLURRED = "AQfirst", "AQblurred"
_MOST = 10
"""Files that a report takes."""
NOT_REPLACED = TEXTS.text("en", "flow.file.not_replaced")
NOT_COMPARED = TEXTS.text("en", "flow.file.not_compared")
NOT_KNOWN = TEXTS.text("en", "flow.file.not_known")


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases."""
    return Chats(bench)


def photo(unique_id: str, size: int = 100) -> list[dict[str, Any]]:
    """A photo that Telegram tells from others by this id."""
    return [
        {
            "file_id": f"id-{unique_id}",
            "file_unique_id": unique_id,
            "width": 9,
            "height": 9,
            "file_size": size,
        }
    ]


def sent(chats: Chats, **content: Any) -> dict[str, Any]:
    """An update with a message of this content."""
    update = chats.written(ME, "…")
    del update["message"]["text"]
    update["message"] |= content
    return update


def edited(update: dict[str, Any], **content: Any) -> dict[str, Any]:
    """The update with the same message after it was edited to this content."""
    message = {
        name: value for name, value in update["message"].items() if name not in {"text", "photo", "caption"}
    }
    return {"edited_message": message | {"edit_date": message["date"] + 60} | content}


async def opened(chats: Chats) -> OpenDraft:
    """The chat's draft."""
    async with chats.bench.read() as unit:
        hashed = unit.safe.pseudonyms.chat(ME)
        return (await drafting.load(unit, [hashed]))[hashed]


async def at(chats: Chats, kind: str) -> str:
    """A report that is begun and agreed to, at its first question of a kind; the path of that."""
    await chats.tap(ME, Act("begin", "en"))
    for _ in range(2):
        found = await opened(chats)
        await chats.tap_data(ME, encode(Tap(found.row.id[:4], found.draft.step, Pick(0))))
    async with chats.bench.write() as unit:
        hashed = unit.safe.pseudonyms.chat(ME)
        open_draft = (await drafting.load(unit, [hashed]))[hashed]
        path = next(
            one.path
            for one in open_draft.form.questions
            if one.kind == kind and (kind == "file" or "multiline" in one.appearance)
        )
        open_draft.draft = open_draft.draft.changed(position=path)
        drafting.save(unit, open_draft)
    return path


async def at_a_line(chats: Chats, *, has_place: bool) -> str:
    """The same at a question for a line of 200 characters, while there is a place for one more file or none; the path."""
    files_at = await at(chats, "file")
    async with chats.bench.write() as unit:
        hashed = unit.safe.pseudonyms.chat(ME)
        open_draft = (await drafting.load(unit, [hashed]))[hashed]
        paths = {one.name: one.path for one in open_draft.form.questions}
        full = {files_at: Files(tuple(FileRef(str(n), FileKind.PHOTO, "") for n in range(_MOST)))}
        answers = {
            **open_draft.draft.answers,
            paths["depth"]: Chosen(("full",)),
            **({} if has_place else full),
        }
        open_draft.draft = open_draft.draft.changed(position=paths["law_text"], answers=answers)
        drafting.save(unit, open_draft)
    return paths["law_text"]


async def kept(chats: Chats) -> tuple[FileRef, ...]:
    """The files of the answers."""
    answers = (await opened(chats)).draft.answers.values()
    return tuple(file for answer in answers if isinstance(answer, Files) for file in answer.files)


async def states(chats: Chats) -> dict[str, str]:
    """The status of each file by its id."""
    async with chats.bench.read() as unit:
        return {row.id: row.status for row in await unit.session.scalars(select(File))}


async def store(chats: Chats, file_id: str) -> None:
    """A file is fetched and kept, after which its message and Telegram's id of it are forgotten."""
    async with chats.bench.write() as unit:
        row = await unit.session.get(File, file_id)
        assert row is not None
        row.status = files.STORED


@pytest.mark.parametrize("is_stored", [False, True])
async def test_a_replaced_photo_takes_the_place_of_the_first(chats: Chats, is_stored: bool) -> None:
    """Also once the first is kept: that is doomed, and the other one fetched."""
    await at(chats, "file")
    first = sent(chats, photo=photo(FIRST))
    await chats.batch(first)
    (old,) = await kept(chats)
    if is_stored:
        await store(chats, old.id)
    said = words(await chats.batch(edited(first, photo=photo(BLURRED), caption="blurred")))
    (new,) = await kept(chats)
    assert TEXTS.text("en", "flow.file.replaced") in said
    assert (new.id != old.id, new.kind, new.caption) == (True, FileKind.PHOTO, "blurred")
    assert await states(chats) == {old.id: DOOMED, new.id: files.PENDING}


async def test_a_photo_that_cannot_be_taken_does_not_replace_the_first_in_silence(chats: Chats) -> None:
    """It is said that the first stays, and how it goes."""
    await at(chats, "file")
    first = sent(chats, photo=photo(FIRST))
    await chats.batch(first)
    before = await kept(chats)
    said = words(await chats.batch(edited(first, photo=photo(BLURRED, files.LARGEST_FILE + 1))))
    assert NOT_REPLACED in said
    assert await kept(chats) == before


async def test_a_file_of_a_message_that_brought_none_does_not_pass_in_silence(chats: Chats) -> None:
    """A text that becomes a photo with a caption: the words are changed, the file is not taken, and how it can be is said. So it is where
    the words stay as they were."""
    path = await at(chats, "text")
    first = chats.written(ME, "It was on the square.")
    await chats.batch(first)
    calls = await chats.batch(edited(first, photo=photo(FIRST), caption="It was at noon."))
    assert NOT_COMPARED in words(calls)
    assert "It was at noon." in str((await opened(chats)).draft.answers[path])
    assert (
        words(await chats.batch(edited(first, photo=photo(FIRST), caption="It was at noon."))) == NOT_COMPARED
    )
    assert await states(chats) == {}


async def test_of_a_file_that_is_not_known_nothing_is_called_refused(chats: Chats) -> None:
    """As in a draft of an earlier version, whose good photo is kept with its caption: a correction of that has to be sent anew, and that is
    said. So it is of a message of which the report has nothing."""
    await at(chats, "file")
    first = sent(chats, photo=photo(FIRST), caption="on the squre")
    await chats.batch(first)
    before = await kept(chats)
    async with chats.bench.write() as unit:
        hashed = unit.safe.pseudonyms.chat(ME)
        open_draft = (await drafting.load(unit, [hashed]))[hashed]
        open_draft.draft = open_draft.draft.changed(brought={})
        drafting.save(unit, open_draft)
    nowhere = sent(chats, photo=photo(FIRST))
    for update in (
        edited(first, photo=photo(FIRST), caption="on the square"),
        edited(nowhere, photo=photo(BLURRED)),
    ):
        said = words(await chats.batch(update))
        assert NOT_KNOWN in said
        assert NOT_REPLACED not in said
        assert await kept(chats) == before


async def test_a_caption_is_corrected_by_editing_it(chats: Chats) -> None:
    """The photo stays, and nothing is fetched anew."""
    await at(chats, "file")
    first = sent(chats, photo=photo(FIRST), caption="on the squre")
    await chats.batch(first)
    (old,) = await kept(chats)
    said = words(await chats.batch(edited(first, photo=photo(FIRST), caption="on the square")))
    (new,) = await kept(chats)
    assert TEXTS.text("en", "flow.text.changed") in said
    assert (new.id, new.caption) == (old.id, "on the square")
    assert await states(chats) == {old.id: files.PENDING}


async def test_what_changes_no_word_and_no_file_is_passed_over(chats: Chats) -> None:
    """Telegram tells bots of link previews and the like as of edits: nothing is said, and nothing asked anew."""
    await at(chats, "text")
    told = chats.written(ME, "See https://example.org/a")
    await chats.batch(told)
    assert await chats.batch(edited(told, text="See https://example.org/a")) == []
    await at(chats, "file")
    first = sent(chats, photo=photo(FIRST), caption="on the square")
    await chats.batch(first)
    assert await chats.batch(edited(first, photo=photo(FIRST), caption="on the square")) == []


async def test_a_photo_that_is_replaced_after_the_report_was_sent_is_told_too_late(chats: Chats) -> None:
    """As words are."""
    first = sent(chats, photo=photo(FIRST))
    said = words(await chats.batch(edited(first, photo=photo(BLURRED))))
    assert said == TEXTS.text("en", "reporter.edited_late")


@pytest.mark.parametrize("has_place", [True, False])
async def test_a_caption_that_was_too_long_answers_once_it_is_shortened(
    chats: Chats, has_place: bool
) -> None:
    """Whether its photo is attached elsewhere or had no place: the words go to the question, and nothing is said of a file that nobody
    has changed."""
    path = await at_a_line(chats, has_place=has_place)
    first = sent(chats, photo=photo(FIRST), caption="x" * 230)
    await chats.batch(first)
    before = await kept(chats)
    assert (len(before), path in (await opened(chats)).draft.answers) == (1 if has_place else _MOST, False)
    said = words(await chats.batch(edited(first, photo=photo(FIRST), caption="Journalists")))
    draft = (await opened(chats)).draft
    assert "Journalists" in str(draft.answers[path])
    assert draft.position != path
    assert NOT_REPLACED not in said
    assert await kept(chats) == before
