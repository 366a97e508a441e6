"""Forms at random: of questions of every kind that depend on each other, and of repeats."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from bot.form.model import Choice, Form, Node, Question
from tests.bot.form.talks import form, group, question

CHOICES = tuple(
    Choice(
        name,
        {"kk": f"{name} қ", "ru": f"{name} я", "en": name * 9},
        contact={"ru": "тел. 1"} if "a" in name else {},
    )
    for name in ["a", "b", "ab", "ba", "bb"]
)
MANY = tuple(
    Choice(f"a{number}", {"en": f"A {number}", "ru": f"А {number}", "kk": f"Ә {number}"})
    for number in range(25)
)
ASKED = [
    "text",
    "integer",
    "decimal",
    "date",
    "select_one",
    "select_multiple",
    "note",
    "image",
    "file",
    "geopoint",
    "hidden",
    "range",
    "rank",
    "acknowledge",
    "barcode",
    "time",
    "dateTime",
    "geotrace",
    "geoshape",
]
CONSTRAINTS = {
    "text": ["", "string-length(.) <= 12"],
    "integer": ["", ". < 100"],
    "decimal": ["", ". < 7.5"],
    "date": ["", ". <= '2024-06-06'"],
    "select_multiple": ["", "count-selected(.) <= 2"],
    "geopoint": ["", "selected-at(., 0) > 40"],
}
COLUMNS: dict[str, list[dict[str, Any]]] = {
    "text": [
        {},
        {"appearance": "multiline"},
        {"appearance": "multiline", "bot": {"voice": "yes"}},
        {"bot": {"voice": "yes"}},
        {"read_only": "true()"},
        {"calculation": "/f/gate", "trigger": ("/f/gate",)},
    ],
    "integer": [{}, {"calculation": "string-length(/f/gate)"}],
    "range": [{}, {"parameters": {"start": "9", "end": "0", "step": "0.5"}}],
    "date": [{}, {"bot": {"partial": "yes"}}, {"appearance": "month-year"}, {"appearance": "year"}],
    "file": [{}, {"bot": {"max": "3"}}],
    "note": [{}, {"bot": {"contacts": "gate"}}],
    "select_one": [{}, {"bot": {"extend": "a"}}],
}
CONDITIONS = {
    "text": "string-length({path}) > 3",
    "integer": "{path} > 5",
    "decimal": "{path} > 2.5",
    "select_one": "starts-with({path}, 'a')",
    "select_multiple": "selected({path}, 'a')",
    "date": "{path} > '2024-01-01'",
    "geopoint": "{path} != ''",
    "hidden": "{path} = 'so'",
}
DEFAULTS = {
    "text": "'so'",
    "integer": "7",
    "decimal": "2.5",
    "select_one": "'ab'",
    "geopoint": "'43.2 76.9 0 0'",
    "hidden": "'so'",
}


YES_NO = (Choice("yes", {"en": "Yes"}), Choice("no", {"en": "No"}))
REPORT = (
    question("consent", "select_one", choices=YES_NO, role="consent_store", required="true()"),
    question("urgent", "select_one", choices=YES_NO, role="urgent"),
    question("what", "select_one", choices=CHOICES, role="category"),
    question("story", role="story"),
)
"""What makes a form one of reports, which can be urgent."""


def condition(asked: Question, path: str) -> str:
    """Something that holds of some answers to a question."""
    return CONDITIONS[asked.kind].format(path=path)


@st.composite
def questions(draw: st.DrawFn, path: str, earlier: list[Question], beside: list[Question]) -> Question:
    """A question that may depend on earlier ones, and on those beside it in its instance."""
    kind = draw(st.sampled_from(ASKED))
    conditions = [condition(asked, asked.path) for asked in earlier if asked.kind in CONDITIONS]
    conditions += [condition(asked, f"../{asked.name}") for asked in beside if asked.kind in CONDITIONS]
    maybe = st.sampled_from(["", *conditions])
    columns = dict(draw(st.sampled_from(COLUMNS.get(kind, [{}]))))
    columns["relevant"] = draw(maybe)
    if kind != "note":
        columns["required"] = draw(st.one_of(st.sampled_from(["", "true()"]), maybe))
    columns["constraint"] = draw(st.sampled_from(CONSTRAINTS.get(kind, [""])))
    columns["default"] = draw(st.sampled_from(["", "", DEFAULTS.get(kind, "")]))
    if kind in {"select_one", "select_multiple", "rank"}:
        columns["choices"] = draw(st.sampled_from([CHOICES, MANY])) if "bot" not in columns else CHOICES
        lists = [asked.path for asked in earlier if asked.kind == "select_one"]
        filters = ["", *(f"starts-with(name, {path})" for path in lists)]
        columns["choice_filter"] = draw(st.sampled_from(filters))
    return question(path, kind, **columns)


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """A form of questions and repeats, nested twice at most. A last question may rule over all."""
    gate = question("gate", "select_one", choices=CHOICES, bot=draw(st.sampled_from([{}, {"extend": "ab"}])))
    earlier, children = [gate], list[Node]()
    for number in range(draw(st.integers(1, 5))):
        if draw(st.integers(0, 3)):
            asked = draw(questions(f"q{number}", earlier, []))
            earlier.append(asked)
            children.append(asked)
        else:
            children.append(draw(repeats(f"r{number}", earlier, 2)))
    return form(*draw(st.sampled_from([(), REPORT])), *draw(hosted(children)), gate)


@st.composite
def hosted(draw: st.DrawFn, children: list[Node]) -> list[Node]:
    """The same, of which one question may have others as its guests."""
    guests = [
        node.name for node in children if isinstance(node, Question) and node.kind in {"text", "geopoint"}
    ]
    hosts = [node for node in children if isinstance(node, Question) and node.kind not in {"note", "hidden"}]
    if not guests or not hosts or not draw(st.booleans()):
        return children
    host = draw(st.sampled_from(hosts))
    names = [name for name in draw(st.permutations(guests)) if name != host.name]
    with_guests = replace(host, bot={**host.bot, **({"also": " ".join(names)} if names else {})})
    return [with_guests if node is host else node for node in children]


@st.composite
def repeats(draw: st.DrawFn, path: str, earlier: list[Question], depth: int) -> Node:
    """A repeat that may hold another and may be counted."""
    inner: list[Node] = []
    beside: list[Question] = []
    for number in range(draw(st.integers(1, 3))):
        asked = draw(questions(f"{path}/{path.replace('/', '')}q{number}", earlier, beside))
        beside.append(asked)
        inner.append(asked)
    if depth > 1 and draw(st.booleans()):
        inner.insert(draw(st.integers(0, len(inner))), draw(repeats(f"{path}/r", earlier, depth - 1)))
    counted = [f"{asked.path} mod 4" for asked in earlier if asked.kind == "integer"]
    bot = draw(st.sampled_from([{}, {"first": "yes"}]))
    return group(path, *inner, repeat=True, repeat_count=draw(st.sampled_from(["", *counted])), bot=bot)
