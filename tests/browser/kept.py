"""A page that is opened once, and that tests use one after the other: to open one is most of the work of a short test."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from playwright.async_api import Page, ViewportSize
from playwright.async_api import TimeoutError as Late

from bot.local_api.account import BotAccount
from bot.local_api.server import LocalBotApi
from tests.bot.local_api.conftest import TOKEN, WallClock

__all__ = ["KeptPage"]

FIRST_UPDATE, MISSED = 1000, 1000
CLEAR = """
() => {
  for (const one of document.querySelectorAll('.phone .close:not([hidden])')) one.click();
  document.querySelector('#tabs button').click();
  for (const one of document.querySelectorAll('dialog[open], .editing:not([hidden]) button')) (one.close ?? one.click).call(one);
  for (const one of document.querySelectorAll('.announced, .toast, .typing')) one.replaceChildren();
  for (const one of document.querySelectorAll('textarea')) {
    one.value = '';
    one.dispatchEvent(new Event('input'));
  }
  // Where the pin was is remembered by a dialog that is shut.
  for (const one of document.querySelectorAll('.location input')) one.value = one.dataset.fresh ??= one.value;
  for (const [id, value] of [['language', 'en'], ['theme', 'auto']]) {
    const choice = document.getElementById(id);
    if (choice.value === value) continue;
    choice.value = value;
    choice.dispatchEvent(new Event('change'));
  }
  const panel = document.getElementById('panel');
  panel.querySelector('.pause[aria-pressed=true]')?.click();
  document.getElementById('tab-calls').click();
  if (!panel.hidden) panel.querySelector('.panel-close').click();
  panel.querySelector('.calls').replaceChildren();
  const filter = panel.querySelector('[name=filter]');
  filter.value = '';
  filter.dispatchEvent(new Event('input'));
  document.activeElement.blur();
  sessionStorage.clear();
  localStorage.clear();
  return [...document.querySelectorAll('.phone')].map(({ id }) => Number(id.replace('phone-', '')));
}
"""
"""Puts away what a test may have left; the persons whose phones remain."""
USUAL: ViewportSize = {"width": 1440, "height": 900}
DRAWN = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
"""The page learns of its size when a frame is drawn."""
CHANGED = "matchMedia('(prefers-color-scheme: dark), (forced-colors: active)').matches"
LOOK = """
() => {
  const drawn = (node) => {
    if (node.nodeType !== Node.ELEMENT_NODE) return node.textContent.trim();
    // What is announced is emptied by and by; what is closed or is never seen is made anew when it is opened.
    if (node.matches('.announced, .chooser, dialog:not([open]), .menu[hidden]')) return '';
    // A class or style that came and went leaves an empty attribute behind.
    const told = [...node.attributes].filter(({ name, value }) => value || !['class', 'style'].includes(name));
    const attributes = told.map(({ name, value }) => `${name}=${value}`).sort();
    return [node.localName, attributes, node.value ?? '', [...node.childNodes].map(drawn)];
  };
  return JSON.stringify([drawn(document.documentElement), window.fetch.toString()]);
}
"""
"""All that can be seen of the page, and whether the way to its server is the browser's own."""


@dataclass
class KeptPage:
    """A page on a local Bot API of its own; `fresh` is how it looked when it was opened."""

    page: Page
    api: LocalBotApi
    clock: WallClock
    fresh: str = ""
    reloads: int = 0

    async def as_new(self) -> None:
        """Let the server forget everything, as if it was started anew, and the page with it. What does not look then
        as it did when it was opened is opened again."""
        await self.page.unroute_all(behavior="wait")
        await self.page.mouse.move(0, 0)
        if self.page.viewport_size != USUAL:
            await self.page.set_viewport_size(USUAL)
        if await self.page.evaluate(CHANGED):
            await self.page.emulate_media(color_scheme="light", forced_colors="none")
        persons = await self.page.evaluate(CLEAR)
        await self._begin_anew(persons)
        self.fresh = self.fresh or await self.page.evaluate(LOOK)
        try:
            await self._looks_fresh(400)
        except Late:
            self.reloads += 1
            await self.page.reload()
            await self.page.locator(".phone .handle", has_text="@").first.wait_for(state="attached")
            await self.page.evaluate(CLEAR)  # which notes where the pin is at first
            await self._looks_fresh(30_000)

    async def _begin_anew(self, persons: Sequence[int]) -> None:
        """Let the server forget, until the page has made its phones known to it again. One that was still opening may have
        done so just before, and has to miss something once more."""
        for _ in range(30):
            self._forget(persons)
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    while not all(self._account.person(one).language_code for one in persons):  # noqa: ASYNC110 - it is told nowhere
                        await asyncio.sleep(0.005)  # the browser needs the processor meanwhile
                return
        raise TimeoutError("the page does not make its phones known")

    async def _looks_fresh(self, milliseconds: int) -> None:
        await self.page.wait_for_function(
            f"(fresh) => ({LOOK})() === fresh", arg=self.fresh, timeout=milliseconds, polling=50
        )

    @property
    def _account(self) -> BotAccount:
        return self.api.accounts[TOKEN]

    async def sized(self, width: int, height: int) -> Page:
        """The page in a window of this size."""
        await self.page.set_viewport_size({"width": width, "height": height})
        await self.page.evaluate(DRAWN)
        return self.page

    async def speaking(self, language: str) -> Page:
        """The page in this language, as it is for a browser that speaks it."""
        await self.page.locator("#language").select_option(language)
        return self.page

    def _forget(self, persons: Sequence[int]) -> None:
        """The bot and the people on the server have said and done nothing. Events go on with higher numbers, by which
        the page knows that it has missed some, asks for the chats, and makes the phones known again."""
        self.clock.now = WallClock.now
        account, feeds = self._account, self._account.feeds
        for name, value in vars(
            BotAccount(TOKEN, self._account.me["username"], self.clock, FIRST_UPDATE)
        ).items():
            setattr(account, name, value)
        self.api.control.calls.clear()
        for person, feed in feeds.items():
            if person in persons:
                account.person(person)
                account.feeds[person].number = feed.number + MISSED
            feed.wake()
