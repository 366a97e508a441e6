"""A phone of the page in a person's hands: the drivers of the end-to-end tests use it as they use one over HTTP.

What it knows it has read on the page, and what it does is a click, a key or a choice in a dialog.
"""

import asyncio
from pathlib import Path
from typing import Any

from playwright.async_api import TimeoutError as Late

from bot.local_api.client import Phone, ShownButton, ShownMessage
from tests.browser.acting import Shown

CORNERS = ((42.0, 50.0), (54.0, 82.0))
"""South-west and north-east on the map, in degrees."""

WATCH = """
(() => {
  // Messages are numbered as they come and change, so that one can tell new ones from old ones with the same words.
  window.turn = 0;
  let news = Promise.withResolvers();
  // Whoever waits is told by the change itself: to ask in every frame would have every frame drawn.
  window.turned = async (since) => {
    while (window.turn <= since) await news.promise;
  };
  const number = (node) => {
    if (node.nodeType !== 1) return;
    for (const one of [node, ...node.querySelectorAll('.message')]) {
      if (one.matches('.message') && !one.turn) one.turn = ++window.turn;
    }
  };
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === 'attributes') window.turn += 1;
      change.addedNodes.forEach(number);
    }
    news.resolve();
    news = Promise.withResolvers();
  }).observe(document, { childList: true, subtree: true, attributeFilter: ['data-message'] });
})()
"""
"""To be run before the page's own scripts."""

READ = """
async ([person, since]) => {
  await window.turned(since);
  const nodes = [...document.querySelectorAll(`#phone-${person} .message[data-message]`)];
  return [window.turn, nodes.map((node) => {
    const words = node.querySelector('.words')?.cloneNode(true);
    words?.querySelectorAll('button.small').forEach((one) => one.remove());
    return {
      message_id: Number(node.dataset.message),
      mine: node.classList.contains('mine'),
      turn: node.turn ?? 0,
      text: words?.textContent ?? '',
      rows: [...node.querySelectorAll('.chat-buttons .row')].map((row) => [...row.children].map((key) => key.textContent)),
      files: [...node.querySelectorAll('a.file b, .photo img')].map((file) => file.alt ?? file.textContent),
    };
  })];
}
"""
"""What stands in a chat once something has changed since a turn."""


class TouchedPhone(Phone):
    """A phone on the page, which was opened with WATCH. `points` are the places it sent, in degrees."""

    def __init__(self, shown: Shown, language: str, patience: float = 30.0) -> None:
        super().__init__("", shown.person, language, patience=patience)
        self.shown = shown
        self.points: list[tuple[float, float]] = []

    # --- what is seen

    async def look(self) -> None:
        """Read the chat as it stands on the page."""
        await self._look(-1)

    async def _look(self, since: int) -> None:
        turn, found = await self.shown.page.evaluate(READ, [self.user_id, since])
        self._messages = {one["message_id"]: self._message(one) for one in found}
        self.seq = turn

    def _message(self, one: dict[str, Any]) -> ShownMessage:
        keyboard = [[{"text": label} for label in row] for row in one["rows"]]
        raw: dict[str, Any] = {"text": one["text"], "reply_markup": {"inline_keyboard": keyboard}}
        raw["files"] = [{"name": name} for name in one["files"]]
        return ShownMessage(one["message_id"], self.user_id, one["mine"], raw, one["turn"])

    async def _next(self) -> None:
        await self._look(self.seq)

    # --- what is done

    async def say(self, text: str, *, reply_to: int | None = None) -> ShownMessage:
        """Write and send; the message that stands in the chat then."""
        del reply_to
        await self.look()
        self.mark = self.seq
        await self.shown.root.locator("textarea").fill(text)
        await self.shown.root.locator(".send").click()
        return await self._mine()

    async def _mine(self) -> ShownMessage:
        """Wait for what this person just sent; what comes after it is the bot's answer."""
        async with self._deadline("message of one's own"):
            while True:
                for bubble in self.messages:
                    if bubble.mine and bubble.changed > self.mark:
                        self.mark = bubble.changed
                        return bubble
                await self._next()

    async def _press(self, bubble: ShownMessage, button: ShownButton) -> bool:
        await self.look()
        self.mark = self.seq
        key = self.shown.root.locator(f'[data-message="{bubble.id}"] .chat-buttons')
        try:
            await key.get_by_text(button.label, exact=True).click(timeout=3000)
        except Late:
            return False
        return True

    async def send_file(
        self, kind: str, content: bytes, name: str, mime: str, *, caption: str = "", reply_to: int = 0
    ) -> ShownMessage:
        """Choose a file from the disk by the menu of what can be attached."""
        assert not caption
        assert not reply_to
        await self.look()
        self.mark = self.seq
        await self.shown.choose_files(kind, {"name": name, "mimeType": mime, "buffer": content})
        return await self._mine()

    async def locate(
        self, latitude: float, longitude: float, *, live_period: int | None = None
    ) -> ShownMessage:
        """Click on the map as near to a place as it can be told there, and send the pin."""
        assert live_period is None
        await self.look()
        self.mark = self.seq
        await self.shown.attach("location")
        await self._point(latitude, longitude)
        fields = [self.shown.root.locator(f"[name={name}]") for name in ("latitude", "longitude")]
        north, east = [float(await field.input_value()) for field in fields]
        self.points.append((north, east))
        await self.shown.root.locator("dialog.location .primary").click()
        return await self._mine()

    async def _point(self, latitude: float, longitude: float) -> None:
        """Click where a place is on the map, by where the pin stands for two corners."""
        (south, west, left, low), (north, east, right, high) = [await self._corner(*one) for one in CORNERS]
        across = left + (longitude - west) / (east - west) * (right - left)
        down = low + (latitude - south) / (north - south) * (high - low)
        await self.shown.page.mouse.click(across, down)

    async def _corner(self, latitude: float, longitude: float) -> tuple[float, float, float, float]:
        for name, degrees in (("latitude", latitude), ("longitude", longitude)):
            await self.shown.root.locator(f"[name={name}]").fill(str(degrees))
        box = await self.shown.root.locator(".pin path").bounding_box()
        assert box is not None
        return latitude, longitude, box["x"] + box["width"] / 2, box["y"] + box["height"]

    async def download(self, file: str | ShownMessage) -> bytes:
        """Click on a document and take what the browser saves."""
        assert isinstance(file, ShownMessage)
        link = self.shown.root.locator(f'[data-message="{file.id}"] a.file')
        async with self.shown.page.expect_download() as download:
            await link.click()
        saved = await (await download.value).path()
        return await asyncio.to_thread(Path(saved).read_bytes)
