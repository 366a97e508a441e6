"""In which language a text is, by its letters."""

import pytest

from bot.services.desk.publishing.wording import language_of
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
