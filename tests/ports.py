"""Ports for whatever listens on loopback in a test."""

import random
import socket

_OURS = range(20_000, 30_000)
"""Below those that the system gives to outgoing connections (Linux, ip_local_port_range; IANA's begin at 49152): one of these may take a
port between the moment in which it is found free and the one in which somebody listens there."""


def free_port() -> int:
    """A port at which nobody listens."""
    while True:
        port = random.choice(_OURS)
        with socket.socket() as found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
