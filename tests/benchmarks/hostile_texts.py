"""What the longest text that Telegram delivers costs at each question, against a word that means something there.

Run as `uv run python -m tests.benchmarks.hostile_texts`; it is no test and is not collected. What counts are the ratios
within one run: the worst of the hostile texts to the ordinary word, at each kind of question of the form that comes with
the program.
"""

import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

from bot.form.answers import Answer, Chosen
from bot.form.draft import Draft
from bot.form.events import Wrote
from bot.form.flow.advance import advance, begin
from bot.form.kinds import kind_of
from bot.form.model import Form, Group
from bot.form.xlsform.reader import load
from tests.bench import FORMS

MOST = 4096
"""Characters of a message (Bot API, sendMessage)."""
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
ROUNDS = 5
HOSTILE: Mapping[str, str] = {
    "different words": " ".join("".join(letters) for letters in product("абвгдежз", repeat=4)),
    "different numbers": " ".join(map(str, range(1000, 2000))),
    "one word": "ж" * MOST,
    "one number": "1" * MOST,
    "a word again and again": "алматы " * MOST,
    "dates": "с понедельника по 5 января " * MOST,
    "amounts": "жиырма бес жүз " * MOST,
    "fractions": "1/" * MOST,
    "hosts": "a." * MOST,
}
TOLD: Mapping[str, Answer] = {
    "consent_store": Chosen(("yes",)),
    "depth": Chosen(("full",)),
    "category": Chosen(("detention",)),
    "urgent": Chosen(("yes",)),
    "region": Chosen(("KZ-75",)),
    "needs": Chosen(("lawyer",)),
}
"""What opens the way to most questions, by role."""


def main() -> None:
    """Measure each kind at the question where it is worst."""
    form = load(FORMS / "incident.md")
    worst: dict[str, tuple[float, str]] = {}
    for question in form.questions:
        if kind_of(question).is_asked:
            draft = at(form, question.path)
            ordinary = seconds(form, draft, "Алматы" if kind_of(question).has_list else "5")
            for name, text in HOSTILE.items():
                ratio = seconds(form, draft, text[:MOST]) / ordinary
                told = f"{question.name}, {name}, {ordinary * 1000:.1f} ms for a word"
                worst[question.kind] = max(worst.get(question.kind, (0.0, "")), (ratio, told))
    for kind, (ratio, told) in sorted(worst.items(), key=lambda entry: -entry[1][0]):
        sys.stdout.write(f"{kind}: {ratio:.1f} times ({told})\n")


def at(form: Form, path: str) -> Draft:
    """A draft at a question, in the first instance of each repeat."""
    repeats = {node.path: 1 for node in form.nodes.values() if isinstance(node, Group) and node.repeat}
    for repeat in repeats:
        path = path.replace(f"{repeat}/", f"{repeat}[1]/")
    answers = {form.by_role[role].path: answer for role, answer in TOLD.items()}
    return replace(begin(form).at(NOW), answers=answers, counts=repeats, position=path)


def seconds(form: Form, draft: Draft, text: str) -> float:
    """The least time of a few rounds, the first of which computes what is kept with the form."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        advance(form, draft, Wrote(text, "1"))
        taken.append(time.perf_counter() - begun)
    return min(taken)


if __name__ == "__main__":
    main()
