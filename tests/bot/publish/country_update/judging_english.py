"""A judge of English sentences: a table of words and rules of agreement, articles, pronouns, numbers and dates, written by hand
(`tests/data/grammar/en_words.txt`). Nothing of the program is used."""

import re
from collections.abc import Sequence
from functools import cache

from tests.bot.publish.country_update.grammar_tables import GRAMMAR, WrongSentenceError

_TOKEN = re.compile(r"\d+(?:[-,.]\d+)*|[\w+'’-]+|[.,:;()–]")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WORDS_FOR_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_COUNTED = {"person", "people", "official", "officials", "year", "years", "month", "months", "day", "days"}
_OBJECT_AFTER = {
    "extraditing",
    "concerning",
    "against",
    "of",
    "for",
    "affected",
    "from",
    "to",
    "with",
    "by",
    "through",
    "regards",
}
_VERBS = {
    "was": 1,
    "were": 2,
    "is": 1,
    "are": 2,
    "has": 1,
    "have": 2,
    "continues": 1,
    "continue": 2,
    "refers": 1,
    "refer": 2,
}


@cache
def words() -> dict[str, set[str]]:
    """Words by kind."""
    found: dict[str, set[str]] = {
        "singular": set(),
        "plural": set(),
        "name": set(),
        "word": set(),
        "mass": set(),
    }
    for line in (GRAMMAR / "en_words.txt").read_text("utf-8").splitlines():
        kind, *rest = line.split() if line and not line.startswith("#") else ("",)
        if kind == "noun":
            found["singular"].add(rest[0])
            found["plural"].add(rest[1])
        elif kind:
            found["word" if kind == "verb" else kind] |= set(rest)
    return found


def judge(sentence: str) -> None:
    """Raise WrongSentenceError for a sentence that breaks a rule."""
    if sentence != " ".join(sentence.split()) or re.search(r" [.,;:)]|\( |[.,;:]{2}|[{}\[\]|_]", sentence):
        raise WrongSentenceError(f"spaces or marks: {sentence}")
    if not sentence.endswith(".") or not (sentence[0].isupper() or sentence[0].isdigit()):
        raise WrongSentenceError(f"no sentence: {sentence}")
    tokens = _TOKEN.findall(sentence[:-1].replace("“", "").replace("”", ""))
    tokens[0] = tokens[0] if tokens[0] in words()["name"] or tokens[0][0] == "Q" else tokens[0].lower()
    wrong = next((found for rule in RULES if (found := rule(tokens))), "")
    if wrong:
        raise WrongSentenceError(f"{wrong}: {sentence}")


def unknown_words(tokens: Sequence[str]) -> str:
    """Words outside the table, or with another capital."""
    every = set().union(*words().values())
    strange = [
        one
        for one in tokens
        if one[0] != "Q" and not one[0].isdigit() and one not in ".,:;()–" and one not in every
    ]
    return f"unknown words {strange}" if strange else ""


def articles(tokens: Sequence[str]) -> str:
    """`an` before a vowel that is heard, `a` before others; neither before a plural; a singular noun has something before it."""
    for one, following, third in zip(tokens, tokens[1:], (*tokens[2:], ""), strict=False):
        if one in {"a", "an"}:
            vowel = following[0] in "aeiou" and not following.startswith(("uni", "use", "one"))
            if (
                (one == "an") != vowel
                or (words()["plural"] & {following, third} and following not in words()["singular"])
                or (following in words()["mass"] and third not in words()["singular"])
                or (following, third) == ("administrative", "arrest")
            ):
                return f"{one} {following}"
        if (
            one in {"a", "an", "the", "this"}
            and following in {"a", "an", "the", "this", *_VERBS}
            and one != "this"
        ):
            return f"{one} {following}"
        if one == "those" and following in words()["singular"]:
            return f"{one} {following}"
    return ""


def numbers(tokens: Sequence[str]) -> str:
    """The singular after one, the plural after others."""
    for place, one in enumerate(tokens[:-1]):
        following = next((word for word in tokens[place + 1 : place + 3] if word != "other"), "")
        is_number = one[0].isdigit() or one in _WORDS_FOR_NUMBERS
        is_single = following in words()["singular"]
        if following in _COUNTED and is_number and (one in {"1", "one"}) != is_single:
            return f"{one} {following}"
        if one in {"least", "most"} and tokens[place + 1] == "of":
            return "no number"
    return ""


def pronouns(tokens: Sequence[str]) -> str:
    """`they` before a verb, `them` after a preposition, `their` before a noun."""
    nouns = words()["singular"] | words()["plural"] | words()["mass"]
    for place, one in enumerate(tokens):
        before = tokens[place - 1] if place else ""
        after = tokens[place + 1] if place + 1 < len(tokens) else ""
        if one == "they" and (
            before in _OBJECT_AFTER or after not in {"were", "are", "have", "went", "died"}
        ):
            return f"{before} they {after}"
        if one == "them" and before not in _OBJECT_AFTER:
            return f"{before} them"
        if one in {"their", "its"} and after not in nouns:
            return f"{one} {after}"
        if one == "it" and before in {"of", "to"}:
            return f"{before} it"
    return ""


def agreement(tokens: Sequence[str]) -> str:
    """A verb and its subject: the head of the phrase before it in its clause."""
    for place, one in enumerate(tokens):
        if one in _VERBS:
            number = _number_of_subject(tokens, place)
            if number and number != _VERBS[one]:
                return f"{one} does not agree"
            if (
                one in {"was", "were"}
                and place + 1 < len(tokens)
                and tokens[place + 1] in {"went", "died", "took", "happened", "they"}
            ):
                return f"{one} {tokens[place + 1]}"
    return ""


