"""Prefix of all names, and types shared by several groups."""

from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

from bot.languages import codes
from bot.settings.addresses import MOST_IN_ABOUT, MOST_IN_NAME, Wording, read_wording

PREFIX = "KUAGER_"


def web_address(value: str) -> str:
    """Web address without a trailing slash. Raises ValueError."""
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with https:// or http://")
    return value.rstrip("/")


def _split(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


def _worded(value: Any) -> Any:
    return read_wording(value, codes(), MOST_IN_ABOUT) if isinstance(value, str) else value


def _named(value: Any) -> Any:
    return read_wording(value, codes(), MOST_IN_NAME) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Values separated by commas."""
Worded = Annotated[Wording, NoDecode, BeforeValidator(_worded)]
"""Texts, in one language or several."""
Named = Annotated[Wording, NoDecode, BeforeValidator(_named)]
"""Texts, each as short as a bot's name."""
