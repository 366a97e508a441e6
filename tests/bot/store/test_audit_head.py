"""The audit log's head in its file."""

from pathlib import Path

import pytest

from bot.store.audit import AuditHead, keep_head, load_head, read_head

HEAD = AuditHead(57, "3f9a1b2c4d5e6f70" * 4)


def test_a_head_is_kept_for_the_bot_alone(tmp_path: Path) -> None:
    """Mode 0600 in a folder that is made, over an older one; no time of day on it."""
    path = tmp_path / "keys" / "audit.head"
    keep_head(path, AuditHead(1, "0" * 64))
    keep_head(path, HEAD)
    assert load_head(path) == HEAD
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_mtime == 0
    assert [one.name for one in path.parent.iterdir()] == ["audit.head"]


def test_a_short_head_is_enough_to_compare(tmp_path: Path) -> None:
    """As administrators are told it; a missing file is no head."""
    short = read_head(f" {HEAD.short().upper()}\n")
    assert short.is_of(57, bytes.fromhex(HEAD.mac))
    assert not short.is_of(56, bytes.fromhex(HEAD.mac))
    assert not short.is_of(57, bytes(32))
    assert load_head(tmp_path / "none") is None


@pytest.mark.parametrize("text", ["", "57", "57:3f", "x:3f9a1b2c4d5e6f70", "57:3f9a1b2c4d5e6f7g"])
def test_anything_else_is_no_head(text: str) -> None:
    """Neither a number alone nor too few digits."""
    with pytest.raises(ValueError, match="hexadecimal"):
        read_head(text)
