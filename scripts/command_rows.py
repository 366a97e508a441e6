"""Add commands that a moderators' guide lacks to its table, in the words of the menu.

Run `uv run python -m scripts.command_rows` from the repository's root, then say more in the rows it adds.
"""

import re
from pathlib import Path

from bot.app.commands import MENU
from bot.texts import Texts

DOCS = Path(__file__).resolve().parent.parent / "docs"
GUIDES = {"en": "moderators.md", "ru": "moderators.ru.md", "kk": "moderators.kk.md"}
TEXTS = Texts(tuple(GUIDES))


def with_rows(guide: str, language: str) -> str:
    """Add a row for each command of the team that the guide does not name, behind the command before it in the
    menu. Raises ValueError if the guide has no table."""
    end = 0
    for name in MENU.moderators:
        found = re.search(rf"(?m)^\| `/{name}\b.*\n", guide)
        if found is not None:
            end = found.end()
        elif not end:
            raise ValueError("the guide has no table of commands")
        elif f"`/{name}" not in guide:
            row = _row(name, language)
            guide, end = guide[:end] + row + guide[end:], end + len(row)
    return guide


def _row(name: str, language: str) -> str:
    said = TEXTS.text(language, f"command.{name}")
    reference = " REF" if name in MENU.about_reports else ""
    return f"| `/{name}{reference}` | {said[0].lower()}{said[1:]} |\n"


def write(folder: Path = DOCS) -> None:
    for language, name in GUIDES.items():
        path = folder / name
        path.write_text(with_rows(path.read_text("utf-8"), language), "utf-8")


if __name__ == "__main__":
    write()
