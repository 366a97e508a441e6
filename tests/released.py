"""Stores of released versions, made by `scripts.released_stores` with their own code."""

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
    """A version's store, with the secrets of its people."""

    version: str

    @property
    def told(self) -> Mapping[str, Any]:
        """Receipt code, phone ids, and the hour of making."""
        found: Mapping[str, Any] = json.loads((self._folder / "told.json").read_text("utf-8"))
        return found

    @property
    def keys(self) -> Mapping[str, str]:
        """Key settings by name in the environment."""
        lines = (self._folder / "keys.env").read_text("utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def unpack(self, folder: Path) -> Path:
        """Copy the database and files into a folder, and return the database's path."""
        shutil.copytree(self._folder / "files", folder / "files")
        database = folder / "kuager.db"
        database.write_bytes(lzma.decompress((self._folder / "kuager.db.xz").read_bytes()))
        return database

    def rows(self, format_: str) -> Mapping[str, Mapping[str, Any]]:
        """Rows exported by the version itself, by reference."""
        return rows((self._folder / f"export.{format_}").read_bytes(), format_)

    @property
    def _folder(self) -> Path:
        return STORES / self.version


def rows(content: bytes, format_: str) -> Mapping[str, Mapping[str, Any]]:
    """Rows of an export, by reference."""
    text = content.decode("utf-8-sig")
    if format_ == "csv":
        return {row["id"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    return {row["id"]: row for row in map(json.loads, text.splitlines())}
