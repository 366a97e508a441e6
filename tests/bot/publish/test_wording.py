"""In which language a text is, by its letters, and whether its author speaks of themselves."""

import pytest

from bot.publish.published_languages import first_person, language_of
from tests.end_to_end.cases import CASES, LANGUAGES, UNSEEN, in_language


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_and_summaries_of_real_cases_are_known(language: str) -> None:
    """Each summary in its language, as translators wrote it; a title too, or nothing is said of it."""
    told = [in_language(case, language) for case in CASES]
    told += [case for case in UNSEEN if case["language"] == language]
    assert {language_of(case["narrative"]) for case in told} == {language}
    assert {language_of(case["title"]) for case in told} <= {language, None}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (
            "Журналиста задержали у здания суда на улице Қабанбай, отпустили вечером, протокол не составили.",
            "ru",
        ),
        ("Қарлығаш задержали у здания суда, отпустили вечером, протокола нет, адвоката не пустили.", None),
        ("Полиция журналистерді ұстап әкетті", "kk"),
        ("Ұсталды", "kk"),
        ("Полиция", None),
        ("KNB", None),
        ("", None),
        ("12.03.2024, 15:40", None),
        ("抗议者被警察拘留在广场上之后被释放了没有任何解释也没有律师", None),
    ],
)
def test_a_name_does_not_change_the_language_and_few_letters_tell_none(
    text: str, language: str | None
) -> None:
    """Kazakh is known by its own letters even in a word, the others only from a sentence on."""
    assert language_of(text) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sign_that_is_no_letter_changes_nothing(language: str) -> None:
    """Texts of common letters are counted by their bytes; a dove makes the same text one that is not."""
    told = [in_language(case, language) for case in CASES]
    texts = [case[name] for case in told for name in ("title", "narrative")]
    texts += [text.upper() for text in texts]
    texts += [
        "Ұлы «жиын» – № 5…",
        "ӘҢ әң",
        "Ѐѝ Ӏӏ \u0482\u0483 слово",
        "абв abc",
        "abc абв",
        "ß Straße",
        "ⁿªº ab",
        "ё" * 30,
        "\ud83d half",
    ]
    assert [language_of(text) for text in texts] == [
        language_of(f"{text} \N{DOVE OF PEACE}") for text in texts
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("журналист, сидел со мной в одной камере", ["мной"]),
        ("Мой сосед видел нас", ["Мой", "нас"]),
        ("She was held with me; I saw it, I'm sure", ["me", "I", "I'm"]),
        ("Менімен бірге ұсталды, өз көзіммен көрдім", ["Менімен", "көрдім"]),
        ("Әкемнің үйінде, біздің ауылда", ["Әкемнің", "біздің"]),
        ("полиция мен әкімдік, 5 мың теңге, тым көп", []),
        ("Мойка на улице Наурызбай, яма", []),
        ("US embassy, the mine, iPhone", ["mine"]),
        ("", []),
    ],
)
def test_an_author_who_speaks_of_themselves_is_known_by_words(text: str, words: list[str]) -> None:
    """In three languages at once; the rest is left alone, but for words that mean two things."""
    assert list(first_person(text)) == words