def _number_of_subject(tokens: Sequence[str], place: int) -> int:
    subject = _without_brackets(tokens[:place])
    for mark in (";",):
        while mark in subject:
            subject = subject[subject.index(mark) + 1 :]
    if subject[-2:-1] == [","] and subject[-1:] == ["which"]:
        return 1
    known = _VERBS.keys() & set(subject)
    if known or "went" in subject or "died" in subject:  # the subject of an earlier verb: of the first
        first = min(
            subject.index(one) for one in (*known, *(one for one in ("went", "died") if one in subject))
        )
        return _number_of_subject(subject, first)
    return _number(subject)


def _without_brackets(tokens: Sequence[str]) -> list[str]:
    found, depth = [], 0
    for one in tokens:
        depth += (one == "(") - (one == ")")
        if not depth and one != ")":
            found.append(one)
    return found


def _number(subject: Sequence[str]) -> int:
    """1 for one, 2 for several, 0 if this judge does not know."""
    words_ = list(subject)
    if not words_:
        return 0
    if words_[0] in {
        "on",
        "in",
        "since",
        "from",
        "until",
        "according",
        "throughout",
        "only",
        "abroad",
        "for",
        "as",
    }:
        last = [
            place
            for place, one in enumerate(words_)
            if one in {"this", "it", "they", "there", "the", "decision"}
        ]
        words_ = words_[last[-1] :] if last else words_
    head = words_[
        : next(
            (
                place
                for place, one in enumerate(words_)
                if one in {"of", "on", "against", "from", "who", "for", "concerning"} and place
            ),
            len(words_),
        )
    ]
    if words_[:2] == ["at", "least"]:
        return 1 if words_[2] in {"1", "one"} else 2
    if head[0] in {"they", "those", "people", "officials", "other"}:
        return 2
    if head[0] in {"this", "it", "there", "that", "how", "a", "an", "no"}:
        return 1
    if head[0] in {"Article", "the"}:
        joined = "and" in words_ and ({"Article", "Law", "materials"} & set(words_[words_.index("and") :]))
        return 2 if joined or (head[-1] in words()["plural"] and head[0] == "the") else 1
    return 0


def dates(tokens: Sequence[str]) -> str:
    """A day, month and year after `on`; a month and a year after `in`; spans from and to."""
    for place, one in enumerate(tokens):
        if one in MONTHS:
            if place + 1 >= len(tokens) or not re.fullmatch(r"(19|20)\d\d", tokens[place + 1]):
                spans = place + 2 < len(tokens) and tokens[place + 1] == "to"
                if not spans:
                    return f"{one} without a year"
            day = re.fullmatch(r"[1-9]|[12]\d|3[01]", tokens[place - 1]) if place else None
            before = tokens[place - 2] if day and place > 1 else tokens[place - 1] if place else ""
            if before in {"on", "in"} and (before == "on") != bool(day):
                return f"{before} {one}"
            of_events = before == "of" and "events" in tokens[:place]
            if before in {"at", "for", "of", "by"} and not of_events:
                return f"{before} {one}"
        if (
            one in {"on", "at"}
            and place + 1 < len(tokens)
            and re.fullmatch(r"(19|20)\d\d", tokens[place + 1])
        ):
            return f"{one} {tokens[place + 1]}"
        if one in {"on", "in"} and place + 1 < len(tokens) and tokens[place + 1][0].isdigit():
            following = tokens[place + 2] if place + 2 < len(tokens) else ""
            if not re.fullmatch(r"(19|20)\d\d", tokens[place + 1]) and following not in MONTHS:
                return f"{one} {tokens[place + 1]}"
    return ""


def prepositions(tokens: Sequence[str]) -> str:
    """Two prepositions together, and what verbs ask for."""
    alone = {"on", "in", "at", "of", "to", "by", "from", "for", "against"}
    asks = {
        "sentenced": {"to"}, "placed": {"under"}, "put": {"on"}, "met": {"with"}, "waiting": {"for"}, "according": {"to"},
        "given": {"a", "no"}, "refers": {"to"}, "refer": {"to"},
    }  # fmt: skip
    for one, following in zip(tokens, (*tokens[1:], ""), strict=True):
        if one in alone and following in (alone | {"", ".", ",", ";", ")"}) - {"at"}:
            return f"{one} {following}"
        if one in asks and following not in asks[one]:
            return f"{one} {following}"
    return ""


def perpetrators(tokens: Sequence[str]) -> str:
    """The singular for one body that has an article of its own, the plural for others; of a detail its body stands behind it."""
    for place, one in enumerate(tokens[:-1]):
        if one in {"perpetrator", "perpetrators"} and tokens[place + 1] == ":":
            named = [*tokens[place + 2 :], ";"]
            named = named[: named.index(";")]
            outside = _without_brackets(named)
            if named[0][0] == "Q":  # in brackets a body has no article
                is_singular = named[2] in _SINGULAR_BODIES
            else:
                is_singular = named[0] in {"a", "an"} or named[1] in _SINGULAR_BODIES
            is_one = "and" not in outside and is_singular
            if is_one != (one == "perpetrator"):
                return f"{one}: {' '.join(named)}"
    return ""


_SINGULAR_BODIES = {
    "prosecutor's", "National", "emergency", "court", "akimat", "ministry", "special", "foreign", "provider", "employer", "private",
}  # fmt: skip

RULES = (unknown_words, articles, numbers, pronouns, agreement, dates, prepositions, perpetrators)
