"""Words that a document may have of each case, and those that it must: written by hand, or of the case's own codes."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from babel.messages.pofile import read_po

from tests.bot.publish.country_update.casework import LANGUAGES, translated
from tests.end_to_end import domain
from tests.end_to_end.cases import Case, in_language, public
from tests.end_to_end.people import ROOT

_WORD = re.compile(r"[^\W\d_]+")


def words_of(*texts: str | None) -> set[str]:
    """The words of texts, whatever their case."""
    return {word.casefold() for text in texts if text for word in _WORD.findall(text)}


@cache
def fixed_words(language: str) -> set[str]:
    """The words of the fixed wording: the catalogue of updates, dates, and the frames of sentences. No frame here says a fact: those of
    an outcome, of a party or of a number are the words of cases that have them."""
    found: set[str] = set()
    for name in ("update", "flow"):
        with (ROOT / f"locales/{language}/LC_MESSAGES/{name}.po").open("rb") as file:
            for message in read_po(file):
                forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
                key = message.id if isinstance(message.id, str) else message.id[0]
                if name == "update" or key.startswith(
                    ("flow.month.", "flow.day.", "flow.date.", "flow.year")
                ):
                    found |= words_of(*(re.sub(r"\{\w+\}", " ", str(form)) for form in forms))
    rules = frames(language)
    of_facts = {
        "statuses",
        "merged_after",
        "subjects",
        "counted",
        "pronouns",
        "agree",
        "numbers",
        "collective",
        "forms",
        "article",
        "agree_detail",
        "range_of",
    }
    found |= words_of(*(one for name in rules.keys() - of_facts for one in said_in(rules[name], language)))
    return found | words_of(*said_in(rules["forms"]["months"], language), _AROUND_LAWS[language])


@cache
def frames(language: str) -> dict[str, Any]:
    """The grammar of a language."""
    path = ROOT / f"bot/publish/country_update/grammar/{language}.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def said_in(part: Any, language: str) -> Iterator[str]:
    """The words of a part of a grammar, with those that agree in each of their forms."""
    if isinstance(part, str):
        rules = frames(language)
        agreeing = {**rules["agree"], **rules["forms"].get("agree", {})}
        yield from (one for name in re.findall(r"\[(\w+)\]", part) for one in agreeing[name])
        yield re.sub(r"\{[\w:]+\}|\[\w+\]", " ", part)
    elif isinstance(part, dict):
        yield from (one for value in part.values() for one in said_in(value, language))
    else:
        yield from (one for value in part for one in said_in(value, language))


_LISTS = {
    "kind": "kinds", "violations": "violations", "violation_primary": "violations", "rights": "rights", "region": "regions",
    "legal_basis": "legal_basis", "assertion": "assertions", "affected_groups": "affected_groups",
    "perpetrator_type": "perpetrator_types", "outcome_status": "statuses", "outcome_party": "outcome_parties",
    "source_kind": "source_kinds",
}  # fmt: skip


def _by_language(rows: str) -> dict[str, dict[str, str]]:
    """A table written by hand: a code, then what it is in Kazakh, Russian and English."""
    cells = [[cell.strip() for cell in row.split("|")] for row in rows.strip().splitlines()]
    return {code: dict(zip(LANGUAGES, said, strict=True)) for code, *said in cells}


_TOWNS = _by_language("""
    Semey | Семей | Семей | Semey
    Uralsk (Oral) | Орал | Уральск | Oral
""")
"""Names of the towns of cases, which are written in English."""
SHORT_PLACES = _by_language("""
    KZ | Бүкіл ел | Вся страна | Nationwide
    KZ-10 | Семей, Абай | Семей, Абай | Semey, Abai
    KZ-27 | Орал, БҚО | Уральск, ЗКО | Oral, West Kaz.
    KZ-71 | Астана | Астана | Astana
    KZ-75 | Алматы | Алматы | Almaty
