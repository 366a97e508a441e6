"""What a visitor of the page sees and does, in few words."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Locator, Page, Route, expect

from tests.browser.conftest import REPORTER

__all__ = ["PNG", "Shown", "expect", "inline", "pictured", "refusing"]

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63606060f80f00"
    "0104010079b8a6ad0000000049454e44ae426082"
)
"""A picture of one dot."""


def pictured(*names: str) -> list[Any]:
    """Pictures to choose in a file dialog."""
    return [{"name": name, "mimeType": "image/png", "buffer": PNG} for name in names]


def inline(*rows: list[str]) -> dict[str, Any]:
    """An inline keyboard whose data are the beginnings of its labels."""
    return {"inline_keyboard": [[{"text": one, "callback_data": one[:30]} for one in row] for row in rows]}


def refusing(described: str) -> Callable[[Route], Awaitable[None]]:
    """What the server says no with."""

    async def refuse(route: Route) -> None:
        await route.fulfill(json={"ok": False, "description": described})

    return refuse


@dataclass(frozen=True, slots=True)
class Shown:
    """A phone as it is shown on the page."""

    page: Page
    person: int = REPORTER

    @property
    def root(self) -> Locator:
        """The whole of it."""
        return self.page.locator(f"#phone-{self.person}")

    @property
    def bubbles(self) -> Locator:
        """Its messages."""
        return self.root.locator(".message[data-message]")

    @property
    def last(self) -> Locator:
        """Its last message."""
        return self.bubbles.last

    async def say(self, words: str) -> None:
        """Write and send; return when it stands in the chat."""
        await self.root.locator("textarea").fill(words)
        await self.root.locator(".send").click()
        await expect(self.root.locator(".mine[data-message] .words").last).to_have_text(words)

    async def attach(self, kind: str) -> None:
        """Open the menu of what can be attached and choose from it."""
        await self.root.locator(".clip").click()
        await self.root.locator(f".attach [data-kind={kind}]").click()

    async def choose_files(self, kind: str, *files: Any) -> None:
        """The same for files from a disk."""
        async with self.page.expect_file_chooser() as chooser:
            await self.attach(kind)
        await (await chooser.value).set_files(list(files))
