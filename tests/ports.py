"""Free ports on loopback for tests."""

import random
import socket

_OURS = range(20_000, 30_000)
"""Ports below the range for outgoing connections (Linux, ip_local_port_range, and IANA's from 49152).

The system could take one of those between the check and the use of a port.
"""


def free_port() -> int:
    """A port without a listener."""
    while True:
        port = random.choice(_OURS)
        with socket.socket() as found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
