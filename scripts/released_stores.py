"""Make the store of a released version with that version's own code.

Run `uv run python -m scripts.released_stores 0.1.0` from the repository's root. The version's tree comes from
git and runs in the environment of its own lock file. `tests/data/released/<version>/drive.py` fills the
store, which is kept beside it for `tests/end_to_end/test_upgrades.py`. A new release needs a line in
`RELEASES` and a `drive.py`.
"""

import lzma
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STORES = ROOT / "tests" / "data" / "released"
RELEASES: Mapping[str, str] = {"0.1.0": "eecbca6", "0.2.0": "45e68875"}
"""Commit of each version."""
DATABASE, PACKED, FILES = "kuager.db", "kuager.db.xz", "files"
KEPT = ("keys.env", "told.json", "export.csv", "export.jsonl")


def make(version: str) -> None:
    """Recreate a version's store, with new keys, ids and hours."""
    store = STORES / version
    with tempfile.TemporaryDirectory(prefix="kuager-released-") as folder:
        tree, made = Path(folder) / "tree", Path(folder) / "made"
        _unpack(RELEASES[version], tree)
        made.mkdir()
        environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        subprocess.run(  # noqa: S603 - our own program
            ["uv", "run", "--frozen", "--quiet", "python", str(store / "drive.py"), str(made)],  # noqa: S607 - from the path
            cwd=tree,
            env=environment | {"PYTHONPATH": str(tree), "PTB_TIMEDELTA": "1"},
            check=True,
        )
        with closing(sqlite3.connect(made / DATABASE)) as database:
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("VACUUM")
        (made / PACKED).write_bytes(lzma.compress((made / DATABASE).read_bytes()))
        for name in (PACKED, *KEPT):
            shutil.copy(made / name, store / name)
        shutil.rmtree(store / FILES, ignore_errors=True)
        shutil.copytree(made / FILES, store / FILES)


def _unpack(commit: str, tree: Path) -> None:
    archive = tree.with_suffix(".tar")
    subprocess.run(["git", "archive", f"--output={archive}", commit], cwd=ROOT, check=True)  # noqa: S603, S607 - the same
    with tarfile.open(archive) as packed:
        packed.extractall(tree, filter="data")


if __name__ == "__main__":
    for version in sys.argv[1:] or RELEASES:
        make(version)
