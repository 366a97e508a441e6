"""An instance after a change, and an expression that reads values by their paths: the same as if all were worked out anew,
from node to node."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot.form.answers import Answer, Chosen, Number, Precision, TextPart, When, Written
from bot.form.expressions.expression import cycle
from bot.form.flow.instance import Instance
from bot.form.flow.outline import FormPosition, outline_of
from bot.form.model import Choice, Form, Node
from tests.bot.form.talks import NOW, choices, form, group, question

CONDITIONS = [
    "/f/one = 'a'",
    "'b' != /f/one",
    "selected(/f/many, 'b') or selected('a c', /f/one)",
    "not(selected(/f/many, /f/one))",
    "/f/n > 2",
    "2 >= /f/n and /f/words != ''",
    "/f/n",
    "/f/g/c = 'yes'",
    "/f/g/x = ../x",
    "../c = 'yes'",
    "../k = /f/one",
    "../../n > 1",
    "current()/../k = 'b'",
    "position(..) = 2",
    "/f/r/k = 'a'",
    "/f/r/v mod 2 = 1",
    "/f/r/c != ''",
    "/f/r/s/t = 'b'",
    "/f/r[2]/v > 1",
    "/f/r[k = 'a']/v > 1",
    "/f/r[k = current()/../k]/v > 1",
    "indexed-repeat(/f/r/v, /f/r, /f/n) = 3",
    "count(/f/r) > 1",
    "count(/f/r/s) > 1",
    "count(/f/m) = /f/n",
    "sum(/f/r/v) > 3",
    "count-non-empty(/f/r/w) > 0",
    "max(/f/r/v, /f/n) > 2",
    "join(',', /f/r/w) = 'a,b'",
    "concat(/f/words, /f/seed) = 'ab'",
    "coalesce(/f/words, /f/seed) = 'b'",
    "if(/f/one = 'a', /f/n > 1, /f/words != '')",
    "regex(/f/words, '[ab]+')",
    "/f/day <= today()",
    "/f/day > '2024-01-01'",
    "/f/* = 'a'",
    "//v > 2",
    "count(//k | /f/one) > 2",
    "/f/r[last()]/v > 1",
    "following-sibling::* = 'a'",
    "preceding-sibling::k = 'a'",
    "../preceding-sibling::r[1]/v > 1",
    "ancestor::r/k = 'a'",
    "(/f/r/k)[2] = 'a'",
    "(/f/one | /f/r/k)[k or 1] = 'a'",
    "/f/descendant::v[. > 1] > 2",
    "preceding::k[1] = 'b'",
    "count(ancestor-or-self::node()) > 2 and /f/n > 1",
    "join('', randomize(/f/r/k)) = 'ab'",
    "random() < 0.5",
    "count-selected(/f/list) = 1",
    "/f/list = 'ac'",
    "jr:choice-name(/f/one, '/f/one') = 'A'",
    "/f/end = 'a'",
    "true()",
    "false()",
]
CALCULATIONS = [
    "if(/f/one = 'a', 'yes', 'no')",
    "/f/n * 2 + 1",
    "concat(/f/words, '-', /f/one)",
    "concat(position(..), ../k, /f/n)",
    "../v + /f/n",
    "sum(/f/r/v)",
    "count(/f/r)",
    "string-length(/f/r/w)",
    "current()/../w",
    "/f/r[1]/c",
    "/f/list",
    "-/f/n div 2",
    "round(/f/n div 3, 1)",
    "string(/f/day)",
]
FILTERS = [
    "",
    "place = /f/one",
    "selected(/f/many, place) or kind = 'c'",
    "place = /f/g/c or kind = ../k",
    "kind = current()/../k",
    "place = /f/words",
    "place = /f/one and (until = '' or /f/day = '' or until >= /f/day)",
    "position(..) = 1",
    "count(/f/r) > 1 or place = 'a'",
    "/f/list = '' or selected(/f/list, name) or place = /f/one",
    "/f/end != 'ac' or kind = 'c'",
    "contains(join('', /f/r/k), place)",
]
LIST = tuple(
    Choice(f"{place}{kind}", {"en": "x"}, {"place": place, "kind": kind, "until": until})
    for place, kind, until in [("a", "c", ""), ("a", "d", "2024-01-01"), ("b", "c", ""), ("b", "d", "")]
)
ABC = choices("a", "b", "c")
conditions = st.one_of(st.just(""), st.sampled_from(CONDITIONS))
constraints = st.sampled_from(
    ["", ". != 'b' and /f/one != 'a'", "string-length(.) < 2 or . = /f/words", "/f/n > . and . > 0"]
)


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """A form with everything that expressions can look at, and any of the expressions."""

    def columns(**more: Any) -> dict[str, Any]:
        return (
            {name: draw(conditions) for name in ("relevant", "required")}
            | {"constraint": draw(constraints)}
            | more
        )

    def calculated(path: str) -> Node:
        calculation = draw(st.sampled_from(CALCULATIONS))
        kind = draw(st.sampled_from(["calculate", "calculate", "text", "integer", "note"]))
        columns = {"calculation": calculation, "read_only": draw(st.sampled_from(["", "true()"]))}
        return question(path, kind, relevant=draw(conditions), **columns)

    def listed(path: str) -> Node:
        return question(
            path, "select_multiple", **columns(choices=LIST, choice_filter=draw(st.sampled_from(FILTERS)))
        )

    nested = group(
        "r/s", question("r/s/t", **columns()), calculated("r/s/c"), repeat=True, relevant=draw(conditions)
    )
    repeat: list[Node] = [
        question("r/k", "select_one", **columns(choices=ABC)),
        question("r/v", "integer", **columns()),
        question("r/w", **columns(default="concat(../k, /f/words)")),
        calculated("r/c"),
        listed("r/l"),
        nested,
    ]
    children: list[Node] = [
        question("one", "select_one", choices=ABC),
        question("many", "select_multiple", **columns(choices=ABC)),
        question("n", "integer"),
        question("words", **columns()),
        question("day", "date"),
        question("seed", "hidden", default=draw(st.sampled_from(["'b'", "/f/one", "/f/g/x"]))),
        group("g", question("g/x", **columns()), calculated("g/c"), relevant=draw(conditions)),
        group("r", *repeat, repeat=True, relevant=draw(conditions)),
        group("m", question("m/q", **columns()), repeat=True, repeat_count=draw(st.sampled_from(["/f/n", "count(/f/r)"]))),
        listed("list"),
        calculated("end"),
    ]  # fmt: skip
    made = form(*draw(st.permutations(children)))
    assume(not cycle(made))
    return made


@dataclass(frozen=True)
class Change:
    """Answers set or taken away, and counts."""

    answers: Mapping[str, Answer | None]
    counts: Mapping[str, int]
    touched: bool
    """Whether everything was looked at before the change."""

    def applied(
        self, answers: Mapping[str, Answer], counts: Mapping[str, int]
    ) -> tuple[dict[str, Answer], dict[str, int]]:
        """The answers and counts after it."""
        after = {**answers, **self.answers}
        return {path: answer for path, answer in after.items() if answer is not None}, {
            **counts,
            **self.counts,
        }


one = st.sampled_from([Chosen((name,)) for name in "abc"])
several = st.sampled_from([Chosen(("a",)), Chosen(("b", "a")), Chosen(("c",))])
numbers = st.builds(Number, st.integers(0, 4))
words = st.sampled_from(["a", "b", "ab", "abc", " "]).map(lambda text: Written((TextPart(text),)))
days = st.sampled_from(["2023-05-01", "2024-05-01", "2030-01-01"]).map(
    lambda day: When(Precision.DAY, day, day)
)
of_list = st.sampled_from([Chosen(("ac",)), Chosen(("bd", "ac")), Chosen(("ad", "bc"))])
BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "one": one, "many": several, "n": numbers, "words": words, "day": days, "seed": st.one_of(one, words), "g/x": words,
    "list": of_list, "g/c": words, "end": numbers, "m[1]/q": words, "m[2]/q": words,
    **{f"r[{number}]/{name}": answer for number in (1, 2, 3)
       for name, answer in (("k", one), ("v", numbers), ("w", words), ("l", of_list), ("s[1]/t", words), ("s[2]/t", words))},
}  # fmt: skip
answers = st.fixed_dictionaries({}, optional={f"/f/{name}": st.none() | one for name, one in BY_NAME.items()})
counts = st.fixed_dictionaries(
    {}, optional={"/f/r": st.integers(0, 3), "/f/r[1]/s": st.integers(0, 2), "/f/r[2]/s": st.integers(0, 2)}
)
few_answers = st.sampled_from(sorted(BY_NAME)).flatmap(
    lambda name: (st.none() | BY_NAME[name]).map(lambda answer: {f"/f/{name}": answer})
)
changes = st.lists(
    st.builds(Change, st.one_of(few_answers, answers), st.one_of(st.just({}), counts), st.booleans()),
    max_size=6,
)
many_examples = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def places(instance: Instance) -> Iterator[FormPosition]:
    """All places that exist, relevant or not."""

    def inside(place: FormPosition) -> Iterator[FormPosition]:
        for inner in place.inner:
            yield inner
            for one in instance.instances(inner) if inner.holds_instances else [inner]:
                yield from ([one] if inner.holds_instances else [])
                yield from inside(one)

    return inside(outline_of(instance.form).root)


def everything(instance: Instance) -> dict[str, object]:
    """All that can be asked of an instance."""
    found: dict[str, object] = {"order": instance.order(), "submission": instance.submission()}
    for place in places(instance):
        path = place.path
        found[path] = [instance.is_relevant(place), instance.value_at(path)]
        if place.part.question is not None:
            found[f"{path} asked"] = [
                instance.answer(path), instance.given(path), instance.default(path), instance.required(path),
                [instance.allows(path, answer) for answer in (Number(3), Written((TextPart("b"),)), Chosen(("a", "b")))],
            ]  # fmt: skip
        if place.part.kind is not None and place.part.kind.has_list:
            found[f"{path} choices"] = [instance.has_choices(place), instance.choices(path)]
    return found


@many_examples
@given(forms(), answers, counts, changes)
def test_what_changed_is_worked_out_as_all_would_be_anew(
    asked: Form, given_answers: dict[str, Answer | None], given_counts: dict[str, int], run: list[Change]
) -> None:
    """Whatever was looked at before; and the instance before the change stays as it was."""
    said, numbers_of = Change(given_answers, given_counts, touched=False).applied({}, {})
    instance = Instance(asked, said, numbers_of, NOW)
    for change in run:
        before = everything(instance) if change.touched else {}
        said, numbers_of = change.applied(said, numbers_of)
        changed = instance.changed(said, numbers_of, None if change.counts else change.answers)
        assert everything(changed) == everything(Instance(replace(asked), said, numbers_of, NOW))
        assert not before or everything(instance) == before
        instance = changed


@many_examples
@given(forms(), answers, counts)
def test_a_value_read_by_its_path_is_the_one_that_a_walk_finds(
    asked: Form, given_answers: dict[str, Answer | None], given_counts: dict[str, int]
) -> None:
    """Of each expression at each place."""
    said, numbers_of = Change(given_answers, given_counts, touched=False).applied({}, {})
    state = Instance(asked, said, numbers_of, NOW)
    for place in places(Instance(asked, said, numbers_of, NOW)):
        part = place.part
        for formula in filter(
            None, (part.relevance, part.required, part.calculation, part.default, part.number)
        ):
            walked = formula.expression.evaluate(state.context(place))
            assert repr(state.evaluated(formula, place)) == repr(walked)
            assert state.holds(formula, place) == formula.expression.holds(state.context(place))
        if part.constraint is not None:
            for value in ("a", "b", 3.0, -1.0):
                holds = part.constraint.expression.holds(state.context(place, value))
                assert state.holds(part.constraint, place, value) == holds


def test_the_same_words_may_mean_another_question_elsewhere() -> None:
    """A relative path starts where it stands."""
    groups = (
        group(name, question(f"{name}/a"), question(f"{name}/b", relevant="../a = 'x'"))
        for name in ("g", "h")
    )
    instance = Instance(form(*groups), {"/f/h/a": Written((TextPart("x"),))}, {}, NOW)
    assert instance.order() == ("/f/g/a", "/f/h/a", "/f/h/b")
