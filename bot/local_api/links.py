"""Links as Telegram reads them: which ones it takes, and in which form it keeps them.

Source: LinkManager and HttpUrl of tdlib (https://github.com/tdlib/td).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote

_SCHEME = re.compile(r"[^:/?#@\[\]]*")
_OWN = re.compile(r"(tg|tonsite|ton):(?://)?", re.IGNORECASE)
_PART = re.compile(r"(?:[A-Za-z0-9._!$,~*'();&+=:-]|%[0-9A-Fa-f]{2}|[^\x00-\x7f])*")
_OWN_HOST = re.compile(r"[A-Za-z0-9_-]*")
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,18}")
_USER = re.compile(r"tg:(?://)?user/?\?([^#]*)", re.IGNORECASE)
_EMOJI = re.compile(r"tg:(?://)?emoji(?=[/?#]|$)/?", re.IGNORECASE)
_SUBDOMAIN = re.compile(r"[a-z][a-z0-9_]{3,31}\.t\.me")
_BLANKS = " \t\r\n\0\v"
_MOST = 2**63
_MOST_PEOPLE = 2**40


class LinkError(ValueError):
    """Telegram does not take the link; the text is what it says after "is invalid: "."""


@dataclass(frozen=True, slots=True)
class _Url:
    scheme: str
    userinfo: str
    host: str
    port: int
    query: str

    def __str__(self) -> str:
        userinfo = f"{self.userinfo}@" if self.userinfo else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{userinfo}{self.host}{port}{self.query}"


def whole_number(text: str) -> int | None:
    """The number that Telegram reads in a text: digits as it would write them itself; None for anything else."""
    number = int(text) if _NUMBER.fullmatch(text) else _MOST
    return number if -_MOST <= number < _MOST else None


def _port(authority: str) -> tuple[str, int]:
    """What stands before the port, and the port or 0."""
    at = max(authority.rfind(mark) for mark in ":]@")
    if at <= 0 or authority[at] != ":":
        return authority, 0
    port = whole_number(authority[at + 1 :].lstrip("0"))
    if port is None or not 0 < port < 65536:
        raise LinkError("Wrong port number specified in the URL")
    return authority[:at], port


def _check_host(host: str) -> None:
    if not host:
        raise LinkError("URL host is empty")
    if host == ".":
        raise LinkError("Host is invalid")
    if host.startswith("[") and host.endswith("]"):
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise LinkError("Wrong IPv6 address specified in the URL") from None
    elif ":" in host or not _PART.fullmatch(host):
        raise LinkError("Disallowed character in URL host")


def _read(link: str) -> _Url:
    begin = _SCHEME.match(link)
    named = begin.group() if begin else ""
    scheme, rest = "http", link
    if link.startswith("://", len(named)):
        scheme, rest = named.lower(), link[len(named) + 3 :]
        if scheme not in {"http", "https"}:
            raise LinkError("Unsupported URL protocol")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    query = rest[len(authority) :].rstrip(_BLANKS)
    before, port = _port(authority)
    userinfo, _, host = before.rpartition("@")
    host = host.lower()
    _check_host(host)
    if not _PART.fullmatch(userinfo):
        raise LinkError("Disallowed character in URL userinfo")
    query = "".join(f"%{ord(one):02X}" if one <= " " else one for one in query)
    return _Url(scheme, userinfo, host, port, query if query.startswith("/") else f"/{query}")


def checked_link(link: str, *, https: bool = False) -> str:
    """The link as Telegram keeps it, with a scheme and a path. Raises LinkError for what it does not take.

    Hosts of the web need a dot; tg:, ton: and tonsite: are links of Telegram's own. With `https` only that is taken.
    """
    own = _OWN.match(link)
    url = _read(link[own.end() :] if own else link)
    if https and (own or url.scheme != "https"):
        raise LinkError("Only HTTPS links are allowed")
    if own:
        return _own_link(own.group(1).lower(), link[own.end() :], url)
    if "." not in url.host and not url.host.startswith("["):
        raise LinkError("Wrong HTTP URL")
    return str(url)


def _own_link(scheme: str, rest: str, url: _Url) -> str:
    named = rest.lower().startswith("http://") or url.scheme == "https"
    if named or url.userinfo or url.port or url.host.startswith("["):
        raise LinkError("Wrong tg URL" if scheme == "tg" else "Wrong ton URL")
    if not _OWN_HOST.fullmatch(url.host.replace(".", "") if scheme == "tonsite" else url.host):
        raise LinkError("Unallowed characters in URL host")
    query = url.query.removeprefix("/") if url.query.startswith("/?") else url.query
    return f"{scheme}://{url.host}{query}"


def _named(query: str, name: str) -> str | None:
    pairs = (pair.partition("=") for pair in query.split("&"))
    return next((value for key, _, value in pairs if key == name), None)


def person_in(link: str) -> int | None:
    """The person whom tg://user?id=... means; None for any other link."""
    found = _USER.match(link)
    number = whole_number(_named(found.group(1).lower(), "id") or "") if found else None
    return number if number is not None and 0 < number < _MOST_PEOPLE else None


def emoji_number(text: str) -> str:
    """The id of a custom emoji. Raises LinkError for what is none."""
    if not whole_number(text):
        raise LinkError("Invalid custom emoji identifier specified")
    return text


def emoji_in(link: str) -> str:
    """The id of the emoji that tg://emoji?id=... means. Raises LinkError for any other link."""
    if not link.lower().startswith("tg:"):
        raise LinkError("Custom emoji URL must have scheme tg")
    found = _EMOJI.match(link)
    if found is None:
        raise LinkError('Custom emoji URL must have host "emoji"')
    query = link[found.end() :].partition("#")[0]
    number = _named(query[1:].lower(), "id") if query.startswith("?") else None
    if number is None:
        raise LinkError("Custom emoji URL must have an emoji identifier")
    return emoji_number(number)


def leads_to_telegram(link: str) -> bool:
    """Whether it is a link of t.me, by its host."""
    try:
        url = _read(link)
    except LinkError:
        return False
    host = unquote(url.host).lower()
    known = host.removeprefix("www.") in {"t.me", "telegram.me", "telegram.dog"}
    return url.port in {0, 80, 443} and not url.userinfo and (known or _SUBDOMAIN.fullmatch(host) is not None)
