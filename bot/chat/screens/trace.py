"""Trace of a prompt: the short line that remains of an answered question."""

from dataclasses import dataclass

from bot.chat.screens.renderer import RenderedMessage, Renderer, shortened
from bot.form.answers import Answer
from bot.form.draft import REVIEW, Draft
from bot.form.flow.filled.filling import Filling
from bot.form.kinds import NO_ANSWER, answer_phrase, kind_of
from bot.form.model import Group, Privacy, Question
from bot.form.screen import Key, Label, Phrase, Said

MOST_TITLE, MOST_ANSWER = 120, 60
_ENDS = ("?", "!", ".", ":", "…")


@dataclass(frozen=True, slots=True)
class Trace:
    """Question, and the answer if it is repeated. `whole`: the message stays without its buttons, since it
    is needed later, as contacts are."""

    title: Phrase
    answer: Phrase | None = None
    whole: bool = False

    def message(self, renderer: Renderer, language: str) -> RenderedMessage:
        title = _title(renderer.phrase(self.title, language))
        if self.answer is None:
            return renderer.line(language, "reporter.answered_alone", title)
        answer = shortened(renderer.phrase(self.answer, language), MOST_ANSWER)
        key = "reporter.answered_question" if title.endswith(_ENDS) else "reporter.answered"
        return renderer.line(language, key, title, answer)


def trace_of(before: Draft, filling: Filling) -> Trace | None:
    """Trace of the prompt of `before`. None if no question was answered, as after a menu, a confirmation or
    another view of the question."""
    after = filling.draft
    if before.view.confirming or after.view.confirming:
        return None
    if before.position == REVIEW:
        is_listed = after.position == REVIEW and after.view.editing
        return Trace(Key("reporter.correcting")) if is_listed and not before.view.editing else None
    if before.position == after.position or after.position.startswith(f"{before.position}["):
        return None  # one more instance of a repeat, counted when all are done
    node = filling.form.at(before.position)
    if node is None:
        return None
    if isinstance(node, Group):
        number = after.count(before.position)
        return Trace(Label(node.label), Said(str(number)) if number else NO_ANSWER)
    answer = _repeated(node, _answer(filling, before.position))
    return Trace(Label(node.label), answer, whole="contacts" in node.bot)


def _answer(filling: Filling, path: str) -> Answer | None:
    try:
        return filling.answer(path)
    except KeyError:  # an instance without an answer no longer exists
        return None


def _repeated(question: Question, answer: Answer | None) -> Phrase | None:
    """The answer as the trace shows it. A text stands in the person's own message below, and sealed answers
    are not repeated."""
    kind = kind_of(question)
    if kind.answered_with is None or question.privacy is Privacy.SEALED:
        return None
    if kind.stands_in_chat and answer is not None:
        return None
    return answer_phrase(question, answer, MOST_ANSWER)


def _title(text: str) -> str:
    lines = text.strip().splitlines()
    question, mark, _ = (lines[0] if lines else "·").partition("? ")
    return shortened(question + mark.strip(), MOST_TITLE)
