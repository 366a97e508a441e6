"""Warnings before publication: details that may identify a person, by kind."""

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


def looked_over(open_draft: OpenDraft, screen: Screen) -> Screen:
    """Add the warnings to the review of a moderator's edit. Other screens stay unchanged."""
    if open_draft.row.kind != REVIEW_FORM or screen.kind is not ScreenKind.REVIEW:
        return screen
    found = giveaways.of_answers(open_draft.form, parted(open_draft.draft)[0].answers)
    return replace(screen, body=(*screen.body, told(found))) if found else screen


def told(found: Sequence[Giveaway]) -> Phrase:
    return Key("moderator.giveaways", {"found": Joined(tuple(_lines(found)), "\n")})


def words_of(found: Sequence[Giveaway]) -> Phrase:
    shown = [Said(shortened(one.words, LONGEST)) for one in found[:MOST_WORDS]]
    left = [Said("…")] if len(found) > MOST_WORDS else []
    return Joined((*shown, *left), "; ")


def _lines(found: Sequence[Giveaway]) -> Iterator[Phrase]:
    for kind in Kind:
        of_kind = [one for one in found if one.kind is kind]
        if of_kind:
            yield Key(f"moderator.giveaways.{kind}", {"words": words_of(of_kind)})
