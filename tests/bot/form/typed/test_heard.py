"""Facts that are heard in a story, and words that tell none."""

from time import process_time

import pytest

from bot.form.answers import When
from bot.form.typed.heard import LONGEST_STORY
from tests.bot.form.typed.hearing import listen, names, rates, stories, text, told

KNOWN, LEAST, MOST_WRONG = 75, 60, 3
"""Per cent of the facts of the known stories that are proposed, and of all stories at least."""


def test_most_facts_are_heard_and_hardly_any_proposal_is_wrong() -> None:
    """Three facts of four in the stories by which the words were chosen, and most in those that were not read before."""
    known = stories("heard_stories")
    proposed, wrong = rates(known)
    assert proposed >= KNOWN
    assert wrong <= MOST_WRONG
    proposed, wrong = rates(known + stories("heard_stories_unseen"))
    assert proposed >= LEAST
    assert wrong <= MOST_WRONG


def test_a_judge_that_is_told_something_else_finds_it_wrong() -> None:
    """Stories judged by what another one tells."""
    known = stories("heard_stories")
    mixed = [
        {**story, "text": other["text"]} for story, other in zip(known, known[7:] + known[:7], strict=True)
    ]
    assert rates(mixed)[1] > 50


@pytest.mark.parametrize(
    ("story", "category", "region", "when"),
    [
        (
            "Кеше Қонаевта полиция үйімізді тінтті, телефондарымызды алып кетті.",
            "pressure",
            "KZ-19",
            "2026-05-19",
        ),
        (
            "Ко мне домой в Рудном пришли с обыском 12 марта, забрали флешки.",
            "pressure",
            "KZ-39",
            "2026-03-12",
        ),
        (
            "Police searched my flat in Oskemen last Friday and took my laptop.",
            "pressure",
            "KZ-63",
            "2026-05-15",
        ),
        ("Мамырдың 15-і күні Zhanaozen қаласында ағамды ұстап әкетті.", "detention", "KZ-47", "2026-05-15"),
    ],
)
def test_a_story_tells_what_happened_where_and_when(
    story: str, category: str, region: str, when: str
) -> None:
    """In three languages and any alphabet."""
    found = listen(story)
    assert (names(found, "category"), names(found, "region")) == ([category], [region])
    heard_when = told(found, "when")
    assert isinstance(heard_when, When)
    assert heard_when.start == when


@pytest.mark.parametrize(
    "story",
    [
        "Меня не задерживали и не увозили в отдел полиции, никто меня не бил.",  # denied
        "Бізді ешкім ұрған жоқ, бөлімге де апарған жоқ.",
        "Завтра выйдем на площадь, боимся что нас задержат и увезут в отдел.",  # planned, feared
        "We are afraid that police would arrest us and take us to the station.",
        "Что делать, если полиция задержала меня и увезла в отдел?",  # asked
        "Он сказал: «вчера полиция задержала меня и увезла в отдел».",  # quoted
        "I read that police arrested people and took them to the station in Taraz.",  # of others
        "Банк шотымды бұғаттады, несие төлемедім.",  # of everyday life
    ],
)
def test_no_kind_is_heard_in_what_did_not_happen(story: str) -> None:
    """Denials, plans, fears, questions, quotations, hearsay and everyday life."""
    assert names(listen(story), "category", "violations", "more_groups", "more_violations") == []


@pytest.mark.parametrize(
    ("story", "regions", "town"),
    [
        ("Из Алматы приехала проверка, в нашем офисе в Таразе забрали ноутбуки.", ["KZ-31"], "Тараз"),
        ("Ағам Астанада жұмыс істейді, оны Жаңаөзенде ұстап әкетті.", ["KZ-47"], "Жаңаөзен"),
        ("I live in Almaty, my cousin was taken by police in Semey on 3 May.", ["KZ-10"], "Semey"),
        ("Сестра учится в Праге, а в Костанае у нас забрали брата.", ["KZ-39"], "Қостанай"),
        ("Сайт не открывается в Актобе, Таразе и Астане.", [], ""),
        ("Мы из НПО, Павлодар. В Семее суд закрыл фонд.", [], ""),
        ("Забрали студента в Рудном, не в Костанае.", ["KZ-39"], "Рудный"),
        ("В среду мотались в Тараз на сессию, в марте нас в Кентау не пустили.", [], ""),
        ("Ұзынағашта тұрамыз, сенбіде Алматыға бардым, төрт полицей ұстап әкетті.", [], ""),
        ("Брата пытали в Семее, а пишут только про Алматы.", ["KZ-10"], "Семей"),
        ("Брата держат в колонии под Таразом, адвоката не пускают.", ["KZ-31"], ""),
        ("Сайт не открывается по всей стране, а мы сидим в Актау.", [], ""),
        ("На улице Абая в Рудном разогнали людей.", ["KZ-39"], "Рудный"),
        ("Не пускают к семье, есік алдында тұр, темір қақпа.", [], ""),
    ],
)
def test_it_happened_where_nobody_only_lives_or_comes_from(story: str, regions: list[str], town: str) -> None:
    """Several places in a list tell none, and words that are also names of towns count with a word of a place."""
    found = listen(story)
    assert (names(found, "region"), text(found, "locality")) == (regions, town)


