"""Judge of a filled form, by the XForm that pyxform writes of it.

It takes the answers that were submitted, lays them into the XForm's instance, and evaluates each bind over the whole
instance afresh: what is relevant, required, allowed and calculated. It shares the expressions with the program, and
nothing else: neither the reader nor the flow's outline and caches.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from pyxform.xls2xform import convert  # type: ignore[import-untyped]

from bot.form.answers import Answer
from bot.form.expressions.coercion import EvaluationContext, Scalar, answer_value, to_number, to_text
from bot.form.expressions.expression import parse
from bot.form.flow.instance import Instance
from bot.form.kinds import kind_of
from bot.form.model import Form, schema_path

_XF, _JR = "{http://www.w3.org/2002/xforms}", "{http://openrosa.org/javarosa}"
_CONTROLS = {f"{_XF}{name}" for name in ("input", "select", "select1", "upload", "range", "trigger")} | {
    "{http://www.opendatakit.org/xforms}rank"
}
_CHANCE = re.compile(r"\b(once|random|uuid|randomize|now)\(")
"""Functions whose value is another one each time."""

_POINT = r"-?\d+(\.\d+)? -?\d+(\.\d+)? -?\d+(\.\d+)? \d+(\.\d+)?"
LEXICAL = {
    "int": r"-?\d+",
    "decimal": r"-?\d+(\.\d+)?",
    "date": r"\d{4}-\d\d-\d\d",
    "time": r"\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:\d\d|Z)?",
    "dateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:\d\d|Z)?",
    "geopoint": _POINT,
    "geotrace": rf"{_POINT}(; ?{_POINT})+;?",
    "geoshape": rf"{_POINT}(; ?{_POINT}){{3,}};?",
}
"""Values of each type of a bind (ODK XForms specification, Data Types)."""


@dataclass(frozen=True)
class XForm:
    """The XForm of a form: the names of its instance, its binds, and which nodes are asked or repeated."""

    root: ElementTree.Element
    binds: Mapping[str, Mapping[str, str]]
    asked: frozenset[str]
    repeats: Mapping[str, str]
    """Nodeset of each repeat, and of its count or blank."""

    @classmethod
    def of(cls, path: Path, form: Form) -> "XForm":
        tree = ElementTree.fromstring(convert(str(path), form_name=form.name).xform)  # noqa: S314 - of our own form
        binds = {bind.attrib["nodeset"]: bind.attrib for bind in tree.iter(f"{_XF}bind")}
        asked = (one.get("ref", "") for one in tree.iter() if one.tag in _CONTROLS)
        repeats = {
            one.attrib["nodeset"]: one.get(f"{_JR}count", "").strip() for one in tree.iter(f"{_XF}repeat")
        }
        instance = next(tree.iter(f"{_XF}instance"))
        return cls(instance[0], binds, frozenset(asked), repeats)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


@dataclass(eq=False)
class Place:
    """A node of the instance, as expressions see it (`Element`)."""

    judge: "Judge"
    template: ElementTree.Element
    schema: str
    path: str
    position: int = 1
    parent: "Place | None" = None

    @property
    def name(self) -> str:
        return _local(self.template.tag)

    @property
    def lineage(self) -> tuple["Place", ...]:
        return (*(self.parent.lineage if self.parent else ()), self)

    @cached_property
    def relevant(self) -> bool:
        if self.parent is not None and not self.parent.relevant:
            return False
        return "relevant" not in self.bind or self.judge.holds(self.bind["relevant"], self)

    @cached_property
    def bind(self) -> Mapping[str, str]:
        return self.judge.xform.binds.get(self.schema, {})

    @property
    def is_calculated(self) -> bool:
        return "calculate" in self.bind and _CHANCE.search(self.bind["calculate"]) is None

    @cached_property
    def value(self) -> Scalar:
        if not self.relevant:
            return ""
        if self.is_calculated and (self.schema not in self.judge.xform.asked or "readonly" in self.bind):
            return to_text(self.judge.evaluated(self.bind["calculate"], self))
        return self.given

    @property
    def given(self) -> Scalar:
        return answer_value(self.judge.answers.get(self.path))

    @cached_property
    def inner(self) -> dict[str, tuple["Place", ...]]:
        """Children by name, made when one asks for them, since the count of a repeat may read those before it."""
        return {}

    def children(self, name: str) -> tuple["Place", ...]:
        if name == "*":
            names = dict.fromkeys(_local(child.tag) for child in self.template)
            return tuple(place for one in names for place in self.children(one))
        if name not in self.inner:
            self.inner[name] = tuple(self._made(name))
        return self.inner[name]

    def _made(self, name: str) -> Iterator["Place"]:
        child = next((one for one in self.template if _local(one.tag) == name != "meta"), None)
        if child is None:
            return
        schema, path = f"{self.schema}/{name}", f"{self.path}/{name}"
        if schema not in self.judge.xform.repeats:
            yield Place(self.judge, child, schema, path, 1, self)
            return
        for number in range(1, self.judge.count(self, schema, path) + 1):
            yield Place(self.judge, child, schema, f"{path}[{number}]", number, self)

    def walk(self) -> Iterator["Place"]:
        yield self
        for place in self.children("*"):
            yield from place.walk()


@dataclass
class Judge:
    """A submission of a form: its answers by instance path, and the counts of its draft.

    `fresh` lends what is around a form: time, lists, labels.
    """

    xform: XForm
    form: Form
    answers: Mapping[str, Answer]
    counts: Mapping[str, int]
    fresh: Instance
    root: Place = field(init=False)

    def __post_init__(self) -> None:
        name = _local(self.xform.root.tag)
        self.root = Place(self, self.xform.root, f"/{name}", f"/{name}")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.fresh, name)

    def met(self, path: str) -> None:
        """Leave every path to be searched among the places."""
        del path

    def evaluated(self, source: str, place: Place) -> Scalar:
        # A path in quotation marks, as pyxform writes that of a choice's question, is not told from which node.
        above = place.parent.schema if place.parent else ""
        source = re.sub(r"' \.\./([\w.-]+) '", rf"'{above}/\1'", source)
        return parse(source.strip()).evaluate(EvaluationContext(self, place, place))

    def holds(self, source: str, place: Place) -> bool:
        return parse(source.strip()).holds(EvaluationContext(self, place, place))

    def count(self, around: Place, schema: str, path: str) -> int:
        wanted = self.xform.repeats[schema]
        if not wanted:
            return self.counts.get(path, 0)
        number = to_number(self.evaluated(wanted, around))
        return max(0, min(int(number), 50)) if number == number else 0  # noqa: PLR0124 - not a number

    @cached_property
    def places(self) -> Mapping[str, Place]:
        return {place.path: place for place in self.root.walk()}

    def faults(self) -> Iterator[str]:
        """Everything in which the submission and the XForm disagree, with its path."""
        yield from (f"{path}: not in the instance" for path in self.answers if path not in self.places)
        for path, place in self.places.items():
            if place.bind or path in self.answers:
                yield from (f"{path}: {fault}" for fault in self._faults_of(place))

    def _faults_of(self, place: Place) -> Iterator[str]:
        given, bind = to_text(place.given), place.bind
        if not place.relevant:
            yield from ["submitted, though not relevant"] if given else []
            return
        is_ours = self.form.at(place.schema) is not None  # pyxform adds a node for the count of a repeat
        if is_ours and place.is_calculated and given != to_text(place.value):
            yield f"{given!r} is submitted, and {to_text(place.value)!r} calculated"
        pattern = LEXICAL.get(bind.get("type", "string"))
        if given and pattern and not re.fullmatch(pattern, given):
            yield f"{given!r} is no {bind['type']}"
        if given and "constraint" in bind and not self.holds(bind["constraint"], place):
            yield f"{given!r} breaks {bind['constraint']}"
        is_asked = place.schema in self.xform.asked and "readonly" not in bind
        if is_asked and not given and "required" in bind and self.holds(bind["required"], place):
            yield from ["required, and blank"] if self._can_be_answered(place) else []

    def _can_be_answered(self, place: Place) -> bool:
        asked = self.form.question_at(schema_path(place.path))
        return asked is None or not kind_of(asked).has_list or bool(self.fresh.choices(place.path))


def faults_of(xform: XForm, form: Form, fresh: Instance, submitted: Mapping[str, Answer]) -> list[str]:
    """Judge the answers that an instance submits."""
    return list(Judge(xform, form, submitted, fresh.counts, fresh).faults())
