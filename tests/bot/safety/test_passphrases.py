"""What is sealed with a passphrase is opened by others' programs for age."""

import io
import os
import pty
import shutil
import subprocess
from pathlib import Path

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest

from bot.safety import offline

PASSPHRASE = "төрт сөз: кездейсоқ таңдалған"
CHUNK = 64 * 1024


@pytest.fixture(autouse=True)
def cheap(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less work than a second each, but where a program from elsewhere judges the whole."""
    if request.node.get_closest_marker("outside") is None:
        monkeypatch.setattr(offline, "_WORK", 4)


class Dripping(io.BytesIO):
    """A stream that gives less than was asked for, as a pipe does."""

    def read(self, size: int | None = -1, /) -> bytes:
        """At most some thousand bytes."""
        return super().read(min(size or -1, 5000))


def sealed(plain: bytes) -> bytes:
    """Sealed from a pipe."""
    file = io.BytesIO()
    offline.seal_with_passphrase(PASSPHRASE, Dripping(plain), file)
    return file.getvalue()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7])
def test_another_library_opens_it_whatever_its_size(size: int) -> None:
    """Around the borders of age's chunks too; the same bytes are never sealed the same way."""
    plain = os.urandom(size)
    first, second = sealed(plain), sealed(plain)
    assert pyrage.passphrase.decrypt(first, PASSPHRASE) == plain
    assert first != second
    assert len(first) == len(second)


def test_another_passphrase_does_not_open_it_nor_what_was_changed() -> None:
    """Nor what was cut off."""
    made = sealed(b"x" * (CHUNK + 10))
    assert b"x" * 20 not in made
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(made, "another one altogether")
    for broken in (made[:-1], made[:-26], made[:-1] + bytes([made[-1] ^ 1])):
        with pytest.raises((pyrage.DecryptError, OSError)):
            pyrage.passphrase.decrypt(broken, PASSPHRASE)


@pytest.mark.outside
def test_debians_age_opens_it(tmp_path: Path) -> None:
    """As its manual says: it asks for the passphrase at a terminal."""
    program = shutil.which("age")
    assert program, "Debian's age is needed: apt-get install age"
    plain = os.urandom(CHUNK + 100)
    (tmp_path / "a.age").write_bytes(sealed(plain))
    at_terminal = ["/usr/bin/setsid", "--ctty", "--wait"]
    command = [*at_terminal, program, "--decrypt", "--output", str(tmp_path / "a"), str(tmp_path / "a.age")]
    master, terminal = pty.openpty()
    child = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal)  # noqa: S603 - the system's
    os.close(terminal)
    os.read(master, 1000)
    os.write(master, f"{PASSPHRASE}\n".encode())
    assert child.wait(60) == 0
    os.close(master)
    assert (tmp_path / "a").read_bytes() == plain


@pytest.mark.outside
def test_debians_age_opens_what_is_sealed_to_its_keys(tmp_path: Path) -> None:
    """Each of several."""
    program, keygen = shutil.which("age"), shutil.which("age-keygen")
    assert program, "Debian's age is needed: apt-get install age"
    assert keygen
    keys = [tmp_path / name for name in ("one", "two")]
    for key in keys:
        subprocess.run([keygen, "--output", key], check=True, capture_output=True)  # noqa: S603 - the system's
    recipients = [
        subprocess.run([keygen, "-y", key], check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - the system's
        for key in keys
    ]
    plain, file = os.urandom(CHUNK + 100), io.BytesIO()
    offline.seal_stream([offline.read_recipient(one) for one in recipients], io.BytesIO(plain), file)
    for key in keys:
        command = [program, "--decrypt", "--identity", str(key)]
        done = subprocess.run(command, input=file.getvalue(), check=True, capture_output=True)  # noqa: S603 - the system's
        assert done.stdout == plain
