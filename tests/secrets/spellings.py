"""All the ways a secret could stand somewhere: in which encodings it is searched for."""

import base64
import re
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
    """Decimal, hexadecimal, base 36, base64 of its bytes, as a variable-length quantity, and packed: in as few bytes as it has,
    which stand in any wider integer too."""
    yield from _of_text(str(number))
    for spelt in (f"{number:x}", f"{number:X}"):
        yield f"hexadecimal {spelt.isupper()}", spelt.encode()
    yield "base 36", _of_base_36(number).encode()
    width = (number.bit_length() + 7) // 8
    yield f"big-endian {width}", number.to_bytes(width, "big")
    yield f"little-endian {width}", number.to_bytes(width, "little")
    yield from _of_bytes("big-endian 8", number.to_bytes(8, "big"))
    yield from _of_bytes("little-endian 8", number.to_bytes(8, "little"))
    groups = [number >> shift & 127 for shift in range(0, number.bit_length(), 7)]
    yield "LEB128", bytes([*(group | 128 for group in groups[:-1]), groups[-1]])
    yield "variable-length quantity", bytes([*(group | 128 for group in groups[:0:-1]), groups[0]])


def _of_base_36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


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
    yield "lower percent", re.sub("%..", lambda found: found.group().lower(), quote(text)).encode()
    yield "entities", "".join(f"&#{ord(one)};" if ord(one) > 127 else one for one in text).encode()
    yield "braced escapes", text.encode("ascii", "backslashreplace")


def _of_bytes(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield f"{name}, hex", content.hex().encode()
    yield f"{name}, HEX", content.hex().upper().encode()
    yield f"{name}, repr", repr(content)[2:-1].encode()
    yield f"{name}, spaced hex", content.hex(" ").encode()
    for shift in range(3):
        plain = base64.b64encode(bytes(shift) + content)
        # The characters at both ends depend on what stands beside the secret.
        inner = plain[-(-shift * 8 // 6) : (shift + len(content)) * 8 // 6]
        yield f"{name}, base64 +{shift}", inner
        yield f"{name}, base64url +{shift}", inner.translate(bytes.maketrans(b"+/", b"-_"))
