"""How much is found in 500 texts of somebody who had not seen the patterns, nor had whoever wrote these the texts before they were
first judged."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bot.safety.personal_data import found
from bot.safety.personal_data.words import Finding

_TEXTS = Path(__file__).parents[3] / "data" / "personal_data.jsonl"
_LEAST = {"phone": 0.95, "iin": 0.95, "plate": 0.95, "address": 0.95, "coordinates": 0.95, "name": 0.85}
_MOST_FLAGGED = 0.02
"""Of the texts in which nothing was planted."""


def test_most_of_what_was_planted_is_found_and_few_clean_texts_are_flagged() -> None:
    """A finding overlaps what was planted, an address by half of it."""
    rows = [json.loads(line) for line in _TEXTS.read_text(encoding="utf-8").splitlines()]
    planted: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    clean = flagged = 0
    for row in rows:
        findings = found(row["text"])
        for one in row["planted"]:
            planted[one["kind"]] += 1
            seen[one["kind"]] += _is_found(row["text"], one["text"], one["kind"], findings)
        clean += not row["planted"]
        flagged += bool(findings) and not row["planted"]
    assert len(rows) == 500
    assert planted.keys() == _LEAST.keys()
    assert {
        kind: seen[kind] / planted[kind] for kind in planted if seen[kind] < planted[kind] * _LEAST[kind]
    } == {}
    assert flagged < clean * _MOST_FLAGGED


def _is_found(text: str, words: str, kind: str, findings: Sequence[Finding]) -> bool:
    start = text.index(words)
    covered = (min(one.end, start + len(words)) - max(one.start, start) for one in findings)
    return sum(part for part in covered if part > 0) >= (len(words) / 2 if kind == "address" else 1)
