"""What one copy of the bot alone must do at a time, where several share the work."""

from collections.abc import Callable
from dataclasses import dataclass


def _always() -> bool:
    return True


def _to_nobody() -> None:
    """Where there is one bot nothing is passed on."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A job of the copy that keeps house: `in_charge` tells whether this is the one, `pass_on` lets that one know that there is
    something to do."""

    in_charge: Callable[[], bool] = _always
    pass_on: Callable[[], None] = _to_nobody
