"""Content of a report on its card: one line for each fact, then the long answers."""

from collections.abc import Iterator

from bot.form.answers import Answer, Written
from bot.form.kinds import answer_phrase
from bot.form.kinds.text import is_multiline
from bot.form.model import Form, Question
from bot.form.screen import Joined, Key, Phrase, title_phrase
from bot.services.reports.intake import CONSENT_ASK
from bot.services.reports.reading import ReportContent

MOST_LINE = 60
_UNSHOWN = frozenset({"consent_store", CONSENT_ASK})
"""Roles of questions that only steer the form."""


def lines(form: Form, content: ReportContent) -> Iterator[Phrase]:
    """Unanswered questions of an unfinished report, short and long answers, and the number of sealed ones."""
    if left := tuple(
        title_phrase(form, path, short=True) for path in content.unanswered if _is_shown(form, path)
    ):
        yield Key("moderator.report.unfinished", {"questions": Joined(left, "\n")})
    told = [(path, form.question_at(path), answer) for path, answer in content.answers.items()]
    shown = [(path, asked, answer) for path, asked, answer in told if asked and _is_shown(form, path)]
    facts = tuple(_fact(form, *one) for one in shown if not _is_long(*one[1:]))
    if facts:
        yield Joined(facts, "\n")
    for path, question, answer in (one for one in shown if _is_long(*one[1:])):
        title = title_phrase(form, path, short=True)
        yield Key("moderator.report.line", {"question": title, "answer": answer_phrase(question, answer)})
    if content.sealed:
        yield Key("moderator.report.sealed", {"n": len(content.sealed)})


def _fact(form: Form, path: str, question: Question, answer: Answer) -> Key:
    label = title_phrase(form, path, short=True)
    return Key("moderator.card.fact", {"label": label, "value": answer_phrase(question, answer)})


def _is_long(question: Question, answer: Answer) -> bool:
    if not question.short or not isinstance(answer, Written):
        return not question.short
    return is_multiline(question) or "\n" in answer.text.strip() or len(answer.text) > MOST_LINE


def _is_shown(form: Form, path: str) -> bool:
    question = form.question_at(path)
    return question is not None and question.role not in _UNSHOWN and "extend" not in question.bot
