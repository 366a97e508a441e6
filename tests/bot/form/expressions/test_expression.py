"""Expressions: what is refused before it could run, and what bounds the rest."""

import re
from datetime import date, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.form.expressions.coercion import (
    EvaluationContext,
    Scalar,
    matcher,
    runaway,
    to_date,
    to_number,
    to_text,
)
from bot.form.expressions.compiler import ExpressionError
from bot.form.expressions.expression import LONGEST_SOURCE, check, parse
from bot.form.expressions.functions import LONGEST_TEXT, shuffled
from tests.bot.form.expressions.instances import INSTANCE, Leaf, Scope, evaluated, found, planted

ROOT = planted(INSTANCE)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "source is empty"),
        ("(1 + 2", "unexpected end of source"),
        ("1 +", "unexpected end of source"),
        ("1 1", "unexpected literal"),
        ("'open", "unknown symbol"),
        ("selectd(., 'x')", "did you mean selected()?"),
        ("version()", "beside its answers"),
        ("id('x')", "no such attributes"),
        ("doc('file:///etc/passwd')", "sees nothing outside"),
        ("if(1, 2)", "takes 3 arguments, here it has 2"),
        ("selected('a')", "takes 2 arguments, here it has 1"),
        ("today(1)", ""),
        ("count('x')", "cannot be used"),
        ("$x", "variables cannot be used"),
        ("regex(., '(')", "the pattern of regex() is wrong"),
        ("regex(., '(?=a)(a+)+b')", "around a condition"),
        ("regex(., '((a{40}b?){40})+')", "repeats too much"),
        ("regex(., 'a{99999999999}')", "repeats too much"),
        ("regex(., '" + "(" * 900 + ")" * 900 + "')", "too long"),
        ("namespace::a", "`namespace` cannot be used"),
        ("weighted-checklist(1, 2, 3)", "pairs of a value and its weight"),
        ("/f/p[//n]", "could take for ever"),
        ("/f/p[following::n]", "could take for ever"),
        ("/f/p[n[.[1]]]", "must follow a name"),
        ("/f/p[c[k[1]]]", "inside each other"),
        (".[1]", "must follow a name"),
        ("/f/current()", "can only stand at the start"),
        ("indexed-repeat('a', /f/p, 1)", "cannot be used"),
        ("indexed-repeat(../n, /f/p, 1)", "takes ${question}"),
        ("indexed-repeat(/f/p/n, /f/p/n/o, 1)", "inside the repeat it names"),
        ("other:thing", ""),
        ("(" * 1000 + "1" + ")" * 1000, "nested too deeply"),
        ("'" + "x" * LONGEST_SOURCE + "'", "longer than"),
        ("if(1, 2, " * 200 + "3" + ")" * 200, "nested too deeply"),
        ("-" * 5000 + "1", "nested too deeply"),
        ("a" + "[1]" * 3000, "nested too deeply"),
    ],
)
def test_what_cannot_be_used_is_refused_when_read(source: str, said: str) -> None:
    """No expression of an accepted form can fail later."""
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1" + " + 1" * 2000, 2001.0),
        ("/f/number = 1" + " or /f/number = 7" * 900, True),
        ("/f/number = 7" + " and /f/number = 7" * 900, True),
        ("if(0, 1, " * 45 + "2" + ")" * 45, 2.0),
        ("(" * 90 + "1" + ")" * 90, 1.0),
        ("count(" + "randomize(" * 80 + "/f/p" + ")" * 81, 3.0),
        ("once(" * 90 + "1" + ")" * 90, 1.0),
        ("regex(., concat('a{99999999999', '}'))", False),
        ("pow(10, pow(10, pow(10, 10)))", float("inf")),
        ("/f/p[position() <= 1000000000]/n", "one"),
    ],
)
def test_a_long_expression_is_evaluated(source: str, value: Scalar) -> None:
    """A form sums a hundred answers, or maps fifty choices by `if` inside `if`."""
    assert evaluated(source, ROOT) == value


def test_no_calculation_makes_a_text_without_end() -> None:
    """Doubled again and again, a text stays as long as the longest."""
    words = Leaf("words", "x" * 1000)
    for _ in range(12):
        words.value = evaluated("concat(., ., join('-', ., .))", words)
    assert len(to_text(words.value)) == LONGEST_TEXT


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(a|aa)+", "(a?){50}a{50}", ".*.*.*.*.*b", r"(\w+\s?)*!", "((a*)*)*"]
)
def test_a_pattern_takes_no_longer_than_its_text_allows(pattern: str) -> None:
    """Ten thousand letters that almost fit."""
    begun = process_time()
    assert not matcher(pattern)("a" * 9_999 + "-")
    assert process_time() - begun < 5


@given(
    st.text("ab-", max_size=8),
    st.sampled_from(["(a+b?)+", "(a|b-){1,3}", "(?:a*b)*?-?", "(a{2}|^b)*[^a]?", r"(\w+|-)*\b"]),
)
def test_a_pattern_matched_by_states_fits_the_same_texts(text: str, pattern: str) -> None:
    """As Python's own, which is fast for so short a text."""
    assert runaway(pattern)
    assert matcher(pattern)(text) is (re.fullmatch(pattern, text) is not None)


def test_random_values_stay_the_same_for_a_draft_and_a_question() -> None:
    """And differ between drafts and between instances of a repeat."""

    class Other(Scope):
        seed = "draft 2"

    one, two = found(ROOT, "/f/p[1]/n"), found(ROOT, "/f/p[2]/n")
    for source in ("random()", "uuid()", "uuid(12)"):
        again, beside = evaluated(source, one), evaluated(source, two)
        elsewhere = parse(source).evaluate(EvaluationContext(Other(), one, one))
        assert evaluated(source, one) == again
        assert len({again, beside, elsewhere}) == 3


@pytest.mark.parametrize(
    ("seed", "order"),
    [(1, "b a c"), (42, "a b c"), (0, "c b a"), (-5, "b c a")],
)
def test_a_seed_shuffles_as_in_odk(seed: int, order: str) -> None:
    """As ODK's own forms in a browser do: judged once by `@getodk/xpath` 0.11.0."""
    assert " ".join(shuffled("abc", seed)) == order


@given(st.text(alphabet="abf/.'\"()[]<>=!+-*|$@:, 019orandivmodself::", max_size=40))
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


@pytest.mark.parametrize("pattern", [r"[0-9]{10}", r"\+?[0-9 ()+-]{7,}", "(ab)?c*", "[(]+[)|*]+", r"\(+\)+"])
def test_a_plain_pattern_is_let_through(pattern: str) -> None:
    """Brackets in classes and escapes are letters."""
    assert not runaway(pattern)


@pytest.mark.parametrize(
    "source", ["//secret", "/f/@id", "/f/comment()", "text | other", "/f/p/following-sibling::q"]
)
def test_a_path_that_leads_nowhere_is_refused_with_its_form(source: str) -> None:
    """By an axis, to an attribute or in a union too."""
    known = ["/f", "/f/text", "/f/p", "/f/p/n"]
    with pytest.raises(ExpressionError, match="is not in this form"):
        check(parse(source), "/f", "/f/text", known)
    check(parse("//n | /f/descendant::n/ancestor::p | /f/p/preceding-sibling::text"), "/f", "/f/text", known)


def test_an_expression_is_parsed_once() -> None:
    """A form asks dozens for every event; each source is read a single time."""
    source = "selected(/f/many, 'b') and /f/number > 3 and /f/day <= today()"
    assert parse(source) is parse(source)
