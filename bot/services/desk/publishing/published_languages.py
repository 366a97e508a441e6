"""Languages that an organisation publishes in.

The review form has a title and a summary for each, such as `title_kk` by role, and a hidden question that
names the languages. Without configured languages a version has `title` and `summary` in its moderator's
language.
"""

from collections.abc import Iterable, Mapping, Sequence

from bot.form.answers import Answer, Part, Written
from bot.form.model import Form

NAMED = "published_languages"
TEXTS = ("title", "summary")


def role_in(role: str, language: str) -> str:
    return f"{role}_{language}"


def fault(form: Form, languages: Iterable[str]) -> str | None:
    """Error of a review form for these languages, as a sentence, or None."""
    needed = [NAMED, *(role_in(role, language) for language in languages for role in TEXTS)]
    missing = [role for role in needed if role not in form.by_role]
    return f"it has no question with bind::bot:role {missing[0]}." if len(needed) > 1 and missing else None


def begun_in(
    form: Form, answers: Mapping[str, Answer], languages: Sequence[str], language: str
) -> Mapping[str, Answer]:
    """Answers that an edit in these languages begins with. When languages were set or unset since, title and
    summary move between the plain pair and the pair of the version's own `language`."""
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
    """Text of a role of TEXTS in a language, or of the plain pair for None."""
    question = form.by_role.get(role_in(role, language) if language else role)
    answer = answers.get(question.path) if question is not None else None
    return answer.text if isinstance(answer, Written) else ""


def language_of_role(role: str) -> str | None:
    text, _, language = role.rpartition("_")
    return language if text in TEXTS else None
