"""The search for secrets sees what it is meant to see."""

import base64
import json

import pytest

from tests.secrets.spellings import spellings

NAME = "Қарлығаш Тестова"
NUMBER = 7_123_456_789


def seen(secret: str | int, content: bytes) -> bool:
    """Whether a secret is seen in some bytes."""
    return any(spelt in content for spelt in spellings(secret).values())


@pytest.mark.parametrize("before", range(5))
def test_a_name_is_seen_in_base64_wherever_it_begins(before: int) -> None:
    """All three alignments of base64, plain and for addresses, whatever stands beside the name."""
    content = b"x" * before + NAME.encode() + b"yz"
    assert seen(NAME, base64.b64encode(content))
    assert seen(NAME, base64.urlsafe_b64encode(content))
    assert seen(NAME, base64.b64encode(b"x" * before + NAME.encode("utf-16-le")))


def test_a_name_is_seen_in_every_other_encoding() -> None:
    """UTF-8, UTF-16, escapes of JSON, hexadecimal, the way Python shows bytes."""
    contents = [NAME.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
    contents += [content.hex().encode() for content in contents]
    contents += [content.hex().upper().encode() for content in contents[:3]]
    contents += [json.dumps(NAME).encode(), str(NAME.encode()).encode()]
    contents.append(
        "".join(f"\\u{ord(letter):04X}" if ord(letter) > 127 else letter for letter in NAME).encode()
    )
    for content in contents:
        assert seen(NAME, b"before" + content + b"after")
        assert not seen(NAME, content[:-6])


def test_a_number_is_seen_as_digits_and_as_bytes() -> None:
    """Decimal, hexadecimal, and integers of both byte orders."""
    contents = [str(NUMBER).encode(), f"{NUMBER:x}".encode(), f"{NUMBER:X}".encode()]
    contents += [NUMBER.to_bytes(width, "big") for width in (5, 6, 8)]
    contents += [NUMBER.to_bytes(width, "little") for width in (5, 6, 8)]
    contents.append((NUMBER % 2**31).to_bytes(4, "big"))
    seen_ones = [seen(NUMBER, b"before" + content + b"after") for content in contents]
    assert seen_ones == [True] * 9 + [False]
    assert seen(3_987_654_321, (3_987_654_321).to_bytes(4, "little"))
