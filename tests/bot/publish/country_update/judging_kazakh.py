"""A judge of Kazakh sentences: tables of stems with their suffixes and of what asks for which case, written by hand
(`tests/data/grammar/kk_*.txt`), and the rules of harmony and assimilation. Nothing of the program is used."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from tests.bot.publish.country_update.grammar_tables import GRAMMAR, WrongSentenceError

CASES = ("nom", "gen", "dat", "acc", "loc", "abl", "ins")
_TOKEN = re.compile(
    r"\d+(?:[-,]\d+)*(?:[ ]\d{3})*-[а-яәіңғүұқөһ]+|\d+(?:[-,]\d+)*(?: \d{3})*|[\w+-]+|[.,:;()–]"
)
_FRONT, _BACK = "әөүіеэ", "аоұыюяё"
_VOICELESS = "пткқсшщчцхфһбвгд"
_NASAL = "мнң"
IRREGULAR = {"акт", "орын"}
"""Stems that lose or gain a vowel before a suffix: `актінің`, `орны`."""
NAMES = {"ҰҚК": "ка", "ӘҚБтК": "ка", "ҚК": "ка"}
"""Abbreviations that are read by letters: these take the front suffixes, by custom (`ҚК-нің`)."""


@cache
def lines(name: str) -> Sequence[list[str]]:
    """Lines of a table."""
    found = (GRAMMAR / name).read_text("utf-8").splitlines()
    return [line.replace("|", " ").split() for line in found if line and not line.startswith("#")]


# --- Harmony and assimilation, which the table itself has to keep


def is_front(word: str) -> bool:
    """Whether a word takes front suffixes: by its last vowel. `у` and `и` follow the vowel before them."""
    for letter in reversed(word.lower()):
        if letter in _FRONT:
            return True
        if letter in _BACK:
            return False
    return True


def suffixed(stem: str) -> Iterator[str]:
    """The seven cases and the seven of the third person, by the rules."""
    front = _is_read_front(stem)
    last = stem[-1].lower()
    vowel = last in _FRONT + _BACK + "и"
    link = "-" if stem.isupper() or stem in NAMES else ""
    voiceless, nasal = last in _VOICELESS, last in _NASAL
    if stem in NAMES:
        vowel, voiceless, nasal = stem != "АЕК", False, False
    narrow, wide = ("і", "е") if front else ("ы", "а")
    base = stem[:-1] if stem.endswith("ст") and stem != "текст" else stem
    yield stem
    yield f"{base}{link}{'н' if vowel or nasal else 'т' if voiceless else 'д'}{narrow}ң"
    yield f"{base}{link}{('к' if front else 'қ') if voiceless else ('г' if front else 'ғ')}{wide}"
    yield f"{base}{link}{'н' if vowel else 'т' if voiceless else 'д'}{narrow}"
    yield f"{base}{link}{'т' if voiceless else 'д'}{wide}"
    yield f"{base}{link}{'т' if voiceless else 'н' if nasal else 'д'}{wide}н"
    yield f"{base}{link}{'п' if voiceless else 'б' if last in 'зж' else 'м'}ен"
    soft = {"к": "г", "қ": "ғ", "п": "б"}
    own = f"{stem}с{narrow}" if vowel else f"{base[:-1]}{soft.get(last, base[-1])}{narrow}"
    if base != stem:
        own = f"{base}{narrow}"
    yield own
    yield from (
        f"{own}н{narrow}ң",
        f"{own}н{wide}",
        f"{own}н",
        f"{own}нд{wide}",
        f"{own}н{wide}н",
        f"{own}мен",
    )


def _is_read_front(stem: str) -> bool:
    if stem in NAMES or stem in {"АЕК", "терроризм", "экстремизм", "журналист"}:
        return True
    return False if stem in {"БАҚ", "ЖОО", "СОБР"} else is_front(stem)


# --- Sentences


@dataclass(frozen=True)
class Reading:
    """Readings of a noun's form."""

    case: str
    own: bool
    stem: str


@dataclass
class Tables:
    """Words by kind."""

    nouns: dict[str, list[Reading]] = field(default_factory=lambda: defaultdict(list))
    verbs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    posts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    kinds: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


