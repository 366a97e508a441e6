"""Addresses of the network as an operator writes them. What is wrong is a ValueError that does not repeat the value, which may
hold a password."""

import ipaddress
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from dotenv import dotenv_values
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from bot.errors import SettingsError

TELEGRAM = "https://api.telegram.org"
_PORTS = frozenset({443, 80, 88, 8443})
"""Those at which Telegram calls a webhook (Bot API, setWebhook)."""


def _parts(value: str) -> tuple[SplitResult, int | None]:
    """An address and its port; one that cannot be read has no host."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return urlsplit(""), None
    return parts, port


def read_webhook(value: str, *, of_telegram: bool) -> str:
    """The address of a webhook. A Bot API on one's own machine also calls one without TLS, at any port."""
    parts, port = _parts(value)
    schemes = ("https",) if of_telegram else ("https", "http")
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(
            f"must start with {'https:// or http://'[: 8 if of_telegram else None]} and name a host"
        )
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("must hold no name, no password and no #")
    if of_telegram and (port or 443) not in _PORTS:
        raise ValueError("Telegram calls the ports 443, 80, 88 and 8443 alone")
    return value


def read_proxy(value: str) -> str:
    """The address of an HTTP proxy."""
    parts, _ = _parts(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must start with http:// or https:// and name a host; a SOCKS proxy cannot be used")
    return value


def read_address(value: str) -> tuple[str, int]:
    """A host and a port at which something listens: `127.0.0.1:8080`, `[::1]:8080`."""
    parts, port = _parts(f"//{value}")
    if not parts.hostname or not port or parts.username is not None or parts.path:
        raise ValueError("must be an address and a port")
    return parts.hostname, port


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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


Wording = Mapping[str, str]
"""Words by the code of their language; under ANY those for all the others. Empty: nothing is said."""

ANY = ""
MOST_IN_NAME = 64
"""Characters of a bot's name: https://core.telegram.org/bots/api#setmyname."""
MOST_IN_ABOUT = 80
"""Characters of what stands within a text. With those around it, it fits the 120 characters of a short description and
the 512 of a description: https://core.telegram.org/bots/api#setmyshortdescription."""


def read_wording(text: str, languages: Sequence[str], most: int) -> Wording:
    """`Bureau`, or `kk: Бюросы | ru: Бюро | en: Bureau`, each of at most so many characters. Raises ValueError."""
    wording: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split("|"))):
        code, colon, words = part.partition(":")
        if not colon or code.strip() not in languages:
            code, words = ANY, part  # an address has a colon too
        words = " ".join(words.split())
        if code.strip() in wording:
            raise ValueError(
                f"says {code.strip()} twice"
                if code
                else "has two names; write kk: before the Kazakh one, and so on"
            )
        if not 1 <= len(words) <= most:
            raise ValueError(f"must have 1 to {most} characters in each language")
        wording[code.strip()] = words
    return wording


def worded(wording: Wording, language: str) -> str:
    """The words in a language: its own, else those for all, else the first; blank when there are none."""
    return wording.get(language) or wording.get(ANY) or next(iter(wording.values()), "")
