"""Stores of released versions, which `scripts.released_stores` has made by their own code."""

import csv
import io
import json
import lzma
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STORES = Path(__file__).parent / "data" / "released"
VERSIONS = sorted(path.name for path in STORES.iterdir())


@dataclass(frozen=True)
class Released:
    """A store of a version, and what only people know of it."""

    version: str

    @property
    def told(self) -> Mapping[str, Any]:
        """The receipt's code, the ids of phones, the hour in which it was made."""
        found: Mapping[str, Any] = json.loads((self._folder / "told.json").read_text("utf-8"))
        return found

    @property
    def keys(self) -> Mapping[str, str]:
        """The settings of its keys, by their names in the environment."""
        lines = (self._folder / "keys.env").read_text("utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def unpack(self, folder: Path) -> Path:
        """Put the database and the files into a folder; the path of the database."""
        shutil.copytree(self._folder / "files", folder / "files")
        database = folder / "kuager.db"
        database.write_bytes(lzma.decompress((self._folder / "kuager.db.xz").read_bytes()))
        return database

    def rows(self, format_: str) -> Mapping[str, Mapping[str, Any]]:
        """The rows that the version itself has exported, by their references."""
        return rows((self._folder / f"export.{format_}").read_bytes(), format_)

    @property
    def _folder(self) -> Path:
        return STORES / self.version


def rows(content: bytes, format_: str) -> Mapping[str, Mapping[str, Any]]:
    """The rows of an export by their references."""
    text = content.decode("utf-8-sig")
    if format_ == "csv":
        return {row["id"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    return {row["id"]: row for row in map(json.loads, text.splitlines())}
