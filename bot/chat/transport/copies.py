"""The copies of the bot that share the work, as one of them sees the others, and the words that they say to each other. None
says anything of a person."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Word(StrEnum):
    """What copies tell each other, with what stands behind it."""

    OWED = "owed"
    """The copy of this number owes something that it does not know of yet."""
    HURRY = "hurry"
    """Somebody waits for what the copy of this number has delivered and not recorded."""
    RECORDED = "recorded"
    """What was hurried is recorded."""
    HELD = "held"
    """Telegram refuses, for so many seconds, what the bot sends."""
    WAITS = "waits"
    FILES = "files"
    REPORTS = "reports"
    """The copy that keeps house has updates, files or new reports to see to."""


class Copies(Protocol):
    """The other copies, and whether this one keeps house."""

    @property
    def keeps_house(self) -> bool:
        """Whether this copy does the jobs that one alone must do."""

    @property
    def house_is_kept_elsewhere(self) -> bool:
        """Whether another copy is known to do them. False while the database is away."""

    @property
    def number_there(self) -> int:
        """How many copies are there, with this one."""

    def is_gone(self, number: int) -> bool:
        """Whether a copy is no longer there."""

    def tell(self, word: str, about: object = "") -> None:
        """Tell all others."""


class Alone:
    """There is one bot."""

    keeps_house, house_is_kept_elsewhere, number_there = True, False, 1

    def is_gone(self, _number: int) -> bool:
        """Nobody can be."""
        return False

    def tell(self, word: str, about: object = "") -> None:
        """Nobody hears it."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A job of the copy that keeps house, in which the others let it know by a word that there is something to do."""

    copies: Copies
    word: Word

    @property
    def is_ours(self) -> bool:
        """Whether this is the copy."""
        return self.copies.keeps_house

    def pass_on(self) -> None:
        """Let that copy know."""
        self.copies.tell(self.word)


ALONE = Alone()