""")
"""Places of cases in a row of the references."""
_PLACES = _by_language("""
    KZ-10 | Абай облысында (Семей) | в области Абай (Семей) | in Semey, Abai Region
    KZ-27 | Батыс Қазақстан облысында (Орал) | в Западно-Казахстанской области (Уральск) | in Oral, West Kazakhstan Region
    KZ-71 | Астана қаласында | в Астане | in Astana
    KZ-75 | Алматы қаласында | в Алматы | in Almaty
""")
"""Places of cases in a sentence; none says the whole country."""
_DATES = _by_language("""
    2023-01/2024-04 | 2023 ж. қаңтар – 2024 ж. сәуір | январь 2023 – апрель 2024 | January 2023 – April 2024
    2023-11/2024-01 | 2023 ж. қараша – 2024 ж. қаңтар | ноябрь 2023 – январь 2024 | November 2023 – January 2024
    2024-02/2024-05 | 2024 ж. ақпан – 2024 ж. мамыр | февраль 2024 – май 2024 | February 2024 – May 2024
    2024-03-08/2024-03-08 | 2024 жылғы 8 наурыз | 8 марта 2024 | 8 March 2024
    2024-04/None | 2024 ж. сәуір | апрель 2024 | April 2024
""")
_ALLEGED_BY = _by_language("""
    central_government | министрлік не мемлекеттік орган | министерство или госорган | a ministry or state agency
    court | сот | суд | a court
    local_authority | әкімдік | акимат | an akimat or other local authority
    military | әскер не Ұлттық ұлан | военные или Нацгвардия | the military or National Guard
    parliament | Парламент не депутаттар | парламент или депутаты | parliament or MPs
    police | полиция | полиция | the police
    prison | тергеу изоляторы не колония қызметкерлері | сотрудники СИЗО или колонии | prison or detention centre staff
    prosecutor | прокуратура | прокуратура | the prosecutor's office
""")
"""Alleged perpetrators of cases in a sentence."""
_MANY = _by_language("""
    court | соттар | суды | the courts
    local_authority | әкімдіктер | акиматы | akimats or other local authorities
""")
"""Those of cases of the whole country and period whose people are not counted."""
_OUTCOMES = _by_language("""
    charged | айып тағылды | предъявили обвинение | charged
    convicted_other | бас бостандығынан айырмайтын жаза | ограничения свободы | non-custodial sentence
    convicted_prison | бас бостандығынан айырылды | лишения свободы | in prison
    detained | қамауда болды | под стражей | in detention
    detained undated | ұсталды | задержаны | detained
    died | қайтыс болды | умер | died
    draft | заң жобасы еді | закон оставался проектом | the law was a draft
    dropped | қабылданбады не қайтарып алынды | предложение отклонили или отозвали | the proposal was dropped or withdrawn
    fined | айыппұл салынды | оштрафован | fined
    hunger_strike | аштық жариялады | объявил голодовку | went on hunger strike
    on_trial | сотта қаралып жатты | под судом | on trial
    on_trial undated | ісі сотта қарала бастады | перед судом | went on trial
    ongoing | жалғасып жатыр | сохраняется | continues
    refused | теріс жауап берілді | отказ | was refused
    toughened | қатаңдатылды | ужесточили | harsher penalty
    upheld | өзгеріссіз қалдырылды | оставили в силе | upheld on appeal
    wanted | іздеу жарияланды | объявлен в розыск | put on a wanted list
""")
"""Outcomes of cases in a sentence, whatever agrees with its subject."""
_PARTIES = _by_language("""
    affected | зардап ше | пострада | affected
    officials | лауазымды адам | представител | official
    organisation | ұйым | организаци | the organisation
    others | басқа адам | других людей | other people
