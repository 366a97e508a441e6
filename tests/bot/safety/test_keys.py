"""Keys and rings as the settings hold them."""

import base64
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.sealing import KeyRing, SecretKey, new_key, read_key, read_key_ring, show_key

SHOWN, OTHER = (show_key(SecretKey(sha256(word).digest())) for word in (b"one", b"two"))


def test_a_new_key_is_random_and_read_back() -> None:
    """32 bytes, never the same."""
    first, second = new_key(), new_key()
    assert len(first) == 32
    assert first != second
    assert read_key(show_key(first)) == first


@given(st.binary(max_size=64).filter(lambda raw: len(raw) != 32))
def test_a_key_of_another_length_is_refused_without_repeating_it(raw: bytes) -> None:
    """The message says what to do and nothing of the key."""
    text = base64.b64encode(raw).decode()
    with pytest.raises(ValueError, match="32 bytes") as error:
        read_key(text)
    assert len(raw) < 4 or text not in str(error.value)


@pytest.mark.parametrize("text", ["hello", "é", f"{SHOWN} "])
def test_what_is_not_base64_is_refused(text: str) -> None:
    """With the command that makes a key."""
    with pytest.raises(ValueError, match="keys new"):
        read_key(text)


def test_the_first_key_of_a_ring_is_the_one_at_work() -> None:
    """The others only open what is old."""
    ring = read_key_ring(f"k2:{SHOWN}, k1:{OTHER}")
    assert (ring.current, list(ring.keys)) == ("k2", ["k2", "k1"])


@pytest.mark.parametrize(
    "key",
    [
        b"01234567890123456789012345678901",
        b"correct horse battery staple 123",
        bytes(32),
        b"\x01\xff" * 16,
        bytes(range(32)),
        bytes(range(0x80, 0x90)) * 2,
    ],
)
def test_a_key_that_was_typed_or_copied_is_refused_without_repeating_it(key: bytes) -> None:
    """The published example of an older `.env.example`, a pass phrase, zeros, what repeats or counts up."""
    text = base64.b64encode(key).decode()
    with pytest.raises(ValueError, match=r"is no random key.*keys new") as error:
        read_key(text)
    assert text not in str(error.value)


def test_a_ring_that_holds_a_key_under_two_ids_is_refused() -> None:
    """Whoever believes to have changed the key has not."""
    with pytest.raises(ValueError, match="the same key twice"):
        read_key_ring(f"k2:{SHOWN},k1:{SHOWN}")


@pytest.mark.parametrize(
    "text", ["", SHOWN, f":{SHOWN}", f"a b:{SHOWN}", f"{'k' * 17}:{SHOWN}", f"k1:{SHOWN},k1:{SHOWN}"]
)
def test_a_ring_that_is_wrong_is_refused(text: str) -> None:
    """No id, a bad id, the same id twice."""
    with pytest.raises(ValueError, match=r"must be id:base64|same id twice"):
        read_key_ring(text)


def test_a_ring_does_not_show_its_keys() -> None:
    """Not even where it is logged by mistake."""
    assert "\\x01" not in repr(KeyRing({"k1": SecretKey(b"\x01" * 32)}, "k1"))
