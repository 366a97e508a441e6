"""Requests on connections that stay open, against servers that answer byte by byte as the tests say."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.chat.transport import wire
from bot.chat.transport.wire import Answer, BrokenError, UnreachedError, Wires, target_of

PLAIN = b'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nDate: Thu, 26 Nov 2026 14:00:00 GMT\r\n\r\n"yes'


class Server:
    """Answers each request with the next of `answers`, in the pieces that it has; an empty piece closes the connection."""

    def __init__(self) -> None:
        self.answers: list[list[bytes]] = []
        self.heard: list[tuple[int, bytes]] = []
        self.connections = 0
        self.url = ""
        self.asked = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        number = self.connections
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                self.heard.append((number, head + await reader.readexactly(length)))
                self.asked.set()
                for piece in self.answers.pop(0):
                    if not piece:
                        return
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.001)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server on loopback."""
    made = Server()
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0) as listening:
        made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield made


@pytest.fixture
async def wires() -> AsyncIterator[Wires]:
    """Connections that are closed after the test."""
    made = Wires(connect_timeout=5)
    yield made
    await made.close()


async def ask(wires: Wires, server: Server, body: bytes = b"{}", seconds: float = 5) -> Answer:
    """Post a body to a made-up bot's method."""
    target = target_of(f"{server.url}/bot1:x/getMe")
    assert target is not None
    return await wires.post(target, body, seconds)


async def test_a_request_says_where_it_goes_and_how_long_it_is(wires: Wires, server: Server) -> None:
    """As RFC 9112 wants it."""
    server.answers = [[PLAIN]]
    answer = await ask(wires, server, '{"text": "Сәлем"}'.encode())
    assert answer == Answer(200, "Thu, 26 Nov 2026 14:00:00 GMT", b'"yes')
    ((_, heard),) = server.heard
    host = server.url.removeprefix("http://").encode()
    head = b"POST /bot1:x/getMe HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\n" % host
    assert heard == head + b"Content-Length: 22\r\n\r\n" + '{"text": "Сәлем"}'.encode()


async def test_a_connection_is_used_again_and_side_by_side_there_are_several(
    wires: Wires, server: Server
) -> None:
    """One request at a time on each."""
    server.answers = [[PLAIN]] * 5
    await ask(wires, server)
    await ask(wires, server)
    assert server.connections == 1
    await asyncio.gather(*(ask(wires, server) for _ in range(3)))
    assert server.connections == 3


@pytest.mark.parametrize(
    ("pieces", "body"),
    [
        ([bytes([one]) for one in PLAIN], b'"yes'),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", PLAIN], b'"yes'),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r", b"\n1;x=y\r\nc\r\n0\r\n\r\n"],
            b"abc",
        ),
        ([b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nT: t\r\n", b"\r\n"], b"a"),
        ([b"HTTP/1.1 200\r\ncontent-length:0\r\n\r\n"], b""),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], b""),
        ([b"HTTP/1.0 200 OK\r\n\r\nto the", b" end", b""], b"to the end"),
    ],
)
async def test_whatever_an_answer_comes_in_it_is_read_whole(
    wires: Wires, server: Server, pieces: list[bytes], body: bytes
) -> None:
    """By its length, by its chunks, or up to the connection's end."""
    server.answers = [pieces, [PLAIN]]
    assert (await ask(wires, server)).body == body
    assert (await ask(wires, server)).body == b'"yes'


@pytest.mark.parametrize(
    "pieces",
    [
        [b""],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", b""],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nha", b""],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
        [b"SSH-2.0-OpenSSH\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nX: " + b"x" * (wire.MOST_HEAD + 1)],
    ],
)
async def test_what_is_no_whole_answer_is_a_fault_and_the_next_request_has_another_connection(
    wires: Wires, server: Server, pieces: list[bytes]
) -> None:
    """Half an answer is never taken for one."""
    server.answers = [pieces, [PLAIN]]
    with pytest.raises(BrokenError):
        await ask(wires, server)
    await ask(wires, server)
    assert server.connections == 2


