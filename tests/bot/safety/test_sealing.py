"""Sealing: what is sealed opens with its key in its context, and in no other way."""

from sys import getrefcount

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.sealing import KeyRing, RingSeal, UnsealError, new_key, ready, seal, unseal

KEY, OTHER = new_key(), new_key()
CONTEXT = "reports.content:1"
PLAIN = st.binary(max_size=300)


@given(PLAIN, st.text(max_size=40))
def test_what_is_sealed_opens_again(plain: bytes, context: str) -> None:
    """Any bytes, any context."""
    assert unseal(KEY, seal(KEY, plain, context), context) == plain


@given(PLAIN)
def test_a_key_that_is_ready_is_the_same_key(plain: bytes) -> None:
    """What one of them seals the other opens; each value has a nonce of its own."""
    made = ready(KEY)
    assert made == KEY
    first, second = (seal(made, plain, CONTEXT) for _ in range(2))
    assert first[:13] != second[:13]
    assert unseal(KEY, first, CONTEXT) == unseal(made, seal(KEY, plain, CONTEXT), CONTEXT) == plain
    with pytest.raises(UnsealError):
        unseal(ready(OTHER), first, CONTEXT)


@given(st.binary(min_size=8, max_size=100))
def test_sealed_bytes_show_nothing_and_are_never_the_same(plain: bytes) -> None:
    """The plain bytes are not in them, and a second sealing gives others."""
    first, second = seal(KEY, plain, CONTEXT), seal(KEY, plain, CONTEXT)
    assert plain not in first
    assert first != second


@given(PLAIN, st.text(max_size=20).filter(lambda context: context != CONTEXT))
def test_a_row_that_was_moved_does_not_open(plain: bytes, elsewhere: str) -> None:
    """Neither in another row nor in another column."""
    with pytest.raises(UnsealError):
        unseal(KEY, seal(KEY, plain, CONTEXT), elsewhere)


@given(PLAIN, st.data())
def test_a_changed_bit_is_found(plain: bytes, data: st.DataObject) -> None:
    """Wherever it is: version, nonce, content or tag."""
    sealed = bytearray(seal(KEY, plain, CONTEXT))
    context = data.draw(st.integers(0, len(sealed) - 1))
    sealed[context] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(UnsealError):
        unseal(KEY, bytes(sealed), CONTEXT)


def test_another_key_opens_nothing_and_the_error_tells_nothing() -> None:
    """The message is the context alone."""
    with pytest.raises(UnsealError) as error:
        unseal(OTHER, seal(KEY, b"story", CONTEXT), CONTEXT)
    assert str(error.value) == CONTEXT


@given(PLAIN)
def test_a_rotated_ring_opens_what_the_older_key_sealed(plain: bytes) -> None:
    """New things are sealed by the new key, old ones still open; without the old key they do not."""
    old = RingSeal(KeyRing({"k1": KEY}, "k1"))
    rotated = RingSeal(KeyRing({"k2": OTHER, "k1": KEY}, "k2"))
    sealed, fresh = old.seal(plain, CONTEXT), rotated.seal(plain, CONTEXT)
    assert rotated.unseal(sealed, CONTEXT) == rotated.unseal(fresh, CONTEXT) == plain
    with pytest.raises(UnsealError, match="k2"):
        old.unseal(fresh, CONTEXT)
    with pytest.raises(UnsealError, match="k1"):
        RingSeal(KeyRing({"k2": OTHER}, "k2")).unseal(sealed, CONTEXT)


def test_a_ring_key_under_another_id_opens_nothing() -> None:
    """The id stands before the sealed bytes, but it proves nothing."""
    sealed = RingSeal(KeyRing({"k1": KEY}, "k1")).seal(b"story", CONTEXT)
    with pytest.raises(UnsealError):
        RingSeal(KeyRing({"k1": OTHER}, "k1")).unseal(sealed, CONTEXT)


def test_a_cipher_does_not_hold_its_key() -> None:
    """A key that is let go leaves the memory, though nothing looks for cycles in what is not of Python."""
    key = ready(new_key())
    before = getrefcount(key)
    seal(key, b"story", CONTEXT)
    assert getrefcount(key) == before
