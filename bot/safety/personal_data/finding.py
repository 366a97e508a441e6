"""What is found in a text."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What kind of personal data a finding is. Where findings overlap, the kind that stands first is kept."""

    COORDINATES = "coordinates"
    IIN = "iin"
    PHONE = "phone"
    PLATE = "plate"
    ADDRESS = "address"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Finding:
    """A place in a text, `text[start:end]`, that looks like personal data."""

    kind: Kind
    start: int
    end: int
