"""A language that nobody speaks, added to a copy of the program with files alone, and a report filed in it there.

`add` writes the files. Run in the copy as `python -m tests.end_to_end.made_up_language FOLDER`, it prints as JSON what
the reporter saw.
"""

import asyncio
import csv
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from bot.demo import TOKEN, USERNAME, running, settings_in
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from tests.end_to_end.people import FORMS, ROOT
from tests.end_to_end.reporting import SIMPLE, Reporter

CODE, NAME = "xx", "Zwabani"
THREE_DAYS_AGO = "Zub pløk bim"
WORDS = f"""
name = "{NAME}"
offered = 4
exported = 4

[letters]
"ø" = "o"

[numbers]
3 = "zub"

[units]
day = "pløk(en)?"

[from_today]
ago = "… bim"
"""
_ENGLISH = "::English (en)"
_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SWAP = str.maketrans(_PLAIN, "áƀćđéƒǵĥíĵķĺḿńóṕɋŕśťúṽŵẋýžÁƁĆĐÉƑǴĤÍĴĶĹḾŃÓṔɊŔŚŤÚṼŴẊÝŽ")
_KEPT = re.compile(r"(\{\w*\}|<br>|/[a-z]+)")
"""Placeholders, line breaks and commands, which a translator keeps."""
_CELL = re.compile(r"(?<!\\)\|")


def translated(text: str) -> str:
    """An English text in this language: as long, with no letter the same."""
    pieces = _KEPT.split(text)
    return "".join(one if place % 2 else one.translate(_SWAP) for place, one in enumerate(pieces))


def add(root: Path) -> None:
    """Write the files of this language into a copy of the program: words, catalogues, columns of forms and lists."""
    folder = root / "locales" / CODE / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder.parent / "language.toml").write_text(WORDS, "utf-8")
    for path in (root / "locales/en/LC_MESSAGES").glob("*.po"):
        with path.open("rb") as english, (folder / path.name).open("wb") as file:
            write_po(file, _catalog(read_po(english, locale="en")))
    for path in (root / "bot/forms").glob("*.md"):
        lines = path.read_text("utf-8").splitlines()
        path.write_text("\n".join(_form(lines)) + "\n", "utf-8")
    for path in (root / "bot/forms").glob("*.csv"):
        _add_column(path)


def _catalog(english: Catalog) -> Catalog:
    """The same keys in this language, which has no plural."""
    made = Catalog()
    made.mime_headers = [("Language", CODE), ("Plural-Forms", "nplurals=1; plural=0;")]
    for message in english:
        if message.id:
            forms = [message.string] if isinstance(message.string, str) else [*(message.string or ())]
            many = translated(forms[-1])
            made.add(message.id, (many,) if message.pluralizable else many)
    return made


def _form(lines: list[str]) -> Iterator[str]:
    """The lines of a form in Markdown with a column more for each in English."""
    header: list[str] = []
    for line in lines:
        cells = [cell.strip() for cell in _CELL.split(line)[1:-1]]
        if len(cells) <= 1:
            header = []
            yield line
            continue
        added = [at for at, name in enumerate(header) if name.endswith(_ENGLISH)]
        if not header:
            header = cells
            more = [
                name.replace(_ENGLISH, f"::{NAME} ({CODE})") for name in header if name.endswith(_ENGLISH)
            ]
        else:
            more = [translated(cells[at]) for at in added]
        blank = " |" * (len(header) - len(cells))
        yield f"{line}{blank} {' | '.join(more)} |" if more else line


def _add_column(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    at = header.index(f"label{_ENGLISH}")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [[*header, f"label::{NAME} ({CODE})"], *([*row, translated(row[at])] for row in rows)]
        )


async def file_a_report(folder: Path) -> dict[str, object]:
    """The real bot and a reporter in this language, from /start to the receipt."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    settings = settings_in(folder, api.url, poll_seconds=5, contacts=None)
    async with running(settings) as bot, Phone(api.url, 1001, CODE, patience=30.0) as phone:
        reporter = Reporter(phone, CODE)
        await reporter.begin()
        await reporter.fill(SIMPLE, until="when")
        await reporter.write(THREE_DAYS_AGO)
        await reporter.at("region")
        await reporter.fill(SIMPLE)
        await reporter.send()
    await api.stop()
    return {
        "languages": settings.languages,
        "prompts": [text for one in phone.messages if not one.mine for text in (*one.history, one.text)],
        "files": [bot.texts.text(CODE, "flow.files", {"n": n}) for n in (1, 2)],
    }


if __name__ == "__main__":
    assert Path.cwd() == ROOT
    assert CODE in FORMS["report"].languages
    print(json.dumps(asyncio.run(file_a_report(Path(sys.argv[1])))))  # noqa: T201 - the test reads it
