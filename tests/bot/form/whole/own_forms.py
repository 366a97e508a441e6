"""Forms of our own: those in `tests/data/forms`, and large surveys made from patterns."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.bot.form.whole import surveys

FOLDER = Path(__file__).parents[3] / "data" / "forms"
SQUARES = [str(number * number) for number in range(1, 10)]

HINTS: Mapping[str, Mapping[str, list[str]]] = {
    "attached": {"code": ["c1", "c2", "c4"]},
    "contacts_by_phone": {
        "phone": ["+77012223344", "+77272223344"],
        "mail": ["office@example.org"],
        "site": ["https://example.org/a"],
        "bin": ["123456789012", "940140000385"],
        "budget": ["1000", "700000"],
    },
    "search_lists": {"paid": ["90", "450.5"]},
    "sums": {"guess": SQUARES, "x": ["0.25", "0.5", "1"], "n": ["1", "2", "3", "7"]},
    "water_point": {"tag": ["AB-12", "00017"]},
}
"""Words that a question of a form takes, where words at random would never do."""

LARGE: Mapping[str, Callable[[], str]] = {
    "household": surveys.household,
    "facility": surveys.facility,
    "farm": surveys.farm,
}
NAMES = sorted([*(path.stem for path in FOLDER.glob("*.md")), *LARGE])


def place_of(name: str, folder: Path) -> Path:
    """File of a form. A large survey is written into `folder` first."""
    if name not in LARGE:
        return FOLDER / f"{name}.md"
    path = folder / f"{name}.md"
    path.write_text(LARGE[name](), "utf-8")
    return path
