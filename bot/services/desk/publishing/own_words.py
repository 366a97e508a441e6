"""A reporter's own words in a public version: nothing of them is public until a moderator has confirmed that very text.

What a moderator types keeps the message that it came with (`Part.source`); what was put there from the report has none.
A confirmation is the digest of a text and its question, sealed with the version and taken over by later ones: a text that
was changed is another text.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.form.answers import Answer, Written
from bot.form.model import Form, Privacy, Question, schema_path
from bot.services import audit
from bot.services.desk.publishing import versions
from bot.services.desk.publishing.versions import VersionContent
from bot.services.reports import approvals
from bot.services.unit import Unit
from db.models import Moderator, PublicVersion, Report

_DIGEST_DIGITS = 32


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A text that no moderator has typed, by its instance path."""

    path: str
    text: str

    @property
    def digest(self) -> str:
        """What a confirmation of this text in this question is known by: 128 bits of SHA-256, in hexadecimal."""
        told = f"{schema_path(self.path)}\x1f{self.text}"
        return hashlib.sha256(told.encode()).hexdigest()[:_DIGEST_DIGITS]


def unconfirmed(form: Form, content: VersionContent) -> tuple[OwnWords, ...]:
    """The reporter's words in answers to public questions that nobody has confirmed yet, in the order of the answers."""
    return tuple(words for words in _own(form, content.answers) if words.digest not in content.confirmed)


def public_answers(form: Form, content: VersionContent) -> Mapping[str, Answer]:
    """The answers of a version without the words that are not confirmed."""
    left_out = {words.path for words in unconfirmed(form, content)}
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


def _own(form: Form, answers: Mapping[str, Answer]) -> Iterator[OwnWords]:
    for path, answer in answers.items():
        question = form.question_at(path)
        if question is None or question.privacy is not Privacy.PUBLIC or not isinstance(answer, Written):
            continue
        # One part that nobody typed is enough: an expression may have put a reporter's words together with others.
        typed = all(part.source for part in answer.parts)
        if not typed and answer.text and not _is_of_the_form(question, answer.text):
            yield OwnWords(path, answer.text)


def _is_of_the_form(question: Question, text: str) -> bool:
    """Whether a text is the form's own: a default that is spelt out in it."""
    return question.default in {f"'{text}'", f'"{text}"'}
