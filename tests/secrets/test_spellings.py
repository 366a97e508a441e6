"""The search for secrets sees what it is meant to see."""

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.secrets.searching import Search, files_in
from tests.secrets.spellings import Secret

NAME = "Қарлығаш Тестова"
NUMBER = 7_123_456_789


def seen(secret: Secret, content: bytes) -> bool:
    """Whether a secret is seen in some bytes."""
    return bool(Search({"secret": secret})(content))


@pytest.mark.parametrize("before", range(5))
def test_a_name_is_seen_in_base64_wherever_it_begins(before: int) -> None:
    """All three alignments of base64, plain and for addresses, whatever stands beside the name."""
    content = b"x" * before + NAME.encode() + b"yz"
    assert seen(NAME, base64.b64encode(content))
    assert seen(NAME, base64.urlsafe_b64encode(content))
    assert seen(NAME, base64.b64encode(b"x" * before + NAME.encode("utf-16-le")))


def test_a_name_is_seen_in_every_other_encoding() -> None:
    """UTF-8, UTF-16, escapes of JSON, of addresses and of pages, hexadecimal, the way Python shows bytes."""
    contents = [NAME.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
    contents += [content.hex().encode() for content in contents]
    contents += [content.hex().upper().encode() for content in contents[:3]]
    contents += [json.dumps(NAME).encode(), str(NAME.encode()).encode()]
    contents += [quote(NAME).encode(), re.sub("%..", lambda one: one.group().lower(), quote(NAME)).encode()]
    contents += [html.escape(NAME).encode("ascii", "xmlcharrefreplace")]
    contents += [NAME.encode().hex(" ").encode()]
    contents.append(
        "".join(f"\\u{ord(letter):04X}" if ord(letter) > 127 else letter for letter in NAME).encode()
    )
    for content in contents:
        assert seen(NAME, b"before" + content + b"after")
        assert not seen(NAME, content[:-6])


def test_a_number_is_seen_as_digits_and_as_bytes() -> None:
    """Decimal, hexadecimal, base 36, integers of both byte orders and any width, as protocol buffers and SQLite write them, and
    their base64."""
    contents = [str(NUMBER).encode(), f"{NUMBER:x}".encode(), f"{NUMBER:X}".encode(), b"39t4efp"]
    contents += [NUMBER.to_bytes(width, "big") for width in (5, 6, 8)]
    contents += [NUMBER.to_bytes(width, "little") for width in (5, 6, 8)]
    contents += [b"\x95\xa6\xdd\xc4\x1a", b"\x9a\xc4\xdd\xa6\x15"]
    contents += [base64.b64encode(b"xy" + NUMBER.to_bytes(8, order)) for order in ("big", "little")]
    for content in contents:
        assert seen(NUMBER, b"before" + content + b"after"), content
    assert not seen(NUMBER, b"before" + (NUMBER % 2**31).to_bytes(4, "big") + b"after")


def zipped(content: bytes) -> bytes:
    """An archive with one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("file", content)
    return out.getvalue()


@pytest.mark.parametrize("pack", [zlib.compress, gzip.compress, bz2.compress, lzma.compress, zipped])
def test_a_name_is_seen_in_what_is_compressed(pack: Callable[[bytes], bytes]) -> None:
    """Wherever it begins, whatever follows, twice, and as base64."""
    packed = pack(NAME.encode() * 3)
    assert not Search({"secret": NAME})._automaton.find_matches_as_indexes(packed)
    after = b"" if pack is zipped else b"after" * 2000
    assert seen(NAME, b"before\x78\x9c" + packed + after)
    assert seen(NAME, base64.b64encode(packed))
    assert seen(NAME, gzip.compress(packed))


@pytest.mark.parametrize("name", ["first", "last"])
def test_a_name_is_seen_in_any_file_of_an_archive(name: str) -> None:
    """Also in an archive inside of it, as the form of an OpenRosa export is; without the name nothing is seen."""

    def archive(said: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            for one in ("first", "middle", "last"):
                made.writestr(one, b"<t>before " * 500 + (said if one == name else b"") + b" after</t>" * 500)
        return out.getvalue()

    assert seen(NAME, archive(NAME.encode()))
    assert seen(NAME, archive(archive(NAME.encode())))
    assert not seen(NAME, archive(archive(b"")))


def test_the_names_of_files_are_searched_too(tmp_path: Path) -> None:
    """In folders of any depth; a file that is older than asked for is left out, its name is not."""
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / "file").write_bytes(b"x")
    found = files_in(tmp_path)
    assert seen(NAME, found["names"])
    assert found[f"{NAME}/file"] == b"x"
    assert files_in(tmp_path, since=2**40).keys() == {"names"}
