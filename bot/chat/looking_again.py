"""A second look at what a moderator is about to publish: what in it may give somebody away, said by kind."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.chat.screens.renderer import shortened
from bot.form.flow.leaving import parted
from bot.form.screen import Joined, Key, Phrase, Said, Screen, ScreenKind
from bot.safety.personal_data.words import Kind
from bot.services.desk.publishing import giveaways
from bot.services.desk.publishing.giveaways import Giveaway
from bot.services.reports.drafts.drafting import OpenDraft
from bot.services.unit import REVIEW_FORM

MOST_WORDS, LONGEST = 8, 100
"""Findings of one kind that a message names, and characters of each."""


def looked_over(open_draft: OpenDraft, screen: Screen) -> Screen:
    """The screen of a form; before a moderator's edit is saved with what in it may give somebody away."""
    if open_draft.row.kind != REVIEW_FORM or screen.kind is not ScreenKind.REVIEW:
        return screen
    found = giveaways.of_answers(open_draft.form, parted(open_draft.draft)[0].answers)
    return replace(screen, body=(*screen.body, told(found))) if found else screen


def told(found: Sequence[Giveaway]) -> Phrase:
    """What was found, a line a kind, and that it is a reason to look again."""
    return Key("moderator.giveaways", {"found": Joined(tuple(_lines(found)), "\n")})


def words_of(found: Sequence[Giveaway]) -> Phrase:
    """The words of what was found, as many as a message takes."""
    shown = [Said(shortened(one.words, LONGEST)) for one in found[:MOST_WORDS]]
    left = [Said("…")] if len(found) > MOST_WORDS else []
    return Joined((*shown, *left), "; ")


def _lines(found: Sequence[Giveaway]) -> Iterator[Phrase]:
    for kind in Kind:
        of_kind = [one for one in found if one.kind is kind]
        if of_kind:
            yield Key(f"moderator.giveaways.{kind}", {"words": words_of(of_kind)})
