"""Expressions of a form: XPath 1.0 as in ODK (https://getodk.github.io/xforms-spec/), parsed by elementpath. The tree is
compiled into closures, so that coercion follows JavaRosa and only the functions in `functions` can run."""

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from itertools import chain, takewhile

from bot.form.expressions.coercion import Closure, EvaluationContext, Reading, Scalar, Truth, scalar
from bot.form.expressions.compiler import Compiler, ExpressionError, Token, narrowed, tree
from bot.form.expressions.paths import COUNTED, TABLE, Narrowing, Path
from bot.form.model import Form, Group, Node, Question

LONGEST_SOURCE = 20_000

ITEM = "/:item"
"""Schema path of a choice, whose columns a `choice_filter` reads by their bare names."""

_REFERENCE = re.compile(r"(?P<before>\w?)\$\{\s*(?P<name>[^}]*?)\s*\}(?P<after>[\w.-]?)")
"""A reference, and what a path would join: `${a}-1` is a subtraction."""

_TYPOGRAPHIC = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "\N{NO-BREAK SPACE}": " "})


@dataclass(frozen=True, eq=False)
class Expression:
    """A compiled expression, with the paths in predicates too, the names of functions and the parsed tree."""

    source: str
    paths: tuple[Path, ...]
    functions: frozenset[str]
    tokens: Token
    closure: Closure

    def evaluate(self, context: EvaluationContext) -> Scalar:
        """Value in this context. A nodeset counts as its first node."""
        return scalar(self.closure(context))

    @cached_property
    def holds(self) -> Truth:
        return Compiler().truth(self.tokens)

    @cached_property
    def narrow(self) -> Narrowing | None:
        """Rows that may fulfil this `choice_filter`."""
        return narrowed(self.tokens)

    @cached_property
    def read(self) -> Callable[[Reading], Scalar]:
        """Function for the value, if each path stands for one instance path."""
        closure = Compiler(direct=True).value(self.tokens)
        return lambda context: scalar(closure(context))  # type: ignore[arg-type]  # it reads paths alone

    @cached_property
    def holds_reading(self) -> Callable[[Reading], bool]:
        return Compiler(direct=True).truth(self.tokens)  # type: ignore[return-value]  # reads paths alone


@lru_cache(maxsize=4096)
def parse(source: str) -> Expression:
    """Compile an expression, cached. Raises ExpressionError."""
    if len(source) > LONGEST_SOURCE:
        raise ExpressionError(f"it is longer than {LONGEST_SOURCE} characters")
    compiler = Compiler()
    try:
        tokens = tree(source)
        closure = compiler.value(tokens)
    except RecursionError as error:
        raise ExpressionError("it is nested too deeply") from error
    return Expression(source, tuple(compiler.paths), frozenset(compiler.functions), tokens, closure)


def expand(source: str, paths: Mapping[str, Collection[str]]) -> str:
    """Replace each `${name}` by that node's absolute path, and typographic quotes by plain ones, as pyxform does. Raises
    ExpressionError for a name that is unknown or ambiguous."""

    def path(found: re.Match[str]) -> str:
        named = tuple(paths.get(name := found["name"], ()))
        if len(named) == 1:
            return " ".join(filter(None, (found["before"], *named, found["after"])))
        why = f"could be {' or '.join(named)}: the name is used more than once" if named else ""
        raise ExpressionError(f"${{{name}}} {why or 'is not in this form'}")

    return _REFERENCE.sub(path, source.translate(_TYPOGRAPHIC)).strip()


def check(expression: Expression, context: str, origin: str, known: Collection[str]) -> None:
    """Raise ExpressionError if a path is not in the form."""
    for path in chain.from_iterable(one.names(context, origin) for one in expression.paths):
        if path != COUNTED and not any(matching(path, known)):
            if path.startswith(f"{ITEM}/"):
                raise ExpressionError(f"the list has no column `{path.removeprefix(f'{ITEM}/')}`")
            if path.startswith(TABLE):
                raise ExpressionError(f"there is no list or file with `{path.removeprefix(TABLE)}`")
            name = path.rpartition("/")[2]
            is_bare = name and re.search(rf"(?<![\w/'\"]){re.escape(name)}(?![\w'\"(])", expression.source)
            hint = f"; a text stands in quotes: '{name}'" if is_bare else ""
            raise ExpressionError(f"`{path or '..'}` is not in this form{hint}")


def matching(path: str, known: Collection[str]) -> Iterable[str]:
    """Known schema paths that match a path with `*` or, for any number of names, `**`."""
    if "*" not in path:
        return (path,) if path in known else ()
    steps = {"*": "/[^/]+", "**": "(?:/[^/]+)*"}
    pattern = "".join(steps.get(name, re.escape(f"/{name}")) for name in path.split("/")[1:])
    return filter(re.compile(pattern).fullmatch, known)


def _read(source: str, context: str, origin: str, known: Mapping[str, Node | None]) -> Iterator[str]:
    """Known schema paths that an expression reads, for `.` at `context` and `current()` at `origin`."""
    for path in parse(source).paths if source else ():
        for name in path.names(context, origin):
            if name == COUNTED:
                yield from (path for path, node in known.items() if getattr(node, "repeat_count", ""))
            yield from matching(name, known)


def filtered_by(form: Form, node: Node) -> Iterator[str]:
    """Schema paths that a question's choices depend on."""
    return _read(node.choice_filter if isinstance(node, Question) else "", ITEM, node.path, form.nodes)


