"""A talk about a report, at both phones: what a moderator does to ask, and a reporter to answer."""

from collections.abc import Sequence

from bot.local_api.client import ShownMessage, picture
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


async def send_question(moderator: Moderator, ref: str, *photos: str) -> str:
    """Send what was written, with these photos; what the bot says of it."""
    await moderator.press(word(moderator, "flow.done"))
    for number, name in enumerate(photos, 1):
        await moderator.phone.wait(lambda shown: bool(shown.buttons))
        await moderator.give("photo", picture(name), f"{name}.png", "image/png")
        await moderator.phone.wait(word(moderator, "flow.files", n=number))
    await moderator.press(word(moderator, "flow.done" if photos else "flow.skip"))
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


async def send_answer(reporter: Reporter, files: int = 0, said: str = "reporter.reply.sent") -> None:
    """Send what was told, with files or without; one line stands in the chat then, and nothing else."""
    await reporter.press(word(reporter, "flow.done"))
    if files:
        await give_album(reporter, files)
    await reporter.press(word(reporter, "flow.done" if files else "reporter.reply.flow.skip"))
    await reporter.press(word(reporter, "reporter.reply.flow.send"))
    await alone(reporter, word(reporter, said))


async def give_album(reporter: Reporter, number: int) -> None:
    """Photos, several at once."""
    await reporter.phone.wait(lambda shown: word(reporter, "reporter.reply.flow.skip") in labels_on(shown))
    files = [(picture(str(one)), f"{one}.png", "image/png") for one in range(number)]
    await reporter.phone.send_album("photo", files, album="1")
    await reporter.phone.wait(word(reporter, "flow.files", n=number))


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
