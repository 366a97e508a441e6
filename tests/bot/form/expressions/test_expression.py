"""Expressions: what they give, and what is refused before it could run."""

import math
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.form.expressions.coercion import EvaluationContext, Scalar, to_date, to_number, to_text
from bot.form.expressions.compiler import ExpressionError
from bot.form.expressions.expression import LONGEST_SOURCE, parse
from bot.form.expressions.patterns import runaway

NOW = datetime(2026, 3, 8, 15, 30, tzinfo=timezone(timedelta(hours=5)))


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

    def label_at(self, path: str) -> str:
        return f"label of {path}"


ROOT = Leaf("f").add(
    Leaf("text", "Сәлем"),
    Leaf("number", 7.0),
    Leaf("day", date(2024, 3, 8)),
    Leaf("blank"),
    Leaf("many", "a b c"),
    Leaf("hidden", "", relevant=False),
    Leaf("p", position=1).add(Leaf("age", 30.0), Leaf("n", "one")),
    Leaf("p", position=2).add(Leaf("age", ""), Leaf("n", "two")),
    Leaf("p", position=3).add(Leaf("age", 12.0), Leaf("n", "three")),
)


def evaluated(source: str, node: Leaf = ROOT) -> Scalar:
    """The value of an expression at a node."""
    return parse(source).evaluate(EvaluationContext(Scope(), node, node))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 2 * 3 - 4 div 2", 5.0),
        ("-7 mod 3", -1.0),
        ("1 div 0", math.inf),
        ("/f/number + 1", 8.0),
        ("/f/text", "Сәлем"),
        ("'it''s'", "it's"),
        ("concat('a', /f/number, 1.50)", "a71.5"),
        ("string-length(/f/text)", 5.0),
        ("substr('abcdef', 1, 3)", "bc"),
        ("substr('abcdef', -2)", "ef"),
        ("substring-before('2024-03-08', '-')", "2024"),
        ("substring-after('2024-03-08', '-')", "03-08"),
        ("substring-after('2024', '-')", ""),
        ("translate('abc', 'ab', 'x')", "xc"),
        ("normalize-space('  a   b ')", "a b"),
        ("starts-with(/f/text, 'Сә')", True),
        ("ends-with(/f/text, 'лем')", True),
        ("contains(/f/text, 'x')", False),
        ("selected(/f/many, 'b')", True),
        ("selected(/f/many, 'd')", False),
        ("selected('ab', 'a')", False),
        ("selected(/f/blank, '')", True),
        ("selected-at(/f/many, 2)", "c"),
        ("selected-at(/f/many, 3)", ""),
        ("selected-at(/f/many, -1)", ""),
        ("count-selected(/f/many)", 3.0),
        ("count-selected(/f/blank)", 0.0),
        ("if(/f/number > 5, 'big', 'small')", "big"),
        ("coalesce(/f/blank, 'x')", "x"),
        ("coalesce(/f/text, 'x')", "Сәлем"),
        ("join('; ', /f/p/n)", "one; two; three"),
        ("join('-', 'a', 'b')", "a-b"),
        ("count(/f/p)", 3.0),
        ("count(/f/p[age > 20])", 1.0),
        ("count-non-empty(/f/p/age)", 2.0),
        ("sum(/f/p/age)", 42.0),
        ("min(/f/p/age)", 12.0),
        ("max(3, 9, 4)", 9.0),
        ("sum(/f/nothing)", 0.0),
        ("/f/p[2]/n", "two"),
        ("/f/p[position() = 3]/n", "three"),
        ("/f/p[age = 12]/n", "three"),
        ("indexed-repeat(/f/p/n, /f/p, 2)", "two"),
        ("indexed-repeat(/f/p/n, /f/p, 0)", "one"),
        ("round(2.5)", 3.0),
        ("round(-2.5)", -2.0),
        ("round(3.14159, 2)", 3.14),
        ("round(1234, -2)", 1200.0),
        ("round(1 div 0)", math.inf),
        ("pow(10, 999)", math.inf),
        ("pow(-1, 0.5)", math.nan),
        ("1.25", 1.25),
        ("string(-1 div 0)", "-Infinity"),
        ("string('x' * 2)", "NaN"),
        ("date-time('2024-03-08T10:00:00') = '2024-03-08T10:00:00'", True),
        ("decimal-date-time('x')", math.nan),
        ("format-date('x', '%Y')", ""),
        ("format-date('2024-03-08T09:05:07.000', '%a %b %h:%M:%S %3 %% %Q')", "Fri Mar 9:05:07 000 % %Q"),
        ("int(-3.7)", -3.0),
        ("abs(-3)", 3.0),
        ("pow(2, 10)", 1024.0),
        ("number('12.5')", 12.5),
        ("number('1,5')", 1.5),
        ("boolean-from-string('TRUE')", True),
        ("boolean-from-string('no')", False),
        ("not(true() and false())", True),
        ("regex('+7 701 234 56 78', '\\+7[0-9 ]{10,}')", True),
        ("regex('abc', 'b')", False),
        ("today()", date(2026, 3, 8)),
        ("now()", NOW.replace(minute=0)),
        ("date('2024-03-08') = /f/day", True),
        ("date(/f/day + 1)", date(2024, 3, 9)),
        ("date('yesterday')", ""),
        ("format-date(/f/day, '%d.%m.%Y (%e %n %y)')", "08.03.2024 (8 3 24)"),
        ("format-date-time(now(), '%H:%M')", "15:00"),
        ("decimal-date-time(now()) - decimal-date-time(today())", 15 / 24),
        ("jr:choice-name(/f/many, ' /f/many ')", "/f/many:a b c"),
        ("position(/f/p[2])", 2.0),
        ("pow(-10, 999)", -math.inf),
        ("pow(0, -1)", math.inf),
        ("/f/*[. = 7]", 7.0),
    ],
)
def test_an_expression_gives_what_odk_gives(source: str, value: Scalar) -> None:
    """The functions and operators, each at its edges."""
    result = evaluated(source)
    assert type(result) is type(value)
    assert result == pytest.approx(value, nan_ok=True) if isinstance(value, float) else result == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("/f/blank > 3", False),
        ("/f/blank < 3", False),
        ("/f/blank = 0", False),
        ("/f/blank != 0", True),
        ("/f/blank = ''", True),
        ("'' = ''", True),
        ("/f/hidden = ''", True),
        ("/f/nothing = ''", True),
        ("/f/blank <= today()", False),
        ("/f/day <= '2024-12-31'", True),
        ("/f/day > '2024-12-31'", False),
        ("/f/day = '2024-03-08'", True),
        ("/f/day > today() - 7", False),
        ("/f/day <= now()", True),
        ("'7' = /f/number", True),
        ("'10' > '9'", True),
        ("'abc' < 'abd'", False),
        ("true() = 'x'", True),
        ("0.1 + 0.2 = 0.3", True),
        ("/f/day and /f/number", True),
        ("/f/blank or 0", False),
    ],
)
def test_comparisons_follow_javarosa(source: str, value: bool) -> None:
    """Blanks, dates and texts meet numbers without an error."""
    assert evaluated(source) is value


