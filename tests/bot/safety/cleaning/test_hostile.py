"""Hostile files: each is refused or becomes a clean copy, in bounded time and memory, and whoever asked for it lives."""

import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from bot.safety.cleaning import cleaner
from bot.safety.cleaning.cleaner import MOST_BYTES, TYPES, Cleaned, NoCopyReason, Refused, clean, type_of
from bot.safety.cleaning.confinement import MOST_MEMORY
from tests.bot.safety.cleaning.hostile import SPECIAL, broken, special
from tests.bot.safety.cleaning.planted import WORD
from tests.bot.safety.cleaning.samples import NAMES, sample
from tests.bot.safety.cleaning.test_clean_copies import WITHOUT_WORDS

BROKEN = dict(broken())
SECONDS = 20
REFUSED = {
    "empty": NoCopyReason.TYPE,
    "one-byte": NoCopyReason.TYPE,
    "text": NoCopyReason.TYPE,
    "page": NoCopyReason.TYPE,
    "drawing": NoCopyReason.TYPE,
    "program": NoCopyReason.TYPE,
    "playlist": NoCopyReason.TYPE,
    "concat": NoCopyReason.TYPE,
    "nested-archives": NoCopyReason.TYPE,
    "document-with-macros": NoCopyReason.TYPE,
    "png-bomb": NoCopyReason.LARGE,
    "png-says-4-gigapixels": NoCopyReason.LARGE,
    "jpeg-says-4-gigapixels": NoCopyReason.LARGE,
    "jpeg-says-one-line": NoCopyReason.LARGE,
    "gif-of-frames": NoCopyReason.LARGE,
    "pdf-with-password": NoCopyReason.LOCKED,
    "pdf-of-pages": NoCopyReason.LARGE,
}
CLEANED = {
    "jpeg-of-100-megapixels", "jpeg-and-archive", "jpeg-and-page", "png-and-program", "gif-and-script", "pdf-and-archive", "mp4-and-page",
    "pdf-that-launches", "pdf-bomb", "pdf-photo-bomb",
}  # fmt: skip


COSTLY = {"gif-of-frames", "jpeg-of-100-megapixels", "pdf-photo-bomb", "png-comment-bomb"}
"""Each costs as much as four others."""
FIRST = {
    type_.name: name for name in reversed(NAMES) if (type_ := type_of(sample(name))) is not None
}.values()
"""One sample of each type."""


def _is_long(name: str) -> bool:
    """Whether it is left to the long run: what is costly, and what breaks a type in the ways in which another sample of it is broken."""
    return name in COSTLY if name in SPECIAL else name.partition("-")[2] not in FIRST


HOSTILE = [
    pytest.param(name, marks=pytest.mark.long) if _is_long(name) else name for name in [*SPECIAL, *BROKEN]
]


def test_there_are_enough_of_them_and_of_every_type() -> None:
    """Of each type that is cleaned at least two, and those that were thought of."""
    assert len(BROKEN) + len(SPECIAL) >= 60
    found = [type_.name for content in BROKEN.values() if (type_ := type_of(content)) is not None]
    assert all(found.count(name) >= 2 for name in TYPES)


