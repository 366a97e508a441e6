"""The program in the ZIP that sends its submissions, run against a server that takes them."""

import io
import os
import subprocess
import sys
import xml.etree.ElementTree as Xml
import zipfile
from base64 import b64decode
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

from tests.bot.publish.export.formats.made import exported
from tests.bot.publish.export.formats.openrosa.xforms import OPENROSA, Forms, opened
from tests.bot.publish.export.published import FULL


class Server(BaseHTTPRequestHandler):
    """Takes submissions as OpenRosa's Form Submission API has it, each id once, from whoever knows the password."""

    taken: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        """A page for people."""
        self.taken["got"] = self.headers.get("Authorization", "").encode()
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        """A submission."""
        if self.path == "/moved":
            self._body()
            self.send_response(302)
            self.send_header("Location", "/page")
            self.end_headers()
            return
        parsed = BytesParser(policy=HTTP).parsebytes(
            b"Content-Type: " + self.headers["Content-Type"].encode() + b"\r\n\r\n" + self._body()
        )
        (part,) = parsed.iter_parts()
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        named = str(Xml.fromstring(content).findtext("meta/instanceID"))  # noqa: S314 - it is the program's own
        may = b64decode(self.headers["Authorization"].removeprefix("Basic ")) == b"aida:secret"
        well = part.get_param("name", header="content-disposition") == "xml_submission_file"
        status = 401 if not may else 400 if not well or self.headers["X-OpenRosa-Version"] != "1.0" else 201
        if status == 201:
            status = 202 if named in self.taken else 201
            self.taken[named] = content
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"said")

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_what_stands_in_the_zip_sends_it(forms: Forms, tmp_path: Path) -> None:
    """Each submission arrives as it is, at another form under its id; a second time nothing is new, and without the password
    nothing is taken."""
    content = exported(forms, OPENROSA, FULL, {})
    _, sent, _ = opened(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/submission"
        assert sender(tmp_path, url, "secret") == (0, "R00001_1.xml: 201\nR00002_2.xml: 201\n")
        assert list(Server.taken.values()) == list(sent.values())
        assert sender(tmp_path, url, "secret", "aXyz") == (0, "R00001_1.xml: 202\nR00002_2.xml: 202\n")
        told = [one.replace(b'id="review_public"', b'id="aXyz"') for one in sent.values()]
        assert list(Server.taken.values()) == told
        assert sender(tmp_path, url, "wrong") == (1, "R00001_1.xml: 401 said\nR00002_2.xml: 401 said\n")
        assert sender(tmp_path, "http://example.org/submission", "secret") == (2, "")
        Server.taken.clear()
        moved = f"http://127.0.0.1:{server.server_port}/moved"
        assert sender(tmp_path, moved, "secret") == (1, "R00001_1.xml: 302 \nR00002_2.xml: 302 \n")
        assert not Server.taken  # neither the password nor a submission went on
    finally:
        server.shutdown()
        server.server_close()
        Server.taken.clear()


def sender(folder: Path, url: str, password: str, *form: str) -> tuple[int, str]:
    """What the program in the ZIP ends with and says."""
    done = subprocess.run(  # noqa: S603 - the program of the ZIP
        [sys.executable, str(folder / "send.py"), url, "aida", *form],
        env={**os.environ, "OPENROSA_PASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
