"""The keys from a file of their own, or from standard input, so that they need not stand in `.env`."""

import sys
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from bot.errors import SettingsError

KEYS = ("key_ring", "lookup_key", "audit_key")
STANDARD_INPUT = "-"
_NAMES = {f"KUAGER_{key}".upper(): key for key in KEYS}
_EXAMPLE = "Example: KUAGER_KEYS_FROM=/run/credentials/kuager.service/keys"


class KeySource(PydanticBaseSettingsSource):
    """Lines such as `KUAGER_LOOKUP_KEY=…` where `keys_from`, which a source before this one gave, says."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Nothing by itself: the keys come together."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The keys; raises SettingsError for a place that cannot be read, and for a key that stands elsewhere too."""
        given = self.current_state
        place = given.get("keys_from")
        if not place:
            return {}
        found = _read(str(place))
        for key, value in found.items():
            if given.get(key) not in {None, value}:
                raise SettingsError(
                    f"KUAGER_{key.upper()} is set a second time, by KUAGER_KEYS_FROM. Keep one."
                )
        return found


def _read(place: str) -> dict[str, Any]:
    try:
        text = _standard_input() if place == STANDARD_INPUT else Path(place).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"KUAGER_KEYS_FROM is wrong: it cannot be read: {why}. {_EXAMPLE}") from None
    lines = {name.upper(): value for name, value in dotenv_values(stream=StringIO(text)).items() if value}
    strange = next((name for name in lines if name not in _NAMES), None)
    if strange is not None or not lines:
        wrong = "it holds no keys" if not lines else "it holds something else than keys"
        raise SettingsError(
            f"KUAGER_KEYS_FROM is wrong: {wrong}; this prints them: python -m bot keys new. {_EXAMPLE}"
        )
    return {_NAMES[name]: value for name, value in lines.items()}


@cache
def _standard_input() -> str:
    """Read once: a command may ask for its settings twice."""
    return sys.stdin.read()
