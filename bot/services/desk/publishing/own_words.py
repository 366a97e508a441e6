"""Words in a public version that nobody must overlook: the reporter's own, and those in another language than the version's.
Nothing of them is public until a moderator has confirmed that very text.

What a moderator types keeps the message that it came with (`Part.source`); what was put there from the report has none.
A confirmation is the digest of a text and its question, sealed with the version and taken over by later ones: a text that
was changed is another text.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.form.answers import Answer, Written
from bot.form.kinds.text import is_put_there
from bot.form.model import Form, Privacy, Question, schema_path
from bot.form.typed.links import APPEARANCE
from bot.services import audit
from bot.services.desk.publishing import versions
from bot.services.desk.publishing.published_languages import TEXTS, language_of_role
from bot.services.desk.publishing.versions import VersionContent
from bot.services.desk.publishing.wording import language_of
from bot.services.reports import approvals
from bot.services.unit import Unit
from db.models import Moderator, PublicVersion, Report

_DIGEST_DIGITS = 32
_PROSE = frozenset({*TEXTS, "affected_role", "perpetrator_detail"})


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A text that waits for a confirmation, by its instance path. `language` is the code of the one it seems to be in, where that
    is not the version's."""

    path: str
    text: str
    language: str | None = None

    @property
    def digest(self) -> str:
        """What a confirmation of this text in this question is known by: 128 bits of SHA-256, in hexadecimal."""
        told = f"{schema_path(self.path)}\x1f{self.text}"
        return hashlib.sha256(told.encode()).hexdigest()[:_DIGEST_DIGITS]


def unconfirmed(form: Form, content: VersionContent) -> tuple[OwnWords, ...]:
    """The words in answers to public questions that nobody has confirmed yet, in the order of the answers."""
    return tuple(words for words in _marked(form, content) if words.digest not in content.confirmed)


def public_answers(form: Form, content: VersionContent) -> Mapping[str, Answer]:
    """The answers of a version without the words that are not confirmed."""
    left_out = {words.path for words in unconfirmed(form, content)}
    if not left_out:
        return content.answers
    return {path: answer for path, answer in content.answers.items() if path not in left_out}


async def confirm(
    unit: Unit,
    moderator: Moderator,
    report: Report,
    version: PublicVersion,
    content: VersionContent,
    words: Iterable[OwnWords],
) -> None:
    """Let these words be public with this version and those that follow it, as long as they stay as they are. The content
    is that of the version, whose data key is open. Whoever has approved it without them has to look again."""
    confirmed = content.confirmed | {one.digest for one in words}
    versions.write(unit, version, replace(content, confirmed=confirmed))
    await approvals.void(unit, report)
    await audit.record(unit, moderator.alias, "confirm", report.ref, f"v{version.version}")


def _marked(form: Form, content: VersionContent) -> Iterator[OwnWords]:
    for path, answer in content.answers.items():
        question = form.question_at(path) if isinstance(answer, Written) else None
        if question is None or question.privacy is not Privacy.PUBLIC or not isinstance(answer, Written):
            continue
        is_own = is_put_there(question, answer)
        if is_own or (content.checked and _is_prose(question)):
            language = _other_language(question, content, answer.text)
            if is_own or language is not None:
                yield OwnWords(path, answer.text, language)


def _is_prose(question: Question) -> bool:
    """Whether a text is in a language at all: names of towns and organisations are in any, and what a date refers to is typed as the
    examples have it."""
    return question.role in _PROSE or language_of_role(question.role) is not None


def _other_language(question: Question, content: VersionContent, text: str) -> str | None:
    """The language of a text that is in another one than it should be; None where it is not, or cannot be told."""
    if APPEARANCE in question.appearance.split():
        return None
    found = language_of(text)
    return None if found == (language_of_role(question.role) or content.language) else found
