"""The words that people read: none of those that were misread, and what a text promises is what the program does."""

import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.form.model import Form, Question
from bot.form.xlsform.reader import load
from bot.form.xlsform.sheets import read_list
from bot.languages import LOCALES, codes
from bot.local_api.page import own_texts
from bot.store.files import LARGEST_FILE

ROOT = Path(__file__).parents[1]
FORMS = ROOT / "bot" / "forms"
GUIDE = (ROOT / "docs" / "translation.md").read_text("utf-8")
LANGUAGES = codes()


@cache
def forms() -> dict[str, Form]:
    """Our forms, by name."""
    return {path.stem: load(path) for path in FORMS.glob("*.md")}


def question(form: str, name: str) -> Question:
    """The question of that name."""
    (found,) = [one for one in forms()[form].questions if one.name == name]
    return found


def read(language: str) -> Iterator[tuple[str, str]]:
    """Everything that is read in a language, by where it stands."""
    for path in (LOCALES / language / "LC_MESSAGES").glob("*.po"):
        for message in read_po(io.BytesIO(path.read_bytes())):
            words = message.string if isinstance(message.string, (list, tuple)) else [message.string]
            yield from ((f"{path.name} {message.id}", str(form)) for form in words if message.id)
    for name, form in forms().items():
        for node in form.nodes.values():
            texts = (
                (node.label, node.hint, node.constraint_message)
                if isinstance(node, Question)
                else (node.label,)
            )
            yield from ((f"{name} {node.path}", text[language]) for text in texts if text)
    for path in FORMS.glob("*.csv"):
        yield from ((f"{path.name} {one.name}", one.label[language]) for one in read_list(path))
    yield from ((f"{language}.json {key}", text) for key, text in own_texts()[language].items())


def misread() -> Iterator[tuple[str, str, bool]]:
    """The table of words that mislead: language, words, and whether they are refused as a whole text only."""
    table = GUIDE.partition("## Words that mislead")[2].partition("\n## ")[0]
    for line in re.findall(r"^\| (?:kk|ru|en) \|.*$", table, re.MULTILINE):
        language, words = (cell.strip() for cell in line.split("|")[1:3])
        for one in words.split(" · "):
            yield language, one.strip("*"), one.startswith("**")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_holds_words_that_mislead(language: str) -> None:
    """What was misread once is not written again, by whatever translator."""
    refused = [(words, whole) for code, words, whole in misread() if code == language]
    texts = list(read(language))
    assert len(refused) > 10
    assert len(texts) > 500
    found = [
        (where, words)
        for words, whole in refused
        for where, text in texts
        if (text == words if whole else re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE))
    ]
    assert found == []


SAID = {
    "consent_store": (
        ("kk", "Осында жазғаныңыздың бәрін Telegram көре алады"),
        ("ru", "Telegram может видеть всё, что вы здесь пишете"),
        ("en", "Telegram can see everything you write here"),
    ),
    "urgent": (
        ("kk", "жібергеннен кейін"),
        ("ru", "после отправки"),
        ("en", "once it is sent"),
        ("kk", "көмекке келе алмайды"),
        ("ru", "приехать не смогут"),
        ("en", "cannot come"),
    ),
    "needs": (("kk", "көмекке келе алмайды"), ("ru", "приехать не смогут"), ("en", "cannot come")),
    "consent_ask": (
        ("kk", "Телефоныңыз тексерілуі мүмкін болса, «Жоқ» деңіз"),
        ("ru", "Если телефон могут проверить, ответьте «Нет»"),
        ("en", "If your phone may be searched, answer “No”"),
    ),
    "consent_use": (
        ("kk", "екі әкімші келіссе"),
        ("ru", "если согласны два администратора"),
        ("en", "if two administrators agree"),
    ),
    "evidence": (
        ("kk", "Фото түрінде жіберу қауіпсізірек"),
        ("ru", "Безопаснее отправить как фото"),
        ("en", "Sending as a photo is safer"),
    ),
    "affected_name": (
        ("kk", "модераторлар да көрмейді"),
        ("ru", "не видят даже модераторы"),
        ("en", "Not even moderators see"),
    ),
    "story": (
        ("kk", "Бір сөйлем де жеткілікті"),
        ("ru", "Достаточно и одной фразы"),
        ("en", "One sentence is enough"),
    ),
}
"""By a question, what its hint must say."""


@pytest.mark.parametrize("name", SAID)
def test_the_questions_say_what_a_person_in_danger_must_know(name: str) -> None:
    """Who sees it, that nobody comes, what being asked means, what can be shared, which way is safer, that little is enough."""
    hint = question("incident", name).hint
    assert [words for language, words in SAID[name] if words not in hint[language]] == []


def test_the_first_question_warns() -> None:
    """Nothing is asked before it, whatever else the form asks."""
    assert forms()["incident"].questions[0].name == "consent_store"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_limits_that_a_question_names_are_those_it_has(language: str) -> None:
    """How many files and of what size, how many links, and how near a place may be published."""
    evidence, place = (question("incident", name) for name in ("evidence", "place"))
    assert re.findall(r"\d+", evidence.hint[language]) == [evidence.bot["max"], str(LARGEST_FILE // 1024**2)]
    nearest = min(int(one.columns["km"]) for one in read_list(FORMS / "coarseness.csv") if one.columns["km"])
    assert re.findall(r"\d+", place.hint[language]) == [str(nearest)]
    links = question("incident", "links")
    (more,) = re.findall(r"\{0,(\d+)\}", links.constraint)
    assert re.findall(r"\d+", links.hint[language]) == [str(int(more) + 1)]
