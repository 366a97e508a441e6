"""A demo tells addresses that can be opened."""

import socket
from ipaddress import ip_address

import pytest

from bot.demo.folder import reached_at
from bot.settings import is_loopback


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("localhost", True),
        ("0.0.0.0", False), ("192.0.2.1", False), ("::", False), ("example.org", False),  # noqa: S104
    ],
)  # fmt: skip
def test_only_this_machines_own_addresses_need_no_key(host: str, own: bool) -> None:
    """By number and by name."""
    assert is_loopback(host) is own


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "192.0.2.1", "example.org"])
def test_one_address_is_reached_at_itself(host: str) -> None:
    """By number and by name."""
    assert reached_at(host) == [host]


def test_a_number_of_the_sixth_version_stands_in_brackets() -> None:
    """As addresses have it (RFC 3986)."""
    assert reached_at("::1") == ["[::1]"]


@pytest.mark.parametrize(("host", "last"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]")])  # noqa: S104
def test_all_addresses_are_told_by_their_numbers(host: str, last: str) -> None:
    """The one for this machine alone comes last, those for others before it, none twice, and not the sign for all."""
    *others, own = reached_at(host)
    assert own == last
    assert len(set(others)) == len(others)
    for other in others:
        address = ip_address(other.strip("[]"))
        assert not address.is_unspecified
        assert not address.is_loopback


def test_this_machines_address_in_its_network_is_among_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine's name leads to; what leads to this machine alone is left out."""
    named = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 0)) for one in ("127.0.1.1", "10.1.2.3")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: named)
    assert reached_at("0.0.0.0")[-2:] == ["10.1.2.3", "127.0.0.1"]  # noqa: S104