def test_inside_a_repeat_a_path_means_the_same_instance() -> None:
    """From the second person, `/f/p/n` is the second's name, and `/f/p` is still everyone."""
    second = ROOT.children("p")[1].children("age")[0]
    assert evaluated("/f/p/n", second) == "two"
    assert evaluated("../n", second) == "two"
    assert evaluated("current()/../n", second) == "two"
    assert evaluated("position(..)", second) == 2.0
    assert evaluated("count(/f/p)", second) == 3.0
    assert evaluated("/f/p[position() = position(current()/..) - 1]/n", second) == "one"
    assert evaluated("indexed-repeat(/f/p/n, /f/p, position(..) + 1)", second) == "three"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "source is empty"),
        ("(1 + 2", "unexpected end of source"),
        ("1 +", "unexpected end of source"),
        ("1 1", "unexpected literal"),
        ("'open", "unknown symbol"),
        ("selectd(., 'x')", "did you mean selected()?"),
        ("once(today())", "give a question a default instead"),
        ("uuid()", "its value would change"),
        ("doc('file:///etc/passwd')", "sees nothing outside"),
        ("substring('a', 1)", "use substr()"),
        ("if(1, 2)", "takes 3 arguments, here it has 2"),
        ("selected('a')", "takes 2 arguments, here it has 1"),
        ("today(1)", ""),
        ("count('x')", "cannot be used"),
        ("//secret", "`//` cannot be used"),
        ("@id", "attributes cannot be used"),
        ("$x", "variables cannot be used"),
        ("/f/a | /f/b", "`|` cannot be used"),
        ("child::a", "`child` cannot be used"),
        ("text()", "is not supported"),
        ("regex(., /f/text)", "must be a text in quotes"),
        ("regex(., '(')", "the pattern of regex() is wrong"),
        ("regex(., '(a+)+b')", "take for ever"),
        (".[1]", "must follow a name"),
        ("/f/current()", "current() can only stand at the start"),
        ("indexed-repeat('a', /f/p, 1)", "cannot be used"),
        ("indexed-repeat(../n, /f/p, 1)", "takes ${question}"),
        ("indexed-repeat(/f/p/n, /f/p/n/o, 1)", "inside the repeat it names"),
        ("other:thing", ""),
        ("(" * 1000 + "1" + ")" * 1000, "nested too deeply"),
        ("'" + "x" * LONGEST_SOURCE + "'", "longer than"),
    ],
)
def test_what_cannot_be_used_is_refused_when_read(source: str, said: str) -> None:
    """No expression of an accepted form can fail later."""
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(alphabet="abf/.'\"()[]<>=!+-*|$@:, 019orandivmod", max_size=40))
def test_any_text_is_an_expression_or_refused(source: str) -> None:
    """And an expression that was accepted gives a value, whatever it is."""
    try:
        expression = parse(source)
    except ExpressionError:
        return
    value = expression.evaluate(EvaluationContext(Scope(), ROOT, ROOT))
    assert isinstance(value, str | float | bool | date)
    assert isinstance(to_text(value), str)