@cache
def tables() -> Tables:
    """Tables of the files."""
    found = Tables()
    for stem, *forms in lines("kk_nouns.txt"):
        for place, form in enumerate((stem, *forms)):
            if form != "-":
                found.nouns[form.lower()].append(Reading(CASES[place % 7], place > 6, stem))
    for kind, *words in lines("kk_words.txt"):
        if kind in {"verb", "post"}:
            for word in words[1:]:
                (found.verbs if kind == "verb" else found.posts)[word] |= set(words[0].split(","))
        else:
            found.kinds[kind] |= {word.lower() for word in words}
    for case, word in (("nom", "ол"), ("gen", "оның"), ("dat", "оған"), ("acc", "оны"), ("nom", "олар"), ("gen", "олардың"), ("dat", "оларға"),
                       ("acc", "оларды")):  # fmt: skip
        found.nouns[word].append(Reading(case, False, "ол"))
    return found


def judge(sentence: str) -> None:
    """Raise WrongSentenceError for a sentence that breaks a rule."""
    if sentence != " ".join(sentence.split()) or re.search(r" [.,;:)]|\( |[.,;:]{2}|[{}\[\]|_]", sentence):
        raise WrongSentenceError(f"spaces or marks: {sentence}")
    if not sentence.endswith(".") or (
        sentence[0] == sentence[0].lower() and not sentence[0].isdigit() and sentence[0] != "«"
    ):
        raise WrongSentenceError(f"no sentence: {sentence}")
    found = _TOKEN.findall(sentence[:-1].replace("«", "").replace("»", ""))
    tokens = _without_ranges([one if one[0] == "Q" else one.lower() for one in found])
    strange = [one for one in tokens if not _known(one)]
    if strange:
        raise WrongSentenceError(f"unknown words {strange}: {sentence}")
    outer, inner = _brackets(_with_codes(tokens))
    for part in (*_split(outer), *inner):
        wrong = _wrong(part)
        if wrong:
            raise WrongSentenceError(f"{wrong} in “{' '.join(part)}”: {sentence}")
    for part in _split(outer, ";"):
        wrong = _unfinished(part, is_listed=":" in outer)
        if wrong:
            raise WrongSentenceError(f"{wrong}: {sentence}")


_RANGE = re.compile(
    r"(?P<year>\d{4}) (?:жылғы (?:\d+ )?(?P<first>\w+)|жыл)"
    r" – (?:(?P<other>\d{4}) (?:жылғы (?:\d+ )?(?P<last>\w+)|жыл)|(?:\d+ )?(?P<same>\w+)) аралығында"
)


def _without_ranges(tokens: Sequence[str]) -> list[str]:
    """A date in the locative for each range between two nominatives, and for one that was said. The year stands once if it is
    the same."""

    def read(found: re.Match[str]) -> str:
        months = {found["first"], found["last"], found["same"]} - {None}
        is_right = (
            months <= _MONTHS and found["year"] != found["other"] and (found["first"] or not found["same"])
        )
        return "2024 жылғы сәуірде" if is_right else found[0]

    said = re.sub(r"\bсол (?:күні|айда|жылы)\b", "2024 жылғы сәуірде", " ".join(tokens))
    return _RANGE.sub(read, said).split()


def _with_codes(tokens: Sequence[str]) -> Sequence[str]:
    """A comma between articles of one code is an `and`."""
    return [
        "және" if one == "," and before == ")" and after.endswith("-бабы") else one
        for before, one, after in zip(("", *tokens), tokens, (*tokens[1:], ""), strict=False)
    ]


def _known(token: str) -> bool:
    all_ = tables()
    if token[0].isdigit():
        return (
            "-" not in token
            or token[-1].isdigit()
            or token.rpartition("-")[2] in {"бабы", "бабының", "бабына", "бап"}
        )
    kinds = set().union(*all_.kinds.values())
    return (
        token[0] == "Q"
        or token in ".,:;()–"
        or token in kinds
        or any(token in one for one in (all_.nouns, all_.verbs, all_.posts))
    )


