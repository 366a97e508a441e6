"""When a demo is to end: at the first signal in good order, at the second one at once."""

import asyncio
import signal
from collections.abc import Awaitable
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Is asked for by a signal (Ctrl+C, SIGTERM). Whoever works long looks at `asked` between two pieces of work."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()

    def listen(self) -> None:
        """Hear signals from now on, in the running loop."""
        loop = asyncio.get_running_loop()

        def later(number: int, frame: FrameType | None) -> None:
            del number, frame
            loop.call_soon_threadsafe(self.ask)

        for number in SIGNALS:
            try:
                loop.add_signal_handler(number, self.ask)
            except NotImplementedError:  # the loops of Windows have none
                signal.signal(number, later)

    def ask(self) -> None:
        """Ask for it; who asks again does not want to wait: raises KeyboardInterrupt, which ends the loop."""
        if self._asked.is_set():
            raise KeyboardInterrupt
        self._asked.set()

    @property
    def asked(self) -> bool:
        """Whether it was asked for."""
        return self._asked.is_set()

    async def wait(self) -> None:
        """Until it is asked for."""
        await self._asked.wait()

    async def unless(self, work: Awaitable[None]) -> None:
        """Do a work unless or until the end is asked for: then it is broken off. Raises what the work raises."""
        task, asked = asyncio.ensure_future(work), asyncio.ensure_future(self.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                await task
        finally:
            for one in (task, asked):
                one.cancel()
            await asyncio.gather(task, asked, return_exceptions=True)