@given(st.one_of(st.text(), st.floats(), st.booleans(), st.dates(), st.datetimes()))
def test_every_value_becomes_every_other(value: Scalar) -> None:
    """Coercion never fails, and a date survives being a number."""
    assert isinstance(to_text(value), str)
    assert isinstance(to_number(value), float)
    day = to_date(value)
    if isinstance(day, date) and not isinstance(day, datetime):
        assert to_date(to_number(day)) == day


@given(st.integers(min_value=-(10**9), max_value=10**9))
def test_a_whole_number_is_written_as_one(number: int) -> None:
    """`7`, not `7.0`, and it reads back."""
    assert to_text(float(number)) == str(number)
    assert to_number(str(number)) == number


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|a)*b", "((x*)y)+", "(a{2,})+", r"(\w+\s?)*$"])
def test_a_pattern_that_could_run_for_ever_is_found(pattern: str) -> None:
    """A repetition inside a repetition."""
    assert runaway(pattern)


@pytest.mark.parametrize("pattern", [r"[0-9]{10}", r"\+?[0-9 ()+-]{7,}", "(ab)+c*", "[(]+[)|*]+", r"\(+\)+"])
def test_a_plain_pattern_is_let_through(pattern: str) -> None:
    """Brackets in classes and escapes are letters."""
    assert not runaway(pattern)


def test_an_expression_is_parsed_once() -> None:
    """A form asks dozens for every event; each source is read a single time."""
    source = "selected(/f/many, 'b') and /f/number > 3 and /f/day <= today()"
    assert parse(source) is parse(source)
