"""The talk about a report in the life of the bot: asked by a button and in a moderator's own words, with a file; answered with words
and a file; taken up by the code; and the consent to it taken back."""

from collections.abc import Awaitable, Callable

from bot.local_api.client import ShownMessage
from tests.end_to_end.moderating import Moderator
from tests.end_to_end.people import labels_on
from tests.end_to_end.reporting import Reporter
from tests.secrets.planted import PLANTED
from tests.secrets.planted_files import TALK_NAMES, talk_files

Look = Callable[[str], Awaitable[None]]


async def talk(reporter: Reporter, moderator: Moderator, look: Look) -> None:
    """About the report that the moderator has open, from the first question to the end of the consent; `look` is called after each of
    its steps."""
    await _ask(moderator)
    await look("asked")
    await _open(reporter)
    await look("question opened")
    await _answer(reporter)
    await look("answered")
    await _add(reporter)
    await look("added by code")
    await _stop(reporter)
    await look("consent taken back")


async def _ask(moderator: Moderator) -> None:
    """A ready question, and one in own words with a file."""
    await moderator.command(f"/ask {moderator.ref}")
    await moderator.press_word("moderator.ask.when")
    await moderator.press_word("moderator.ask.flow.send")
    await moderator.phone.wait(moderator.word("moderator.asked", ref=moderator.ref))
    await moderator.command(f"/ask {moderator.ref}")
    await moderator.press_word("moderator.ask.own")
    await _tell(
        moderator, "question in own words", "file of a question", "moderator.ask.flow.send", "flow.skip"
    )
    await moderator.phone.wait(moderator.word("moderator.asked", ref=moderator.ref))


async def _open(reporter: Reporter) -> None:
    """By the notice, and the last part of the code. The file comes with the question, once it is clean."""
    phone = reporter.phone
    await phone.wait(reporter.word("reporter.talk.notice"))
    await phone.tap(reporter.word("reporter.talk.open"))
    asked = await phone.wait(reporter.word("reporter.talk.part"))
    await phone.say(reporter.code[-4:], reply_to=asked.id)
    await phone.until(
        lambda: any(str(PLANTED["question in own words"]) in one.text for one in phone.messages)
    )


async def _answer(reporter: Reporter) -> None:
    await _tell(
        reporter,
        "words of an answer",
        "file of an answer",
        "reporter.reply.flow.send",
        "reporter.reply.flow.skip",
    )
    await reporter.phone.wait(reporter.word("reporter.reply.sent"))


async def _add(reporter: Reporter) -> None:
    """More, which nobody has asked for, begun and left."""
    await reporter.command(f"/status {reporter.code}")
    await reporter.press_word("reporter.code.add")
    await reporter.phone.wait(lambda shown: _has(shown, reporter.word("reporter.reply.flow.skip")))
    words = str(PLANTED["words that were added"])
    await reporter.write(words)
    await reporter.phone.wait(words)
    await reporter.command("/panic")
    await reporter.phone.wait(reporter.word("reporter.panic"))


async def _stop(reporter: Reporter) -> None:
    """The consent is given anew, since /panic has ended it, and taken back."""
    await reporter.command(f"/status {reporter.code}")
    await reporter.press_word("reporter.code.let")
    await reporter.press_word("reporter.code.let.yes")
    await reporter.press_word("reporter.code.never")
    await reporter.phone.wait(reporter.word("reporter.talk.never.done"))


async def _tell(person: Reporter | Moderator, words: str, file: str, send: str, without: str) -> None:
    """Write words, add a file, and send them: `send` and `without` are the keys of the buttons for that, and for going on without."""
    done, skip = person.word("flow.done"), person.word(without)
    await person.phone.wait(lambda shown: _has(shown, skip))
    await person.write(str(PLANTED[words]))
    await person.phone.wait(lambda shown: _has(shown, done) and str(PLANTED[words]) in shown.text)
    await person.press(done)
    await person.phone.wait(lambda shown: _has(shown, skip))
    await person.give("document", talk_files()[file], TALK_NAMES[file], "image/jpeg")
    await person.press(done)
    await person.press_word(send)


def _has(shown: ShownMessage, label: str) -> bool:
    return label in labels_on(shown)