def _brackets(tokens: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """The tokens outside of brackets (a Q stands for a pair), and those within, by pairs."""
    outer: list[str] = []
    inner: list[list[str]] = []
    for one in tokens:
        if one == "(":
            inner.append([])
            outer.append("()")
        elif one == ")":
            if not inner or outer[-1] != "()":
                raise WrongSentenceError("brackets")
            outer[-1] = "( )"
        elif outer and outer[-1] == "()":
            inner[-1].append(one)
        else:
            outer.append(one)
    return outer, [part for one in inner for part in _split(one)]


def _split(tokens: Sequence[str], marks: str = ";:,") -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for one in tokens:
        if one in marks:
            parts.append([])
        else:
            parts[-1].append(one)
    return [part for part in parts if part]


def _wrong(part: list[str]) -> str:
    """Faults between the words of a clause."""
    words = [one for one in part if one not in {"( )", "–"}]
    for place, word in enumerate(words):
        readings = tables().nouns.get(word, [])
        wrongs = [_misplaced(words, place, one) for one in readings]
        if (
            readings
            and all(wrongs)
            and word not in set().union(*tables().kinds.values()) | set(tables().verbs)
        ):
            return f"{word}: {wrongs[0]}"
        if word.endswith("-бап") and place and "gen" in _case(words[place - 1]):
            return f"{word}: does not belong"
        if word.endswith("-бабы") and not _has_code(words[:place]):
            return f"{word}: no genitive before it"
        for case in tables().posts.get(word, ()):
            before = words[place - 1] if place else ""
            if (
                case not in _case(before)
                and before[:1] != "Q"
                and before not in tables().kinds["deverbal"] | {"болжам", "жылға", "жылдан", "масс-медиа"}
            ):
                return f"{word}: asks for {case}"
    return _dates(words)


def _has_code(before: Sequence[str]) -> bool:
    """Whether an article has its code in the genitive before it, or stands after one that has."""
    if before[-1:] == ["және"]:
        return len(before) > 1 and before[-2].endswith("-бабы")
    return bool(before) and _case(before[-1]) == {"gen"}


def _case(word: str) -> set[str]:
    return {one.case for one in tables().nouns.get(word, [])}


def _misplaced(words: Sequence[str], place: int, one: Reading) -> str:
    after, before = words[place + 1 :], words[:place]
    previous = before[-1] if before else ""
    if (
        after[:1]
        and after[0] in {"шекті", "шеккен", "шеккендер", "шеккендердің", "шеккендерге"}
        and words[place] != "зардап"
    ):
        return "people suffer harm: зардап шекті"
    if one.own and not _may_own(previous, before):
        return "nothing that it belongs to"
    if previous in _NAMES_OF and not one.own and one.stem in {"қала", "облыс", "штаб"}:
        return "belongs to what stands before it"
    if previous and _is_number(previous) and one.stem.endswith(("дар", "дер", "тар", "тер", "лар", "лер")):
        return "a plural after a number"
    return _unasked(after, one) or _of_other_people(after, one)


_ASKING = {
    "dat": {"қатысты", "байланысты", "дейін", "алынды", "айырылды", "сотталды", "түсірілді", "бағынбау", "араласу", "қатысу", "шақыру", "алуға",
            "қатысушылар", "жасау", "берілді"},
    "acc": {"басып", "қорғаушылар", "қоздыратын", "жасау"},
    "abl": {"бері", "бастап", "айыру", "айырылды", "айырмайтын", "шекті", "шеккендер", "туындады", "шығарылды", "кемінде", "болды",
            "дейін"},
}  # fmt: skip
"""Words after a noun that ask for its case."""


def _unasked(after: Sequence[str], one: Reading) -> str:
    found = set(after)
    is_asked = bool(_ASKING.get(one.case, set()) & found)
    match one.case:
        case "gen":
            verb = next((place for place, word in enumerate(after) if word in tables().verbs), len(after))
            owned = any(other.own for word in after[:verb] for other in tables().nouns.get(word, []))
            if one.stem in _CITIES and after[:1] and after[0].startswith(("қала", "облыс")):
                return "a name before its city or region has no case"
            is_asked = owned or any("бабы" in word for word in after)
        case "dat":
            is_asked &= one.stem not in {"қала", "облыс"}
            is_asked |= one.stem in PEOPLE and any("dat" in tables().verbs.get(word, ()) for word in after)
            is_asked |= one.stem in {"жыл", "ай"} and bool({"айыру", "шектеу"} & found)
        case "acc":
            is_asked |= bool(tables().kinds["deverbal"] & found)
        case "abl":
            is_asked = (
                bool(after[:1] and after[0] in {"бері", "бастап"}) or "дейін" in found
                if one.stem in _MONTHS
                else is_asked
            )
            is_asked |= (one.stem == "АЕК" and "салынды" in found) or (
                one.stem == "теңге" and (not after or "салынды" in found)
            )
        case "loc":
            is_asked = one.stem in _PLACES | _MONTHS or (one.stem, after[:1]) == ("іздеу", ["жүр"])
        case "nom":
            is_asked = True
    return "" if is_asked else f"nothing asks for the {one.case}"


_CITIES = {"Алматы", "Астана", "Шымкент"}
_PLACES = {"қала", "облыс", "ел", "интернет", "шетел", "мекен", "сот", "қамау", "жағдай", "жыл", "парламент"}


def _of_other_people(after: Sequence[str], one: Reading) -> str:
    """People stand in the case that the verb asks for."""
    is_wrong = one.case == "loc" or (one.case in {"dat", "nom"} and not _fits(after, one.case))
    if one.own and (one.stem == "адам" or (one.stem in PEOPLE and one.case != "nom")):
        return "people with a possessive that has no owner"
    return "another case of people is asked for" if one.stem in PEOPLE and not one.own and is_wrong else ""


PEOPLE = {"адам", "адамдар", "шеккендер", "ол", "ұйым", "басқалар"}


def _fits(after: Sequence[str], case: str) -> bool:
    """Whether the verb at the end asks for this case of people. A noun may follow that takes it (`адамның ісі`)."""
    asks = [asked for word in after for asked in (tables().verbs.get(word),) if asked]
    if case == "dat":
        return (
            "қатысты" in after or "теріс" in after or any("dat" in one for one in asks) or "шешімге" in after
        )
    if "теріс" in after:
        return False
    return not asks or any(one & {"nom", "any"} for one in asks[:1]) or "айырылды" in after


def _may_own(previous: str, before: Sequence[str]) -> bool:
    if not previous:
        return False
    if previous in {"болған", "шеккен", "дейінгі", "қоздыратын", "айырмайтын", "ұсталған", "көрсетілмеген"}:
        return False
    if previous[0] == "Q" or _case(previous) & {"nom", "gen"} or previous in tables().kinds["deverbal"]:
        return True
    if previous == "не" and "ақталды" in before:
        return True
    return (
        "gen" in set().union(*(_case(one) for one in before))
        or previous in _MAY_STAND_BEFORE | tables().kinds["adjective"]
        or _is_number(previous)
    )


_NAMES_OF = {"алматы", "астана", "шымкент", "тж", "қазақстан", "абай", "ақмола", "ақтөбе", "атырау", "жамбыл", "жетісу", "қарағанды", "қостанай",
             "қызылорда", "маңғыстау", "павлодар", "түркістан", "ұлытау"}  # fmt: skip
_MAY_STAND_BEFORE = {"абай", "ақмола", "ақтөбе", "атырау", "қазақстан", "жамбыл", "жетісу", "қарағанды", "қостанай", "қызылорда", "маңғыстау", "павлодар",
                     "түркістан", "ұлытау", "тж", "лгбт", "бас", "масс-медиа", "жасқа"}  # fmt: skip


def _is_number(word: str) -> bool:
    return word[0].isdigit() or word in {"бір", "екі", "үш", "төрт", "бес", "алты", "жеті", "сегіз", "тоғыз"}


_MONTHS = {
    "қаңтар",
    "ақпан",
    "наурыз",
    "сәуір",
    "мамыр",
    "маусым",
    "шілде",
    "тамыз",
    "қыркүйек",
    "қазан",
    "қараша",
    "желтоқсан",
}


def _dates(words: Sequence[str]) -> str:
    """A month after `жылғы` and perhaps a day; its case by what follows; a year with `жылы`, `жылдан` or `жылға`."""
    for place, word in enumerate(words):
        readings = [one for one in tables().nouns.get(word, []) if one.stem in _MONTHS]
        before = words[place - 1] if place else ""
        following = words[place + 1] if place + 1 < len(words) else ""
        if readings:
            if before.isdigit() and int(before) <= 31:
                before = words[place - 2] if place > 1 else ""
            if before != "жылғы":
                if "жылғы" in words[:place]:
                    continue
                return f"{word}: no year before it"
            cases = {one.case for one in readings}
            if any(one.own for one in readings) or (
                cases == {"nom"} and len(words) > place + 1 and not {"күні", "уақыты"} & set(words)
            ):
                return f"{word}: no case of a date"
            if (following == "дейін" and cases != {"dat"}) or (cases == {"dat"} and following != "дейін"):
                return f"{word}: dative and дейін go together"
            if cases & {"acc", "gen", "ins"}:
                return f"{word}: no case of a date"
        if re.fullmatch(r"(19|20)\d\d", word) and following not in {
            "жылғы",
            "жылы",
            "жылдан",
            "жылға",
            "жыл",
            "",
        }:
            return f"{word}: no year after it"
    return ""


def _unfinished(part: Sequence[str], *, is_listed: bool) -> str:
    """A clause ends with a verb, unless it names something after a colon or a dash."""
    words = [one for one in part if one != "( )"]
    if is_listed or "–" in words or ":" in words or not words:
        return ""
    return "" if words[-1] in tables().verbs else f"no verb at the end of “{' '.join(part)}”"
