"""Write the forms in bot/publish/country_update/grammar/*.json: `uv run python -m scripts.grammar` from the repository's
root, after a change of a list or of a word below. The frames in those files are written by hand and kept."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pymorphy3 import MorphAnalyzer

FORMS = Path("bot/forms")
GRAMMAR = Path("bot/publish/country_update/grammar")
MOST_COLUMNS = 120
LANGUAGES = {"kk": "Қазақша (kk)", "ru": "Русский (ru)", "en": "English (en)"}

Forms = dict[str, Any]


def rows(name: str) -> Sequence[Mapping[str, str]]:
    with (FORMS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Russian -----------------------------------------------------------------------------------------

RU_MONTHS = [
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
]
RU_AGREEING = [
    "пострадал",
    "затронут",
    "находился",
    "освобождён",
    "получил",
    "оштрафован",
    "подвергнут",
    "предстал",
    "приговорён",
    "объявлен",
    "ждал",
    "выдан",
    "депортирован",
    "объявил",
    "умер",
    "задержан",
]
RU_PERPETRATORS = {
    "police": "полиция", "special_forces": "спецназ или СОБР", "knb": "КНБ", "military": "военные или Нацгвардия",
    "prosecutor": "прокуратура", "court": "суд", "prison": "сотрудники СИЗО или колонии", "local_authority": "акимат",
    "central_government": "министерство или госорган", "parliament": "парламент или депутаты",
    "emergency_hq": "штаб ЧС", "foreign_state": "иностранное государство", "telecom_platform": "провайдер или платформа",
    "employer": "работодатель или вуз", "private": "частное лицо или компания", "unknown": "неизвестные",
}  # fmt: skip
RU_PLACES = {
    "KZ": "по всей стране или в ряде областей", "XX-ABROAD": "за рубежом", "XX-ONLINE": "только в интернете",
    "KZ-75": "в Алматы", "KZ-71": "в Астане", "KZ-79": "в Шымкенте",
}  # fmt: skip
RU_GROUPS = {
    "opposition": "оппозиция и члены партий", "womens_rights": "защитники прав женщин", "lgbtqi": "ЛГБТ+ люди и активисты",
    "asylum_seeker": "беженцы и просители убежища", "child": "дети до 18 лет",
    "journalist": "журналисты и работники СМИ", "blogger": "блогеры и пользователи соцсетей",
    "trade_unionist": "члены профсоюза и работники", "author_artist": "авторы, учёные и деятели искусств",
    "teacher": "учителя и преподаватели", "health_worker": "врачи и медработники", "driver": "водители и курьеры",
    "entrepreneur": "предприниматели и фермеры", "public_servant": "госслужащие и военнослужащие",
    "detainee": "задержанные и заключённые", "organisation": "организации и редакции", "public": "общество в целом", "other": "другие",
}  # fmt: skip
RU_LAWS = {
    code: (f"статья {{article}} {name} ({{label}})", "статьи {articles}", f"{{article}} {name} ({{label}})")
    for code, name in (("AOC", "КоАП"), ("CC", "УК"), ("UZ CC", "УК Узбекистана"))
}
RU_NUMERALS = {
    "nom": ("двое", "трое", "четверо", *(f"{one} человек" for one in ("пять", "шесть", "семь", "восемь", "девять"))),
    "gen": ("двух", "трёх", "четырёх", "пяти", "шести", "семи", "восьми", "девяти"),
    "dat": ("двум", "трём", "четырём", "пяти", "шести", "семи", "восьми", "девяти"),
}  # fmt: skip
RU_OF = {"organisation": "из организации", "others": "из числа других людей", "unknown": "(не указано, кто)"}
RU_NAMED = {
    "affected": {"nom": ("пострадавший", "пострадавших", "пострадавших"), "gen": ("пострадавшего", "пострадавших", "пострадавших"),
                 "dat": ("пострадавшему", "пострадавшим", "пострадавшим")},
    "officials": {"nom": ("представитель власти", "представителя власти", "представителей власти"),
                  "gen": ("представителя власти", "представителей власти", "представителей власти"),
                  "dat": ("представителю власти", "представителям власти", "представителям власти")},
}  # fmt: skip
"""Nouns of those counted: of one, after a small number, and after others or a numeral in words."""


@cache
def _analyzer() -> MorphAnalyzer:
    return MorphAnalyzer()


def declined(phrase: str, case: str) -> str:
    """Phrase with each of its words in a case. An abbreviation, a name in Kazakh and a function word stay."""
    return " ".join(_word(word, case) for word in phrase.split())


def _word(word: str, case: str) -> str:
    bare = word.strip("(),")
    if bare.isupper() or bare in {"Абай", "Жетісу", "Ұлытау", "и", "или"}:
        return word
    found = [one for one in _analyzer().parse(bare) if "nomn" in one.tag and "Surn" not in one.tag]
    form = found[0].inflect({case}) if found else None
    if form is None:
        raise ValueError(word)
    made = form.word.replace("-казахстан", "-Казахстан")
    made = made[:1].upper() + made[1:] if bare[:1].isupper() else made
    return word.replace(bare, made)


def _agreeing(word: str) -> Sequence[str]:
    found = next(one for one in _analyzer().parse(word) if {"VERB", "past"} in one.tag or "PRTS" in one.tag)
    forms = [found.inflect({"sing", gender}) for gender in ("masc", "femn", "neut")]
    return [one.word for one in (*forms, found.inflect({"plur"})) if one is not None]


def russian() -> Forms:
    months = [[one, declined(one, "gent"), declined(one, "loct")] for one in RU_MONTHS]
    return {
        "months": [dict(zip(("nom", "gen", "loc"), one, strict=True)) for one in months],
        "places": dict(_listed("regions", "ru", _ru_place)),
        "perpetrators": _perpetrators("ru", RU_PERPETRATORS),
        "groups": dict(
            _listed("affected_groups", "ru", lambda code, label: RU_GROUPS.get(code, lowered(label)))
        ),
        "laws": laws("ru", RU_LAWS),
        "agree": {word: _agreeing(word) for word in RU_AGREEING},
        "counted": {
            **{
                party: {case: _ru_named(case, *forms[case]) for case in RU_NUMERALS}
                for party, forms in RU_NAMED.items()
            },
            **{party: {case: _ru_counted(case, of) for case in RU_NUMERALS} for party, of in RU_OF.items()},
        },
    }


def _ru_counted(case: str, of: str) -> Mapping[str, str]:
    one = {"nom": "человек", "gen": "человека", "dat": "человеку"}[case]
    first = {"nom": "один", "gen": "одного", "dat": "одному"}[case]
    many = {"nom": "человек", "gen": "человек", "dat": "людям"}[case]
    few = "человека" if case == "nom" else many
    named = {str(n): f"по меньшей мере {word}" for n, word in enumerate(RU_NUMERALS[case], 2)}
    counted = {
        "1": f"по меньшей мере {first} {one}",
        **{n: f"{said} {many}" if case != "nom" else said for n, said in named.items()},
    }
    kinds = {"one": one, "few": few, "many": many, "other": many}
    counted |= {kind: f"по меньшей мере {{n}} {noun}" for kind, noun in kinds.items()}
    return {name: f"{said} {of}" for name, said in counted.items()}


def _ru_named(case: str, one: str, few: str, many: str) -> Mapping[str, str]:
    first = {"nom": "один", "gen": "одного", "dat": "одному"}[case]
    numerals = [(word.removesuffix(" человек"), n) for n, word in enumerate(RU_NUMERALS[case], 2)]
    counted = {"1": f"{first} {one}", **{str(n): f"{word} {many}" for word, n in numerals}}
    kinds = {"one": one, "few": few, "many": many, "other": many}
    counted |= {kind: f"{{n}} {noun}" for kind, noun in kinds.items()}
    return {name: f"по меньшей мере {said}" for name, said in counted.items()}


def _ru_place(code: str, label: str) -> str:
    return RU_PLACES.get(code) or f"в {declined(label, 'loct')}"


# Kazakh ------------------------------------------------------------------------------------------

KK_MONTHS = [
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
]
BACK, FRONT = "аоұыяуё", "әөүіеэи"
VOICELESS, NASAL = "пфктсшщцчхһқбвгд", "мнң"
KK_PERPETRATORS = {
    "police": "полиция", "special_forces": "арнайы жасақ не СОБР", "knb": "ҰҚК", "military": "әскер не Ұлттық ұлан",
    "prosecutor": "прокуратура", "court": "сот", "prison": "тергеу изоляторы не колония қызметкерлері",
    "local_authority": "әкімдік", "central_government": "министрлік не мемлекеттік орган",
    "parliament": "Парламент не депутаттар", "emergency_hq": "ТЖ штабы", "foreign_state": "шет мемлекет",
    "telecom_platform": "провайдер не платформа", "employer": "жұмыс беруші не ЖОО",
    "private": "жеке тұлға не компания", "unknown": "белгісіз адамдар",
}  # fmt: skip
KK_PLACES = {
    "KZ": "бүкіл елде не бірнеше облыста", "XX-ABROAD": "шетелде", "XX-ONLINE": "тек интернетте",
}  # fmt: skip
KK_GROUPS = {
    "journalist": "журналистер мен БАҚ қызметкерлері", "blogger": "блогерлер мен әлеужелі пайдаланушылары",
    "hrd": "құқық қорғаушылар", "activist": "азаматтық белсенділер", "opposition": "оппозиция мен партия мүшелері",
    "protester": "наразылық акциясына қатысушылар", "womens_rights": "әйелдер құқығын қорғаушылар",
    "lgbtqi": "ЛГБТ+ адамдар мен белсенділер", "trade_unionist": "кәсіподақ мүшелері мен жұмысшылар", "lawyer": "адвокаттар",
    "author_artist": "авторлар, ғалымдар, өнер адамдары", "student": "студенттер", "teacher": "мұғалімдер мен оқытушылар",
    "health_worker": "дәрігерлер мен медицина қызметкерлері", "driver": "жүргізушілер мен курьерлер",
    "entrepreneur": "кәсіпкерлер мен фермерлер", "public_servant": "мемлекеттік не әскери қызметшілер",
    "pensioner": "зейнеткерлер", "relative": "зардап шеккендердің туыстары", "diaspora": "этнос пен диаспора белсенділері",
    "asylum_seeker": "босқындар мен пана іздеушілер", "religious": "діни қауым", "foreign_national": "шетел азаматтары",
    "detainee": "ұсталғандар мен қамаудағылар", "child": "18 жасқа дейінгі балалар", "organisation": "ұйым не редакция",
    "public": "жалпы жұртшылық", "other": "басқалар",
}  # fmt: skip
KK_LAWS = {
    code: (f"{name} {{article}}-бабы ({{label}})", f"{name} {{articles}}", "{article}-бабы ({label})")
    for code, name in (("AOC", "ӘҚБтК-нің"), ("CC", "ҚК-нің"), ("UZ CC", "Өзбекстан ҚК-нің"))
}
KK_SUBJECTS = {
    "affected": "зардап шеккендер", "sole_named": "зардап шеккен адам", "officials": "лауазымды адамдар", "organisation": "ұйым", "others": "басқа адамдар", "unknown": "кім екені көрсетілмеген адамдар",
}  # fmt: skip
KK_COUNTED = {
    "affected": "кемінде {n} адам", "officials": "кемінде {n} лауазымды адам",
    "organisation": "ұйымнан кемінде {n} адам", "others": "кемінде {n} басқа адам",
    "unknown": "кім екені көрсетілмеген кемінде {n} адам",
}  # fmt: skip
KK_PRONOUNS = {
    "one": ("ол", "оның", "оған", "оны"), "organisation": ("ол", "оның", "оған", "оны"),
    "many": ("олар", "олардың", "оларға", "оларды"),
}  # fmt: skip
KK_SOLE = dict(
    zip(
        ("nom", "gen", "dat", "acc", "loc", "abl"), ("ол", "оның", "оған", "оны", "онда", "одан"), strict=True
    )
)
KK_CASES = ("nom", "gen", "dat", "acc", "loc", "abl")


def suffixed(word: str, case: str) -> str:
    """Kazakh word in a case: vowel harmony by its last vowel, assimilation by its last sound."""
    vowel = next(one for one in reversed(word.casefold()) if one in BACK + FRONT)
    is_back, last = vowel in BACK, word[-1].casefold()
    a, y = ("а", "ы") if is_back else ("е", "і")
    if word.endswith(("облысы", "қаласы", "штабы")) and case in {"dat", "loc", "abl"}:
        return word + {"dat": f"н{a}", "loc": f"нд{a}", "abl": f"н{a}н"}[case]
    hard = last in VOICELESS
    is_vowel, is_nasal = last in BACK + FRONT, last in NASAL
    td = "т" if hard else "д"
    g = ("қ" if is_back else "к") if hard else ("ғ" if is_back else "г")
    n = "н" if is_vowel or is_nasal else td
    endings = {
        "nom": "", "gen": f"{n}{y}ң", "dat": f"{g}{a}", "acc": f"{'н' if is_vowel else td}{y}", "loc": f"{td}{a}",
        "abl": f"{'н' if is_nasal else td}{a}н",
    }  # fmt: skip
    return word + endings[case]


def kazakh() -> Forms:
    cases = {party: {case: suffixed(word, case) for case in KK_CASES} for party, word in KK_SUBJECTS.items()}
    counted = {
        party: {case: dict.fromkeys(("one", "other"), suffixed(phrase, case)) for case in KK_CASES}
        for party, phrase in KK_COUNTED.items()
    }
    return {
        "months": [{case: suffixed(one, case) for case in ("nom", "loc", "abl", "dat")} for one in KK_MONTHS],
        "places": dict(_listed("regions", "kk", lambda code, label: KK_PLACES.get(code) or suffixed(label, "loc"))),
        "perpetrators": _perpetrators("kk", KK_PERPETRATORS),
        "groups": dict(_listed("affected_groups", "kk", lambda code, label: KK_GROUPS[code])),
        "laws": laws("kk", KK_LAWS),
        "subjects": {party: {**forms, "agree": "p"} for party, forms in {"sole": KK_SOLE, **cases}.items()},
        "counted": counted,
        "pronouns": {
            name: {**dict(zip(("nom", "gen", "dat", "acc"), forms, strict=True)), "agree": "p"}
            for name, forms in KK_PRONOUNS.items()
        },
    }  # fmt: skip


# English -----------------------------------------------------------------------------------------

EN_MONTHS = [
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
]
EN_PERPETRATORS = {
    "police": "the police", "special_forces": "a special police unit or SOBR", "knb": "the National Security Committee",
    "military": "the military or National Guard", "prosecutor": "the prosecutor's office", "court": "a court",
    "prison": "prison or detention centre staff", "local_authority": "an akimat or other local authority",
    "central_government": "a ministry or state agency", "parliament": "parliament or MPs",
    "emergency_hq": "the emergency headquarters", "foreign_state": "a foreign state",
    "telecom_platform": "a provider or online platform", "employer": "an employer or university",
    "private": "a private person or company", "unknown": "unknown people",
}  # fmt: skip
EN_PLACES = {"KZ": "nationwide or in several regions", "XX-ABROAD": "abroad", "XX-ONLINE": "only online"}
EN_LAWS = {
    code: (
        f"Article {{article}} of {name} ({{label}})",
        f"Articles {{articles}} of {name}",
        "{article} ({label})",
    )
    for code, name in (
        ("AOC", "the Administrative Code"),
        ("CC", "the Criminal Code"),
        ("UZ CC", "the Criminal Code of Uzbekistan"),
    )
}
EN_GROUPS = {
    "journalist": "journalists, media workers", "blogger": "bloggers, social media users", "hrd": "human rights defenders",
    "activist": "civic activists", "opposition": "opposition, party members", "protester": "protesters",
    "womens_rights": "women's rights activists", "lgbtqi": "LGBTQI+ people, activists",
    "trade_unionist": "trade unionists, workers", "lawyer": "lawyers", "author_artist": "authors, academics, artists",
    "student": "students", "teacher": "teachers, lecturers", "health_worker": "doctors, health workers",
    "driver": "drivers, couriers", "entrepreneur": "entrepreneurs, farmers",
    "public_servant": "public servants, servicemen", "pensioner": "pensioners", "relative": "relatives of affected people",
    "diaspora": "ethnic, diaspora activists", "asylum_seeker": "refugees, asylum seekers",
    "religious": "a religious community", "foreign_national": "foreign nationals", "detainee": "detainees, prisoners",
    "child": "children under 18", "organisation": "organisations, outlets", "public": "the general public", "other": "others",
}  # fmt: skip


def english() -> Forms:
    return {
        "months": [{"nom": one} for one in EN_MONTHS],
        "places": dict(_listed("regions", "en", lambda code, label: EN_PLACES.get(code) or f"in {label}")),
        "perpetrators": _perpetrators("en", EN_PERPETRATORS),
        "groups": dict(_listed("affected_groups", "en", lambda code, label: EN_GROUPS[code])),
        "laws": laws("en", EN_LAWS),
    }


# All ---------------------------------------------------------------------------------------------


def labels(name: str, language: str) -> Sequence[tuple[str, str]]:
    return [(row["name"], row[f"label::{LANGUAGES[language]}"]) for row in rows(name)]


def _listed(name: str, language: str, made: Any) -> Iterator[tuple[str, Mapping[str, str]]]:
    for code, label in labels(name, language):
        if code not in {"unknown", "XX-UNKNOWN"}:
            yield code, {"label": label, "text": made(code, label)}


def _perpetrators(language: str, texts: Mapping[str, str]) -> Forms:
    many = MANY_PERPETRATORS[language]
    return {
        code: {"label": label, "text": texts[code]} | ({"many": many[code]} if code in many else {})
        for code, label in labels("perpetrator_types", language)
    }


MANY_PERPETRATORS: Mapping[str, Mapping[str, str]] = {
    "kk": {"court": "соттар", "local_authority": "әкімдіктер"},
    "ru": {"court": "суды", "local_authority": "акиматы"},
    "en": {"court": "the courts", "local_authority": "akimats or other local authorities"},
}
"""Kinds of which there are many in the country."""
LAWS_IN_FULL: Mapping[str, Mapping[str, str]] = {
    "kk": {
        "KZ-AOC-488": "бейбіт жиналыстар туралы заңды бұзу",
        "KZ-AOC-489": "қоғамдық бірлестіктер туралы заңды бұзу",
        "KZ-CC-258": "терроризм мен экстремизмді қаржыландыру",
    },
    "ru": {"KZ-CC-258": "финансирование терроризма или экстремизма"},
    "en": {
        "KZ-AOC-488": "breach of the law on assemblies",
        "KZ-AOC-489": "breach of the law on associations",
        "KZ-CC-404": "creating or joining an illegal group",
    },
}
"""Names of articles whose labels are too short for a sentence."""


def laws(language: str, frames: Mapping[str, tuple[str, str, str]]) -> Forms:
    """Articles and laws; an article also as it stands among several of its code. A label that names its code, to tell equal articles
    apart, is not said to be of it twice."""
    made: Forms = {}
    for row in rows("legal_basis"):
        label, instrument = row[f"label::{LANGUAGES[language]}"], row["instrument"]
        name = label.rpartition(" (")[0] if instrument in {"AOC", "CC"} and label.endswith(")") else label
        name = name.partition(": ")[2] or name
        if instrument == "Law":
            made[row["name"]] = {"label": label, "text": _law(language, name)}
        elif instrument:
            article = row["article"].partition(" (")[0]
            named = LAWS_IN_FULL[language].get(row["name"]) or lowered(name)
            alone, several, one = (
                frame.format(article=article, label=named, articles="{articles}")
                for frame in frames[instrument]
            )
            made[row["name"]] = {"label": label, "text": alone, "several": several, "article": one}
    return made


def _law(language: str, label: str) -> str:
    """Title of a law. In Kazakh it stands in quotes before the word for law."""
    title, _, law = label.partition(" заң")
    quoted = f"«{title}» заң{law}" if title.endswith(" туралы") and "«" not in title else label
    return {"kk": quoted, "en": f"the {label}"}.get(language, lowered(label))


def lowered(label: str) -> str:
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def made() -> Iterator[tuple[Path, str]]:
    """Each file of grammar, with the forms of this script."""
    for language, forms in (("kk", kazakh()), ("ru", russian()), ("en", english())):
        path = GRAMMAR / f"{language}.json"
        frames = json.loads(path.read_text("utf-8"))
        yield path, written({**frames, "forms": forms}) + "\n"


def written(value: Any, depth: int = 1) -> str:
    """JSON with each object or list in a line if it fits, so that people can read frames and forms side by side."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or (depth > 1 and depth + len(line) < MOST_COLUMNS):
        return line
    parts = [written(one, depth + 1) for one in (value.values() if isinstance(value, dict) else value)]
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(name, ensure_ascii=False)}: {part}" for name, part in zip(value, parts, strict=True)
        ]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    lines = ",\n".join(" " * depth + part for part in parts)
    return f"{opening}\n{lines}\n{' ' * (depth - 1)}{closing}"


if __name__ == "__main__":
    for target, text in made():
        target.write_text(text, "utf-8")
