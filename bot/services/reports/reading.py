"""Reading of a report's answers and files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.form.answers import Answer, FileRef, files_of, from_json
from bot.form.model import Form, Privacy
from bot.services import vault
from bot.services.reports import files
from bot.services.reports.files import KeptFile
from bot.services.unit import REPORT_FORM, Unit
from db.models import Report

UNANSWERED = ":unanswered"
"""Key among the sealed answers for the paths of missing ones."""


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Content of a report.

    - `answers`: by instance path, in the order of the form.
    - `sealed`: answers to sealed questions, never shown.
    - `files`: by file id.
    - `unanswered`: paths of required questions left out.
    """

    answers: Mapping[str, Answer]
    sealed: Mapping[str, Answer]
    files: Mapping[str, KeptFile]
    unanswered: tuple[str, ...] = ()

    @property
    def all(self) -> Mapping[str, Answer]:
        """All answers, for code that only counts them or derives codes."""
        return {**self.answers, **self.sealed}


def content_context(report: Report) -> str:
    return _context(report.id)


def _context(report_id: str) -> str:
    return f"reports.content:{report_id}"


def told(unit: Unit, report_id: str, key_id: str, sealed: bytes) -> Mapping[str, Answer]:
    """All answers of a report, sealed ones too, by instance path. Its data key must be open."""
    return _stored(unit, report_id, key_id, sealed)[0]


def _stored(
    unit: Unit, report_id: str, key_id: str, sealed: bytes
) -> tuple[Mapping[str, Answer], tuple[str, ...]]:
    stored = vault.unseal(unit, key_id, sealed, _context(report_id))
    unanswered = tuple(stored.pop(UNANSWERED, ()))
    return {path: from_json(answer) for path, answer in stored.items()}, unanswered


async def content(unit: Unit, report: Report) -> ReportContent | None:
    """Content of a report, or None when destroyed. Raises UnsealError when its key has left the ring."""
    if report.data_key_id is None or report.content is None:
        return None
    await vault.open_keys(unit, [report.data_key_id])
    answers, unanswered = _stored(unit, report.id, report.data_key_id, report.content)
    form = unit.forms[REPORT_FORM]
    shown = {path: answer for path, answer in answers.items() if not _is_sealed(form, path)}
    sealed = {path: answer for path, answer in answers.items() if path not in shown}
    known = await files.known(unit, [ref.id for ref in _refs(shown)])
    return ReportContent(shown, sealed, known, unanswered)


def _is_sealed(form: Form, path: str) -> bool:
    """Answers to questions that the form no longer has count as sealed."""
    question = form.question_at(path)
    return question is None or question.privacy is Privacy.SEALED


def _refs(answers: Mapping[str, Answer]) -> Iterator[FileRef]:
    for answer in answers.values():
        yield from files_of(answer)
