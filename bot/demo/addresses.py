"""Addresses at which browsers reach a demo."""

import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address

_ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Documentation addresses (RFC 5737, RFC 3849). The route to them reveals this machine's own address."""
_DISCARD_PORT = 9
_IpAddress = IPv4Address | IPv6Address


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server at this host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def reached_at(host: str) -> Sequence[str]:
    """Hosts for URLs of a server listening at `host`.

    For all addresses (0.0.0.0, ::), lists those reachable from other computers, then this machine's loopback.
    """
    try:
        given = ip_address(host)
    except ValueError:
        return [host]
    if not given.is_unspecified:
        return [_bracketed(given)]
    family = socket.AF_INET if given.version == 4 else socket.AF_INET6
    loopback = "127.0.0.1" if given.version == 4 else "::1"
    return [_bracketed(one) for one in (*_reachable(_addresses(family)), ip_address(loopback))]


def _addresses(family: socket.AddressFamily) -> Iterator[str]:
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((_ELSEWHERE[family], _DISCARD_PORT))  # sends nothing: datagrams have no connection
        yield probe.getsockname()[0]
    with suppress(OSError):
        yield from (str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), None, family))


def _reachable(found: Iterable[str]) -> Sequence[_IpAddress]:
    # getaddrinfo appends the interface (%eth0) to IPv6 addresses of a link.
    unique = dict.fromkeys(ip_address(one.partition("%")[0]) for one in found)
    return [one for one in unique if not (one.is_loopback or one.is_link_local or one.is_unspecified)]


def _bracketed(address: _IpAddress) -> str:
    return f"[{address}]" if address.version == 6 else str(address)
