"""What nobody uses any more goes back to the system."""

import os
from pathlib import Path

from bot.app import jobs

BLOCK, BLOCKS = 8_192, 4_000


async def test_memory_that_is_free_in_the_midst_of_a_heap_is_given_back() -> None:
    """Though what stands behind it is used: glibc gives back only what is free at the end."""
    blocks = [bytearray(BLOCK) for _ in range(BLOCKS)]
    last = bytearray(BLOCK)
    full = _bytes()
    blocks.clear()
    await jobs.give_back_once()
    assert full - _bytes() > BLOCK * BLOCKS // 2
    assert len(last) == BLOCK


def _bytes() -> int:
    """The memory of this process (Linux, proc(5), statm)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
