"""People who want something gone, each in one way."""

from pathlib import Path

from bot.form.xlsform.reader import load
from bot.local_api.client import Phone, ShownMessage
from tests.crashes.reporters import TEXTS, Reporter, Told

REPLY = load(Path(__file__).parents[3] / "bot/forms/reply.md")
_HOURS = {"hours": 47}


class LeftError(Exception):
    """The reporter has given up the form."""


class Quitter(Reporter):
    """A reporter who stops after so many acts, to have it all deleted; None to go on to the end."""

    def __init__(self, phone: Phone, tells: Told, after: int | None) -> None:
        super().__init__(phone, tells)
        self._after = after

    async def begin(self) -> None:
        """Report, as far as it goes."""
        try:
            await self.report()
        except LeftError:
            return

    async def _say(self, text: str) -> ShownMessage:
        self._go_on()
        return await super()._say(text)

    async def _seen(self, label: str, words: str = "", message: ShownMessage | None = None) -> ShownMessage:
        found = await super()._seen(label, words, message)
        self._go_on()
        return found

    def _go_on(self) -> None:
        if self._after is not None and self.acts >= self._after:
            raise LeftError

    # --- ways to have it gone

    async def cancel(self) -> None:
        """/cancel, and Yes."""
        await self.phone.say("/cancel")
        await self._until_said("flow.cancel.sure", self.word("reporter.panic"))

    async def panic(self) -> None:
        """/panic."""
        await self.phone.say("/panic")
        await self.phone.wait(self.word("reporter.panic"))

    async def clear(self) -> None:
        """The button below the receipt."""
        await self.phone.tap(self.word("reporter.clear"))

    async def withdraw(self, code: str) -> None:
        """/withdraw, and Yes. Again where a clock that was put ahead made that button too old: nothing is done then."""
        done, over = self.word("reporter.withdraw.done"), self.word("reporter.code.over")
        said = over
        while over in said:
            await self.phone.say(f"/withdraw {code}")
            said = await self._until_said("reporter.withdraw.yes", done, over)

    # --- the talk about it

    async def open_question(self) -> None:
        """By the notice, and the last part of the code."""
        label, part = self.word("reporter.talk.open"), self.word("reporter.talk.part")
        await self._until_said("reporter.talk.open", part)
        asked = next(one for one in reversed(self.phone.messages) if part in one.text)
        await self.phone.say(self.code[-4:], reply_to=asked.id)
        await self.phone.wait(
            lambda shown: (
                label not in _labels(shown) and self.word("reporter.question.skip") in _labels(shown)
            )
        )

    async def answer(self) -> None:
        """In words."""
        await self.phone.say("Түсте болды")
        evidence = REPLY.questions[-1].label[self.language]
        await self._until_said("flow.done", evidence)
        await self._until_said("reporter.reply.flow.skip", self.word("reporter.reply.flow.review"))
        await self._until_said("reporter.reply.flow.send", self.word("reporter.reply.sent"))

    async def skip(self) -> None:
        """Not at all."""
        await self._until_said("reporter.question.skip", self.word("reporter.talk.skipped"))

    async def want_no_more(self) -> None:
        """Nor anything else."""
        await self._until_said("reporter.question.never", self.word("reporter.talk.never.sure"))
        await self._until_said("reporter.talk.never.yes", self.word("reporter.talk.never.done"))

    async def _until_said(self, button: str, *answers: str) -> str:
        """Tap a button until one of its answers comes: a tap on a copy may not count."""
        label, tapped = self.word(button), set[int]()

        def answers_in(shown: ShownMessage) -> bool:
            return any(one in shown.text for one in answers)

        def comes(shown: ShownMessage) -> bool:
            return answers_in(shown) or (label in _labels(shown) and shown.id not in tapped)

        while not answers_in(seen := await self.phone.wait(comes)):
            tapped.add(seen.id)
            await self.phone.tap(label, seen)
        return seen.text

    def word(self, key: str) -> str:
        """A text in the reporter's language."""
        return TEXTS.text(self.language, key, _HOURS)


class Desk:
    """A moderator's phone."""

    LANGUAGE = "ru"

    def __init__(self, phone: Phone) -> None:
        self.phone = phone

    def word(self, key: str, **arguments: str | int) -> str:
        """A text in the moderator's language."""
        return TEXTS.text(self.LANGUAGE, key, arguments)

    async def open(self, ref: str) -> None:
        """/open: the report is shown."""
        await self.phone.say(f"/open {ref}")
        await self._seen(self.word("moderator.reject"))

    async def reject(self, ref: str) -> None:
        """/reject, for spam."""
        await self.phone.say(f"/reject {ref}")
        for label in (self.word("moderator.reason.spam"), self.word("moderator.reject.surely")):
            await self.phone.tap(label, await self._seen(label))
        await self.phone.wait(self.word("moderator.rejected", ref=ref))

    async def ask(self, ref: str, own: str = "") -> None:
        """/ask: when it was, or in own words."""
        await self.phone.say(f"/ask {ref}")
        label = self.word("moderator.ask.own" if own else "moderator.ask.when")
        await self.phone.tap(label, await self._seen(label))
        skip, done = self.word("flow.skip"), self.word("flow.done")
        if own:
            await self._seen(skip)
            await self.phone.say(own)
        for label in (*((done, skip) if own else ()), self.word("moderator.ask.flow.send")):
            await self.phone.tap(label, await self._seen(label))
        await self.phone.wait(self.word("moderator.asked", ref=ref))

    async def _seen(self, label: str) -> ShownMessage:
        return await self.phone.wait(lambda shown: label in _labels(shown))


def _labels(shown: ShownMessage) -> set[str]:
    return {button.label for button in shown.buttons}
