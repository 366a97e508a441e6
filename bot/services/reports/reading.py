"""Reading a report: the reporter's answers and files, for the moderator who holds it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from bot.form.answers import Answer, files_of, from_json
from bot.form.model import Form, Privacy
from bot.services import vault
from bot.services.unit import REPORT_FORM, Unit
from db.models import File, Report


@dataclass(frozen=True, slots=True)
class ReportContent:
    """What a report holds. `answers` are by instance path, in the order of the form; the sealed ones stand apart
    in `sealed` and are shown to nobody. `files` gives the status of each file by its id."""

    answers: Mapping[str, Answer]
    sealed: Mapping[str, Answer]
    files: Mapping[str, str]

    @property
    def all(self) -> Mapping[str, Answer]:
        """Both kinds of answers, for code that only needs to know that there are some."""
        return {**self.answers, **self.sealed}


def content_context(report: Report) -> str:
    """The context under which a report's content is sealed."""
    return f"reports.content:{report.id}"


async def content(unit: Unit, report: Report) -> ReportContent | None:
    """The content of a report, with three queries; None when it was destroyed. Raises UnsealError when its key has
    left the ring."""
    if report.data_key_id is None or report.content is None:
        return None
    await vault.open_keys(unit, [report.data_key_id])
    stored = vault.unseal(unit, report.data_key_id, report.content, content_context(report))
    answers = {path: from_json(answer) for path, answer in stored.items()}
    form = unit.forms[REPORT_FORM]
    shown = {path: answer for path, answer in answers.items() if not _is_sealed(form, path)}
    sealed = {path: answer for path, answer in answers.items() if path not in shown}
    return ReportContent(shown, sealed, await _files(unit, shown))


def _is_sealed(form: Form, path: str) -> bool:
    """An answer to a question that the form no longer has counts as sealed: it may have been when it was asked."""
    question = form.question_at(path)
    return question is None or question.privacy is Privacy.SEALED


async def _files(unit: Unit, answers: Mapping[str, Answer]) -> Mapping[str, str]:
    ids = [ref.id for answer in answers.values() for ref in files_of(answer)]
    if not ids:
        return {}
    rows = await unit.session.execute(select(File.id, File.status).where(File.id.in_(ids)))
    return {row.id: row.status for row in rows}
