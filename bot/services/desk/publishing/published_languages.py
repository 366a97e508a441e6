"""The languages that an organisation publishes in: each has a title and a summary of its own in a version.

The review form has a pair of questions for each, `title_kk` and `summary_kk` by their roles, and a hidden one that names the
languages. Where none is set, a version has one pair, `title` and `summary`, in the language of its moderator.
"""

from collections.abc import Iterable, Mapping, Sequence

from bot.form.answers import Answer, Part, Written
from bot.form.model import Form

NAMED = "published_languages"
"""The role of the hidden question."""
TEXTS = ("title", "summary")
"""The roles of what is written once in each language."""


def role_in(role: str, language: str) -> str:
    """The role of a text of TEXTS in a language."""
    return f"{role}_{language}"


def fault(form: Form, languages: Iterable[str]) -> str | None:
    """Why a review form cannot be filled in for these languages, in one sentence; None when it can."""
    needed = [NAMED, *(role_in(role, language) for language in languages for role in TEXTS)]
    missing = [role for role in needed if role not in form.by_role]
    return f"it has no question with bind::bot:role {missing[0]}." if len(needed) > 1 and missing else None


def begun_in(
    form: Form, answers: Mapping[str, Answer], languages: Sequence[str], language: str
) -> Mapping[str, Answer]:
    """The answers that an edit in these languages begins with. `language` is that of the version they are from: the pair that it has
    in its own language stays, whether the languages were set since or are not any more."""
    begun = dict(answers)
    if (named := form.by_role.get(NAMED)) is None:
        return begun
    begun.pop(named.path, None)
    if languages:
        begun[named.path] = Written((Part(" ".join(languages)),))
    for role in TEXTS:
        plain, own = form.by_role[role], form.by_role.get(role_in(role, language))
        if own is not None and (not languages or language in languages):
            source, target = (plain, own) if languages else (own, plain)
            if source.path in begun:
                begun.setdefault(target.path, begun[source.path])
    return begun


def text_of(form: Form, answers: Mapping[str, Answer], role: str, language: str | None) -> str:
    """The text of a role of TEXTS in a language; that of no language for None; blank where there is none."""
    question = form.by_role.get(role_in(role, language) if language else role)
    answer = answers.get(question.path) if question is not None else None
    return answer.text if isinstance(answer, Written) else ""


def language_of_role(role: str) -> str | None:
    """The language that a role of `role_in` is of; None for any other role."""
    text, _, language = role.rpartition("_")
    return language if text in TEXTS else None
