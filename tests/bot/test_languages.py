"""A language is data: what its file says, and how a bad one is refused."""

import re
from pathlib import Path

import pytest

from bot.errors import LanguageError
from bot.languages import (
    FILE_KEYS,
    LANGUAGE_FILE,
    LOCALES,
    MONTHS,
    WEEKDAYS,
    codes,
    exported_codes,
    expression,
    languages,
    name_of,
    read_language,
)

DOCUMENT = LOCALES.parent / "docs" / "translation.md"
HEAD = 'name = "Test"\noffered = 9\nexported = 9\n'


def test_the_languages_stand_in_an_order_that_stays() -> None:
    """On buttons Kazakh comes first; the columns of exports are a contract."""
    assert codes() == ("kk", "ru", "en")
    assert exported_codes() == ("en", "ru", "kk")
    assert [name_of(code) for code in (*codes(), "xx")] == ["Қазақша", "Русский", "English", "xx"]


@pytest.mark.parametrize("word", ["ертең", "кеше", "өткен", "бейсенбі", "жиырма", "послезавтра"])
def test_a_word_is_found_as_it_is_written(word: str) -> None:
    """Whoever searches for it finds the file that has it."""
    found = [
        one.code for one in languages() if word in (LOCALES / one.code / LANGUAGE_FILE).read_text("utf-8")
    ]
    assert len(found) == 1


def test_every_key_is_explained() -> None:
    """A translator reads one page, section by section."""
    sections = dict(
        re.findall(r"\*\*`\[(\w+)\]`\*\*(.*?)(?=\*\*`\[|\Z)", DOCUMENT.read_text("utf-8"), re.DOTALL)
    )
    names = [key.partition(".")[::2] for key in FILE_KEYS]
    told = [(section, name) for section, name in names if name not in {*MONTHS[1:-1], *WEEKDAYS[1:-1], "0"}]
    assert [one for one in told if f"`{one[1]}`" not in sections[one[0]]] == []


@pytest.mark.parametrize(
    ("phrase", "said", "not_said"),
    [
        ("last year(['’]s)?", ["last year", "last year's", "last year’s"], ["last years", "lastyear"]),
        ("январ(ь|я)", ["январь", "января"], ["январ", "январьь"]),
        ("наурыз~", ["наурыз", "наурыздың"], ["наурыз5", "науры", "наурыз-да"]),
        ("н.? ?в", ["нв", "н.в", "н. в"], ["н,в", "нxв"]),
        ("# ?кг", ["5 кг", "5кг"], ["кг", "пять кг"]),
        ("… күні", ["жұма күні"], ["күні", " күні жұма"]),
        ("бұл !(ай|жыл)…", ["бұл кеше"], ["бұл айда"]),
    ],
)
def test_a_phrase_says_what_a_translator_means(phrase: str, said: list[str], not_said: list[str]) -> None:
    """Signs for endings, either and maybe; whatever else is itself."""
    pattern = re.compile(expression(phrase, number="[0-9]"))
    assert [text for text in said if not pattern.fullmatch(text)] == []
    assert [text for text in not_said if pattern.fullmatch(text)] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("name = English", "Invalid value"),
        ('name = ""\noffered = 1\nexported = 1', "name is missing"),
        ('name = "A"\noffered = "1"\nexported = 1', "offered or exported is missing"),
        (f"{HEAD}month_first = 1", "month_first is true or false"),
        (f"{HEAD}latin = 1", "latin is a key that nothing reads"),
        (f"{HEAD}unknown = 1", "unknown is a key that nothing reads"),
        (f'{HEAD}[months]\njanury = "january"', "months.janury is a key that nothing reads"),
        (f"{HEAD}[months]\njanuary = 1", "months.january is no text"),
        (f'{HEAD}[months]\njanuary = "jan(uary"', "months.january: a bracket of “jan(uary” is not closed"),
        (f'{HEAD}[months]\njanuary = "january)"', "months.january: ) in “january)” stands on the wrong side"),
        (f'{HEAD}[months]\njanuary = "jan|yan"', "months.january: | in “jan|yan” stands on the wrong side"),
        (f'{HEAD}[months]\njanuary = "jan\\\\w+"', "months.january: the sign \\ in “jan\\w+” means nothing"),
        (f'{HEAD}[months]\njanuary = "jan*"', "months.january: the sign * in “jan*” means nothing"),
        (f'{HEAD}[months]\njanuary = "[jan"', "months.january: the sign [ in “[jan” means nothing"),
        (f'{HEAD}[months]\njanuary = "(a|)"', "months.january: |) in “(a|)” has nothing between"),
        (f'{HEAD}[months]\njanuary = "(january)?"', "months.january: “(january)?” may be nothing at all"),
        (f'{HEAD}[months]\njanuary = "jan{{x}}"', "months.january: there is no piece {x} above"),
        (f'{HEAD}[months]\njanuary = "#"', "months.january: “#” must have neither … nor #"),
        (f'{HEAD}[numbers]\n1 = "one~"', "numbers.1: the sign ~ in “one~” means nothing"),
        (f'{HEAD}[dates]\non = "on"', "dates.on: “on” must have one …"),
        (f'{HEAD}[amounts]\nexactly = "just"', "amounts.exactly: “just” must have # and no …"),
        (f'{HEAD}[pieces]\na = "{{a}}"', "pieces.a: there is no piece {a} above"),
        (f'{HEAD}[letters]\nab = "c"', "letters: each is replaced by one other"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, text: str, wrong: str) -> None:
    """With the file, the key and what is wrong."""
    path = tmp_path / "xx" / LANGUAGE_FILE
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    with pytest.raises(LanguageError) as refused:
        read_language(path)
    message = str(refused.value)
    assert message.startswith(f"locales/xx/{LANGUAGE_FILE}: {wrong}")
    assert "\n" not in message


def test_two_languages_do_not_type_one_letter_in_two_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All texts are normalized alike, whatever their language."""
    for code, other in (("aa", "g"), ("bb", "q")):
        (tmp_path / code).mkdir()
        (tmp_path / code / LANGUAGE_FILE).write_text(f'{HEAD}[letters]\n"ğ" = "{other}"', "utf-8")
    monkeypatch.setattr("bot.languages.LOCALES", tmp_path)
    with pytest.raises(LanguageError, match=r"locales/bb/language.toml: letters.ğ is replaced by another"):
        languages.__wrapped__()
