"""Reading a report: the reporter's answers and files, for the moderator who holds it."""

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
"""Stands among the sealed answers, in place of a path, for the paths of those that are missing."""


@dataclass(frozen=True, slots=True)
class ReportContent:
    """What a report holds. `answers` are by instance path, in the order of the form; the sealed ones stand apart
    in `sealed` and are shown to nobody. `files` tells what is known of each file by its id. `unanswered` are the paths of
    the questions that had to be answered and were not, of a report that was sent unfinished."""

    answers: Mapping[str, Answer]
    sealed: Mapping[str, Answer]
    files: Mapping[str, KeptFile]
    unanswered: tuple[str, ...] = ()

    @property
    def all(self) -> Mapping[str, Answer]:
        """Both kinds of answers, for code that only needs to know that there are some."""
        return {**self.answers, **self.sealed}


def content_context(report: Report) -> str:
    """The context under which a report's content is sealed."""
    return _context(report.id)


def _context(report_id: str) -> str:
    return f"reports.content:{report_id}"


def told(unit: Unit, report_id: str, key_id: str, sealed: bytes) -> Mapping[str, Answer]:
    """Every answer of a report, the sealed ones among them, by instance path; its data key must be open."""
    return _stored(unit, report_id, key_id, sealed)[0]


def _stored(
    unit: Unit, report_id: str, key_id: str, sealed: bytes
) -> tuple[Mapping[str, Answer], tuple[str, ...]]:
    """The answers, and the paths of those that are missing."""
    stored = vault.unseal(unit, key_id, sealed, _context(report_id))
    unanswered = tuple(stored.pop(UNANSWERED, ()))
    return {path: from_json(answer) for path, answer in stored.items()}, unanswered


async def content(unit: Unit, report: Report) -> ReportContent | None:
    """The content of a report, with three queries; None when it was destroyed. Raises UnsealError when its key has
    left the ring."""
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
    """An answer to a question that the form no longer has counts as sealed: it may have been when it was asked."""
    question = form.question_at(path)
    return question is None or question.privacy is Privacy.SEALED


def _refs(answers: Mapping[str, Answer]) -> Iterator[FileRef]:
    for answer in answers.values():
        yield from files_of(answer)
