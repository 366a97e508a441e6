"""Forms to be walked: those of the bot with contacts set as an operator would, and one with all that they lack."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bot.app.questionnaires import with_days
from bot.demo.walk.answering import SHORT_TEXT
from bot.form.model import Choice, Form, Group, Node, Question, Text
from bot.form.xlsform.reader import load

FORMS = Path(__file__).parents[2] / "bot" / "forms"
LANGUAGES = ("kk", "ru", "en")
UNHELPED = ("doctor", "none")


def forms() -> Mapping[str, Form]:
    """The reporters' form, the moderators' form, and the form of what they lack."""
    return {
        "report": with_contacts(with_days(load(FORMS / "incident.md"), 14)),
        "review": load(FORMS / "review.md"),
        "kinds": KINDS,
    }


def with_contacts(form: Form) -> Form:
    """A form whose choices have somebody who helps, in the operator's own words: all but those in UNHELPED."""
    contact = dict.fromkeys(LANGUAGES, SHORT_TEXT)
    return replace(form, children=tuple(_helped(node, contact) for node in form.children))


def _helped(node: Node, contact: Text) -> Node:
    if isinstance(node, Group):
        return replace(node, children=tuple(_helped(child, contact) for child in node.children))
    helped = (one if one.name in UNHELPED else replace(one, contact=contact) for one in node.choices)
    return replace(node, choices=tuple(helped))


def _text(kk: str, ru: str, en: str) -> Text:
    return {"kk": kk, "ru": ru, "en": en}


def _asked(name: str, kind: str, label: Text, **columns: object) -> Question:
    return Question(name, f"/kinds/{name}", kind, label, **columns)  # type: ignore[arg-type]


KINDS = Form(
    "kinds",
    "kinds",
    "1",
    "Kinds",
    LANGUAGES,
    "ru",
    (
        _asked("picture", "image", _text("Сурет", "Снимок", "Picture"), bot={"max": "2"}),
        _asked("scan", "image", _text("Көшірме", "Скан", "Scan")),
        _asked("paper", "file", _text("Құжат", "Документ", "Paper")),
        _asked("sound", "audio", _text("Дыбыс", "Звук", "Sound")),
        _asked(
            "film",
            "video",
            _text("Бейне", "Видео", "Film"),
            required="true()",
            required_message=_text("Бейнесіз болмайды.", "Без видео нельзя.", "It needs a film."),
        ),
        _asked("day", "date", _text("Күні", "День", "Day"), required="true()"),
        _asked("number", "integer", _text("Саны", "Число", "Number"), constraint=". < 100"),
        _asked("size", "decimal", _text("Көлемі", "Размер", "Size")),
        _asked(
            "line",
            "text",
            _text("Жол", "Строка", "Line"),
            bot={"voice": "yes", "also": "point"},
            guidance=_text("Толық", "Подробно", "In full"),
        ),
        _asked("point", "geopoint", _text("Орны", "Место", "Place"), required="true()"),
        _asked("few", "range", _text("Баға", "Оценка", "Mark"), parameters={"end": "2", "step": "0.5"}),
        _asked("many", "range", _text("Ұпай", "Баллы", "Points"), parameters={"end": "100"}),
        _asked(
            "order",
            "rank",
            _text("Реті", "Порядок", "Order"),
            choices=tuple(Choice(str(n), _text(f"{n} бір", f"{n} один", f"{n} one")) for n in range(3)),
        ),
        _asked("agreed", "acknowledge", _text("Оқыдым", "Прочитано", "Read")),
        _asked("code", "barcode", _text("Код", "Код", "Code")),
        _asked("hour", "time", _text("Сағаты", "Час", "Hour"), required="true()"),
        _asked("moment", "dateTime", _text("Сәті", "Момент", "Moment")),
        _asked("way", "geotrace", _text("Жолы", "Путь", "Way")),
        _asked("field", "geoshape", _text("Алқап", "Поле", "Field"), required="true()"),
        _asked("month", "date", _text("Айы", "Месяц", "Month"), appearance="month-year"),
        _asked("year", "date", _text("Жылы", "Год", "Year"), appearance="year"),
        _asked(
            "told",
            "text",
            _text("Жолыңыз", "Ваша строка", "Your line"),
            calculation="/kinds/line",
            read_only="true()",
        ),
        _asked(
            "again",
            "integer",
            _text("Тағы саны", "Ещё число", "Number again"),
            calculation="/kinds/number + 1",
        ),
        _asked("began", "start", {}),
        _asked(
            "one",
            "select_one",
            _text("Бірі", "Одно", "One"),
            choices=tuple(Choice(str(n), _text(f"{n} бір", f"{n} один", f"{n} one")) for n in range(3)),
        ),
    ),
)
"""Questions of the kinds and rules that neither form has now, so that all that may be said of them is said."""
