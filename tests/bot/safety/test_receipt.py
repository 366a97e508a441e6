"""Receipt codes and references."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.pseudonym import (
    codes_in,
    has_spelled_code,
    new_code,
    new_reference,
    packed,
    read_code,
    unpacked,
)

ALIKE = {
    "0": "0OoОо",
    "1": "1IiLl",
    "B": "BbВв",
    "C": "CcСс",
    "E": "EeЕе",
    "H": "HhНн",
    "K": "KkКк",
    "M": "MmМм",
}
ALIKE |= {"P": "PpРр", "T": "TtТт", "X": "XxХх", "A": "AaАа"}


def test_a_code_has_sixty_bits_and_is_not_repeated() -> None:
    """Twelve letters of thirty-two, in three groups."""
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code.replace("-", "")) == 12 and code.count("-") == 2 for code in codes)
    assert len({letter for code in codes for letter in code} - {"-"}) == 32


@given(st.integers(0, 2**32), st.sampled_from(["-", " ", "", "–", " — "]))
def test_a_code_is_read_back_from_how_people_copy_it(seed: int, between: str) -> None:
    """Any case, O for 0, I and L for 1, Cyrillic letters that look Latin, any dashes and spaces."""
    chance = random.Random(seed)
    code = new_code()
    typed = "".join(chance.choice(ALIKE.get(letter, letter + letter.lower())) for letter in code)
    assert read_code(f"  {typed.replace('-', between)}\n") == code


@given(st.text(max_size=20))
def test_what_is_read_is_a_code_in_its_one_spelling_or_nothing(typed: str) -> None:
    """Reading again changes nothing."""
    code = read_code(typed)
    assert code is None or read_code(code) == code


def test_a_code_is_packed_in_eight_bytes() -> None:
    """And read back from them, leading zeros too."""
    for code in ("0000-0000-0000", "0000-0000-0001", "ZZZZ-ZZZZ-ZZZZ", new_code()):
        assert len(packed(code)) == 8
        assert unpacked(packed(code)) == code


def test_words_and_short_codes_are_no_codes() -> None:
    """A letter that is not in the alphabet, too few, too many."""
    for typed in ("", "7K3Q-V9XM-20T", "7K3Q-V9XM-20TBX", "UUUU-UUUU-UUUU", "сәлеметсіз бе", "/withdraw"):
        assert read_code(typed) is None


def test_a_reference_is_short_and_begins_with_r() -> None:
    """Six letters that can be said aloud."""
    assert all(len(ref) == 6 and ref[0] == "R" for ref in (new_reference() for _ in range(50)))


@pytest.mark.parametrize("before", ["", "code ", "my code 2026 ", "кода ", "they came with ", "("])
@pytest.mark.parametrize("between", ["-", " ", " - ", "–", ""])
@pytest.mark.parametrize("after", ["", ".", " came late"])
def test_a_code_is_found_among_words(before: str, between: str, after: str) -> None:
    """Whatever stands before it, also words of four letters, of which three could be a code."""
    code = "7K3Q-V9XM-20TB"
    typed = f"{before}{code.replace('-', between)}{after}"
    assert has_spelled_code(typed)
    assert code in codes_in(typed)


@given(st.text(st.sampled_from("7kоУб- –²ſıK.\n"), max_size=40))
def test_the_codes_of_a_text_are_all_runs_of_letters_that_read_as_one(typed: str) -> None:
    """A long text is searched for the letters of codes alone, which is faster, and misses none."""
    part, between = r"\w{4}", r"[\s\-–—]{0,3}"
    runs = re.finditer(rf"(?<!\w)(?=({part}{between}{part}{between}{part})(?!\w))", typed)
    codes = {code for run in runs if (code := read_code(run[1]))}
    found = codes_in(typed)
    assert codes.issuperset(found)
    assert len(found) == min(3, len(codes))


@pytest.mark.parametrize("typed", ["They came with them", "7K3Q-V9XM", "900101300123", "2024 2025 2026", ""])
def test_words_and_numbers_are_no_code_that_somebody_spelled(typed: str) -> None:
    """Three words of four letters are looked up, and count as no guess."""
    assert not has_spelled_code(typed)
