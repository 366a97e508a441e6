"""Search for answers that make a question relevant or a choice available."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice, product

from bot.form.answers import Answer, Chosen, Number, Part, Precision, When, Written
from bot.form.draft import Draft
from bot.form.flow.filled.instance import Instance
from bot.form.kinds import kind_of
from bot.form.model import Form, Group, Node, Question

_MOST_TRIES = 600
_LONG_AGO = "2016-06-06"
"""A day on which earlier laws applied."""
Wishes = Mapping[str, Answer | None]
"""Answers by question path. None leaves a question blank."""
Goal = Callable[[Instance], bool]
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")


def first_path(form: Form, node: Node) -> str:
    """Path of a node in the first instance of each enclosing repeat."""
    path = f"/{form.name}"
    here = path
    *around, last = node.path.removeprefix(f"{path}/").split("/")
    for name in around:
        here += f"/{name}"
        group = form.nodes[here]
        path += f"/{name}" + ("[1]" if isinstance(group, Group) and group.repeat else "")
    return f"{path}/{last}"


def is_asked(form: Form, node: Node) -> Goal:
    path = first_path(form, node)
    return lambda instance: path in instance.order()


def is_offered(form: Form, question: Question, name: str) -> Goal:
    path = first_path(form, question)

    def offered(instance: Instance) -> bool:
        return path in instance.order() and any(choice.name == name for _, choice in instance.choices(path))

    return offered


def solve(form: Form, base: Draft, node: Node, goal: Goal) -> Wishes | None:
    """Answers that reach a node's goal on top of the `base` draft. None if none were found."""
    for found in _refinements(form, node):
        for wishes in _tried(form, found):
            given = {first_path(form, form.nodes[path]): answer for path, answer in wishes.items()}
            answers = {path: a for path, a in {**base.answers, **given}.items() if a is not None}
            instance = Instance(form, answers, base.counts, base.now)
            order = instance.order() if goal(instance) else ()
            if all(first_path(form, form.nodes[p]) in order or _is_hidden(form, p) for p in wishes) and order:
                return wishes
    return None


def _is_hidden(form: Form, path: str) -> bool:
    node = form.nodes[path]
    return isinstance(node, Question) and node.kind == "hidden"


def _refinements(form: Form, node: Node) -> Iterator[Mapping[str, list[Answer | None]]]:
    sources = list(_sources(form, node, set()))
    literals = {
        word for source in sources for text in _LITERAL.findall(source) for word in text[1:-1].split()
    }
    asked = {path: one for source in sources for path, one in _named(form, source)}
    for every in (False, True):
        tried = {path: list(_candidates(one, literals, every=every)) for path, one in asked.items()}
        yield {path: answers for path, answers in tried.items() if answers}


def _tried(form: Form, found: Mapping[str, list[Answer | None]]) -> Iterator[Wishes]:
    order = [path for path in form.nodes if path in found]
    for some in range(1, len(order) + 1):
        # Vary the answers nearest to the goal first and leave the rest unchanged.
        last = order[-some:]
        combinations = product(*(found[path] for path in last))
        yield from (dict(zip(last, given, strict=True)) for given in islice(combinations, _MOST_TRIES))


def _sources(form: Form, node: Node, seen: set[str]) -> Iterator[str]:
    path = node.path
    while path in form.nodes:
        if path not in seen:
            seen.add(path)
            one = form.nodes[path]
            more = one.choice_filter if isinstance(one, Question) else one.repeat_count
            for source in filter(None, (one.relevant, more)):
                yield source
                for _, named in _named(form, source):
                    yield from _sources(form, named, seen)
        path = path.rpartition("/")[0]


def _named(form: Form, source: str) -> Iterator[tuple[str, Question]]:
    words = set(re.findall(r"[\w.-]+", _LITERAL.sub("", source)))
    yield from ((one.path, one) for one in form.questions if one.name in words)


def _candidates(asked: Question, literals: set[str], *, every: bool) -> Iterator[Answer | None]:
    if kind_of(asked).has_list:
        named = [choice.name for choice in asked.choices if choice.name in literals]
        others = [choice.name for choice in asked.choices if choice.name not in literals]
        yield from (Chosen((name,)) for name in (*named, *(others if every else others[:1])))
    elif asked.kind == "hidden":
        yield from (Written((Part(word),)) for word in sorted(literals))
    elif kind_of(asked).answered_with is Number:
        yield from (Number(number) for number in (0, 1, 2, 5, 20, 1000))
    elif asked.kind == "date":
        yield When(Precision.DAY, _LONG_AGO, _LONG_AGO)
    if not asked.required:
        yield None
