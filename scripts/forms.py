"""Write bot/forms/*.json: `uv run python -m scripts.forms` from the repository's root, after a change of a form."""

import json
from collections.abc import Iterator
from pathlib import Path

from bot.form.model import form_to_json
from bot.form.xlsform.reader import FORMS, read_form, source_hash
from bot.form.xlsform.sheets import read_list


def made() -> Iterator[tuple[Path, str]]:
    """The program's own forms, made of their tables: a file and its text for each."""
    files = {path.name: read_list(path) for path in sorted(FORMS.glob("*.csv"))}
    for path in sorted(FORMS.glob("*.md")):
        form = json.loads(form_to_json(read_form(path).form, files))
        content = {"source": source_hash(path), **form}
        yield path.with_suffix(".json"), json.dumps(content, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for target, text in made():
        target.write_text(text, "utf-8")
