"""Values as an operator writes them: addresses, keys, lists, texts. No ValueError repeats one, which may hold a password."""

import ipaddress
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import NoDecode, PydanticBaseSettingsSource

from bot.errors import SettingsError
from bot.languages import codes

PREFIX = "KUAGER_"
TELEGRAM = "https://api.telegram.org"
_PORTS = frozenset({443, 80, 88, 8443})
"""Ports that Telegram calls (Bot API, setWebhook)."""


def _parts(value: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return urlsplit(""), None
    return parts, port


def read_webhook(value: str, *, of_telegram: bool) -> str:
    """Check a webhook's address. A local Bot API also calls one without TLS, at any port."""
    parts, port = _parts(value)
    schemes = ("https",) if of_telegram else ("https", "http")
    if parts.scheme not in schemes or not parts.hostname:
        known = " or ".join(f"{scheme}://" for scheme in schemes)
        raise ValueError(f"must start with {known} and name a host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("must hold no name, no password and no #")
    if of_telegram and (port or 443) not in _PORTS:
        raise ValueError("Telegram calls the ports 443, 80, 88 and 8443 alone")
    return value


def read_proxy(value: str) -> str:
    """Check an HTTP proxy's address."""
    parts, _ = _parts(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must start with http:// or https:// and name a host; a SOCKS proxy cannot be used")
    return value


def read_address(value: str) -> tuple[str, int]:
    """Host and port to listen at: `127.0.0.1:8080`, `[::1]:8080`."""
    parts, port = _parts(f"//{value}")
    if not parts.hostname or not port or parts.username is not None or parts.path:
        raise ValueError("must be an address and a port")
    return parts.hostname, port


def web_address(value: str) -> str:
    """Web address without a trailing slash. Raises ValueError."""
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with https:// or http://")
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(web_address)]


def checked(read: Callable[[str], object]) -> AfterValidator:
    """Refuse a text or a secret that `read` refuses, and keep it as it was written."""

    def check(value: Any) -> Any:
        read(value.get_secret_value() if isinstance(value, SecretStr) else value)
        return value

    return AfterValidator(check)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the host."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


KEYS = ("key_ring", "lookup_key", "audit_key")
STANDARD_INPUT = "-"
_NAMES = {f"KUAGER_{key}".upper(): key for key in KEYS}
_EXAMPLE = "Example: KUAGER_KEYS_FROM=/run/credentials/kuager.service/keys"


class KeySource(PydanticBaseSettingsSource):
    """Keys in lines such as `KUAGER_LOOKUP_KEY=…`, from the place in `keys_from`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Read the keys. Raises SettingsError for an unreadable place, and for a key that is set twice."""
        given = self.current_state
        place = given.get("keys_from")
        if not place:
            return {}
        found = _read(str(place))
        twice = next((key for key, value in found.items() if given.get(key) not in {None, value}), "")
        if twice:
            raise SettingsError(
                f"KUAGER_{twice.upper()} is set a second time, by KUAGER_KEYS_FROM. Keep one."
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
        wrong = "it holds something else than keys" if lines else "it holds no keys"
        made = f"this prints them: python -m bot keys new. {_EXAMPLE}"
        raise SettingsError(f"KUAGER_KEYS_FROM is wrong: {wrong}; {made}")
    return {_NAMES[name]: value for name, value in lines.items()}


@cache
def _standard_input() -> str:
    """Read once, since a command may load its settings twice."""
    return sys.stdin.read()


Wording = Mapping[str, str]
"""Texts by language code, with ANY for all other languages. May be empty."""

ANY = ""
MOST_IN_NAME = 64
"""Length limit of a bot's name: https://core.telegram.org/bots/api#setmyname."""
MOST_IN_ABOUT = 80
"""Length limit of texts within a short description (120) and a description (512):
https://core.telegram.org/bots/api#setmyshortdescription."""


def read_wording(text: str, languages: Sequence[str], most: int) -> Wording:
    """Read `Bureau`, or `kk: Бюросы | ru: Бюро | en: Bureau`. `most` limits each text. Raises ValueError."""
    wording: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split("|"))):
        code, colon, words = part.partition(":")
        if not colon or code.strip() not in languages:
            code, words = ANY, part  # an address has a colon too
        words = " ".join(words.split())
        if code.strip() in wording:
            two = "has two names; write kk: before the Kazakh one, and so on"
            raise ValueError(f"says {code.strip()} twice" if code else two)
        if not 1 <= len(words) <= most:
            raise ValueError(f"must have 1 to {most} characters in each language")
        wording[code.strip()] = words
    return wording


def worded(wording: Wording, language: str) -> str:
    """Text in a language, else the one for all, else the first. May be blank."""
    return wording.get(language) or wording.get(ANY) or next(iter(wording.values()), "")


def _wording(most: int) -> BeforeValidator:
    def read(value: Any) -> Any:
        return read_wording(value, codes(), most) if isinstance(value, str) else value

    return BeforeValidator(read)


def _split(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Values separated by commas."""
Paths = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_split)]
Worded = Annotated[Wording, NoDecode, _wording(MOST_IN_ABOUT)]
"""Texts, in one language or several."""
Named = Annotated[Wording, NoDecode, _wording(MOST_IN_NAME)]
"""Texts, each as short as a bot's name."""