async def test_an_answer_may_take_its_time_as_long_as_it_goes_on(wires: Wires, server: Server) -> None:
    """A silent one is given up; what comes of it later is nobody else's answer."""
    server.answers = [[PLAIN[:40], PLAIN[40:]], [PLAIN[:40]], [PLAIN]]
    assert (await ask(wires, server, seconds=5)).status == 200
    with pytest.raises(TimeoutError):
        await ask(wires, server, seconds=0.05)
    assert (await ask(wires, server)).status == 200
    assert [number for number, _ in server.heard] == [1, 1, 2]


async def test_who_is_cancelled_leaves_no_answer_to_the_next(wires: Wires, server: Server) -> None:
    """The connection is closed with the request."""
    server.answers = [[], [PLAIN]]
    asking = asyncio.create_task(ask(wires, server))
    await server.asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (await ask(wires, server)).body == b'"yes'
    assert server.connections == 2


async def test_who_closes_all_breaks_what_is_under_way(wires: Wires, server: Server) -> None:
    """Nothing is left open behind the bot's end."""
    server.answers = [[]]
    asking = asyncio.create_task(ask(wires, server))
    await server.asked.wait()
    await wires.close()
    with pytest.raises(BrokenError):
        await asking


async def test_a_connection_that_was_closed_or_idle_for_long_is_not_used_again(
    wires: Wires, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request must not meet the server's closing of it."""
    closing = PLAIN.replace(b"Date", b"Connection: close\r\nDate")
    server.answers = [[closing], [PLAIN, b""], [PLAIN], [PLAIN]]
    for _ in range(2):
        await ask(wires, server)
    await asyncio.sleep(0.02)
    await ask(wires, server)
    assert server.connections == 3
    monkeypatch.setattr(wire, "KEPT_SECONDS", 0.0)
    await ask(wires, server)
    assert server.connections == 4


async def test_who_is_not_reached_has_been_sent_nothing(wires: Wires) -> None:
    """Told apart from a connection that broke: the request can be made again."""
    target = target_of("http://127.0.0.1:1/bot1:x/getMe")
    assert target is not None
    with pytest.raises(UnreachedError):
        await wires.post(target, b"{}", 5)


@pytest.mark.parametrize("address", ["http://user:password@127.0.0.1/x", "ftp://127.0.0.1/x", "x"])
def test_an_address_that_needs_more_goes_another_way(address: str) -> None:
    """A password in an address is aiohttp's business."""
    assert target_of(address) is None


def test_a_path_cannot_write_into_the_head() -> None:
    """What does not belong into an address is encoded."""
    target = target_of("https://[::1]:8443/bot1:x/a\r\nb c?d=ә")
    assert target is not None
    assert (target.host, target.port, target.secure) == ("::1", 8443, True)
    first, host, *_ = target.head.split(b"\r\n")
    assert first.count(b" ") == 2
    assert host == b"Host: [::1]:8443"


def certified(folder: Path) -> Path:
    """A certificate for the loopback with its key, made for a day."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "certificate.pem"
    path.write_bytes(plain + signed.public_bytes(Encoding.PEM))
    return path


async def test_a_server_is_believed_by_its_certificate_alone(
    wires: Wires, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the authorities that this machine trusts; one that nobody knows is not spoken to."""
    certificate = certified(tmp_path)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(certificate)
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=own) as listening:
        server.url = f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        with pytest.raises(UnreachedError, match="SSLCertVerificationError"):
            await ask(wires, server)
        trusted = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(wire, "_trusted", lambda: trusted)
        server.answers = [[PLAIN], [PLAIN]]
        assert (await ask(wires, server)).body == b'"yes'
        assert (await ask(wires, server)).status == 200
    assert [number for number, _ in server.heard] == [1, 1]
