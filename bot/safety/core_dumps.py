"""Core dumps, which would write keys and stories to the disk."""

import contextlib
import ctypes
import sys

_PR_SET_DUMPABLE = 4


def forbid() -> None:
    """Exclude the memory of this process from core dumps, on Linux also from debuggers of its user
    (prctl(2)). Unsupported measures are skipped."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - Windows has none

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # the limit does not apply to dumps piped to a program
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
