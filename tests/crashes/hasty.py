"""An event loop for which time goes faster: whatever waits in it, for a retry or for an answer, waits a part as long."""

import asyncio
import selectors


class _Selector(selectors.DefaultSelector):
    """Sleeps as long as it really is until the loop has something to do."""

    def __init__(self, times: float) -> None:
        super().__init__()
        self._times = times

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready, after `timeout` seconds of the loop at most."""
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(
            None if timeout is None else timeout / self._times
        )
        return ready


class HastyLoop(asyncio.SelectorEventLoop):
    """Its seconds are so many times as short as those of a clock."""

    def __init__(self, times: float) -> None:
        self._times = times
        super().__init__(_Selector(times))

    def time(self) -> float:
        """Seconds of this loop."""
        return super().time() * self._times
