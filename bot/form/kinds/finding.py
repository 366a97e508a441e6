"""Search for choices by typed words.

- `bind::bot:finds` = `types/group`: a list of groups also finds the choices of `types`, whose column `group`
  names their group.
- `bind::bot:within` = `town`: a list of regions is also searched by the names in its column `within`. A name
  typed in full answers the text question `town` too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.form.answers import Answer, Chosen, Part, Written
from bot.form.kinds.counting import covering, takes_amounts
from bot.form.kinds.kind import Asked
from bot.form.model import IndexedChoice, Question
from bot.form.screen import Joined, Label, Phrase, Said
from bot.form.typed.labels import Searchable, is_clear, is_named_within, matching, searchable
from bot.form.typed.normalization import normalized

FINDS_SEPARATOR = "/"


@dataclass(frozen=True, slots=True)
class Dependent:
    """A question whose choices are also found at the current one. `column` names their choice there."""

    path: str
    question: Question
    column: str


def dependent_of(asked: Asked) -> Dependent | None:
    name, _, column = asked.question.bot.get("finds", "").partition(FINDS_SEPARATOR)
    path = beside(asked, name)
    question = asked.form.question_at(path) if path else None
    return None if question is None else Dependent(path, question, column)


def found_by(asked: Asked, typed: str) -> tuple[IndexedChoice, ...]:
    """Choices that a typed amount may mean, or that match the words. Choices of the dependent list are
    numbered after the list's own.

    In a list that takes amounts, digits never match a label.
    """
    if takes_amounts(asked) and any(map(str.isdecimal, typed)):
        return covering(asked, typed)
    return matching(_searched(asked), typed)


def wholly_named(asked: Asked, typed: str) -> tuple[IndexedChoice, ...]:
    """Available choices whose whole name or label was typed."""
    words, at_hand = normalized(typed.strip()), {index for index, _ in asked.choices()}
    return tuple(one.listed for one in _whole_list(asked) if one.index in at_hand and words in one.whole)


def all_choices(asked: Asked) -> tuple[IndexedChoice, ...]:
    """Available choices, and their choices in the dependent list."""
    own, dependent = asked.choices(), dependent_of(asked)
    if dependent is None:
        return own
    names = {choice.name for _, choice in own}
    further = enumerate(dependent.question.choices, len(asked.question.choices))
    return (*own, *(listed for listed in further if listed[1].columns.get(dependent.column) in names))


def _searched(asked: Asked) -> tuple[Searchable, ...]:
    every = _whole_list(asked)
    return tuple(every[index] for index, _ in all_choices(asked))


def _whole_list(asked: Asked) -> tuple[Searchable, ...]:
    place = ("searchable", asked.question.path)
    found = asked.form.remembered.get(place)
    if not isinstance(found, tuple):
        dependent = dependent_of(asked)
        further = dependent.question.choices if dependent is not None else ()
        found = tuple(map(searchable, enumerate((*asked.question.choices, *further))))
        asked.form.remembered[place] = found
    return found


def clear_match(asked: Asked, found: tuple[IndexedChoice, ...], typed: str) -> IndexedChoice | None:
    """The only choice found, if the words name it clearly."""
    if len(found) != 1 or (takes_amounts(asked) and any(map(str.isdecimal, typed))):
        return None
    return found[0] if is_clear(_whole_list(asked)[found[0][0]], typed) else None


def answers_by(asked: Asked, listed: IndexedChoice, typed: str) -> Mapping[str, Answer | None]:
    """Answers that a choice gives: to this question, and to the one its list or name belongs to."""
    index, choice = listed
    dependent = dependent_of(asked)
    if dependent is not None and index >= len(asked.question.choices):
        parent = choice.columns.get(dependent.column, "")
        return {asked.path: Chosen((parent,)), dependent.path: Chosen((choice.name,))}
    answers: dict[str, Answer | None] = {asked.path: Chosen((choice.name,))}
    within = beside(asked, asked.question.bot.get("within", ""))
    if within and typed and is_named_within(_whole_list(asked)[index], typed):
        named = Written((Part(typed.strip()),))
        if asked.refusal(within, named) is None:
            answers[within] = named
    return answers


def told_as(asked: Asked, listed: IndexedChoice, answers: Mapping[str, Answer | None]) -> Phrase:
    """The accepted choice in words, with its parent or the name within it."""
    _, choice = listed
    dependent = dependent_of(asked)
    if dependent is not None and dependent.path in answers:
        parent = next(
            one for one in asked.question.choices if one.name == choice.columns.get(dependent.column)
        )
        return Joined((Label(parent.label), Label(choice.label)), " → ")
    named = answers.get(beside(asked, asked.question.bot.get("within", "")))
    if isinstance(named, Written):
        return Joined((Label(choice.label), Said(named.text)), " → ")
    return Label(choice.label)


def beside(asked: Asked, name: str) -> str:
    """Path of the question of this name in the same group, or blank."""
    path = f"{asked.path.rpartition('/')[0]}/{name}"
    return path if name and asked.form.question_at(path) is not None else ""
