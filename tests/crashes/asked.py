"""Phones whose people are asked now and then to which question a message belongs, and tell it by what stood above it."""

from collections.abc import Sequence
from typing import Any

from bot.local_api.client import ExpectedMessage, Phone, ShownMessage, matches
from tests.crashes.reporters import LANGUAGES, TEXTS

_MARK = "\ue000"
ASKS = tuple(
    TEXTS.text(language, "flow.doubt", {"text": _MARK}).partition(_MARK)[0] for language in LANGUAGES
)
"""How it is asked, in each language."""


class AskedPhone(Phone):
    """A phone whose person answers at once. The question in sight when a message was sent is the last that came before, as a message
    or as an edit."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._shown: list[tuple[int, str]] = []
        self._sent: dict[int, int] = {}
        self._answered: set[int] = set()
        self.asked = 0

    def in_sight(self, number: int) -> str:
        """The words above a message of the person's own, those that ask where it belongs left out."""
        sent = self._sent.get(number, self.seq)
        return next((text for at, text in reversed(self._shown) if at < sent and text), "")

    def shown_since(self, number: int) -> Sequence[str]:
        """What was asked after a message of the person's own, as a message or as an edit."""
        return [text for at, text in self._shown if at > self._sent.get(number, self.seq)]

    def _hear(self, event: dict[str, Any]) -> None:
        super()._hear(event)
        if event["kind"] not in {"new", "edited"}:
            return
        shown = self._messages[event["message"]["message_id"]]
        if shown.mine:
            self._sent.setdefault(shown.id, self.seq)
        elif shown.buttons and not _asks(shown):
            self._shown.append((self.seq, shown.text))

    async def wait(
        self,
        expected: ExpectedMessage = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as of `Phone`
        *,
        since: int | None = None,
    ) -> ShownMessage:
        """As of `Phone`, but never the screen that asks."""
        return await super().wait(
            lambda shown: not _asks(shown) and matches(shown, expected), timeout, since=since
        )

    async def _next(self) -> None:
        await super()._next()
        for one in [*self.messages]:
            if one.id not in self._answered and _asks(one) and one.buttons:
                self._answered.add(one.id)
                await self._tell(one)

    async def _tell(self, asked: ShownMessage) -> None:
        """Tap the question that was in sight when the message was sent which is quoted."""
        self.asked += 1
        head, _, offered = asked.text.partition("\n\n1. ")
        own = [one for one in self.messages if one.mine and (not one.text or one.text in head)]
        above = self.in_sight(own[-1].id) if own else ""
        labels = [line.partition(". ")[2] for line in f"1. {offered}".split("\n\n") if line[:1].isdecimal()]
        place = next((at for at, label in enumerate(labels) if label.partition(" · ")[0] in above), 0)
        await self._press(asked, asked.buttons[place])


def _asks(shown: ShownMessage) -> bool:
    """Below what has to be said beside, it is asked."""
    return not shown.mine and any(one in shown.text for one in ASKS)