@pytest.mark.parametrize(
    ("story", "start"),
    [
        ("2 мая подали заявку, 6 мая акимат отказал в согласовании митинга.", "2026-05-06"),
        ("9 мая он стоял с плакатом. На следующий день его задержали и увезли в отдел полиции.", None),
        ("Вчера должен был быть митинг, а 16 мая меня увезли в отдел полиции.", "2026-05-16"),
        ("6 мая ко мне пришли с обыском, 8 мая вызвали в полицию, 12 мая уволили.", "2026-05-06"),
        ("Заседание 25 мая. Мужа обвиняют в клевете.", None),
        ("Он родился 5 мая 1990 года, его задержали и увезли в отдел полиции.", None),
        ("В 2021 году так же поступили с другими. 3 февраля меня увезли в отдел полиции.", "2026-02-03"),
    ],
)
def test_a_date_of_something_else_is_not_taken(story: str, start: str | None) -> None:
    """An application, a hearing to come, a birth, the day before, the same that happened to others. Of several the first is."""
    found = told(listen(story), "when")
    assert (found.start if isinstance(found, When) else None) == start


@pytest.mark.parametrize(
    ("story", "start"),
    [
        ("2 дек меня увезли в отдел полиции.", "2025-12-02"),
        ("Police detained him on 22 jan in Almaty.", "2026-01-22"),
        ("Брату 22 года, в понедельник его увезли в отдел полиции.", "2026-05-18"),
        ("He is 22 years, on Monday police detained him.", "2026-05-18"),
    ],
)
def test_a_short_month_is_one_beside_a_day_and_no_date_goes_on_an_age(story: str, start: str) -> None:
    found = told(listen(story), "when")
    assert isinstance(found, When)
    assert found.start == start


@pytest.mark.parametrize(
    ("story", "chosen"),
    [
        ("Екеуміз плакат ұстап тұрғанбыз, полиция бөлімге алып кетті.", ["exact"]),
        ("Пришли двое полицейских, забрали моего брата и увезли в отдел.", ["1"]),
        ("Вчера людей забрали в отдел полиции. В 2019 году нас стояло на площади пять тысяч человек.", []),
        ("Семь человек в гражданке пришли с обыском, забрали телефоны и ноутбуки.", []),
        ("Police took me to the station and let me go in the evening.", ["1"]),
        ("Police took us to the station and let us go in the evening.", []),
    ],
)
def test_those_to_whom_it_happened_are_counted_and_no_others(story: str, chosen: list[str]) -> None:
    """Officers are not, and *us* is no number."""
    assert names(listen(story), "affected_number") == chosen


def test_links_are_proposed_and_their_words_are_not_heard() -> None:
    found = listen("Смотрите https://example.org/police-arrested-me-in-almaty и всё.")
    assert text(found, "links") == "https://example.org/police-arrested-me-in-almaty"
    assert names(found, "category", "region") == []


def test_who_did_it_and_what_came_of_it_stand_first_unmarked() -> None:
    """In the order of the story."""
    found = listen("Полиция увезла брата, суд оштрафовал его.")
    first = {path.rpartition("/")[2]: listed for path, listed in found.first.items()}
    assert [
        name for listed in first.values() for name in listed if name in {"police", "court", "fined"}
    ] != []


@pytest.mark.parametrize(
    "piece", ["'", "'a ", "« ", "?", "а", "полиция задержала меня ", "5 мая ", "в Алматы "]
)
def test_a_story_made_to_be_slow_is_heard_soon(piece: str) -> None:
    """A long story of one word, quotation or date over and over."""
    begun = process_time()
    listen(piece * (LONGEST_STORY // len(piece)))
    assert process_time() - begun < 5
