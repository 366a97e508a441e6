"""What a search asks for: words of stories, tags of public versions, and how they were assessed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.form.answers import Answer, Chosen, Written
from bot.form.model import Form, Question
from bot.form.typed.normalization import normalized, words

TAGS, GRADES = "tags", ("source_reliability", "information_credibility")
"""The roles of the questions of a public version by whose answers it is found."""
MOST_TYPED, FEWEST_LETTERS = 100, 3
_HASH = "#"
_LIKE_LATIN = str.maketrans("АВСЕР", "ABCEP")
"""Cyrillic letters that look like those of codes."""


@dataclass(frozen=True, slots=True)
class Sought:
    """All of it must be so: each word stands in the story, also as a part of a longer one, in any case and without the letters of a
    language; the newest version has each of the tags, and was given each of the grades, by their codes."""

    words: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    grades: frozenset[str] = frozenset()

    @property
    def in_records(self) -> bool:
        """Whether public versions are to be opened."""
        return bool(self.tags or self.grades)

    @property
    def kinds(self) -> str:
        """What is asked for, without what it is: for the audit log."""
        asked = {"words": self.words, "tags": self.tags, "grades": self.grades}
        return "+".join(name for name, some in asked.items() if some)

    def is_in_story(self, story: str) -> bool:
        """Whether a normalized story holds the words."""
        return all(word in story for word in self.words)

    def is_in_record(self, form: Form, answers: Mapping[str, Answer]) -> bool:
        """Whether the answers of a version have the tags and the grades."""
        return self.tags <= set(_tags(form, answers)) and self.grades <= set(_grades(form, answers))


NOTHING = Sought()


def read(form: Form, typed: str) -> Sought:
    """What somebody typed: `#tag`, the code of a grade of the review form, or words; NOTHING where no word has FEWEST_LETTERS and
    nothing else is asked for."""
    tags, grades, rest = set[str](), set[str](), list[str]()
    for one in typed[:MOST_TYPED].split():
        code = grade(form, one)
        if one.startswith(_HASH) and one != _HASH:
            tags.add(normalized(one.removeprefix(_HASH)))
        elif code is not None:
            grades.add(code)
        else:
            rest.append(one)
    found = words(" ".join(rest))
    if not (tags or grades or any(len(one) >= FEWEST_LETTERS for one in found)):
        return NOTHING
    return Sought(found, frozenset(tags), frozenset(grades))


def graded(form: Form) -> Iterator[Question]:
    """The questions for a grade that the form has."""
    return (form.by_role[role] for role in GRADES if role in form.by_role)


def grade(form: Form, typed: str) -> str | None:
    """The code of a grade as somebody typed it; None for anything else."""
    code = typed.upper().translate(_LIKE_LATIN)
    return code if any(code == one.name for question in graded(form) for one in question.choices) else None


def _tags(form: Form, answers: Mapping[str, Answer]) -> Iterator[str]:
    question = form.by_role.get(TAGS)
    answer = answers.get(question.path) if question is not None else None
    if isinstance(answer, Written):
        for one in answer.text.split(","):
            yield normalized(one.strip().removeprefix(_HASH))


def _grades(form: Form, answers: Mapping[str, Answer]) -> Iterator[str]:
    for question in graded(form):
        answer = answers.get(question.path)
        if isinstance(answer, Chosen):
            yield from answer.names
