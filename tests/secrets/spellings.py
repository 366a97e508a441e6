"""All the ways a secret could stand somewhere: in which encodings it is searched for."""

import base64
from collections.abc import Iterator
from urllib.parse import quote

Secret = str | int | bytes


def spellings(secret: Secret) -> dict[str, bytes]:
    """The bytes of a secret by the name of their encoding."""
    if isinstance(secret, int):
        return dict(_of_number(secret))
    if isinstance(secret, str):
        return dict(_of_text(secret))
    return {"plain": secret, **dict(_of_bytes("plain", secret))}


def _of_number(number: int) -> Iterator[tuple[str, bytes]]:
    """Decimal, hexadecimal, and integers of 4, 5 and 8 bytes where the number fills them to half."""
    yield from _of_text(str(number))
    for spelt in (f"{number:x}", f"{number:X}"):
        yield f"hexadecimal {spelt.isupper()}", spelt.encode()
    for width in (4, 5, 8):
        # An id of 34 bits in 4 bytes would lose its beginning.
        if number < 1 << (8 * width):
            yield f"big-endian {width}", number.to_bytes(width, "big")
            yield f"little-endian {width}", number.to_bytes(width, "little")


def _of_text(text: str) -> Iterator[tuple[str, bytes]]:
    for name in ("utf-8", "utf-16-le", "utf-16-be"):
        content = text.encode(name)
        yield name, content
        yield from _of_bytes(name, content)
    units = text.encode("utf-16-be").hex()
    escapes = "".join(
        letter if ord(letter) < 128 else f"\\u{units[4 * place : 4 * place + 4]}"
        for place, letter in enumerate(text)
    )
    yield "escapes", escapes.encode()
    yield (
        "upper escapes",
        "".join(
            letter if ord(letter) < 128 else f"\\u{units[4 * place : 4 * place + 4].upper()}"
            for place, letter in enumerate(text)
        ).encode(),
    )
    yield "percent", quote(text).encode()


def _of_bytes(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield f"{name}, hex", content.hex().encode()
    yield f"{name}, HEX", content.hex().upper().encode()
    yield f"{name}, repr", repr(content)[2:-1].encode()
    for shift in range(3):
        plain = base64.b64encode(bytes(shift) + content)
        # The characters at both ends depend on what stands beside the secret.
        inner = plain[-(-shift * 8 // 6) : (shift + len(content)) * 8 // 6]
        yield f"{name}, base64 +{shift}", inner
        yield f"{name}, base64url +{shift}", inner.translate(bytes.maketrans(b"+/", b"-_"))
