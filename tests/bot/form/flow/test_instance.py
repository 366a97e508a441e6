"""A form with answers: relevance, constraints, choices, calculations, repeats, submission."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.form.answers import (
    Answer,
    Chosen,
    FileKind,
    FileRef,
    Files,
    Number,
    Precision,
    TextPart,
    When,
    Written,
)
from bot.form.draft import MOST_INSTANCES
from bot.form.expressions.coercion import to_text
from bot.form.flow.instance import Instance
from bot.form.model import Choice, Form, Group, Node, Question

NOW = datetime(2026, 3, 8, 15, 30, tzinfo=timezone(timedelta(hours=5)))


def question(path: str, kind: str = "text", **columns: object) -> Question:
    """A question at a path below `/f`."""
    return Question(path.rpartition("/")[2], f"/f/{path}", kind, {"en": path}, **columns)  # type: ignore[arg-type]


def group(path: str, *children: Node, **columns: object) -> Group:
    """A group at a path below `/f`."""
    return Group(path.rpartition("/")[2], f"/f/{path}", {}, children, **columns)  # type: ignore[arg-type]


def choice(name: str, **columns: str) -> Choice:
    """A choice whose label is its name in capitals."""
    return Choice(name, {"en": name.upper()}, columns)


def instance(
    *children: Node, answers: Mapping[str, Answer] | None = None, counts: Mapping[str, int] | None = None
) -> Instance:
    """A form of these children with answers by their path below `/f`."""
    form = Form("f", "f", "1", "F", ("en",), "en", children)
    given_answers = {f"/f/{path}": answer for path, answer in (answers or {}).items()}
    given_counts = {f"/f/{path}": count for path, count in (counts or {}).items()}
    return Instance(form, given_answers, given_counts, NOW)


def text(words: str) -> Written:
    """A text answer in one part."""
    return Written((TextPart(words),))


def day(start: str) -> When:
    """A date known to the day."""
    return When(Precision.DAY, start, start)


PEOPLE = group(
    "person",
    question("person/name"),
    question("person/age", "integer"),
    question("person/school", relevant="/f/person/age < 18"),
    question("person/title", "calculate", calculation="concat(position(..), '. ', /f/person/name)"),
    repeat=True,
)


def test_notes_are_asked_and_calculates_are_not() -> None:
    """The order is that of the form."""
    form = instance(question("hello", "note"), question("sum", "calculate", calculation="1"), question("a"))
    assert form.order() == ("/f/hello", "/f/a")


def test_a_repeat_stands_before_its_instances() -> None:
    """Its own path comes first, even when it has none yet."""
    assert instance(PEOPLE).order() == ("/f/person",)
    assert instance(PEOPLE, counts={"person": 2}, answers={"person[2]/age": Number(12)}).order() == (
        "/f/person",
        "/f/person[1]/name",
        "/f/person[1]/age",
        "/f/person[2]/name",
        "/f/person[2]/age",
        "/f/person[2]/school",
    )


def test_an_irrelevant_question_is_blank_for_all_others() -> None:
    """And its answer is kept out of the submission, though it was given."""
    form = instance(
        question("a"),
        question("b", relevant="/f/a = 'x'"),
        question("c", relevant="/f/b != ''"),
        question("d", "calculate", calculation="concat('b is ', /f/b)"),
        answers={"a": text("y"), "b": text("secret"), "c": text("hidden")},
    )
    assert form.order() == ("/f/a",)
    assert form.value_at("/f/b") == ""
    assert form.submission() == {"/f/a": text("y"), "/f/d": text("b is ")}
    assert form.answer("/f/b") is None


def test_a_group_takes_its_questions_with_it() -> None:
    """Nothing inside an irrelevant group is relevant."""
    inner = group("g", question("g/a"), relevant="false()")
    form = instance(inner, question("b", relevant="/f/g/a = 'x'"), answers={"g/a": text("x")})
    assert not form.is_relevant(form.place("/f/g"))
    assert not form.is_relevant(form.place("/f/g/a"))
    assert form.order() == ()


def test_what_is_needed_is_worked_out_first() -> None:
    """A calculate may stand before what it looks at, and after other calculates."""
    form = instance(
        question("total", "calculate", calculation="/f/double + 1"),
        question("double", "calculate", calculation="/f/n * 2"),
        question("n", "integer"),
        question("big", relevant="/f/total > 10"),
        answers={"n": Number(5)},
    )
    assert form.value_at("/f/total") == "11"
    assert form.is_relevant(form.place("/f/big"))


def test_each_instance_looks_at_itself_and_the_form_at_all() -> None:
    """Positions, sums and counts over a repeat."""
    form = instance(
        PEOPLE,
        question("ages", "calculate", calculation="sum(/f/person/age)"),
        question("count", "calculate", calculation="count(/f/person)"),
        question("first", "calculate", calculation="/f/person[1]/name"),
        counts={"person": 2},
        answers={
            "person[1]/name": text("Айгүл"),
            "person[2]/name": text("Ержан"),
            "person[2]/age": Number(12),
            "person[3]/name": text("removed"),
        },
    )
    assert form.value_at("/f/person[2]/title") == "2. Ержан"
    assert [form.value_at(f"/f/{name}") for name in ("ages", "count", "first")] == ["12", "2", "Айгүл"]
    assert "/f/person[3]/name" not in form.submission()


def test_repeats_may_stand_inside_repeats() -> None:
    """Each instance of the outer one has its own count."""
    phones = group("person/phone", question("person/phone/number"), repeat=True)
    form = instance(
        group("person", question("person/name"), phones, repeat=True),
        counts={"person": 2, "person[2]/phone": 1},
    )
    assert form.order() == (
        "/f/person",
        "/f/person[1]/name",
        "/f/person[1]/phone",
        "/f/person[2]/name",
        "/f/person[2]/phone",
        "/f/person[2]/phone[1]/number",
    )


def test_a_repeat_count_is_worked_out() -> None:
    """It wins over what was counted, is never negative, and has a limit."""
    many = group("person", question("person/name"), repeat=True, repeat_count="/f/n")

    def size(number: Answer | None) -> int:
        answers = {"n": number} if number else {}
        form = instance(question("n", "integer"), many, answers=answers, counts={"person": 9})
        return sum(path.endswith("/name") for path in form.order())

    assert [size(Number(3)), size(Number(-1)), size(None)] == [3, 0, 0]
    assert size(Number(10**12)) == MOST_INSTANCES


def test_a_place_is_found_before_anything_else_was_asked() -> None:
    """Every instance path works by itself; a wrong one is a KeyError."""
    assert instance(PEOPLE, counts={"person": 1}).node("/f/person[1]/age").name == "age"
    for path in ("/f/person[2]", "/f/person[2]/age", "/f/nothing", "/g/person", "", "/f/person[0]/age"):
        with pytest.raises(KeyError):
            instance(PEOPLE, counts={"person": 1}).node(path)


def test_a_constraint_sees_the_answer_at_hand() -> None:
    """As `.` and by its own name, not the answer that stands."""
    form = instance(
        question("a", constraint="string-length(.) > 3 and string-length(/f/a) > 3"),
        question("when", "date", constraint=". <= today()"),
        question("n", "integer", constraint=". > 0 and . < 120"),
        answers={"a": text("long enough")},
    )
    assert form.allows("/f/a", text("four"))
    assert not form.allows("/f/a", text("abc"))
    assert form.allows("/f/when", day("2026-03-08"))
    assert not form.allows("/f/when", day("2026-03-09"))
    assert form.allows("/f/n", Number(119))
    assert not form.allows("/f/n", Number(0))


def test_a_blank_is_never_held_against_a_constraint() -> None:
    """An unknown date has no first day; required is another matter."""
    form = instance(question("when", "date", constraint=". > today()"), question("a", constraint="false()"))
    assert form.allows("/f/when", When(Precision.UNKNOWN))
    assert form.allows("/f/a", Written())
    assert not form.allows("/f/a", Written(voices=(FileRef("1", FileKind.VOICE),)))


def test_required_may_depend_on_other_answers() -> None:
    """It is an expression as well."""
    questions = (question("a"), question("b", required="/f/a = 'x'"), question("c", required="true()"))
    assert not instance(*questions).required("/f/b")
    assert instance(*questions, answers={"a": text("x")}).required("/f/b")
    assert instance(*questions).required("/f/c")
    assert not instance(*questions).required("/f/a")


CASCADE = (
    question("group", "select_one", choices=(choice("a"), choice("b"))),
    question(
        "type",
        "select_multiple",
        choices=(choice("b1", group="b"), choice("a1", group="a"), choice("a2", group="a")),
        choice_filter="group = /f/group and name != current()/../not",
    ),
    question("not"),
)


def test_a_choice_filter_leaves_choices_with_their_places() -> None:
    """The place counts in the whole list, so a button means the same before and after."""
    form = instance(*CASCADE, answers={"group": Chosen(("a",))})
    assert [(place, choice.name) for place, choice in form.choices("/f/type")] == [(1, "a1"), (2, "a2")]
    assert form.choices("/f/group") == ((0, choice("a")), (1, choice("b")))
    form = instance(*CASCADE, answers={"group": Chosen(("a",)), "not": text("a1")})
    assert [choice.name for _, choice in form.choices("/f/type")] == ["a2"]


def test_a_choice_that_the_filter_took_away_is_not_submitted() -> None:
    """As ODK clears it; it is there again when the filter lets it."""
    answers: dict[str, Answer] = {"group": Chosen(("b",)), "type": Chosen(("a1", "b1"))}
    form = instance(*CASCADE, answers=answers)
    assert form.submission()["/f/type"] == Chosen(("b1",))
    assert form.value_at("/f/type") == "b1"
    form = instance(*CASCADE, answers=answers | {"type": Chosen(("a1",))})
    assert "/f/type" not in form.submission()
    assert instance(*CASCADE, answers=answers | {"group": Chosen(("a",))}).value_at("/f/type") == "a1"


@pytest.mark.parametrize(
    ("kind", "default", "answer"),
    [
        ("text", "'х'", text("х")),
        ("text", "/f/nothing", None),
        ("integer", "2 + 3", Number(5)),
        ("integer", "'many'", None),
        ("date", "today()", day("2026-03-08")),
        ("date", "now()", day("2026-03-08")),
        ("date", "'2024-02-30'", None),
        ("select_multiple", "'a b'", Chosen(("a", "b"))),
        ("image", "'a.jpg'", None),
        ("text", "", None),
    ],
)
def test_a_default_is_an_answer_of_the_right_kind_or_none(
    kind: str, default: str, answer: Answer | None
) -> None:
    """It is suggested, never put in by itself."""
    form = instance(question("a", kind, default=default))
    assert form.default("/f/a") == answer
    assert form.value_at("/f/a") == ""


def test_a_constraint_without_a_path_looks_at_the_answer() -> None:
    """`string-length()` counts the letters of the answer at hand."""
    form = instance(question("a", constraint="string-length() < 3"))
    assert [form.allows("/f/a", text(words)) for words in ("ab", "abc")] == [True, False]


@pytest.mark.parametrize(
    ("kind", "answer", "value"),
    [
        ("text", Written((TextPart("a"), TextPart("b"))), "a\nb"),
        ("text", Written(voices=(FileRef("7", FileKind.VOICE),)), "voice"),
        ("text", Written(), ""),
        ("integer", Number(-3), "-3"),
        ("date", day("2024-03-08"), "2024-03-08"),
        ("date", When(Precision.MONTH, "2024-03"), "2024-03-01"),
        ("date", When(Precision.YEAR, "2024"), "2024-01-01"),
        ("date", When(Precision.RANGE, "2024-03", "2024-05"), "2024-03-01"),
        ("date", When(Precision.RANGE, end="2024-05"), "2024-05-01"),
        ("date", When(Precision.RANGE, "2024-03"), "2024-03-01"),
        ("date", When(Precision.RANGE, ongoing=True), ""),
        ("date", When(Precision.UNKNOWN), ""),
        ("select_multiple", Chosen(("b", "a")), "b a"),
        ("image", Files((FileRef("1", FileKind.PHOTO), FileRef("2", FileKind.PHOTO))), "1 2"),
    ],
)
def test_every_answer_has_a_value(kind: str, answer: Answer, value: str) -> None:
    """What expressions see of it."""
    asked = question("a", kind, choices=(choice("a"), choice("b")) if kind == "select_multiple" else ())
    assert to_text(instance(asked, answers={"a": answer}).value_at("/f/a")) == value


def test_a_choice_has_its_label_in_the_default_language() -> None:
    """`jr:choice-name`, for calculates that are read by people."""
    chosen = question("a", "select_one", choices=(choice("x"),))
    label = question("b", "calculate", calculation="jr:choice-name(/f/a, ' /f/a ')")
    assert instance(chosen, label, answers={"a": Chosen(("x",))}).value_at("/f/b") == "X"


def test_a_long_chain_of_questions_does_not_nest() -> None:
    """Each is relevant through the one before it, a thousand deep."""
    chain = [question("q0"), *(question(f"q{n}", relevant=f"/f/q{n - 1} != ''") for n in range(1, 1000))]
    form = instance(*chain, answers={f"q{n}": text("x") for n in range(1000)})
    assert len(form.order()) == 1000
    sums = [question("c0", "calculate", calculation="1")]
    sums += [question(f"c{n}", "calculate", calculation=f"/f/c{n - 1} + 1") for n in range(1, 1000)]
    assert instance(*sums).value_at("/f/c999") == "1000"


@given(
    st.dictionaries(st.sampled_from(["a", "b", "c", "n"]), st.sampled_from(["x", "y", ""]), max_size=4),
    st.integers(0, 3),
)
def test_what_is_submitted_is_relevant_and_was_asked(answers: dict[str, str], count: int) -> None:
    """Whatever was answered before, in any order."""
    form = instance(
        question("a"),
        question("b", relevant="/f/a = 'x'"),
        group("g", question("g/c", relevant="/f/b = 'y'"), relevant="/f/a != 'y'"),
        group("p", question("p/n", relevant="position(..) > 1 and /f/g/c = ''"), repeat=True),
        answers={{"c": "g/c", "n": "p[2]/n"}.get(name, name): text(words) for name, words in answers.items()},
        counts={"p": count},
    )
    assert set(form.submission()) <= set(form.order())
    assert all(form.is_relevant(form.place(path)) for path in form.submission())
    places = [
        "/f/a",
        "/f/b",
        "/f/g",
        "/f/g/c",
        "/f/p",
        *(f"/f/p[{number}]/n" for number in range(1, count + 1)),
    ]
    assert all(form.value_at(path) == "" for path in places if not form.is_relevant(form.place(path)))


def test_what_is_hidden_is_never_asked_and_always_there() -> None:
    """As a service has given it, else its default; expressions see it, the submission has it."""
    children = (
        question("kind", "hidden", default="'speech'"),
        question("copy", "hidden", default="concat(/f/kind, '!')"),
        question("blank", "hidden"),
        question("gone", "hidden", default="'x'", relevant="/f/kind = 'assembly'"),
        question("a", relevant="/f/kind = 'speech'"),
        question("n", relevant="/f/count > 2"),
        question("count", "hidden", default="1"),
    )
    plain = instance(*children)
    assert plain.order() == ("/f/a",)
    assert plain.submission() == {
        "/f/kind": text("speech"),
        "/f/copy": text("speech!"),
        "/f/count": text("1"),
    }
    seeded: dict[str, Answer] = {"kind": Chosen(("assembly",)), "count": Number(3)}
    given_values = instance(*children, answers=seeded)
    assert given_values.order() == ("/f/n",)
    assert given_values.value_at("/f/copy") == "assembly!"
    assert given_values.submission() == {
        "/f/kind": Chosen(("assembly",)),
        "/f/copy": text("assembly!"),
        "/f/gone": text("x"),
        "/f/count": Number(3),
    }
    assert not given_values.required("/f/kind")
