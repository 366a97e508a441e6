"""Numbers as people type them, in digits or words, with the endings that Kazakh and Russian give them, folded."""

import re
from collections.abc import Iterator

from bot.form.typed.folding import fold

LONGEST = 9
"""Digits of a number at most: more are a telephone's."""

_WORDS = {
    1: "один одна одного одной бир one",
    2: "два две двух двое двоих еки екеу екеуи two",
    3: "три трех трое троих уш ушеу ушеуи three",
    4: "четыре четырех четверо четверых торт тортеу four",
    5: "пять пяти пятеро пятерых бес бесеу five",
    6: "шесть шести шестеро шестерых алты алтау six",
    7: "семь семи семеро семерых жети жетеу seven",
    8: "восемь восьми сегиз eight",
    9: "девять девяти тогыз nine",
    10: "десять десяти десятеро ten",
    20: "двадцать двадцати жиырма twenty",
    30: "тридцать тридцати отыз thirty",
    40: "сорок сорока кырык forty",
    50: "пятьдесят пятидесяти елу fifty",
    60: "шестьдесят шестидесяти алпыс sixty",
    70: "семьдесят семидесяти жетпис seventy",
    80: "восемьдесят восьмидесяти сексен eighty",
    90: "девяносто токсан ninety",
    100: "сто ста жуз hundred",
    1000: "тысяча тысячи тысячу мын thousand",
}
# The Kazakh ten is the Russian he, so it is no number.
_VALUES = {word: number for number, words in _WORDS.items() for word in words.split()}
_THOUSAND = frozenset({"1000"})
_THOUSANDS = re.compile(r"(тыс|тысяч[аи]?|мын|thousand)")
_PEOPLE = re.compile(r"человека?|чел|людей|people|persons?|адам(?:нын|ды)?|киси(?:нин|ди)?")
_PERSON = re.compile(r"(?:адам|киси)(.*)")
_ENDINGS = {
    **dict.fromkeys(("дан", "ден", "тан", "тен", "нан", "нен"), "дан"),
    **dict.fromkeys(("га", "ге", "ка", "ке"), "га"),
    **dict.fromkeys(("дай", "дей", "тай", "тей"), "дай"),
    **dict.fromkeys(("х", "ех", "ти", "ми", "рых"), ""),
}
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:[ ,'’]\d{3})+(?![.,]?\w)")
_DASHES = re.compile("[‐‑‒–—−]")
_TOKEN = re.compile(r"\d+|[^\W\d_]+|[<>]=|[^\w\s]")


def tokens(text: str) -> list[str]:
    """The words, signs and numbers of a text: numbers in digits, `1 000` as `1000`, people left out after a number;
    Kazakh endings as words of their own, all those of a case alike: `30-дан 40 адамға` is `30 дан 40 га`."""
    plain = " ".join(_DASHES.sub("-", fold(text)).split())
    plain = _GROUPED.sub(lambda found: re.sub(r"\D", "", found[0]), plain)
    read: list[str] = []
    for token in _TOKEN.findall(plain):
        for part in _parts(token):
            _add(read, part)
    return read


def _parts(word: str) -> Iterator[str]:
    """A word as it counts: a number in words in digits, with its ending apart."""
    for cut in (len(word), len(word) - 3, len(word) - 2):
        stem, ending = word[:cut], word[cut:]
        if stem in _VALUES and (not ending or ending in _ENDINGS):
            yield str(_VALUES[stem])
            yield from filter(None, (_ENDINGS.get(ending, ""),))
            return
    yield word


def _add(read: list[str], token: str) -> None:
    """One more token after those that were read."""
    after = next((other for other in reversed(read) if other != "-"), "").isdecimal()
    person = _PERSON.fullmatch(token)
    ending = person[1] if person else token
    if after and ending in _ENDINGS:
        while read[-1] == "-":
            read.pop()
        read.extend(filter(None, (_ENDINGS[ending],)))
    elif after and _is_thousand(read, token):
        read[-1] = f"{read[-1]}000"
    elif not (_PEOPLE.fullmatch(token) and any(map(str.isdecimal, read))):
        read.append(token)


def _is_thousand(read: list[str], token: str) -> bool:
    """Whether a token after a number makes thousands of it."""
    return read[-1].isdecimal() and (token in _THOUSAND or _THOUSANDS.fullmatch(token) is not None)
