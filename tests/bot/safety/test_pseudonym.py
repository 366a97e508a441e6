"""Keyed hashes of people, receipts and invitations."""

from bot.safety.pseudonym import Pseudonyms, Purpose
from bot.safety.sealing import new_key

KEY = new_key()


def test_the_same_value_has_the_same_hash_under_the_same_key() -> None:
    """After a restart people are found again."""
    assert Pseudonyms(KEY).chat(12345) == Pseudonyms(KEY).chat(12345)
    assert Pseudonyms(KEY).chat(12345) != Pseudonyms(KEY).chat(12346)


def test_hashes_of_different_purposes_cannot_be_compared() -> None:
    """A receipt that happens to be a chat id does not give the chat away."""
    hashes = {Pseudonyms(KEY).of(purpose, "12345") for purpose in Purpose}
    assert len(hashes) == len(Purpose)
    assert {len(hashed) for hashed in hashes} == {32}


def test_another_key_gives_other_hashes() -> None:
    """Without the key nobody can look a person up."""
    assert Pseudonyms(KEY).chat(12345) != Pseudonyms(new_key()).chat(12345)
