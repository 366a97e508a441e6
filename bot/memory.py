"""Memory that nobody uses any more, but that the C library has not given back to the system."""

import asyncio
import sys

GIVE_BACK_SECONDS = 60.0


def give_back() -> bool:
    """Let the system have each page that is free, wherever it stands in a heap (glibc's malloc_trim(3)); False where there is no
    glibc. By itself glibc gives back only what is free at the end of a heap. SQLite's pages and all that is larger than half a
    kilobyte stand in heaps, one for each thread, and there each would stay as large as it was at its fullest moment."""
    import ctypes  # noqa: PLC0415 - a start needs none of it

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is None:
        return False
    trim(0)
    return True


async def keep_giving_back() -> None:
    """Do so again and again, for ever. It takes a few milliseconds, in which nobody is answered."""
    while True:
        await asyncio.sleep(GIVE_BACK_SECONDS)
        give_back()