""")
_AMOUNTS = _by_language("""
    fine_mrp 15.5 | 15,5 АЕК | 15,5 МРП | 15.5 MCI
    fine_mrp 20 | 20 АЕК | 20 МРП | 20 MCI
    fine_tenge 73840 | 73 840 теңге | 73 840 тенге | 73,840 tenge
    prison_years 3.5 | 3 жыл 6 ай | до 3 лет 6 месяцев | 3 years and 6 months
    prison_years 6 | 6 жыл | 6 годам | 6 years
    prison_years 7 | 7 жыл | 7 годам | 7 years
    restriction_years 1 | 1 жыл | 1 году | 1 year
    date 2023-11 | 2023 жылғы қарашада | в ноябре 2023 года | in November 2023
    date 2024-01 | 2024 жылғы қаңтарда | в январе 2024 года | in January 2024
    date 2024-04 | 2024 жылғы сәуірде | в апреле 2024 года | in April 2024
    date 2024-05 | 2024 жылғы мамырда | в мае 2024 года | in May 2024
""")
"""Amounts and dates of the outcomes of cases in a sentence."""
_LAWS = {
    "KZ-AOC-488": {"en": "breach of the law on assemblies", "kk": "бейбіт жиналыстар туралы заңды бұзу"},
    "KZ-AOC-489": {
        "en": "breach of the law on associations",
        "kk": "қоғамдық бірлестіктер туралы заңды бұзу",
    },
    "KZ-CC-258": {
        "kk": "терроризм мен экстремизмді қаржыландыру",
        "ru": "финансирование терроризма или экстремизма",
    },
    "KZ-CC-404": {"en": "creating or joining an illegal group"},
}
"""Articles whose labels are too short for a sentence."""
_AROUND_LAWS = {
    "kk": "ӘҚБтК-нің ҚК-нің бабы",
    "ru": "статья статьи КоАП УК",
    "en": "the Article Articles of the Administrative Criminal Code",
}
"""Words around the articles of a sentence."""
_NUMBERS = {
    1: {"kk": "бір", "ru": "один одного одному", "en": "one"},
    2: {"kk": "екі", "ru": "двое двух двум", "en": "two"},
}
"""Numbers of cases in words."""


def words_of_case(case: Case, language: str) -> set[str]:
    """The words that a case has to say: what is written of it, the labels of its codes, and how sentences say its facts."""
    said, written = in_language(case, language), public(case)
    found = words_of(said["title"], said["narrative"], *translated(case, language).values())
    for name, value in _facts(written.facts, *(one for many in written.repeats.values() for one in many)):
        if name in _LISTS:
            codes = [value] if isinstance(value, str) else value
            found |= words_of(*(domain.LABELS[_LISTS[name]][code][language] for code in codes))
        elif isinstance(value, str) and name not in {
            "title",
            "summary",
            "tags",
            "affected_role",
            "perpetrator_detail",
        }:
            found |= words_of(_TOWNS.get(value, {}).get(language, value))
    found |= words_of(*(_LAWS.get(law["code"], {}).get(language) for law in case["legal_basis"]))
    groups = {code.partition(".")[0] for code in case["violations"]}
    found |= words_of(*(domain.LABELS["groups"][group][language] for group in groups))
    return found | words_in_sentences(case, language)


def repeated(case: Case, repeat: str) -> Sequence[Mapping[str, Any]]:
    """The instances of a repeat."""
    return public(case).repeats[repeat]


def _alleged_by(case: Case, language: str) -> Iterator[str]:
    """Alleged perpetrators. In English none in brackets has an article."""
    is_counted = any(one["affected_number_min"] for one in repeated(case, "affected"))
    is_all = (
        case["place"]["region"] == "KZ"
        and f"{case['date']['start']}/{case['date']['end']}" == "2023-01/2024-04"
    )
    for one in repeated(case, "perpetrators"):
        kind, known = one["perpetrator_type"], bool(one["perpetrator_detail"])
        table = _MANY if is_all and not is_counted and not known and kind in _MANY else _ALLEGED_BY
        said = table[kind][language]
        yield re.sub("^(an?|the) ", "", said) if known and language == "en" else said


def words_in_sentences(case: Case, language: str) -> set[str]:
    """How sentences say the region, alleged perpetrators, outcomes, parties and numbers of a case, and those alone."""
    rules = frames(language)
    outcomes = [one for one in repeated(case, "outcomes") if one["outcome_status"] != "unknown"]
    parties = {one["outcome_party"] or "unknown" for one in outcomes}
    subjects = parties | ({"sole"} if "affected" in parties else set())
    pronouns = {"affected": {"one", "many"}, "organisation": {"organisation"}}
    named = {"subjects": subjects, "counted": parties, "statuses": {one["outcome_status"] for one in outcomes},
             "pronouns": set().union(*(pronouns.get(one, {"many"}) for one in parties))}  # fmt: skip
    told = [
        {**rules[name], **rules["forms"].get(name, {})}[code]
        for name, codes in named.items()
        for code in codes
    ]
    found = words_of(*(one for part in told for one in said_in(part, language)))
    found -= set().union(*(words_of(one[language]) for one in _NUMBERS.values()))
    numbers = {one["affected_number_min"] for one in repeated(case, "affected")} | {
        one["outcome_persons"] for one in outcomes
    }
    region = case["place"]["region"]
    by_hand = [SHORT_PLACES[region], _PLACES.get(region, {})]
    by_hand += [_NUMBERS[one] for one in numbers if one]
    return found | words_of(*(one.get(language) for one in by_hand), *_alleged_by(case, language))


def _facts(*answers: Any) -> Iterator[tuple[str, Any]]:
    for one in answers:
        yield from ((name, value) for name, value in one.items() if value is not None)
    yield "rights", list(domain.FREEDOMS)


def date_of(case: Case, language: str) -> str:
    """Date of a case beside its reference, with what it refers to if that is not the event."""
    told, meaning = _DATES[f"{case['date']['start']}/{case['date']['end']}"][language], case["date_meaning"]
    own = meaning if language == "en" else f"{meaning} [English]"
    return told if meaning == "event" else f"{told} ({own})"


def indexed_of(case: Case, language: str) -> list[str]:
    """Labels of what the index has of a case; a violation of unknown type is its group."""
    assertion = case["review"].get("assertion", "alleged")
    codes = [
        ("affected_groups", one) for one in {code for each in case["affected"] for code in each["groups"]}
    ]
    codes += [("violations" if "." in one else "groups", one) for one in case["violations"]]
    codes.append(("assertions", assertion))
    return [domain.LABELS[name][code][language] for name, code in codes if code != "unknown"]


def said_of(case: Case, language: str) -> Iterator[str]:
    """Facts that the sentences of a case have to say."""
    yield from translated(case, language).values()
    yield from filter(None, [_PLACES.get(case["place"]["region"], {}).get(language)])
    yield from (
        one["affected_organisation"] for one in repeated(case, "affected") if one["affected_organisation"]
    )
    yield from _alleged_by(case, language)
    for code in (law["code"] for law in case["legal_basis"]):
        if code != "UNKNOWN":
            label = domain.LABELS["legal_basis"][code][language].partition(" (")[0]
            label = _LAWS.get(code, {}).get(language, label)
            is_title = "-LAW-" in code and language == "kk"
            yield f"«{label.removesuffix(' заң')}» заң" if is_title else label
            yield code.split("-", 2)[2] if "-LAW-" not in code else ""
    for one in repeated(case, "outcomes"):
        if one["outcome_status"] != "unknown":
            status, dated = one["outcome_status"], one["outcome_date"]
            undated = {} if dated else _OUTCOMES.get(f"{status} undated", {})
            yield {**_OUTCOMES[status], **undated}[language]
            yield _PARTIES[one["outcome_party"]][language] if one["outcome_party"] else ""
            for name in ("fine_mrp", "fine_tenge", "prison_years", "restriction_years", "date"):
                if (value := one[f"outcome_{name}"]) is not None:
                    yield _AMOUNTS[f"{name} {getattr(value, 'start', value)}"][language]
