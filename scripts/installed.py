"""Package `kuager` of the wheel (pyproject.toml), whose folder holds `bot`, `db`, `migrations` and `locales`."""

import runpy
import sys
from pathlib import Path
from typing import Any, TextIO

_AS_WRITTEN, _NAME = "python -m bot", "kuager"


class _Named:
    """Standard output or error, on which a command is named as it is typed here."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(text.replace(_AS_WRITTEN, _NAME))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def main() -> None:
    """Run the command line. The folder comes first on the path, so that `bot` is this one and no other."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import bot  # noqa: PLC0415 - from this folder

    bot.COMMAND = _NAME
    sys.stdout, sys.stderr = _Named(sys.stdout), _Named(sys.stderr)
    runpy.run_module("bot", run_name="__main__")
