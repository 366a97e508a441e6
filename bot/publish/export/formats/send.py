"""Sends the submissions that stand beside this file to a server that speaks OpenRosa.

    python3 send.py URL USER [FORM]

URL is https://SERVER/v1/projects/1/submission for ODK Central, https://kc.kobotoolbox.org/submission for KoboToolbox. FORM is the id that
the form has there, where that is not the one in form.xml: KoboToolbox gives its own. The password is asked for, unless
OPENROSA_PASSWORD holds it. Needs Python 3.9 and nothing else. What a server has already it says so of, and keeps it once.
"""

import base64
import os
import re
import sys
from getpass import getpass
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

_BOUNDARY = "submission-6f1f0a3e1c0b5d0e"
_ID = re.compile(rb' id="[^"]*"')
_HERE = {"localhost", "127.0.0.1", "::1"}


class _NoRedirect(HTTPRedirectHandler):
    """A server that sends elsewhere is told of: followed, the password would go there, and the submission would not."""

    def redirect_request(self, *_: object) -> None:
        """Nowhere."""


_open = build_opener(_NoRedirect).open


def main(arguments: "list[str]", folder: Path) -> int:
    """Send all submissions in this folder; 0 if the server took each of them."""
    if len(arguments) not in {2, 3}:
        sys.stderr.write(__doc__ or "")
        return 2
    url, user, form = [*arguments, ""][:3]
    place = urlsplit(url)
    if place.scheme != "https" and not (place.scheme == "http" and place.hostname in _HERE):
        sys.stderr.write("URL must begin with https: a password would be seen on the way.\n")
        return 2
    password = os.environ.get("OPENROSA_PASSWORD") or getpass()
    allowed = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    refused = 0
    for path in sorted(folder.glob("submissions/*.xml")):
        content = path.read_bytes()
        if form:
            content = _ID.sub(b' id="' + form.encode() + b'"', content, count=1)
        said = _send(url, content, allowed)
        refused += not said.startswith("2")
        sys.stdout.write(f"{path.name}: {said}\n")
    return 1 if refused else 0


def _send(url: str, content: bytes, allowed: str) -> str:
    """The status that the server answers with, and why if it refuses."""
    head = (
        f"--{_BOUNDARY}\r\n"
        'Content-Disposition: form-data; name="xml_submission_file"; filename="submission.xml"\r\n'
        "Content-Type: text/xml\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
    headers = {
        "Authorization": allowed,
        "X-OpenRosa-Version": "1.0",
        "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
    }
    try:
        with _open(Request(url, body, headers), timeout=60) as answer:  # noqa: S310 - the scheme was looked at
            return str(answer.status)
    except HTTPError as error:
        return f"{error.code} {error.read().decode(errors='replace')[:500]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parent))
