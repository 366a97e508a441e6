"""What a walk must have shown of a form, and what of it is missing."""

import re
from collections.abc import Collection, Iterator

from bot.demo.walk.steps import Visit, parts, phrases_of, text_of
from bot.form import events
from bot.form.draft import REVIEW
from bot.form.kinds import kind_of
from bot.form.model import Form, Group, Question, Text

_ONLY_ALONE = re.compile(r"not\((selected\(\., '\w+'\)( or )?)+\) or count-selected\(\.\) = 1")
_ONLY_LENGTH = re.compile(r"string-length\(\s*\.\s*\)\s*<=?\s*\d+")


def not_shown(form: Form, visits: Collection[Visit]) -> Iterator[str]:
    """The questions, hints and messages of a form that no screen of these shows, and the choices that none offers or
    none shows as chosen."""
    texts = texts_of(visits)
    choices = set(_choices_of(visits))
    for node in form.nodes.values():
        if isinstance(node, Group):
            if node.repeat and not node.repeat_count and _named(node.label) not in texts:
                yield f"{node.path}: label"
        elif kind_of(node).is_asked:
            yield from _question_not_shown(node, texts, choices)


def _question_not_shown(
    asked: Question, texts: set[object], choices: set[tuple[str, int, bool]]
) -> Iterator[str]:
    wanted = {"label": asked.label, "hint": asked.hint, "required_message": asked.required_message}
    if not (_ONLY_LENGTH.fullmatch(asked.constraint) or _ONLY_ALONE.fullmatch(asked.constraint)):
        # Of a length alone the bot says by how much it is passed, in words of its own. A choice that stands alone takes the place
        # of the others, so that only other programs that use the form refuse both.
        wanted["constraint_message"] = asked.constraint_message
    yield from (
        f"{asked.path}: {what}" for what, text in wanted.items() if text and _named(text) not in texts
    )
    if kind_of(asked).has_list:
        for index, choice in enumerate(asked.choices):
            both = {(asked.path, index, False), (asked.path, index, True)}
            # What follows from other answers is marked from the first.
            if not (both & choices if "derived" in asked.bot else both <= choices):
                yield f"{asked.path}: choice {choice.name}"


def keys_of(visits: Collection[Visit]) -> set[str]:
    """The keys of the catalogues that are on these screens."""
    return {text for text in texts_of(visits) if isinstance(text, str)}


def texts_of(visits: Collection[Visit]) -> set[object]:
    """The keys and the form's texts that are on these screens."""
    return {text_of(part) for visit in visits for phrase in phrases_of(visit) for part in parts(phrase)}


def _choices_of(visits: Collection[Visit]) -> Iterator[tuple[str, int, bool]]:
    for visit in visits:
        for button in visit.buttons:
            if isinstance(button.event, events.Pick | events.Toggle) and visit.draft.position != REVIEW:
                yield visit.path, button.event.index, bool(button.marked)


def _named(text: Text) -> object:
    return tuple(text.items())
