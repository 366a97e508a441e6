"""Sentences of records, judged by sentences written by hand in each language."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.form.model import Form
from bot.form.typed.intervals import of_interval
from bot.publish.country_update import sentences
from bot.publish.country_update.context import Lists, UpdateContext
from bot.publish.country_update.document import DocumentTexts
from bot.publish.country_update.request import Months, UpdateRecord
from bot.publish.export.cells import ExportTable
from bot.publish.export.selection import Statistics
from scripts.grammar import made
from tests.bench import settings as settings_of_tests
from tests.bot.chat.chats import TEXTS

LANGUAGES = ("kk", "ru", "en")
Tell = Callable[..., list[str]]

_OUTCOME = (
    "status",
    "date",
    "party",
    "persons",
    "prison_years",
    "restriction_years",
    "arrest_days",
    "fine_mrp",
    "fine_tenge",
)
_AFFECTED = ("role", "groups", "number_min", "number_max", "number_more_than", "organisation")


def record_of(**facts: Any) -> UpdateRecord:
    """A record of these facts; `outcomes`, `affected` and `perpetrators` are lists of instances."""
    row: dict[str, Any] = {"id": "R7K3QV", "assertion": "confirmed", "summary": "", "language": "en"}
    for repeat, names in (
        ("outcomes", _OUTCOME),
        ("affected", _AFFECTED),
        ("perpetrators", ("type", "detail")),
    ):
        found = facts.pop(repeat, [])
        row |= {f"{repeat}_{name}": [one.get(name) for one in found] for name in names}
    told = facts.pop("date", None)
    when = of_interval(told) if told else None
    row |= {f"date_{name}": getattr(when, name, None) for name in ("precision", "start", "end", "ongoing")}
    return UpdateRecord({**row, **facts}, 1)


@pytest.fixture(scope="module")
def tell(forms: Mapping[str, Form]) -> Tell:
    """Composes the sentences of a record in a language."""
    lists = Lists.of(ExportTable(forms["review"], forms["report"], ZoneInfo("Asia/Almaty")))

    def told(language: str, **facts: Any) -> list[str]:
        record = record_of(**facts)
        about = Months("2023-01", "2024-12"), date(2025, 2, 1), settings_of_tests(), Statistics(0, 0, 0), 0
        context = UpdateContext(DocumentTexts(TEXTS, language), lists, *about, [record], [])
        found = [*sentences.summary(context, record), *sentences.facts(context, record)]
        assert all(one.references == [1] for one in found)
        return [one.words.replace("\N{NO-BREAK SPACE}", " ") for one in found]

    return told


ONE = {"affected": [{"number_min": 1, "number_max": 1}], "said_in_summary": ["who"]}
"""One affected person, of whom the summary tells."""
OUTCOMES: list[tuple[dict[str, Any], dict[str, Any], str, str, str]] = [
    ({}, {"status": "ongoing"}, "Жағдай жалғасып жатыр.", "Ситуация сохраняется.", "The situation continues."),
    ({}, {"status": "ongoing", "party": "officials"}, "Лауазымды адамдарға қатысты жағдай жалғасып жатыр.", "В отношении представителей власти ситуация сохраняется.", "As regards officials, the situation continues."),
    ({}, {"status": "ongoing", "party": "affected", "date": "2023"}, "Зардап шеккендерге қатысты жағдай 2023 жылы жалғасты.", "В отношении пострадавших в 2023 году ситуация сохранялась.", "As regards those affected, the situation continued in 2023."),
    (ONE, {"status": "detained", "party": "affected", "date": "2024-05/.."}, "Ол 2024 жылғы мамырдан бері қамауда отыр.", "Этот человек с мая 2024 года по настоящее время находится под стражей.", "This person has been in detention since May 2024."),
    ({}, {"status": "detained", "party": "affected"}, "Зардап шеккендер ұсталды.", "Пострадавшие были задержаны.", "Those affected were detained."),
    (ONE, {"status": "detained", "party": "affected", "date": "2024-05"}, "Ол 2024 жылғы мамырда қамауда болды.", "Этот человек в мае 2024 года находился под стражей.", "This person was in detention in May 2024."),
    ({}, {"status": "released", "party": "affected", "persons": 3}, "Кемінде үш адам босатылды.", "По меньшей мере трое пострадавших были освобождены.", "At least three people were released."),
    ({}, {"status": "released", "party": "others", "date": "2024-03-08"}, "Басқа адамдар 2024 жылғы 8 наурызда босатылды.", "Другие люди 8 марта 2024 года были освобождены.", "Other people were released on 8 March 2024."),
    ({}, {"status": "released", "party": "others", "date": "2024-05/.."}, "Басқа адамдар 2024 жылғы мамырдан бастап босатылды.", "Другие люди начиная с мая 2024 года были освобождены.", "Other people were released from May 2024 onwards."),
    ({}, {"status": "warned", "party": "organisation"}, "Ұйымға ескерту жасалды.", "Организация получила предупреждение.", "The organisation was given a warning."),
    ({}, {"status": "warned", "party": "affected", "persons": 30}, "Кемінде 30 адамға ескерту жасалды.", "По меньшей мере 30 пострадавших получили предупреждение.", "At least 30 people were given a warning."),
    (ONE, {"status": "fined", "party": "affected", "persons": 1, "fine_mrp": 20, "fine_tenge": 73840}, "Оған 20 АЕК (73 840 теңге) айыппұл салынды.", "Этот человек был оштрафован на 20 МРП (73 840 тенге).", "This person was fined 20 MCI (73,840 tenge)."),
    ({}, {"status": "fined", "party": "affected", "persons": 2}, "Кемінде екі адамға айыппұл салынды.", "По меньшей мере двое пострадавших были оштрафованы.", "At least two people were fined."),
    ({}, {"status": "fined", "party": "organisation", "fine_tenge": 500000}, "Ұйымға 500 000 теңге айыппұл салынды.", "Организация была оштрафована на 500 000 тенге.", "The organisation was fined 500,000 tenge."),
    ({}, {"status": "fined", "party": "affected", "persons": 21, "fine_mrp": 15.5}, "Кемінде 21 адамға 15,5 АЕК-тен айыппұл салынды.", "По меньшей мере 21 пострадавший был оштрафован на 15,5 МРП.", "At least 21 people were fined 15.5 MCI."),
    ({}, {"status": "fined"}, "Кім екені көрсетілмеген адамдарға айыппұл салынды.", "Люди (не указано, кто) были оштрафованы.", "Unspecified people were fined."),
    (ONE, {"status": "admin_arrest", "party": "affected", "arrest_days": 15}, "Ол 15 тәулікке әкімшілік қамаққа алынды.", "Этот человек был подвергнут административному аресту на 15 суток.", "This person was placed under administrative arrest for 15 days."),
    ({}, {"status": "admin_arrest", "party": "affected", "persons": 4, "arrest_days": 1}, "Кемінде төрт адам 1 тәулікке әкімшілік қамаққа алынды.", "По меньшей мере четверо пострадавших были подвергнуты административному аресту на 1 сутки.", "At least four people were placed under administrative arrest for 1 day."),
    (ONE, {"status": "charged", "party": "affected"}, "Оған айып тағылды.", "Этому человеку предъявили обвинение.", "This person was charged."),
    ({}, {"status": "charged", "party": "officials", "persons": 2}, "Кемінде екі лауазымды адамға айып тағылды.", "По меньшей мере двум представителям власти предъявили обвинение.", "At least two officials were charged."),
    ({}, {"status": "charged", "party": "affected", "persons": 5}, "Кемінде бес адамға айып тағылды.", "По меньшей мере пяти пострадавшим предъявили обвинение.", "At least five people were charged."),
    ({}, {"status": "investigation"}, "Тергеу басталды.", "Начато расследование.", "An investigation was opened."),
    ({}, {"status": "investigation", "party": "others", "date": "2023"}, "Басқа адамдарға қатысты 2023 жылы тергеу жүрді.", "В отношении других людей в 2023 году велось расследование.", "Other people were under investigation in 2023."),
    ({}, {"status": "on_trial", "party": "affected"}, "Зардап шеккендердің ісі сотта қарала бастады.", "Пострадавшие предстали перед судом.", "Those affected went on trial."),
    (ONE, {"status": "convicted_prison", "party": "affected", "prison_years": 7, "date": "2023-11"}, "Ол 2023 жылғы қарашада 7 жылға бас бостандығынан айырылды.", "Этот человек в ноябре 2023 года был приговорён к 7 годам лишения свободы.", "This person was sentenced to 7 years in prison in November 2023."),
    ({}, {"status": "convicted_prison", "party": "officials", "persons": 2, "prison_years": 3.5}, "Кемінде екі лауазымды адам 3 жыл 6 айға бас бостандығынан айырылды.", "По меньшей мере двое представителей власти были приговорены к 3 годам 6 месяцам лишения свободы.", "At least two officials were sentenced to 3 years and 6 months in prison."),
    ({}, {"status": "convicted_prison", "party": "officials", "persons": 1, "prison_years": 1}, "Кемінде бір лауазымды адам 1 жылға бас бостандығынан айырылды.", "По меньшей мере один представитель власти был приговорён к 1 году лишения свободы.", "At least one official was sentenced to 1 year in prison."),
    (ONE, {"status": "convicted_prison", "party": "affected", "prison_years": 5, "fine_mrp": 100}, "Ол 5 жылға бас бостандығынан айырылды (100 АЕК айыппұл).", "Этот человек был приговорён к 5 годам лишения свободы (штраф 100 МРП).", "This person was sentenced to 5 years in prison (a fine of 100 MCI)."),
    ({}, {"status": "convicted_prison", "party": "others"}, "Басқа адамдар бас бостандығынан айырылды.", "Другие люди были приговорены к лишению свободы.", "Other people were sentenced to prison."),
    ({}, {"status": "convicted_suspended", "party": "officials", "prison_years": 2}, "Лауазымды адамдар 2 жылға шартты түрде сотталды.", "Представители власти были приговорены к 2 годам лишения свободы условно.", "Officials were given a suspended sentence of 2 years."),
    ({}, {"status": "convicted_suspended", "party": "affected"}, "Зардап шеккендер шартты түрде сотталды.", "Пострадавшие были приговорены к условному сроку.", "Those affected were given a suspended sentence."),
    ({}, {"status": "convicted_other", "party": "affected", "persons": 2, "restriction_years": 1}, "Кемінде екі адамға бас бостандығынан айырмайтын жаза (бас бостандығын 1 жылға шектеу) тағайындалды.", "По меньшей мере двое пострадавших были приговорены к 1 году ограничения свободы.", "At least two people were given a non-custodial sentence of 1 year of restricted freedom."),
    ({}, {"status": "convicted_other", "party": "organisation"}, "Ұйымға бас бостандығынан айырмайтын жаза тағайындалды.", "Организация была приговорена к наказанию без лишения свободы.", "The organisation was given a non-custodial sentence."),
    ({}, {"status": "upheld", "party": "affected", "date": "2024-01"}, "Зардап шеккендерге қатысты шешім 2024 жылғы қаңтарда өзгеріссіз қалдырылды.", "Решение в отношении пострадавших в январе 2024 года оставили в силе.", "The ruling against those affected was upheld on appeal in January 2024."),
    ({}, {"status": "toughened", "party": "officials", "persons": 2, "prison_years": 3.5}, "Кемінде екі лауазымды адамның жазасы қатаңдатылды (3 жыл 6 айға бас бостандығынан айыру).", "Наказание по меньшей мере двум представителям власти ужесточили до 3 лет 6 месяцев лишения свободы.", "At least two officials were given a harsher penalty (3 years and 6 months in prison)."),
    ({}, {"status": "acquitted", "party": "affected"}, "Зардап шеккендер ақталды не ісі қысқартылды.", "Дело в отношении пострадавших закрыли или завершили оправданием.", "Those affected had the case closed or were acquitted."),
    (ONE, {"status": "wanted", "party": "affected"}, "Оған іздеу жарияланды.", "Этот человек был объявлен в розыск.", "This person was put on a wanted list."),
    (ONE, {"status": "extradition_review", "party": "affected"}, "Оны экстрадициялау мәселесі қарала бастады.", "В отношении этого человека поставлен вопрос об экстрадиции.", "This person was under review for extradition."),
    ({}, {"status": "asylum_pending", "party": "affected"}, "Зардап шеккендер пана сұрап, жауап күтті.", "Пострадавшие ждали решения об убежище.", "Those affected were waiting for a decision on asylum."),
    (ONE, {"status": "returned", "party": "affected", "date": "2024-02-29"}, "Ол 2024 жылғы 29 ақпанда ұстап берілді не елден шығарылды.", "Этот человек 29 февраля 2024 года был выдан или депортирован.", "This person was extradited or deported on 29 February 2024."),
    ({}, {"status": "refused"}, "Теріс жауап берілді.", "Последовал отказ.", "A request was refused."),
    ({}, {"status": "refused", "party": "organisation"}, "Ұйымға теріс жауап берілді.", "Организация получила отказ.", "A request by the organisation was refused."),
    ({}, {"status": "blocked", "date": "2024-01/2024-03"}, "2024 жылғы қаңтар – наурыз аралығында бұғаттау қолданылды.", "В период с января по март 2024 года применили блокировку.", "There was blocking from January to March 2024."),
    ({}, {"status": "restored", "party": "affected"}, "Зардап шеккендерге қатысты мәселе қалпына келтірілді не шешілді.", "Для пострадавших это было восстановлено или решено.", "This was restored or solved for those affected."),
    (ONE, {"status": "hunger_strike", "party": "affected"}, "Ол аштық жариялады.", "Этот человек объявил голодовку.", "This person went on hunger strike."),
    ({}, {"status": "died", "party": "affected", "persons": 22}, "Кемінде 22 адам қайтыс болды.", "По меньшей мере 22 пострадавших умерли.", "At least 22 people died."),
    ({}, {"status": "draft", "date": "2024-04"}, "Бұл 2024 жылғы сәуірде заң жобасы еді.", "В апреле 2024 года закон оставался проектом.", "The law was a draft in April 2024."),
    ({}, {"status": "adopted", "date": "2024-06-19"}, "Заң 2024 жылғы 19 маусымда қабылданды.", "19 июня 2024 года закон был принят.", "The law was adopted on 19 June 2024."),
    ({}, {"status": "dropped", "party": "organisation"}, "Ұсыныс қабылданбады не қайтарып алынды (ұйым).", "Предложение отклонили или отозвали (организация).", "The proposal was dropped or withdrawn (the organisation)."),
    ({}, {"status": "dropped", "persons": 25}, "Ұсыныс қабылданбады не қайтарып алынды (кемінде 25 адам).", "Предложение отклонили или отозвали (по меньшей мере 25 человек).", "The proposal was dropped or withdrawn (at least 25 people)."),
    ({}, {"status": "draft"}, "Заң жобасы дайындалды.", "Подготовлен законопроект.", "A law was drafted."),
    ({}, {"status": "appealed", "party": "affected"}, "Зардап шеккендерге қатысты шешімге шағым түсірілді.", "Решение в отношении пострадавших обжаловали.", "The decision against those affected was appealed."),
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_outcome_is_said_of_its_party(tell: Tell, language: str) -> None:
    """With its persons, amounts and date, and with what agrees with them."""
    place = LANGUAGES.index(language) + 2
    told = [tell(language, **one[0], outcomes=[one[1]]) for one in OUTCOMES]
    assert [(one, row[place]) for one, row in zip(told, OUTCOMES, strict=True) if one != [row[place]]] == []
    assert {one[1]["status"] for one in OUTCOMES} == set(sentences.grammar(language)["statuses"])  # type: ignore[index]


FINED = {"status": "fined", "party": "affected", "persons": 2}
NUMBERED = [
    ({"number_min": 2, "number_max": 2}, "Зардап шеккендерге айыппұл салынды.", "Пострадавшие были оштрафованы.", "Those affected were fined."),
    ({"number_min": 2}, "Кемінде екі адамға айыппұл салынды.", "По меньшей мере двое пострадавших были оштрафованы.", "At least two people were fined."),
    ({"number_min": 3, "number_max": 3}, "Кемінде екі адамға айыппұл салынды.", "По меньшей мере двое пострадавших были оштрафованы.", "At least two people were fined."),
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_that_was_just_said_is_not_said_again(tell: Tell, language: str) -> None:
    """Of an outcome of all those affected. They are called by name: a pronoun could mean the perpetrators."""
    for affected, *told in NUMBERED:
        facts = {"affected": [affected], "outcomes": [FINED]}
        assert tell(language, **facts)[-1] == told[LANGUAGES.index(language)]
        several = tell(language, affected=[affected, {"role": "clerk"}], outcomes=[FINED])
        assert several[-1] == NUMBERED[1][LANGUAGES.index(language) + 1]


COURSE = [
    {"status": "convicted_prison", "party": "affected", "prison_years": 7, "date": "2023-11"},
    {"status": "upheld", "party": "affected", "prison_years": 7, "date": "2024-01"},
    {"status": "hunger_strike", "party": "affected"},
    {"status": "detained", "party": "affected", "date": "2024-05"},
]
TWO = [
    {"status": "charged", "party": "affected"}, {"status": "wanted", "party": "affected"},
    {"status": "convicted_suspended", "party": "officials", "persons": 2}, {"status": "toughened", "party": "officials", "persons": 2, "prison_years": 4},
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "course", "two"),
    [
        (
            "kk",
            ["Ол 2023 жылғы қарашада 7 жылға бас бостандығынан айырылды (шешім 2024 жылғы қаңтарда өзгеріссіз "
             "қалдырылды), аштық жариялады және 2024 жылғы мамырда қамауда болды."],
            ["Оған айып тағылды және іздеу жарияланды.",
             "Кемінде екі лауазымды адам шартты түрде сотталды (жаза қатаңдатылды: 4 жылға бас бостандығынан айыру)."],
        ),
        (
            "ru",
            ["Этот человек в ноябре 2023 года был приговорён к 7 годам лишения свободы (в январе 2024 года решение "
             "оставили в силе), объявил голодовку и в мае 2024 года находился под стражей."],
            ["Этому человеку предъявили обвинение; он был объявлен в розыск.",
             "По меньшей мере двое представителей власти были приговорены к условному сроку (наказание ужесточили до 4 лет "
             "лишения свободы)."],
        ),
        (
            "en",
            ["This person was sentenced to 7 years in prison in November 2023 (upheld on appeal in January "
             "2024), went on hunger strike and was in detention in May 2024."],
            ["This person was charged and put on a wanted list.",
             "At least two officials were given a suspended sentence (made harsher: 4 years in prison)."],
        ),
    ],
)  # fmt: skip
def test_outcomes_of_one_party_are_one_sentence(
    tell: Tell, language: str, course: list[str], two: list[str]
) -> None:
    """A later decision on a penalty stands beside it. A party is named once, another begins a sentence."""
    assert tell(language, **ONE, outcomes=COURSE) == course
    assert tell(language, **ONE, outcomes=TWO) == two


@pytest.mark.parametrize(
    ("language", "clear", "mistakable"),
    [
        ("kk", "Ол қайтыс болды.", "Зардап шеккен адам қайтыс болды."),
        ("ru", "Этот человек умер.", "Пострадавший человек умер."),
        ("en", "This person died.", "The person affected died."),
    ],
)
def test_a_perpetrator_is_not_taken_for_the_person_affected(
    tell: Tell, language: str, clear: str, mistakable: str
) -> None:
    """Who may be one person too is told apart by name."""
    facts: dict[str, Any] = {**ONE, "outcomes": [{"status": "died", "party": "affected"}]}
    assert tell(language, **facts, perpetrators=[{"type": "court"}])[-1] == clear
    for one in ({"type": "military", "detail": "one soldier"}, {"type": "private"}):
        assert tell(language, **facts, perpetrators=[one])[-1] == mistakable


JOURNALIST = {"role": "journalist", "groups": ["journalist"], "number_min": 1, "number_max": 1}
SETTINGS: list[tuple[dict[str, Any], str, str, str]] = [
    (
        {"date": "2024-04", "region": "KZ-27", "locality": "Oral", "affected": [JOURNALIST], "perpetrators": [{"type": "court"}, {"type": "police", "detail": "two officers"}]},
        "2024 жылғы сәуірде Батыс Қазақстан облысында (Орал) бір адам (journalist [English]) зардап шекті; болжамды құқық бұзушылар: сот және two officers [English] (полиция).",
        "В апреле 2024 года в Западно-Казахстанской области (Уральск) пострадал один человек (journalist [English]); причастны суд и полиция (two officers [English]).",
        "In April 2024 in Oral, West Kazakhstan Region, this affected one person (journalist); alleged perpetrators: a court and two officers (police).",
    ),
    (
        {"date": "2023-01/2024-04", "region": "KZ-27", "locality": "Kamenka post", "affected": [{"groups": ["journalist", "lawyer"], "number_min": 2}]},
        "2023 жылғы қаңтар – 2024 жылғы сәуір аралығында Батыс Қазақстан облысында (Kamenka post [English]) кемінде екі адам (журналистер мен БАҚ қызметкерлері, адвокаттар) зардап шекті.",
        "В период с января 2023 года по апрель 2024 года в Западно-Казахстанской области (Kamenka post [English]) пострадали по меньшей мере двое (журналисты и работники СМИ, адвокаты).",
        "From January 2023 to April 2024 in Kamenka post, West Kazakhstan Region, this affected at least two people (journalists, media workers, lawyers).",
    ),
    (
        {"date": "2023-01/2024-12", "region": "KZ", "affected": [{"role": "workers", "groups": ["unknown"], "number_min": 2}]},
        "Кемінде екі адам (workers [English]) зардап шекті.", "Пострадали по меньшей мере двое (workers [English]).", "This affected at least two people (workers).",
    ),
    (
        {"date": "2024-02-01", "region": "KZ-10", "affected": [{"role": "workers", "number_min": 30, "number_max": 30}, {"groups": ["lawyer"], "organisation": "Union"}, {"groups": ["hrd"]}]},
        "2024 жылғы 1 ақпанда Абай облысында мыналар зардап шекті: workers [English] (30 адам); Union; құқық қорғаушылар.",
        "1 февраля 2024 года в области Абай пострадали: workers [English] (30 человек); Union; правозащитники.",
        "On 1 February 2024 in Abai Region, this affected workers (30 people); Union; human rights defenders.",
    ),
    (
        {"assertion": "alleged", "date": "2024", "region": "XX-ABROAD", "affected": [JOURNALIST], "perpetrators": [{"type": "prison", "detail": "escort"}]},
        "Расталмаған мәлімет бойынша, 2024 жылы шетелде бір адам (journalist [English]) зардап шекті; болжамды құқық бұзушылар: escort [English] (тергеу изоляторы не колония қызметкерлері).",
        "По неподтверждённым утверждениям, в 2024 году за рубежом пострадал один человек (journalist [English]); причастны сотрудники СИЗО или колонии (escort [English]).",
        "According to unconfirmed allegations, in 2024 abroad, this affected one person (journalist); perpetrators: escort (prison or detention centre staff).",
    ),
    (
        {"date": "2024-03-08", "date_meaning": "planned", "region": "KZ-75", "perpetrators": [{"type": "local_authority"}], "underlying_event": "2022-01"},
        "Бұл Алматы қаласында болды; болжамды құқық бұзушы: әкімдік; жоспарланған мерзімі – 2024 жылғы 8 наурыз; бұл 2022 жылғы қаңтарда болған оқиғаларға байланысты.",
        "Это произошло в Алматы; причастен акимат; намеченный срок – 8 марта 2024 года; это связано с событиями января 2022 года.",
        "This happened in Almaty; alleged perpetrator: an akimat or other local authority; the planned date: 8 March 2024; it follows the events of January 2022.",
    ),
    (
        {"date": "2024-03-08", "date_meaning": "hearing", "region": "KZ-71"},
        "Бұл Астана қаласында болды.", "Это произошло в Астане.", "This happened in Astana.",
    ),
    (
        {"kind": "law_policy", "affected": [{"role": "media", "groups": ["public"]}], "perpetrators": [{"type": "parliament"}]},
        "Мыналарға қатысты болды: media [English]; жауапты: Парламент не депутаттар.",
        "Были затронуты: media [English]; ответственная сторона: парламент или депутаты.",
        "This concerned media; responsible: parliament or MPs.",
    ),
    (
        {"kind": "law_policy", "affected": [{"role": "media", "number_min": 25, "number_max": 25}]},
        "Мыналарға қатысты болды: 25 адам (media [English]).", "Затронуты 25 человек (media [English]).", "This concerned 25 people (media).",
    ),
    (
        {"affected": [{"groups": ["hrd"], "number_min": 1, "number_max": 1}]},
        "Бір адам (топ: құқық қорғаушылар) зардап шекті.", "Пострадал один человек (группа: правозащитники).", "This affected one person (group: human rights defenders).",
    ),
    ({"affected": [{"number_min": 21, "number_max": 21}]}, "21 адам зардап шекті.", "Пострадал 21 человек.", "This affected 21 people."),
    (
        {"perpetrators": [{"type": "knb"}]},
        "Болжамды құқық бұзушы: ҰҚК.", "Причастен КНБ.", "Alleged perpetrator: the National Security Committee.",
    ),
    (
        {"assertion": "reported", "region": "KZ-71", "affected": [{"groups": ["hrd"]}], "perpetrators": [{"type": "police"}]},
        "Астана қаласында құқық қорғаушылар зардап шекті; болжамды құқық бұзушы: полиция.",
        "В Астане пострадали правозащитники; по сообщениям, причастна полиция.",
        "In Astana, this affected human rights defenders; alleged perpetrators: the police.",
    ),
    (
        {"assertion": "reported", "perpetrators": [{"type": "court"}]},
        "Болжамды құқық бұзушы: сот.", "По сообщениям, причастен суд.", "Alleged perpetrator: a court.",
    ),
    (
        {"assertion": None, "region": "KZ-71", "perpetrators": [{"type": "court", "detail": "judges"}]},
        "Әлі бағаланбаған хабарлама бойынша, бұл Астана қаласында болды; болжамды құқық бұзушы: judges [English] (сот).",
        "По сообщению, которое ещё не оценено, это произошло в Астане; причастен суд (judges [English]).",
        "According to a report not yet assessed, this happened in Astana; alleged perpetrators: judges (court).",
    ),
    (
        {"perpetrators": [{"type": "central_government", "detail": "Ministry of Internal Affairs"}]},
        "Болжамды құқық бұзушы: Ministry of Internal Affairs [English] (министрлік не мемлекеттік орган).",
        "Причастны министерство или госорган (Ministry of Internal Affairs [English]).",
        "Alleged perpetrator: Ministry of Internal Affairs (ministry or state agency).",
    ),
    (
        {"assertion": "alleged", "perpetrators": [{"type": "knb", "detail": "two officers"}]},
        "Расталмаған мәлімет бойынша, болжамды құқық бұзушы: two officers [English] (ҰҚК).",
        "По неподтверждённым утверждениям, причастен КНБ (two officers [English]).",
        "According to unconfirmed allegations, perpetrators: two officers (National Security Committee).",
    ),
    (
        {"kind": "law_policy", "assertion": "reported", "date": "2022/2023", "affected": [{"role": "media"}, {"groups": ["lawyer"]}]},
        "2022 жылғы қаңтар – 2023 жылғы желтоқсан аралығында мыналарға қатысты болды: media [English]; адвокаттар.",
        "В период с января 2022 года по декабрь 2023 года были затронуты: media [English]; адвокаты.",
        "From January 2022 to December 2023, this concerned media; lawyers.",
    ),
    (
        {"kind": "law_policy", "assertion": "reported", "perpetrators": [{"type": "parliament", "detail": "lower house"}]},
        "Жауапты: lower house [English] (Парламент не депутаттар).",
        "Ответственная сторона: lower house [English] (парламент или депутаты).",
        "Responsible: lower house (parliament or MPs).",
    ),
    ({"assertion": None}, "Мұның қаншалықты расталғаны бағаланбаған.", "Насколько это установлено, не оценено.", "How far this is established has not been assessed."),
    (
        {"legal_basis": ["KZ-AOC-434", "KZ-LAW-MEDIA"]},
        "ӘҚБтК-нің 434-бабы (ұсақ бұзақылық) және «Масс-медиа туралы» заң аталды.",
        "Правовое основание: статья 434 КоАП (мелкое хулиганство) и закон о масс-медиа.",
        "Legal basis cited: Article 434 of the Administrative Code (petty hooliganism) and the Law on mass media.",
    ),
    (
        {"legal_basis": ["KZ-AOC-434"]},
        "ӘҚБтК-нің 434-бабы (ұсақ бұзақылық) аталды.", "Правовое основание: статья 434 КоАП (мелкое хулиганство).",
        "Legal basis cited: Article 434 of the Administrative Code (petty hooliganism).",
    ),
    (
        {"legal_basis": ["KZ-CC-274", "KZ-AOC-434", "KZ-CC-174", "KZ-CC-130"]},
        "ҚК-нің 274-бабы (көрінеу жалған ақпарат тарату), 174-бабы (алауыздықты қоздыру) және 130-бабы (жала жабу), сондай-ақ ӘҚБтК-нің 434-бабы (ұсақ бұзақылық) аталды.",
        "Правовое основание: статьи 274 УК (заведомо ложная информация), 434 КоАП (мелкое хулиганство), 174 УК (разжигание розни) и 130 УК (клевета).",
        "Legal basis cited: Articles 274 (knowingly false information), 174 (inciting discord) and 130 (slander) of the Criminal Code and Article 434 of the Administrative Code (petty hooliganism).",
    ),
    ({"legal_basis": ["NONE"]}, "Заң бабы аталмады.", "Статью закона не назвали.", "No article of law was named."),
    (
        {"date": "2023-01/2024-12", "region": "KZ", "affected": [{"role": "drivers", "groups": ["driver"]}], "perpetrators": [{"type": "court"}]},
        "Drivers [English] зардап шекті; болжамды құқық бұзушылар: соттар.", "Пострадали: drivers [English]; причастны суды.",
        "This affected drivers; alleged perpetrators: the courts.",
    ),
    (
        {"region": "KZ-75", "perpetrators": [{"type": "military", "detail": "one soldier"}]},
        "Бұл Алматы қаласында болды; болжамды құқық бұзушы: one soldier [English] (әскер не Ұлттық ұлан).",
        "Это произошло в Алматы; причастны военные или Нацгвардия (one soldier [English]).",
        "This happened in Almaty; alleged perpetrator: one soldier (military or National Guard).",
    ),
    ({"date": "2024-03/..", "region": "KZ-71"}, "Бұл 2024 жылғы наурыздан бері Астана қаласында болып жатыр.", "Это происходит с марта 2024 года по настоящее время в Астане.", "This has been happening since March 2024 in Astana."),
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_by_whom_where_and_when_are_one_sentence(tell: Tell, language: str) -> None:
    """Only what is known is said, and neither the whole country nor the whole period; groups only of people whom no role names; an
    allegation is marked once; free text stays in the nominative, marked with its language, but a town of the list is translated."""
    place = LANGUAGES.index(language) + 1
    told = [tell(language, **one[0]) for one in SETTINGS]
    assert [(one, row[place]) for one, row in zip(told, SETTINGS, strict=True) if one != [row[place]]] == []


AGAIN = {
    "kk": ("Ұсыныс сол айда қабылданбады", "Ұсыныс 2024 жылғы сәуірде қабылданбады"),
    "ru": ("Тогда же предложение отклонили", "В апреле 2024 года предложение отклонили"),
    "en": ("The proposal was dropped or withdrawn that month.", "The proposal was dropped or withdrawn in April 2024."),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_date_is_said_once_if_no_other_was_said_since(tell: Tell, language: str) -> None:
    """A date that stands in the summary alone is none that was said."""
    again, in_full = AGAIN[language]
    dropped = {"status": "dropped", "date": "2024-04"}
    fined = {"status": "fined", "party": "affected", "date": "2024-03"}
    facts: dict[str, Any] = {"date": "2024-04", "region": "KZ-71"}
    assert again in tell(language, **facts, outcomes=[dropped])[-1]
    assert in_full in tell(language, **facts, outcomes=[fined, dropped])[-1]
    assert in_full in tell(language, **facts, outcomes=[dropped], underlying_event="2022-01")[-1]
    assert in_full in tell(language, **facts, outcomes=[dropped], said_in_summary=["date"])[-1]
    assert again in tell(language, **facts, outcomes=[dropped], date_meaning="decision")[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_what_is_ticked_is_left_to_the_summary(tell: Tell, language: str) -> None:
    """The summary stands as it was written, in whatever language."""
    facts: dict[str, Any] = {"summary": "Words.", "date": "2024", "region": "KZ-71", "affected": [JOURNALIST],
        "perpetrators": [{"type": "police"}], "legal_basis": ["KZ-AOC-434"], "underlying_event": "2022-01",
        "outcomes": [{"status": "died", "party": "affected"}]}  # fmt: skip
    everything = ["who", "by_whom", "place", "date", "law", "outcomes", "earlier"]
    summary = tell(language, **facts, said_in_summary=everything)
    assert summary == ["Words." if language == "en" else "Words. [English]"]
    whole = len(" ".join(tell(language, **facts)))
    for one in everything:
        assert len(" ".join(tell(language, **facts, said_in_summary=[one]))) < whole, one


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("журналисты, освещавшие паводок", "Пострадали журналисты, освещавшие паводок."),
        ("феминистские активистки", "Пострадали феминистские активистки."),
        ("журналист газеты", "Пострадали: журналист газеты."),
        ("общество инвалидов", "Пострадали: общество инвалидов."),
        ("издание и его авторы", "Пострадали: издание и его авторы."),
    ],
)
def test_a_russian_role_that_may_be_singular_stands_after_a_colon(tell: Tell, role: str, said: str) -> None:
    """The verb is plural, since nobody said how many they are."""
    (told,) = tell("ru", affected=[{"role": role}])
    assert told.replace(" [English]", "") == said


def test_an_organisations_own_words_stand_as_labels(tell: Tell) -> None:
    """Of a code that the grammar does not know, in the nominative; and an outcome of it as a line."""
    told = tell(
        "ru", perpetrators=[{"type": "volunteers"}], outcomes=[{"status": "praised", "party": "affected"}]
    )
    assert told == [
        "Причастны volunteers.",
        "Итог или текущее положение: praised (Пострадавшие).",
    ]


_PARTIES = st.sampled_from([None, "affected", "officials", "organisation", "others", "unknown", "own"])
_DATES = st.sampled_from(
    [None, "2023", "2023-11", "2024-02-29", "2023-01/2024-04", "2024-01-02/..", "../2024-02", "2024/"]
)
_NUMBER = st.none() | st.integers(1, 130)


@st.composite
def _records(draw: Any) -> dict[str, Any]:
    """Any coded facts."""
    rules = sentences.grammar("en")
    assert rules is not None
    forms = rules["forms"]
    codes = {
        name: st.sampled_from([*forms[name], "own"]) for name in ("perpetrators", "groups", "laws", "places")
    }
    outcome = st.fixed_dictionaries(
        {
            "status": st.sampled_from([*rules["statuses"], "own"]),
            "party": _PARTIES,
            "date": _DATES,
            "persons": _NUMBER,
        },
        optional={
            "prison_years": st.sampled_from([0.5, 1, 2, 3.5, 4.3, 21]),
            "fine_mrp": st.integers(1, 500),
            "arrest_days": _NUMBER,
        },
    )
    affected = st.fixed_dictionaries(
        {"role": st.sampled_from(["clerk", None]), "groups": st.lists(codes["groups"], max_size=3), "number_min": _NUMBER},
        optional={"number_max": _NUMBER, "number_more_than": _NUMBER, "organisation": st.just("Union")},
    )  # fmt: skip
    return {
        "assertion": draw(st.sampled_from([None, "alleged", "reported"])),
        "kind": draw(st.sampled_from(["incident", "law_policy"])),
        "date": draw(_DATES), "underlying_event": draw(_DATES), "region": draw(st.none() | codes["places"]),
        "date_meaning": draw(st.sampled_from([None, "event", "decision", "planned", "hearing"])),
        "locality": draw(st.sampled_from([None, "Aksu"])), "legal_basis": draw(st.lists(codes["laws"], max_size=3)),
        "affected": draw(st.lists(affected, max_size=2)), "outcomes": draw(st.lists(outcome, max_size=5)),
        "perpetrators": draw(st.lists(st.fixed_dictionaries({"type": codes["perpetrators"], "detail": st.sampled_from([None, "two"])}), max_size=2)),
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_facts_make_whole_sentences(tell: Tell, language: str, data: st.DataObject) -> None:
    """Without a leftover of a frame; each code is said by its form or its label, each year and locality."""
    facts = data.draw(_records())
    told = tell(language, **facts)
    text = " ".join(told)
    plain = text if language == "en" else text.replace(" [English]", "")
    assert re.findall(r"[{}\[\]|]|  |\.\.|\( | \)| [,.;]|None", plain) == []
    assert [one for one in told if not one[0].isupper() and one[0] not in "(«" and not one[0].isdigit()] == []
    forms = sentences.grammar(language)["forms"]  # type: ignore[index]
    codes = [("laws", one, "text") for one in facts["legal_basis"]]
    unnamed = [one for one in facts["affected"] if not one["role"] and "organisation" not in one]
    codes += [("groups", group, "text") for one in unnamed for group in one["groups"]]
    for names, code, form in codes:
        known = forms[names].get(code, {})
        said = [known.get(form, code), known.get("article", known.get(form, code))]
        assert any(one.casefold() in text.casefold() for one in said)
    for one in facts["perpetrators"]:
        known = forms["perpetrators"].get(one["type"], {}).get("text", "own")
        assert (re.sub("^(an?|the) ", "", known) if one["detail"] else known).casefold() in text.casefold()
    told_date = facts["date"] if facts["date_meaning"] != "hearing" else None  # stands beside the reference
    dates = [facts["underlying_event"], told_date, *(one["date"] for one in facts["outcomes"])]
    assert [year for one in dates if one for year in re.findall(r"\d{4}", one) if year not in text] == []
    town = {"kk": "Ақсу", "ru": "Аксу", "en": "Aksu"}[language] if facts["region"] == "KZ-55" else "Aksu"
    assert not facts["locality"] or town in text


def test_the_shipped_forms_are_those_of_the_script() -> None:
    """Run `python -m scripts.grammar` after a change of a list; each code of a list has its form."""
    for path, text in made():
        assert json.loads(path.read_text("utf-8")) == json.loads(text), (
            f"{path.name}: python -m scripts.grammar"
        )


def test_each_grammar_has_the_same_frames() -> None:
    """A frame that one language lacks would be an error in its updates alone."""
    found = {language: sentences.grammar(language) or {} for language in LANGUAGES}
    for one, other in product(LANGUAGES, repeat=2):
        assert found[one]["statuses"].keys() == found[other]["statuses"].keys()
        assert {
            k: v.keys()
            for k, v in found[one]["forms"].items()
            if k in {"laws", "groups", "places", "perpetrators"}
        } == {
            k: v.keys()
            for k, v in found[other]["forms"].items()
            if k in {"laws", "groups", "places", "perpetrators"}
        }
