"""A talk about a report, at both phones: what a moderator does to ask, and a reporter to answer."""

from collections.abc import Sequence

from bot.local_api.client import ShownMessage, picture
from tests.bot.safety.cleaning.planted import pdf
from tests.bot.safety.cleaning.recorded import recording
from tests.end_to_end.moderating import Moderator, refs_in
from tests.end_to_end.people import TEXTS, Person, labels_on
from tests.end_to_end.reporting import Reporter


def word(person: Person, key: str, **arguments: str | int) -> str:
    """A text of the bot in this person's language, whatever form is open."""
    return TEXTS.text(person.language, key, arguments)


# --- the moderator


async def ask(moderator: Moderator, ref: str, name: str) -> str:
    """/ask, and a ready question; what the bot says of it."""
    await moderator.command(f"/ask {ref}")
    await moderator.press(word(moderator, f"moderator.ask.{name}"))
    await moderator.press(word(moderator, "moderator.ask.flow.send"))
    return await _told_of_question(moderator, ref)


async def begin_question(moderator: Moderator, ref: str, words: str) -> None:
    """/ask, and the words of a question that is not sent yet."""
    await moderator.command(f"/ask {ref}")
    await moderator.press(word(moderator, "moderator.ask.own"))
    await moderator.phone.wait(lambda shown: word(moderator, "flow.skip") in labels_on(shown))
    await moderator.write(words)
    await moderator.phone.wait(words)


async def send_question(moderator: Moderator, ref: str, album: int = 0, papers: int = 0) -> str:
    """Send what was written, with an album of so many photos and with documents; what the bot says of it."""
    await moderator.press(word(moderator, "flow.done"))
    await give_files(moderator, album, papers)
    await moderator.press(word(moderator, "flow.done" if album or papers else "flow.skip"))
    await moderator.press(word(moderator, "moderator.ask.flow.send"))
    return await _told_of_question(moderator, ref)


async def _told_of_question(moderator: Moderator, ref: str) -> str:
    told = {word(moderator, key, ref=ref): key for key in ("moderator.asked", "moderator.asked.by_code")}
    return told[(await moderator.phone.wait(lambda shown: shown.text in told)).text]


async def notices(moderator: Moderator, key: str, ref: str, count: int = 1) -> None:
    """Wait until so many notices of this report and kind stand in the chat."""
    words = word(moderator, key, ref=ref)
    await moderator.phone.until(lambda: [one.text for one in moderator.phone.messages].count(words) == count)


async def card(moderator: Moderator, ref: str) -> str:
    """The report's card."""
    shown = await moderator.open(ref)
    assert shown is not None
    return shown


# --- either


async def give_files(person: Person, album: int, papers: int) -> None:
    """Photos, several at once, and documents, one after the other, where files are asked for."""
    skips = {word(person, key) for key in ("flow.skip", "reporter.reply.flow.skip")}
    await person.phone.wait(lambda shown: bool(skips & set(labels_on(shown))))
    if album:
        photos = [(picture(str(one)), f"{one}.png", "image/png") for one in range(album)]
        await person.phone.send_album("photo", photos, album="1")
        await person.phone.wait(word(person, "flow.files", n=album))
    for number in range(1, papers + 1):
        await person.give("document", pdf(), "p.pdf", "application/pdf")
        await person.phone.wait(word(person, "flow.files", n=album + number))


async def speak(person: Person) -> None:
    """A voice message, where words are asked for."""
    await person.give("voice", recording("ogg", "", "libopus"), "v.ogg", "audio/ogg")
    await person.phone.wait(word(person, "flow.voices", n=1))


# --- the reporter


def noticed(reporter: Reporter) -> list[ShownMessage]:
    """The notices that stand in the chat."""
    words = word(reporter, "reporter.talk.notice")
    return [one for one in reporter.phone.messages if one.text == words]


async def open_question(reporter: Reporter, *asked: str) -> None:
    """Wait for the notice, open it by the last part of the code; these questions stand in the chat then."""
    await reporter.phone.until(lambda: len(noticed(reporter)) == 1)
    await reporter.phone.tap(word(reporter, "reporter.talk.open"), noticed(reporter)[0])
    part = await reporter.phone.wait(word(reporter, "reporter.talk.part"))
    await reporter.phone.say(reporter.code[-4:], reply_to=part.id)
    await stands(reporter, *asked)


async def read_by_code(reporter: Reporter, code: str, *asked: str) -> None:
    """/status with the code, and the button of what waits."""
    await reporter.command(f"/status {code}")
    await reporter.press(word(reporter, "reporter.code.read", n=len(asked)))
    await stands(reporter, *asked)


async def stands(reporter: Reporter, *words: str) -> None:
    """Wait until these words stand in the chat, and something that can be tapped."""
    await reporter.phone.until(
        lambda: (
            all(any(one in shown.text for shown in reporter.phone.messages) for one in words)
            and bool(reporter.phone.buttons())
        )
    )


async def write_answer(reporter: Reporter, *parts: str) -> None:
    """Answer in these messages, which leave the chat; nothing is sent yet."""
    for part in parts:
        await reporter.write(part)
        await reporter.phone.wait(lambda shown, part=part: part in shown.text and bool(shown.buttons))  # type: ignore[misc]


async def send_answer(
    reporter: Reporter, album: int = 0, papers: int = 0, said: str = "reporter.reply.sent"
) -> None:
    """Send what was told, with an album and documents or without; one line stands in the chat then, and nothing else."""
    await reporter.press(word(reporter, "flow.done"))
    await give_files(reporter, album, papers)
    await reporter.press(word(reporter, "flow.done" if album or papers else "reporter.reply.flow.skip"))
    await reporter.press(word(reporter, "reporter.reply.flow.send"))
    await alone(reporter, word(reporter, said))


async def alone(reporter: Reporter, *words: str) -> None:
    """Wait until nothing stands in the chat but one message that says this."""
    await reporter.phone.until(lambda: [one.text for one in reporter.phone.messages] == list(words))


def seen_in(person: Person) -> Sequence[str]:
    """All that ever stood in a chat of what the bot said, deleted or not, as it was and as it is."""
    known = person.phone._messages.values()
    return [text for one in known if not one.mine for text in (one.text, *one.history)]


def ref_in(text: str) -> str:
    """The reference that a text names."""
    return refs_in(text)[0]
