"""Details in public texts that may identify a person (`bot.safety.personal_data`)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.form.answers import Answer, Written
from bot.form.model import Form, Privacy
from bot.safety.personal_data.detector import found
from bot.safety.personal_data.words import Kind
from bot.services.desk.publishing import own_words
from bot.services.desk.publishing.versions import VersionContent

_LINKS = "links"
"""Appearance of a question for links, which are public pages."""


@dataclass(frozen=True, slots=True)
class Giveaway:
    kind: Kind
    words: str


def of_version(form: Form, content: VersionContent) -> tuple[Giveaway, ...]:
    return of_answers(form, own_words.public_answers(form, content))


def of_answers(form: Form, answers: Mapping[str, Answer]) -> tuple[Giveaway, ...]:
    """Identifying details in public written answers, each once, in order."""
    return tuple(dict.fromkeys(_of_texts(_texts(form, answers))))


def _texts(form: Form, answers: Mapping[str, Answer]) -> Iterator[str]:
    for path, answer in answers.items():
        question = form.question_at(path)
        if question is None or question.privacy is not Privacy.PUBLIC or not isinstance(answer, Written):
            continue
        if _LINKS not in question.appearance:
            yield answer.text


def _of_texts(texts: Iterable[str]) -> Iterator[Giveaway]:
    for text in texts:
        for one in found(text):
            yield Giveaway(one.kind, " ".join(text[one.start : one.end].split()))
