"""Trimmed recordings: no frame and no sound that was cut off is left, whatever the player makes of edit lists."""

import io
from collections.abc import Mapping
from typing import Any

import av
import pytest

from bot.safety.cleaning import recordings
from bot.safety.cleaning.cleaner import Loss, NotCleanError, type_of
from tests.bot.safety.cleaning.planted import WORD
from tests.bot.safety.cleaning.trimmed import BRIGHT, CASES, LOUD, UNITS, trimmed, with_unit

_SAMPLES: Mapping[str, tuple[Any, float]] = {"flt": ("f", 32_768), "s16": ("h", 1), "s32": ("i", 1 / 65_536)}
"""Of one channel as it is decoded: their kind, and how many of sixteen bits make one."""


def cleaned(content: bytes) -> tuple[bytes, Loss | None]:
    """The clean copy, made here and not in a process of its own, which would take most of the time."""
    kind = type_of(content)
    assert kind is not None
    recordings.prepare()
    return recordings.clean(content, kind)


def decoded(content: bytes, *, edits: bool) -> Mapping[str, list[float]]:
    """The mean of each picture and the loudest sample of each packet of sound, with or without obeying edit lists."""
    found: dict[str, list[float]] = {"video": [], "audio": [], "seconds": []}
    options = {} if edits else {"ignore_editlist": "1"}
    with av.open(io.BytesIO(content), "r", options=options) as source:
        for packet in source.demux():
            for frame in packet.decode():
                found[packet.stream.type].append(_measure(frame))
                if isinstance(frame, av.AudioFrame):
                    found["seconds"].append(frame.samples / frame.sample_rate)
    return found


def _measure(frame: Any) -> float:
    if isinstance(frame, av.VideoFrame):
        shades = bytes(frame.planes[0])[::61]
        return sum(shades) / len(shades)
    kind, unit = next(found for name, found in _SAMPLES.items() if frame.format.name.startswith(name))
    plain = memoryview(bytes(frame.planes[0])).cast(kind)[: frame.samples]
    samples = plain[::7].tolist()
    return float(max(map(abs, samples)) * unit)


@pytest.mark.parametrize("name", CASES)
def test_what_was_cut_off_is_in_no_clean_copy(name: str) -> None:
    """It is there before; what is shown is there afterwards, but up to two seconds beside a cut, which is told then."""
    case, content = CASES[name], trimmed(name)
    if case.refused:
        with pytest.raises(NotCleanError):
            cleaned(content)
        return
    copy, loss = cleaned(content)
    for edits in (True, False) if copy[4:8] == b"ftyp" else (True,):
        found = decoded(copy, edits=edits)
        assert not [shade for shade in found["video"] if shade > BRIGHT]
        assert not [size for size in found["audio"] if size > LOUD]
        assert len(found["video"]) == case.pictures
        assert abs(sum(found["seconds"]) - case.sound) < 0.25
    assert loss is (Loss.CUT if case.cut else None)


NOTHING_HIDDEN = {"boxes.mp4", "padded.mp4", "pre-skip-short.webm"}


@pytest.mark.parametrize(
    "name", [one for one, case in CASES.items() if not case.refused and one not in NOTHING_HIDDEN][::4]
)
def test_what_was_cut_off_is_in_the_original(name: str) -> None:
    """Else the test above could not fail."""
    found = decoded(trimmed(name), edits=False)
    assert any(shade > BRIGHT for shade in found["video"]) or any(size > LOUD for size in found["audio"])


@pytest.mark.parametrize("name", UNITS)
def test_units_that_no_player_shows_go(name: str) -> None:
    """Second pictures and views, words, fillers, and all that is reserved; the pictures stay."""
    content = with_unit(name)
    assert WORD.encode() in content
    copy, _ = cleaned(content)
    assert WORD.encode() not in copy
    assert len(decoded(copy, edits=True)["video"]) == 200


def test_boxes_that_no_player_looks_at_go() -> None:
    """Wherever they stand."""
    assert WORD.encode() in trimmed("boxes.mp4")
    assert WORD.encode() not in cleaned(trimmed("boxes.mp4"))[0]
