"""A moderator's question holds nothing that leads its reporter out of the chat."""

import time

import pytest

from bot.desk.asking.service import READY, leading_out
from bot.form.model import Form
from bot.form.xlsform.own_columns import with_contacts
from bot.form.xlsform.sheets import ANY
from bot.store.unit import REPORT_FORM
from tests.bench import settings
from tests.bot.chat.chats import TEXTS

CONTACTS = {
    "lawyer": {
        ANY: "Legal aid, +7 701 234 56 78, help@example.kz, https://help.example.kz/now, @legal_aid_kz"
    }
}


@pytest.fixture
def form(forms: dict[str, Form]) -> Form:
    """The questionnaire with an operator's contacts."""
    return with_contacts(forms[REPORT_FORM], CONTACTS)


@pytest.mark.parametrize(
    "text",
    [
        "Откройте https://evil.example/p?id=7",
        "HTTP://1.2.3.4/x",
        "видео: evil.kz",
        "загрузите на file.io/abc, спасибо",
        "t.me/helper",
        "t . me/helper",
        "t. me/helper",
        "tg://resolve?domain=helper",
        "evil\u200b.com",
        "evil。com",
        "evil[.]com",
        "evil (точка) com",
        "помощь.рф",
        "xn--h1aax.xn--p1ai",
        "ｅｖｉｌ．ｃｏｍ",
        "evil.top",
        "10.20.30.40",
        "www.evil",
        "Напишите @helper_kz",
        "＠helper_kz",
        "me@example.org",
        "mailto:me@example.org",
        "Позвоните +7 701 234 56 79",
        "8(701)2345679",
        "8 7 0 1 2 3 4 5 6 7 9",
        "8.701.234.56.79",
        "+49 30 1234567",
        "٨٧٠١٢٣٤٥٦٧٩",
        "8️⃣7️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣9️⃣",
        "хабарласыңыз: 7012345679",
        "8 800 080 77 77",
        "Дело № 8 701 234 56 79",
        "Нажмите /panic",
        "Ваш код 7K3Q-V9XM-20TB?",
    ],
)
def test_what_leads_out_is_found(form: Form, text: str) -> None:
    """However it is spelled or hidden."""
    assert leading_out(text, form)


@pytest.mark.parametrize(
    "text",
    [
        "Когда это было? 12.03.2024 или 13.03.2024, в 14:30?",
        "Ст. 488 КоАП или статья 174 УК, ч. 2?",
        "Дело № 7515-23-00-3/1234567, верно?",
        "ЕРДР 237500031000123?",
        "Іс № 2-1234/2023 бойынша кім шешім шығарды?",
        "Сколько человек: 1 000 или 10 000?",
        "Штраф 1 234 567 тенге?",
        "Это было и/или в акимате, да/нет?",
        "Кто был там?Когда ушли.Сколько их?",
        "Пришлите файл photo.jpg или документ.pdf",
        "Звоните в юридическую помощь: 8 701 234-56-78, help@example.kz, help.example.kz/now, @legal_aid_kz",
        "т.е. в 2022–2023 гг., e.g. in March",
    ],
)
def test_what_a_question_needs_passes(form: Form, text: str) -> None:
    """Dates, articles, cases, numbers, files, and the operator's own contacts."""
    assert leading_out(text, form) == []


def test_ready_questions_pass(form: Form) -> None:
    """In each language."""
    texts = [TEXTS.text(code, f"talk.ready.{name}") for code in settings().languages for name in READY]
    assert [found for one in texts if (found := leading_out(one, form))] == []


@pytest.mark.parametrize("text", ["a." * 1700, "1 " * 1700, "@" * 3400, "a-" * 1700 + ".", "." * 3400])
def test_the_longest_text_takes_no_time(form: Form, text: str) -> None:
    """A question has 3,500 characters; others wait meanwhile."""
    begun = time.process_time()
    leading_out(text, form)
    assert time.process_time() - begun < 0.5
