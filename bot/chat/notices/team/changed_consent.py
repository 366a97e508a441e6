"""What moderators are told of reports whose consent in the clear is not the one that their reporters gave."""

from collections.abc import Sequence

from bot.form.screen import Joined, Key, Phrase, Said

MOST_NAMED = 20
"""References that one message names."""


def changed_consent(refs: Sequence[str]) -> Phrase:
    """How many there are, the references of the first, and whom to tell."""
    named = Joined(tuple(Said(ref) for ref in refs[:MOST_NAMED]))
    return Key("moderator.export.consent_differs", {"n": len(refs), "refs": named})
