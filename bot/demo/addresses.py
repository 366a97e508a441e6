"""Under which addresses a demo is reached: by this machine alone, or by others."""

import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address

_ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Addresses of nobody (RFC 5737, RFC 3849): which of this machine's own would be used to go there."""
_DISCARD = 9
Address = IPv4Address | IPv6Address


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches an address to listen at."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def reached_at(host: str) -> Sequence[str]:
    """The hosts to write into an address for who listens at `host`: itself, or where that stands for all of this
    machine's addresses, those that another computer may reach, then the one for this machine alone."""
    try:
        given = ip_address(host)
    except ValueError:
        return [host]
    if not given.is_unspecified:
        return [_bracketed(given)]
    family = socket.AF_INET if given.version == 4 else socket.AF_INET6
    own = "127.0.0.1" if given.version == 4 else "::1"
    return [_bracketed(one) for one in (*_reachable(_own(family)), ip_address(own))]


def _own(family: socket.AddressFamily) -> Iterator[str]:
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as way:
        way.connect((_ELSEWHERE[family], _DISCARD))  # nothing is sent: datagrams have no connection
        yield way.getsockname()[0]
    with suppress(OSError):
        yield from (str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), None, family))


def _reachable(found: Iterable[str]) -> Sequence[Address]:
    read = dict.fromkeys(ip_address(one.partition("%")[0]) for one in found)
    return [one for one in read if not (one.is_loopback or one.is_link_local or one.is_unspecified)]


def _bracketed(address: Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)
