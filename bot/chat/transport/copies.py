"""The other replicas, and the messages between replicas. No message says anything about a person."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Word(StrEnum):
    """Messages between replicas, each followed by a value."""

    OWED = "owed"
    """The replica of this number has new outbox rows."""
    HURRY = "hurry"
    """Another replica waits until the replica of this number records its deliveries."""
    RECORDED = "recorded"
    """Hurried deliveries are recorded."""
    HELD = "held"
    """Telegram refuses all sending for this many seconds."""
    WAITS = "waits"
    FILES = "files"
    REPORTS = "reports"
    """The leader has waiting updates, files or new reports to see to."""


class Copies(Protocol):
    """The other replicas."""

    @property
    def keeps_house(self) -> bool:
        """Whether this replica is the leader."""

    @property
    def house_is_kept_elsewhere(self) -> bool:
        """Whether another replica is known to be the leader. False while the database is away."""

    @property
    def number_there(self) -> int:
        """Number of running replicas, including this one."""

    def is_gone(self, number: int) -> bool:
        """Whether a replica has ended."""

    def tell(self, word: str, about: object = "") -> None:
        """Send a message to all other replicas."""


class Alone:
    """A single bot."""

    keeps_house, house_is_kept_elsewhere, number_there = True, False, 1

    def is_gone(self, _number: int) -> bool:
        return False

    def tell(self, word: str, about: object = "") -> None:
        """Do nothing, since there is no other replica."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A job of the leader. Other replicas tell the leader when there is something to do."""

    copies: Copies
    word: Word

    @property
    def is_ours(self) -> bool:
        return self.copies.keeps_house

    def pass_on(self) -> None:
        self.copies.tell(self.word)


ALONE = Alone()
