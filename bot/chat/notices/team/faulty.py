"""What moderators are told of approved reports that should be in every export and are in none."""

from collections.abc import Iterator, Sequence

from bot.form.screen import Joined, Key, Phrase, Said
from bot.services.export.versions.selection import Faulty

MOST_NAMED = 20
"""References that one message names."""


def told(faults: Faulty) -> Iterator[Phrase]:
    """What is wrong with them, each thing by itself: how many there are, the references of the first, and whom to tell."""
    for key, refs in (
        ("moderator.export.consent_differs", faults.changed),
        ("moderator.export.damaged", faults.damaged),
        ("moderator.export.too_old", list(faults.too_old)),
    ):
        if refs:
            yield Key(key, {"n": len(refs), "refs": _named(refs)})


def _named(refs: Sequence[str]) -> Phrase:
    return Joined(tuple(Said(ref) for ref in refs[:MOST_NAMED]))
