"""Public answers of a version, as export values."""

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

from bot.form.answers import Answer, Chosen, Stored, StoredAnswers
from bot.form.kinds import fact_of_stored
from bot.form.model import Form, Question, schema_path

ExportValue = Any
"""None, a text, a number, a bool, or a list of codes or links. In a column of a repeat a list of these."""
_INSTANCE = re.compile(r"\[(\d+)\]")

_NONE: Mapping[int, Answer] = {}


class PublicAnswers:
    """Answers of a version to the questions that its form marks public."""

    def __init__(self, form: Form, answers: StoredAnswers) -> None:
        self.form = form
        self._answers = answers

    def of(self, question: Question | None) -> Mapping[int, Answer]:
        """Answers to a question by instance, 0 outside of repeats. Always empty for a question that is not
        public."""
        return self._by_instance.get(question.path, _NONE) if question is not None else _NONE

    @cached_property
    def _by_instance(self) -> Mapping[str, Mapping[int, Answer]]:
        found: dict[str, dict[int, Answer]] = {}
        for path, answer in self._answers.items():
            plain, number = place_of(path)
            if plain in self.form.public_paths:
                found.setdefault(plain, {})[number] = answer
        return found

    def value_of_role(self, role: str) -> ExportValue:
        question = self.form.by_role.get(role)
        return fact_of_stored(question, self._stored(question)) if question is not None else None

    def codes_of_role(self, role: str) -> list[str]:
        answer = self.of(self.form.by_role.get(role)).get(0)
        return list(answer.names) if isinstance(answer, Chosen) else []

    def _stored(self, question: Question) -> Stored | None:
        return self._answers.stored.get(question.path) if question.path in self.form.public_paths else None


@lru_cache(maxsize=4096)
def place_of(path: str) -> tuple[str, int]:
    """Path without its instance, and the instance, 0 outside of repeats. Paths come from forms, so this
    cache holds no personal data."""
    number = _INSTANCE.search(path)
    return schema_path(path), int(number[1]) if number else 0
