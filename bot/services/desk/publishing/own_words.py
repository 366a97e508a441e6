"""Words in a public version that need confirmation: the reporter's own, and those in another language.

A moderator's typed text keeps its message (`Part.source`), prefilled text has none. A confirmation is a
digest of text and question, sealed with the version and passed on to later ones.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from bot.form.answers import StoredAnswers, Written, tag_of
from bot.form.kinds.text import is_put_there, text_of
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
_WATCHED, _WRITTEN = ("own_words", ""), tag_of(Written)
_PROSE = frozenset({*TEXTS, "affected_role", "perpetrator_detail"})


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Text that waits for confirmation. `language` is its likely language, if not the version's."""

    path: str
    text: str
    language: str | None = None

    @property
    def digest(self) -> str:
        """Digest for a confirmation: 128 bits of SHA-256, in hexadecimal."""
        told = f"{schema_path(self.path)}\x1f{self.text}"
        return hashlib.sha256(told.encode()).hexdigest()[:_DIGEST_DIGITS]


def unconfirmed(form: Form, content: VersionContent) -> tuple[OwnWords, ...]:
    """Unconfirmed words in answers to public questions, in order."""
    return tuple(words for words in _marked(form, content) if words.digest not in content.confirmed)


def public_answers(form: Form, content: VersionContent) -> StoredAnswers:
    left_out, answers = (
        {words.path for words in unconfirmed(form, content)},
        StoredAnswers.of(content.answers),
    )
    if not left_out:
        return answers
    return StoredAnswers({path: answer for path, answer in answers.stored.items() if path not in left_out})


async def confirm(
    unit: Unit,
    moderator: Moderator,
    report: Report,
    version: PublicVersion,
    content: VersionContent,
    words: Iterable[OwnWords],
) -> None:
    """Let these words be public with this and later versions. Voids approvals. The version's data key must
    be open."""
    confirmed = content.confirmed | {one.digest for one in words}
    versions.write(unit, version, replace(content, confirmed=confirmed))
    await approvals.void(unit, report)
    await audit.record(unit, moderator.alias, "confirm", report.ref, f"v{version.version}")


@dataclass(frozen=True, slots=True)
class _Watched:
    """Public question.

    - `is_prose`: its texts have a language, even a moderator's.
    - `has_language`: it is no link.
    - `language`: expected language, None for the version's.
    """

    question: Question
    is_prose: bool
    has_language: bool
    language: str | None


def _marked(form: Form, content: VersionContent) -> Iterator[OwnWords]:
    watched = _watched(form)
    for path, stored in StoredAnswers.of(content.answers).stored.items():
        fields = stored.get(_WRITTEN)
        one = watched.get(schema_path(path)) if fields is not None else None
        if fields is None or one is None:
            continue
        text = text_of(fields)
        is_own = is_put_there(one.question, text, [part["source"] for part in fields["parts"]])
        if is_own or (content.checked and one.is_prose):
            language = _other_language(one, content, text)
            if is_own or language is not None:
                yield OwnWords(path, text, language)


def _watched(form: Form) -> Mapping[str, _Watched]:
    found = form.remembered.get(_WATCHED)
    if found is None:
        found = {one.path: _as_watched(one) for one in form.questions if one.privacy is Privacy.PUBLIC}
        form.remembered[_WATCHED] = found
    return cast("Mapping[str, _Watched]", found)


def _as_watched(question: Question) -> _Watched:
    language = language_of_role(question.role)
    is_prose = question.role in _PROSE or language is not None
    return _Watched(question, is_prose, APPEARANCE not in question.appearance.split(), language)


def _other_language(one: _Watched, content: VersionContent, text: str) -> str | None:
    found = language_of(text) if one.has_language else None
    return None if found == (one.language or content.language) else found