@pytest.fixture(scope="module")
def asking() -> Iterator[ProcessPoolExecutor]:
    """A process whose children are cleaning processes alone: the tests' own has had others, and passes its size on to each."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        yield process


def clean_and_measure(content: bytes) -> tuple[Cleaned | Refused, int]:
    """What becomes of a file, and the most bytes of memory that any child of this process has held."""
    found = clean(content)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return found, most * (1024 if sys.platform == "linux" else 1)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_or_cleaned_within_bounds(name: str, asking: ProcessPoolExecutor) -> None:
    """What it plants is in no copy; time, memory and size are bounded."""
    content = special(name) if name in SPECIAL else BROKEN[name]
    begun = time.monotonic()
    found, memory = asking.submit(clean_and_measure, content).result()
    assert time.monotonic() - begun < SECONDS
    assert memory <= MOST_MEMORY
    if name in REFUSED:
        assert isinstance(found, Refused)
        assert found.reason is REFUSED[name]
    if name in CLEANED:
        assert isinstance(found, Cleaned)
    of_words = name.partition("-")[2] not in WITHOUT_WORDS
    if isinstance(found, Cleaned) and of_words:
        assert WORD.encode() not in found.content
        assert len(found.content) <= MOST_BYTES
        assert type_of(found.content) == found.type


TAKEN_OVER = {
    "says nothing": ("", NoCopyReason.BROKEN),
    "dies": ("import os; os.kill(os.getpid(), 11)", NoCopyReason.BROKEN),
    "hangs": ("import time; time.sleep(60)", NoCopyReason.SLOW),
    "hangs without reading": ("import os, time; os.close(1); time.sleep(60)", NoCopyReason.BROKEN),
    "writes without end": ("import sys\nwhile True: sys.stdout.write('x' * 1000000)", NoCopyReason.BROKEN),
    "copies without end": (
        'import sys\nprint(\'{"clean": true}\')\nwhile True: sys.stdout.write("x" * 1000000)',
        NoCopyReason.LARGE,
    ),
    "gives a page for a picture": ("print('{\"clean\": true}\\n<html>')", NoCopyReason.BROKEN),
    "gives a document for a picture": ("print('{\"clean\": true}\\n%PDF-1.7')", NoCopyReason.BROKEN),
    "gives no object": ("print('[]')", NoCopyReason.BROKEN),
    "gives a reason of its own": ('print(\'{"clean": false, "reason": [1]}\')', NoCopyReason.BROKEN),
}


@pytest.mark.parametrize("what", TAKEN_OVER)
def test_a_process_that_a_file_took_over_is_not_believed(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it does instead of cleaning, it is ended in time and what it says is checked."""
    program, reason = TAKEN_OVER[what]
    monkeypatch.setattr(cleaner, "_RUN", program)
    begun = time.monotonic()
    found = clean(sample("photo.jpg") * 1000, seconds=0.3 if reason is NoCopyReason.SLOW else SECONDS)
    assert found == Refused(reason, TYPES["JPEG"])
    assert time.monotonic() - begun < SECONDS


def test_a_file_that_takes_too_much_work_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moderators are told that it was too slow, not that it is broken."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from bot.safety.cleaning import confinement\n"
        "confinement.MOST_CPU_SECONDS = 1; confinement.limit()\nwhile True: pass"
    )
    monkeypatch.setattr(cleaner, "_RUN", program)
    assert clean(sample("photo.jpg"), seconds=SECONDS) == Refused(NoCopyReason.SLOW, TYPES["JPEG"])


def test_the_process_is_given_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the bot's environment nor its folder, whose .env could be read, nor its open files."""
    monkeypatch.setenv("KUAGER_KEY_RING", "planted")
    program = (
        "import json, os; print(json.dumps({'clean': False, 'env': dict(os.environ), 'cwd': os.getcwd(),"
        " 'files': sorted(map(int, os.listdir('/proc/self/fd')))[:-1]}))"
    )
    monkeypatch.setattr(cleaner, "_RUN", program)
    with open("/dev/null", "rb") as open_file:  # noqa: PTH123 - a file that is open while the process begins
        answer = cleaner.run("bot.safety.cleaning.confinement", ["JPEG"], b"", SECONDS)
        assert open_file.fileno() > 2
    assert not isinstance(answer, NoCopyReason)
    assert answer[0]["env"].keys() <= {"PATH", "LANG", "MALLOC_ARENA_MAX", "LC_CTYPE"}  # type: ignore[attr-defined] # it is an object of JSON
    assert (answer[0]["cwd"], answer[0]["files"]) == ("/", [0, 1, 2])


def test_samples_are_hostile_only_when_they_are_broken() -> None:
    """The same files whole become clean copies, so the cleaner refuses nothing without need."""
    assert all(type_of(sample(name)) is not None for name in NAMES)
