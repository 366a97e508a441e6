"""Attachments: what a call of the outbox carries beside its words, opened only when it is sent."""

from collections.abc import Awaitable, Callable, Mapping

Content = tuple[str, bytes, str]
"""File name, bytes, MIME type."""


class GoneError(Exception):
    """The file or its key no longer exists (withdrawn, expired): there is nothing to send any more."""


class Attachments:
    """`openers` give the content of an attachment's name by the word before its colon (`file:<id>`,
    `export:<format>:…`); they raise GoneError."""

    def __init__(self, openers: Mapping[str, Callable[[str], Awaitable[Content]]]) -> None:
        self._openers = openers

    async def load(self, attach: Mapping[str, str]) -> dict[str, Content]:
        """The content of each parameter's attachment."""
        found = {}
        for parameter, name in attach.items():
            kind, _, rest = name.partition(":")
            found[parameter] = await self._openers[kind](rest)
        return found