def told_by(form: Form, question: Question) -> Iterator[str]:
    """Schema paths whose answers may appear in a question's calculation or default."""
    for source in (question.calculation, question.default):
        yield from _read(source, question.path, question.path, form.nodes)


def following(form: Form, changed: Collection[str]) -> frozenset[str]:
    """Schema paths whose relevance, requirement, constraint or choices depend on these answers, even indirectly."""
    reached = form.once("following", "", lambda: _Reached({path: _reads(form, path) for path in form.nodes}))
    return frozenset().union(*map(reached.__getitem__, changed)).difference(changed)


def dependents(form: Form, changed: Iterable[str]) -> frozenset[str]:
    """Schema paths whose relevance, value, number or choices may change with the answers or counts at these
    paths, including a path that depends on itself."""
    reached = form.once("dependents", "", lambda: _Reached(_all_needs(form)))
    return frozenset().union(*map(reached.__getitem__, changed))


class _Reached(dict[str, frozenset[str]]):
    """All that read a schema path, even indirectly, by `needs`: what each reads."""

    def __init__(self, needs: Mapping[str, Collection[str]]) -> None:
        self._readers: dict[str, list[str]] = {}
        for path, named in needs.items():
            for read in named:
                self._readers.setdefault(read, []).append(path)

    def __missing__(self, changed: str) -> frozenset[str]:
        found, new = set[str](), [changed]
        while new:
            further = {*self._readers.get(new.pop(), ())} - found
            found |= further
            new += further
        self[changed] = frozenset(found)
        return self[changed]


def _all_needs(form: Form) -> Mapping[str, set[str]]:
    return {
        path: {*_needs(path, node, form.nodes), *filtered_by(form, node)} for path, node in form.nodes.items()
    }


def longest_chain(form: Form) -> float:
    """Length of the longest chain of nodes that read each other, infinite for a cycle."""
    needs, lengths = _all_needs(form), dict[str, int]()
    try:
        for path in TopologicalSorter(needs).static_order():
            lengths[path] = 1 + max((lengths[read] for read in needs.get(path, ())), default=0)
    except CycleError:
        return math.inf
    return max(lengths.values(), default=0)


def _reads(form: Form, path: str) -> frozenset[str]:
    node = form.nodes[path]
    if isinstance(node, Group):
        sources = [node.relevant, node.repeat_count]
    else:
        sources = [node.relevant, node.required, node.constraint, node.calculation]
    found = chain.from_iterable(_read(source, path, path, form.nodes) for source in sources)
    return frozenset((path.rpartition("/")[0], *found, *filtered_by(form, node)))


def cycle(form: Form) -> tuple[str, ...]:
    """Paths of a dependency cycle, or empty. A question depends on its group, and on what its relevance and calculation
    or, if hidden, its default read."""
    known = {f"/{form.name}": None, **form.nodes}
    needs = {path: set(_needs(path, node, known)) for path, node in form.nodes.items()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return tuple(error.args[1])
    return ()


def _needs(path: str, node: Node, known: Mapping[str, Node | None]) -> Iterator[str]:
    yield path.rpartition("/")[0]
    if isinstance(node, Question) and "derived" in node.bot:
        name = node.bot["derived"].partition("/")[0]
        yield from (other for other in known if other.rpartition("/")[2] == name)
    sources = [node.relevant]
    if isinstance(node, Group):
        sources.append(node.repeat_count)
    else:
        is_live = node.kind in {"hidden", "note", "calculate"} or node.is_read_only
        sources += ["" if node.trigger else node.calculation, node.default if is_live else ""]
    for source in sources:
        yield from _read(source, path, path, known)


@dataclass(frozen=True, slots=True)
class Location:
    """Where the only node of a path is: below the instance at this depth (0 the outermost), or in the form if None."""

    path: str
    depth: int | None = None


def locations(paths: Sequence[Path], origin: str, form: Form) -> tuple[Location, ...] | None:
    """Locations of these paths. None if one may select no node or several."""
    found = tuple(one for path in paths if (one := _location(path, origin, form)) is not None)
    return found if len(found) == len(paths) else None


def _location(path: Path, origin: str, form: Form) -> Location | None:
    names, around = [step.name for step in path.steps], origin.split("/")[1:]
    up = next((number for number, name in enumerate(names) if name != ".."), len(names))
    if path.bases or any(step.predicates or step.axis or step.name in {"*", "."} for step in path.steps):
        return None
    if ".." in names[up:] or (names and up == len(names)) or up >= (1 if path.absolute else len(around)):
        return None
    same = takewhile(lambda pair: pair[0] == pair[1], zip(names[:-1], around, strict=False))
    depth = len([*same]) if path.absolute else len(around) - up
    shared, own = (names[:depth], names[depth:]) if path.absolute else (around[:depth], names[up:])
    whole = [*shared, *own]
    prefixes = ["/" + "/".join(whole[:length]) for length in range(1, len(whole) + 1)]
    if not prefixes or prefixes[-1] not in form.nodes:
        return None
    if not form.repeats.isdisjoint({prefixes[-1], *prefixes[depth:]}):
        return None
    starts = [length for length, prefix in enumerate(prefixes[:depth], 1) if prefix in form.repeats]
    if not starts:
        return Location(prefixes[-1])
    return Location("/" + "/".join(whole[starts[-1] :]), len(starts) - 1)
