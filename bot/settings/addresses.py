"""Addresses of the network as an operator writes them. What is wrong is a ValueError that does not repeat the value, which may
hold a password."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

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
