"""Core dumps, which would put keys and stories on the disk."""

import contextlib
import ctypes
import sys

_PR_SET_DUMPABLE = 4


def forbid() -> None:
    """Keep the memory of this process out of core dumps, however they are collected, and on Linux from other processes of its user,
    debuggers among them (prctl(2)). What a system does not know is left out."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - Windows has none

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # a dump that is piped to a program obeys no limit
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
