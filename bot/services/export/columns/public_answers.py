"""The public answers of a version, as values of an export."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from bot.form.answers import Answer, Chosen, When
from bot.form.kinds import fact_of
from bot.form.model import Form, Question, schema_path

ExportValue = Any
"""None, a text, a number, a bool, or a list of codes or links; in a column of a repeat a list of these."""
_INSTANCE = re.compile(r"\[(\d+)\]")
"""The number of an instance in a path; a version has no repeats inside repeats, so there is at most one."""

_NONE: Mapping[int, Answer] = {}


class PublicAnswers:
    """The answers of a version to the questions that its form marks public."""

    def __init__(self, form: Form, answers: Mapping[str, Answer]) -> None:
        self.form = form
        self._answers: dict[str, dict[int, Answer]] = {}
        for path, answer in answers.items():
            plain, number = _place(path)
            if plain in form.public_paths:
                self._answers.setdefault(plain, {})[number] = answer

    def of(self, question: Question | None) -> Mapping[int, Answer]:
        """The answers to a question by the number of their instance, 0 outside of repeats. None to a question that is
        not public, whatever column asks for it."""
        return self._answers.get(question.path, _NONE) if question is not None else _NONE

    def value(self, question: Question | None) -> ExportValue:
        """The value of a question outside of repeats."""
        if question is None:
            return None
        given = self._answers.get(question.path)
        return fact_of(question, given.get(0) if given else None)

    def values(self, question: Question | None, instances: Sequence[int]) -> list[ExportValue]:
        """The values of a question in these instances of its repeat."""
        if question is None:
            return [None for _ in instances]
        answers = self.of(question)
        return [fact_of(question, answers.get(number)) for number in instances]

    def instances(self, paths: Iterable[str]) -> list[int]:
        """The numbers of the instances of a repeat in which any of the questions of these paths has an answer."""
        given = self._answers
        return sorted({number for path in paths if path in given for number in given[path]})

    def codes(self, question: Question) -> Sequence[tuple[str, ...]]:
        """The codes chosen for a question in each instance of its repeat."""
        return tuple([one.names if isinstance(one, Chosen) else () for one in self.of(question).values()])

    def value_of_role(self, role: str) -> ExportValue:
        """The value of the question with this role."""
        return self.value(self.form.by_role.get(role))

    def codes_of_role(self, role: str) -> list[str]:
        """The codes chosen for this role; none without such a question."""
        answer = self.of(self.form.by_role.get(role)).get(0)
        return list(answer.names) if isinstance(answer, Chosen) else []

    def date_of_role(self, role: str) -> When | None:
        """The date given for this role."""
        answer = self.of(self.form.by_role.get(role)).get(0)
        return answer if isinstance(answer, When) else None


@lru_cache(maxsize=4096)
def _place(path: str) -> tuple[str, int]:
    """A path without the number of its instance, and that number, 0 outside of repeats. Paths are of forms alone, so nothing of a
    person's is kept here."""
    number = _INSTANCE.search(path)
    return schema_path(path), int(number[1]) if number else 0
