"""What the operator's key ring has sealed by itself, not by a data key: it is sealed anew when the ring's key changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute


@dataclass(frozen=True, slots=True)
class RingSealed:
    """A column with values of `RingSeal.seal`; `context` gives that of a row. Its table has one primary key."""

    column: InstrumentedAttribute[bytes] | InstrumentedAttribute[bytes | None]
    context: Callable[[Any], str]
