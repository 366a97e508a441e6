"""Write docs/data.md: `uv run python -m scripts.data_table` from the repository's root."""

from pathlib import Path

from bot.app.questionnaires import FORMS
from bot.form.xlsform.reader import load
from bot.publish.export.columns import as_markdown

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "data.md"
BEFORE = """# The contract of data

Each fact of an export: which question or moderator's act gives it, who may see the reporter's answer, and under which
columns it leaves. The table is read off the forms by `uv run python -m scripts.data_table`; a test fails when it is out of
date. What the columns hold is told in [export.md](export.md), what the privacy words mean in [privacy.md](privacy.md), the
codes in [lists.md](lists.md). ● marks codes, which have columns of labels beside them.

Answers to a form of one's own that leave as they were given have their own export and columns: see
[Answers to the form](export.md#answers-to-the-form). No question of the program's form is among them.

"""


def document() -> str:
    """The document for the program's own forms."""
    return BEFORE + as_markdown(load(FORMS / "review.md"), load(FORMS / "incident.md"))


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
