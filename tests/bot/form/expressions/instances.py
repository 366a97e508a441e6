"""A small instance in which tests evaluate expressions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from xml.etree import ElementTree as ET

from bot.form.expressions.coercion import EvaluationContext, Scalar
from bot.form.expressions.expression import parse

NOW = datetime(2026, 3, 8, 15, 30, tzinfo=timezone(timedelta(hours=5)))

INSTANCE = """
<f>
  <text>Сәлем</text>
  <word>apple</word>
  <number type="number">7</number>
  <half type="number">0.5</half>
  <negative type="number">-3</negative>
  <day type="date">2024-03-08</day>
  <birth type="date">2000-01-01</birth>
  <blank/>
  <many>a b c</many>
  <one>b</one>
  <spaced>  two   words </spaced>
  <feeds>a\\fb\\vc</feeds>
  <first>one</first>
  <hidden type="irrelevant">told before</hidden>
  <g><inner>x</inner><words>one</words></g>
  <p><n>one</n><age type="number">30</age><c><k type="number">1</k></c><c><k type="number">2</k></c><c><k type="number">3</k></c></p>
  <p><n>two</n><age/></p>
  <p><n>three</n><age type="number">12</age><c><k type="number">4</k></c></p>
  <place>43.25 76.95 0 0</place>
  <line>0 0 0 0; 0 1 0 0</line>
  <shape>0 0 0 0; 0 1 0 0; 1 1 0 0; 1 0 0 0; 0 0 0 0</shape>
  <points><point>0 0 0 0</point><point>0 1 0 0</point></points>
</f>
"""
"""Here `\\f` and `\\v` are a form feed and a vertical tab, which XML cannot hold."""


@dataclass(eq=False)
class Leaf:
    """A node of a made-up instance."""

    name: str
    value: Scalar = ""
    relevant: bool = True
    position: int = 1
    parent: "Leaf | None" = None
    inside: "list[Leaf]" = field(default_factory=list)

    @property
    def lineage(self) -> "tuple[Leaf, ...]":
        return (*(self.parent.lineage if self.parent else ()), self)

    def children(self, name: str) -> "list[Leaf]":
        return [leaf for leaf in self.inside if name in {leaf.name, "*"}]

    def add(self, *leaves: "Leaf") -> "Leaf":
        """This node with the leaves inside it."""
        for leaf in leaves:
            leaf.parent = self
            self.inside.append(leaf)
        return self


class Scope:
    """The surroundings of an expression in these tests."""

    now = NOW
    seed = "draft 1"

    def met(self, _path: str) -> None:
        """Nothing is known: each path is followed step by step."""

    def value_at(self, path: str) -> Scalar:
        """Nothing is read without a walk."""
        raise KeyError(path)

    def choice_label(self, path: str, name: str) -> str:
        return f"{path}:{name}"

    def table(self, _name: str) -> None:
        """No form stands around the expression."""

    def label_at(self, path: str) -> str:
        return f"label of {path}"


def planted(xml: str) -> Leaf:
    """Tree of an instance written as XML."""
    return _leaf(ET.fromstring(xml))  # noqa: S314 - our own


def _leaf(element: ET.Element, position: int = 1) -> Leaf:
    text, kind = (element.text or "").replace(r"\f", "\f").replace(r"\v", "\v"), element.get("type")
    values: dict[str | None, Scalar] = {None: "" if len(element) else text, "irrelevant": ""}
    if kind == "number":
        values[kind] = float(text)
    if kind == "date":
        values[kind] = date.fromisoformat(text)
    leaf = Leaf(element.tag, values[kind], kind != "irrelevant", position)
    return leaf.add(*_leaves(element))


def _leaves(element: ET.Element) -> Iterator[Leaf]:
    counts: dict[str, int] = {}
    for child in element:
        counts[child.tag] = counts.get(child.tag, 0) + 1
        yield _leaf(child, counts[child.tag])


def found(root: Leaf, path: str) -> Leaf:
    """Node at an instance path such as `/f/p[2]/n`."""
    for step in path.split("/")[2:]:
        name, _, place = step.rstrip("]").partition("[")
        root = root.children(name)[int(place or 1) - 1]
    return root


def evaluated(source: str, node: Leaf) -> Scalar:
    """The value of an expression at a node."""
    return parse(source).evaluate(EvaluationContext(Scope(), node, node))
