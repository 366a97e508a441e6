"""Links as Telegram accepts and stores them.

Source: LinkManager and HttpUrl of tdlib (https://github.com/tdlib/td).
"""

import re

# A scheme ends with the first "://", unless other delimiters come before it, as in "e.kz/?to=http://x".
_SCHEME = re.compile(r"([^:/?#@\[\]]*)://")
_TELEGRAM_LINK = re.compile(r"tg:(?://)?(?=[A-Za-z0-9_-]+(?:[/?#]|$))", re.IGNORECASE)
_MENTION = re.compile(r"tg:(?://)?user/?\?(?:[^#]*&)?id=(\d{1,12})(?:[&#]|$)", re.IGNORECASE)
_AUTHORITY = re.compile(
    r"(?P<user>[^\s@\[\]]*@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s@:\[\]\"<>\\^`{|}]*)(?::(?P<port>\d+))?"
)
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")


class LinkError(ValueError):
    """A rejected link. The text is Telegram's, after "is invalid: "."""


def canonical_integer(text: str) -> int | None:
    """Parse an integer in Telegram's form, without a plus, leading zeros or blanks. None otherwise."""
    return int(text) if _INTEGER.fullmatch(text) else None


def checked_link(link: str) -> str:
    """The link as Telegram stores it: with a scheme, a lower-case host and a path.

    Raises LinkError for schemes other than http, https and tg, and for web hosts without a dot.
    """
    if telegram := _TELEGRAM_LINK.match(link):
        return f"tg://{link[telegram.end() :]}"
    begin = _SCHEME.match(link)
    scheme, rest = (begin[1].lower(), link[begin.end() :]) if begin else ("http", link)
    if scheme not in {"http", "https"}:
        raise LinkError("Unsupported URL protocol")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    authority_kept = _checked_authority(authority)
    path = rest[len(authority) :].rstrip()
    path = "".join(f"%{ord(one):02X}" if one <= " " else one for one in path)
    return f"{scheme}://{authority_kept}{path if path.startswith('/') else f'/{path}'}"


def _checked_authority(authority: str) -> str:
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        raise LinkError("Disallowed character in URL host")
    host, port = found["host"].lower(), int(found["port"] or 0)
    if found["port"] and not 0 < port < 65536:
        raise LinkError("Wrong port number specified in the URL")
    if not host:
        raise LinkError("URL host is empty")
    if host == ".":
        raise LinkError("Host is invalid")
    if "." not in host and not host.startswith("["):
        raise LinkError("Wrong HTTP URL")
    return f"{found['user'] or ''}{host}{f':{port}' if port else ''}"


def mentioned_user(link: str) -> int | None:
    found = _MENTION.match(link)
    return int(found[1]) or None if found else None


_LAST_SINGLE_UNIT = "\uffff"


def width(text: str) -> int:
    """Length in UTF-16 code units."""
    if text.isascii() or max(text) <= _LAST_SINGLE_UNIT:
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def splits_pair(text: str, offset: int) -> bool:
    """Whether `offset`, in UTF-16 code units, splits a surrogate pair."""
    units = text.encode("utf-16-le", "surrogatepass")
    before, after = units[offset * 2 - 1 : offset * 2], units[offset * 2 + 1 : offset * 2 + 2]
    high = bool(before) and 0xD8 <= before[0] <= 0xDB
    low = bool(after) and 0xDC <= after[0] <= 0xDF
    return high and low
