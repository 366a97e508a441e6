"""Return of free memory to the operating system."""

import asyncio
import sys

GIVE_BACK_SECONDS = 60.0


def give_back() -> bool:
    """Return every free page of the heaps to the system (glibc's malloc_trim(3)). Returns False without
    glibc.

    By itself glibc returns only the end of a heap, so each thread's heap would keep its peak size.
    """
    import ctypes  # noqa: PLC0415 - a start needs none of it

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is None:
        return False
    trim(0)
    return True


async def keep_giving_back() -> None:
    """Give memory back periodically. Each round blocks the event loop for a few milliseconds."""
    while True:
        await asyncio.sleep(GIVE_BACK_SECONDS)
        give_back()
