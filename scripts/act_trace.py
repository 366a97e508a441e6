"""Counts the modules and functions of the product that one act runs: `uv run python -m scripts.act_trace [--names]`.

The real bot talks to people over the local Bot API, in one process. An act lasts from a person's message or tap until the answer is
on their phone. `bot/demo` and `bot/local_api` are no part of the product and are not counted."""

import asyncio
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from bot.demo import MODERATOR, REPORTER, TOKEN, USERNAME, enrol, running, settings_in
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from tests.end_to_end.moderating import VERSION, Moderator
from tests.end_to_end.people import Dated
from tests.end_to_end.reporting import Reporter, Told

ROOT = Path(__file__).resolve().parents[1]
APART = ("bot/demo/", "bot/local_api/")
TOLD = Told(
    category="detention",
    types=("detention.short_term",),
    story=("Двух журналистов задержали у акимата.",),
    when=Dated("2026-03-08", "2026-03-08"),
    region="KZ-33",
    urgent="no",
)


class Trace:
    """The code that ran while an act was under way, and how deep its own calls went."""

    def __init__(self) -> None:
        self.ran: set[CodeType] = set()
        self.deepest = 0
        self._under_way = False
        self._module_of: dict[CodeType, str] = {}

    def begin(self) -> None:
        """Profile every thread from now on."""
        threading.setprofile(self._note)
        sys.setprofile(self._note)

    def _note(self, frame: FrameType, event: str, _: Any) -> None:
        if self._under_way and event == "call" and self.module_of(frame.f_code):
            self.ran.add(frame.f_code)
            self.deepest = max(self.deepest, self._depth(frame))

    def _depth(self, frame: FrameType | None) -> int:
        depth = 0
        while frame is not None:
            depth += bool(self.module_of(frame.f_code))
            frame = frame.f_back
        return depth

    def module_of(self, code: CodeType) -> str:
        """The path of a module of the product from the root; blank for any other code."""
        if code not in self._module_of:
            path = Path(code.co_filename)
            inside = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
            is_product = inside.startswith(("bot/", "db/")) and not inside.startswith(APART)
            self._module_of[code] = inside if is_product else ""
        return self._module_of[code]

    async def of(self, act: Awaitable[object]) -> tuple[Mapping[str, int], int]:
        """How many functions of each module an act runs, and the depth of the deepest call in frames of the product."""
        self.ran, self.deepest, self._under_way = set(), 0, True
        await act
        self._under_way = False
        functions: dict[str, int] = {}
        for code in self.ran:
            functions[self.module_of(code)] = functions.get(self.module_of(code), 0) + 1
        return functions, self.deepest


async def acts(trace: Trace, folder: Path) -> Mapping[str, tuple[Mapping[str, int], int]]:
    """A typed text, an approval and an export to CSV."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    async with AsyncExitStack() as stack:
        bot = await stack.enter_async_context(running(settings_in(folder, api.url, poll_seconds=5)))
        phones = [
            await stack.enter_async_context(Phone(api.url, user, "ru")) for user in (REPORTER, MODERATOR)
        ]
        reporter, moderator = Reporter(phones[0], "ru"), Moderator(phones[1], "ru")
        await enrol(bot.work, api.url, MODERATOR, "Aspan", "ru", "admin")
        await reporter.report(TOLD)  # imports and caches are filled by now
        await reporter.begin()
        await reporter.fill(TOLD, until="story")
        found = {"a typed text": await trace.of(reporter.tell("story", *TOLD.story))}
        await moderator.next()
        await moderator.edit(VERSION)
        await moderator.preview()
        found["an approval"] = await trace.of(moderator.confirm())
        found["an export to CSV"] = await trace.of(moderator.export("csv"))
    await api.stop()
    return found


def main() -> None:
    """Print a line an act, and with `--names` the modules of each."""
    trace = Trace()
    trace.begin()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(acts(trace, Path(folder)))
    for name, (functions, deepest) in found.items():
        sys.stdout.write(
            f"{name}: {len(functions)} modules, {sum(functions.values())} functions, {deepest} frames deep\n"
        )
        if "--names" in sys.argv:
            sys.stdout.writelines(f"  {number:4} {module}\n" for module, number in sorted(functions.items()))
    common = set.intersection(*(set(functions) for functions, _ in found.values()))
    sys.stdout.write(f"common to all: {len(common)} modules\n")


if __name__ == "__main__":
    main()
