"""Random expressions, each of a type that it is known to have, from a seed."""

from collections.abc import Callable, Sequence
from random import Random

Maker = Callable[[int], str]

NUMBERS = (
    "0",
    "1",
    "2",
    "3",
    "7",
    "10",
    "-1",
    "-4",
    "0.5",
    "2.25",
    "-0.75",
    "100",
    "12345.678",
    "/f/number",
    "/f/half",
    "/f/negative",
)
TEXTS = ("''", "'a'", "'b'", "'abc'", "'two words'", "' padded '", "'12'", "'-3.5'", "'x-y-z'", "'Сәлем'",
         "/f/text", "/f/word", "/f/many", "/f/one", "/f/blank", "/f/first", "/f/g/inner", "/f/p[1]/n")  # fmt: skip
LEAVES = ("/f/p/n", "/f/p/age", "/f/p/c/k", "/f/missing", "//k", "//n", "/f/g/*", "/f//n", "/f/word | /f/text",
          "/f/p/n | /f/g/inner", "/f/points/point", "//p/age", "/f/p/*[name() = 'n']")  # fmt: skip
GROUPS = ("/f/p", "/f/*", "//c", "/f/p/*", "/f/p/c", "//*", "/f/g | /f/p", "/f")
FILLED = ("/f/number", "/f/p/c/k", "//k", "/f/number | /f/half", "/f/p[age > 0]/age", "/f/missing")
DAYS = ("'2024-03-08'", "'1999-12-31'", "'2024-02-29'", "'1970-01-01'", "/f/day", "/f/birth")
AXES = ("child", "descendant", "descendant-or-self", "self", "parent", "ancestor", "ancestor-or-self", "following-sibling",
        "preceding-sibling", "following", "preceding")  # fmt: skip

OUTPUTS = ("'ABC'", "''", "'xyz..'")
BETWEEN = ("'-'", "', '", "''")
FORMATS = ("'%Y-%m-%d'", "'%e.%n.%y'", "'%b %d'", "'%a'")
DIGESTS = ("'MD5'", "'SHA-1'", "'SHA-256'")
ENCODINGS = ("'hex'", "'base64'")
PATTERNS = ("'^[a-z]+$'", "'^.*$'", "'^[0-9.-]+$'", "'^$'", "'^(a|b|ab)*c?$'")


