"""Process that cleans one file, and its confinement: limits of memory, time, size and files.

On Linux a filter of system calls also prevents opening files, networking and starting programs (seccomp(2),
classic BPF of the kernel's Documentation/userspace-api/seccomp_filter.rst).
"""

import contextlib
import ctypes
import errno
import importlib
import json
import os
import platform
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

from bot.safety import logs
from bot.safety.cleaning.cleaner import TYPES, NoCopyReason, NotCleanError

MOST_MEMORY: Final = 1024 * 1024 * 1024
MOST_CPU_SECONDS: Final = 20
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_SIGKILL: Final = 9
_FILTER_MODE = 2

# Calls for computing, allocating, using open files, and exiting.
_X86_64 = {
    "read": 0, "write": 1, "close": 3, "fstat": 5, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13,
    "rt_sigprocmask": 14, "rt_sigreturn": 15, "sched_yield": 24, "mremap": 25, "madvise": 28, "getpid": 39, "exit": 60, "gettimeofday": 96,
    "getrusage": 98, "gettid": 186, "futex": 202, "sched_getaffinity": 204, "clock_gettime": 228, "exit_group": 231, "getrandom": 318,
    "set_robust_list": 273, "rseq": 334,
}  # fmt: skip
_AARCH64 = {
    "close": 57, "lseek": 62, "read": 63, "write": 64, "fstat": 80, "exit": 93, "exit_group": 94, "futex": 98, "clock_gettime": 113,
    "sched_getaffinity": 123, "sched_yield": 124, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139,
    "getrusage": 165, "gettimeofday": 169, "getpid": 172, "gettid": 178, "brk": 214, "munmap": 215, "mremap": 216, "mmap": 222,
    "mprotect": 226, "madvise": 233, "getrandom": 278,
    "set_robust_list": 99, "rseq": 293,
}  # fmt: skip
_MACHINES: Mapping[str, tuple[int, Mapping[str, int], int]] = {
    "x86_64": (0xC000003E, _X86_64, 56),
    "aarch64": (0xC00000B7, _AARCH64, 220),
}
"""Machines, with AUDIT_ARCH (linux/audit.h), numbers of these calls, and that of clone (asm/unistd_64.h,
asm-generic/unistd.h)."""
_X32_BIT = 0x40000000
_CLONE3, _CLONE_THREAD = 435, 0x00010000
_LOAD, _EQUAL, _AT_LEAST, _HAS_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000


class _Program(ctypes.Structure):
    """struct sock_fprog (linux/filter.h)."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def limit() -> None:
    """Limit this process before it reads anything. Unsupported limits are skipped, such as memory on macOS."""
    import resource  # noqa: PLC0415 - Windows has none, and cleans nothing

    bounds = {
        "RLIMIT_FSIZE": (0, 0),  # it only writes to pipes
        "RLIMIT_NOFILE": (64, 64),
        # The soft limit raises SIGXCPU, by which `cleaner` knows the cause. The hard limit kills.
        "RLIMIT_CPU": (MOST_CPU_SECONDS, MOST_CPU_SECONDS + 1),
        "RLIMIT_AS": (MOST_MEMORY, MOST_MEMORY),
    }
    for name, most in bounds.items():
        with contextlib.suppress(ValueError, OSError, AttributeError):
            resource.setrlimit(getattr(resource, name), most)
    with contextlib.suppress(OSError):
        os.nice(10)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123 - no path is needed
        score.write("1000")  # out of memory, this process is killed before the bot
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    logs.forbid()  # a dump would hold the file


def shut_in() -> bool:
    """Restrict this process to the listed calls for ever, once all is loaded. False if unsupported."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return False
    architecture, calls, clone = _MACHINES[platform.machine()]
    instructions = _instructions(architecture, sorted(calls.values()), clone)
    program = _Program(len(instructions) // 8, instructions)
    libc = ctypes.CDLL(None)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0) == 0)


def _instructions(architecture: int, allowed: Sequence[int], clone: int) -> bytes:
    """Filter as struct sock_filter. A call of another architecture kills the process, a forbidden one fails with
    EPERM. Threads may start, for the decoder of HEIC, but no processes. A filter cannot see the flags of clone3,
    so that call fails as missing and the C library falls back to clone."""
    count = len(allowed)
    steps = [
        (_LOAD, 0, 0, 4),  # seccomp_data.arch
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),  # seccomp_data.nr
        (_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _KILL),
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _ERROR | errno.ENOSYS),
        (_EQUAL, 0, 2, clone),
        (_LOAD, 0, 0, 16),  # lower half of seccomp_data.args[0]
        (_HAS_BIT, count + 1, count, _CLONE_THREAD),
        *((_EQUAL, count - place, 0, number) for place, number in enumerate(allowed)),
        (_RETURN, 0, 0, _ERROR | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def answer(said: object, content: bytes = b"") -> NoReturn:
    """Write a line of JSON and content to standard output, and exit at once, without cleanup that could still fail."""
    for part in (json.dumps(said).encode() + b"\n", content):
        view = memoryview(part)
        while view:
            view = view[os.write(1, view) :]
    os._exit(0)


_ENCODINGS = (
    "ascii", "latin_1", "utf_8", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "cp1252", "mac_roman",
    "idna",
)  # fmt: skip
"""Codecs that Python would otherwise load from disk on first use."""


def main(name: str, probe: str = "") -> None:
    """Clean the file of this type on standard input. With `probe` only report the confinement. The answer is a line
    of JSON and the copy: `{"clean": true, "tool": "…", "loss": null, "hash": ""}`, or `{"clean": false, "reason":
    "…"}` alone. The process holds no secret: no environment of the bot, no key, no file name."""
    limit()
    kind = TYPES[name]
    room = importlib.import_module(f"bot.safety.cleaning.{kind.room}")
    room.prepare()
    for encoding in _ENCODINGS:
        importlib.import_module(f"encodings.{encoding}")
    tool = room.tool(kind)
    content = b"" if probe else sys.stdin.buffer.read()
    is_shut_in = shut_in()
    if probe:
        answer({"shut_in": is_shut_in})
    try:
        copy, loss = room.clean(content, kind)
        found = room.picture_hash(copy) if kind.room == "images" else ""
    except NotCleanError as refused:
        answer({"clean": False, "reason": refused.reason.value})
    except MemoryError:
        answer({"clean": False, "reason": NoCopyReason.LARGE.value})
    except BaseException:  # noqa: BLE001 - the boundary: a hostile file can raise anything, and messages are never passed on
        answer({"clean": False, "reason": NoCopyReason.BROKEN.value})
    answer({"clean": True, "tool": tool, "loss": loss, "hash": found}, copy)
