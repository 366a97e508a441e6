"""Colour profiles inside a PDF (ICC.1:2022), rebuilt of the tags by which colours are computed: the others name the device, its serial
number and the time at which it was measured."""

from typing import Final

_HEADER: Final = 128
_ENTRY: Final = 12
_MOST_TAGS: Final = 100
_COMPUTED: Final = {
    b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"wtpt", b"bkpt", b"chad", b"gamt", b"lumi",
    b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2",
}  # fmt: skip
_DATE: Final = (2000).to_bytes(2, "big") + b"\x00\x01\x00\x01" + bytes(6)
_BLANK: Final = ((4, bytes(4)), (24, _DATE), (40, bytes(4)), (48, bytes(8)), (80, bytes(48)))
"""Places of the header (7.2) that tell of programs and devices, and what stands there then."""
_NO_WORDS: Final = b"mluc" + bytes(8) + (12).to_bytes(4, "big")
"""A text in no language (10.15), for the tags that every profile has."""


def clean_profile(content: bytes) -> bytes:
    """The profile without words; nothing for what is none, in whose place readers take the plain colours of its number of
    components."""
    if len(content) < _HEADER + 4 or content[36:40] != b"acsp":
        return b""
    tags = {name: data for name, data in _tags(content) if name in _COMPUTED}
    tags |= {b"desc": _NO_WORDS, b"cprt": _NO_WORDS}
    table, body = len(tags).to_bytes(4, "big"), b""
    start = _HEADER + len(table) + _ENTRY * len(tags)
    for name, data in tags.items():
        table += name + (start + len(body)).to_bytes(4, "big") + len(data).to_bytes(4, "big")
        body += data + bytes(-len(data) % 4)
    header = bytearray(content[:_HEADER])
    for place, blank in _BLANK:
        header[place : place + len(blank)] = blank
    header[:4] = (start + len(body)).to_bytes(4, "big")
    return bytes(header) + table + body


def _tags(content: bytes) -> list[tuple[bytes, bytes]]:
    found = []
    count = min(int.from_bytes(content[_HEADER : _HEADER + 4], "big"), _MOST_TAGS)
    for number in range(count):
        entry = content[_HEADER + 4 + _ENTRY * number :][:_ENTRY]
        offset, size = int.from_bytes(entry[4:8], "big"), int.from_bytes(entry[8:12], "big")
        found.append((entry[:4], content[offset : offset + size]))
    return found