class Generator:
    """Makes expressions no deeper than asked."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def expression(self) -> str:
        return self._one_of(self.number, self.text, self.truth, lambda _: f"string({self.leaves()})")(3)

    def _one_of(self, *makers: Maker) -> Maker:
        return self.random.choice(makers)

    def _from(self, choices: Sequence[str]) -> str:
        return self.random.choice(choices)

    def leaves(self) -> str:
        """A path of questions."""
        kind = self.random.randrange(4)
        if kind == 0:
            return self._from(LEAVES)
        if kind == 1:
            return f"/f/p[{self.condition()}]/{self._from(('n', 'age', 'c/k', '*[2]', 'descendant::k', '../word'))}"
        base = self._from(("/f/p[1]", "/f/p[2]/n", "/f/p[3]/c[1]/k", "/f/p", "/f/word", "/f/p/age"))
        return f"{base}/{self._from(AXES)}::{self._from(('n', 'k', 'age', 'inner', 'word'))}"

    def nodes(self) -> str:
        """A path of questions or groups."""
        kind = self.random.randrange(4)
        if kind == 0:
            return self.leaves()
        if kind == 1:
            return self._from(GROUPS)
        if kind == 2:
            return f"/f/p[{self.condition()}]"
        base = self._from(("/f/p[1]", "/f/p[2]/n", "/f/p[3]/c[1]/k", "/f/p", "/f/g/inner", "/f/p/c"))
        return f"{base}/{self._from(AXES)}::{self._from(('*', 'p', 'c', 'f'))}"

    def condition(self) -> str:
        return self._from((
            "1", "2", "3", "last()", "last() - 1", "position() = 2", "position() > 1", "position() < last()", "n", "age > 10", "n = 'two'",
            "string-length(n) > 3", "c", "../first = 'one'", "count(c) = 3", "c/k = 4", "name() = 'p'", "starts-with(n, 't')",
            "following-sibling::p", "not(preceding-sibling::p)", "true()", "position() mod 2 = 1", "c/k[. > 2]",
        ))  # fmt: skip

    def number(self, depth: int) -> str:
        if depth == 0:
            return self._from(NUMBERS)
        number, text, few = self.number, self.text, depth - 1
        return self._one_of(
            lambda _: self._from(NUMBERS),
            lambda _: f"({number(few)} {self._from(('+', '-', '*', 'div', 'mod'))} {number(few)})",
            lambda _: (
                f"{self._from(('abs', 'floor', 'ceiling', 'int', 'sqrt', 'sin', 'cos', 'atan', 'number'))}({number(few)})"
            ),
            lambda _: f"round({number(few)})",
            lambda _: f"round({number(few)}, {self._from(('0', '1', '2'))})",
            lambda _: f"pow({self._from(('2', '3', '0.5', '10'))}, {self._from(('0', '1', '2', '-1'))})",
            lambda _: f"string-length({text(few)})",
            lambda _: f"number({text(few)})",
            lambda _: f"count({self.nodes()})",
            lambda _: f"count-non-empty({self.leaves()})",
            lambda _: f"sum({self._from(FILLED)})",
            lambda _: f"{self._from(('min', 'max'))}({number(few)}, {number(few)})",
            lambda _: f"{self._from(('min', 'max'))}({self._from(FILLED)})",
            lambda _: f"count-selected({text(few)})",
            lambda _: f"if({self.truth(few)}, {number(few)}, {number(few)})",
            lambda _: f"coalesce({text(few)}, {number(few)}) * 1",
            lambda _: f"-({number(few)})",
        )(depth)

    def text(self, depth: int) -> str:
        if depth == 0:
            return self._from(TEXTS)
        text, few, place = self.text, depth - 1, self._from(("0", "1", "2", "-1", "-2", "5", "1.5"))
        return self._one_of(
            lambda _: self._from(TEXTS),
            lambda _: f"concat({text(few)}, {text(few)})",
            lambda _: f"string({self.truth(few)})",
            lambda _: f"string({self.number(0)})",
            lambda _: f"substr({text(few)}, {place})",
            lambda _: f"substr({text(few)}, {self._from(('0', '1', '-3'))}, {place})",
            lambda _: f"substring({text(few)}, {place}, {self._from(('1', '2', '2.6'))})",
            lambda _: f"{self._from(('substring-before', 'substring-after'))}({text(few)}, {text(0)})",
            lambda _: f"translate({text(few)}, 'abc -', {self._from(OUTPUTS)})",
            lambda _: f"normalize-space({text(few)})",
            lambda _: f"join({self._from(BETWEEN)}, {text(few)}, {text(few)})",
            lambda _: f"join('-', {self.leaves()})",
            lambda _: f"concat({self.leaves()})",
            lambda _: f"selected-at({text(few)}, {self._from(('0', '1', '2', '9'))})",
            lambda _: f"if({self.truth(few)}, {text(few)}, {text(few)})",
            lambda _: f"coalesce({text(few)}, {text(few)})",
            lambda _: f"format-date({self._from(DAYS)}, {self._from(FORMATS)})",
            lambda _: f"digest({text(few)}, {self._from(DIGESTS)}, {self._from(ENCODINGS)})",
            lambda _: f"name({self.nodes()})",
            lambda _: f"string({self.leaves()})",
        )(depth)

    def truth(self, depth: int) -> str:
        if depth == 0:
            return self._from(("true()", "false()"))
        number, text, few = self.number, self.text, depth - 1
        equals, compares = self._from(("=", "!=")), self._from(("=", "!=", "<", "<=", ">", ">="))
        return self._one_of(
            lambda _: f"({number(few)} {compares} {number(few)})",
            lambda _: f"({text(few)} {equals} {text(few)})",
            lambda _: f"({text(few)} {equals} {number(few)})",
            lambda _: f"({self.leaves()} {equals} {text(few)})",
            lambda _: f"({self.leaves()} {compares} {number(few)})",
            lambda _: f"({self.leaves()} {equals} {self.leaves()})",
            lambda _: f"({self.truth(few)} {self._from(('and', 'or', '=', '!='))} {self.truth(few)})",
            lambda _: f"not({self.truth(few)})",
            lambda _: f"boolean({number(few)})",
            lambda _: f"boolean({text(few)})",
            lambda _: f"boolean-from-string({text(few)})",
            lambda _: f"{self._from(('contains', 'starts-with', 'ends-with'))}({text(few)}, {text(few)})",
            lambda _: f"selected({text(few)}, {text(0)})",
            lambda _: f"regex({text(few)}, {self._from(PATTERNS)})",
            lambda _: (
                f"checklist({self._from(('0', '1', '-1'))}, {self._from(('1', '2', '-1'))}, {self.truth(few)}, {self.truth(few)})"
            ),
            lambda _: f"(date({self._from(DAYS)}) {compares} date({self._from(DAYS)}))",
        )(depth)
