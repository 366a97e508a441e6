"""Buttons pressed by typing their label in any language. "Yes" at the review sends the form."""

from collections.abc import Mapping
from functools import cache

from bot.chat.screens.rewording import WORDS
from bot.form.events import Back, Event, Submit
from bot.form.screen import Key, Screen, ScreenKind
from bot.form.typed import normalization, vocabulary
from bot.texts import Texts

_LABELS = (
    *("flow.send", "flow.edit", "flow.extend", "flow.delete"),
    *("flow.next", "flow.done", "flow.keep", "flow.back", "flow.skip", "flow.skip.rest", "flow.clear"),
    *("flow.repeat.add", "flow.repeat.more", "flow.repeat.none", "flow.search.all"),
    *("flow.cancel", "flow.cancel.sure", "flow.cancel.no", "flow.unfinished.send"),
    *("flow.leave_nothing", "flow.remind", "flow.review.show", "flow.review.hide"),
)
"""Keys of the bot's own labels. Typed choices and dates are read by their questions."""


def may_be_button(texts: Texts, typed: str) -> bool:
    """Whether words can be a label of any screen. A cheap check before a screen is built."""
    words = _plain(typed)
    return words in _keys_by_words(texts) or words in vocabulary.words("replies.yes") | vocabulary.words(
        "replies.no"
    )


def typed_button(texts: Texts, screen: Screen, typed: str) -> Event | None:
    """Event of the button with the typed label, None if this screen has none."""
    words = _plain(typed)
    keys = _keys_by_words(texts).get(words, frozenset())
    for button in (button for row in screen.rows for button in row):
        if isinstance(button.label, Key) and button.label.key in keys:
            return button.event
    if screen.kind is ScreenKind.REVIEW and words in vocabulary.words("replies.yes"):
        return Submit()
    # Cancelling takes the button's whole label: a "yes" may answer the previous question.
    if screen.kind is ScreenKind.CONFIRM_CANCEL and words in vocabulary.words("replies.no"):
        return Back()
    return None


@cache
def _keys_by_words(texts: Texts) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for language in texts.languages:
        for key in _LABELS:
            for said in {key, *(others.get(key, key) for others in WORDS.values())}:
                words = _plain(texts.text(language, said))
                found[words] = found.get(words, frozenset()) | {key}
    return found


def _plain(text: str) -> str:
    return " ".join(normalization.words(text))
