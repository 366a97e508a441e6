"""The words of a text, each with what stands before it."""

import re
from dataclasses import dataclass
from functools import cached_property

from bot.safety.personal_data.spelling import spelling

_WORD = re.compile(r"[^\W\d_]+(?:[-'’ʼ`][^\W\d_]+)*(?:\.(?=[-\s,;:)»\"”]|[^\W\d_]\.|[^\W\d_]{3}|\Z))?")
"""Letters, with the full stop behind them, which may make an initial of one."""
_ENDS = frozenset(".!?…:\n•*|/")
_QUOTES = frozenset("«»\"“”„'‘’(")


@dataclass(frozen=True)
class Word:
    """A word without its full stop, and where it stands. `gap` is what stands between it and the word before."""

    text: str
    start: int
    end: int
    gap: str
    stop: bool

    @cached_property
    def spelt(self) -> str:
        """The word in the common spelling."""
        return spelling(self.text)

    @property
    def is_capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[0].isupper()

    @property
    def is_loud(self) -> bool:
        """Whether it is all in capitals and longer than an initial."""
        return len(self.text) > 1 and self.text.isupper()

    @property
    def is_initial(self) -> bool:
        """Whether it is one capital letter (Ж., Дж., Sh.) with a full stop."""
        return (
            self.stop
            and self.is_capital
            and (len(self.text) == 1 or (len(self.text) == 2 and self.text[1].islower()))
        )

    @property
    def is_quoted(self) -> bool:
        """Whether a quotation mark opens right before it."""
        return self.gap[-1:] in _QUOTES and self.gap[-1:] != "("

    @property
    def is_beside(self) -> bool:
        """Whether nothing but a space, or the full stop of an initial, stands between it and the word before."""
        return self.gap.strip(" \u00a0") == "" and len(self.gap) <= 2


def words(text: str) -> list[Word]:
    """The words of a text in order."""
    found, end = [], 0
    for match in _WORD.finditer(text):
        said = match[0].rstrip(".")
        stop = said != match[0]
        found.append(Word(said, match.start(), match.start() + len(said), text[end : match.start()], stop))
        end = match.end()
    return found


def begins_sentence(word: Word, before: Word | None) -> bool:
    """Whether a capital at the beginning of a word says nothing, since a sentence may begin there."""
    if before is None or any(sign in _ENDS for sign in word.gap):
        return True
    return (
        word.is_quoted
        or word.gap.endswith(("(", "["))
        or ("-" in word.gap or "—" in word.gap or "–" in word.gap)
        or (before.stop and not before.is_initial)
    )
