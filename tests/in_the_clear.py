"""Columns in the clear in rows about a report, and the words that tell reporters of them. Written by hand,
beside the tables."""

from collections.abc import Mapping

from db.models import Base, File, Report, TalkMessage, WayBack

LANGUAGES = ("kk", "ru", "en")

Words = Mapping[str, tuple[str, str, str]]
QUESTIONS = ("Сұрақ бар екені", "что вопросы есть", "that there are questions")
MANY = ("қанша жазба болғаны", "сколько было записей", "how many messages")
WAITS = ("сұрақтың жауап күтіп тұрғаны", "ждёт ли вопрос ответа", "whether one waits for an answer")
DAYS = ("күнге дейін сақталады", "дн. после последней записи", "days after the last message")
REVIEW = ("қаралу барысы", "ход рассмотрения", "how the review goes")
ONE_EVENT = (
    "қай хабарламалардың бір оқиға туралы екені",
    "какие сообщения об одном событии",
    "which reports are of one event",
)
TOLD: Mapping[type[Base], Words] = {
    Report: {
        "category": ("бұзушылық түрі", "вид нарушения", "kind of violation"),
        "region": ("облыс", "область", "region"),
        **dict.fromkeys(("date_start", "date_end", "date_precision"), ("күні", "дата", "date")),
        "urgent": ("шұғылдығы", "срочность", "urgency"),
        "language": ("тілі", "язык", "language"),
        "consent_use": ("келісім", "согласие", "consent"),
        "submitted_hour": ("жіберілген сағаты", "час отправки", "the hour of sending"),
        **dict.fromkeys(
            (
                "status",
                "closed_hour",
                "reject_reason",
                "moderator_id",
                "claimed_until_hour",
                "unread",
                "approvals",
                "alarm",
                "sealed",
            ),
            REVIEW,
        ),
        **dict.fromkeys(("duplicate_of", "incident_id"), ONE_EVENT),
        "waits": WAITS,
    },
    File: {
        **dict.fromkeys(
            ("kind", "size"),
            ("түрі мен көлемі", "вид и размер", "kind and size"),
        ),
        "hour": ("жіберілген сағаты", "час отправки", "the hour of sending"),
    },
    TalkMessage: {"number": MANY, "from_reporter": QUESTIONS, "open": WAITS},
    WayBack: {"until_day": DAYS, "asked": QUESTIONS},
}
"""Columns in the clear, with the words of /privacy in each language."""
UNTOLD: Mapping[type[Base], Mapping[str, str]] = {
    Report: {
        "row_mac": "authenticates the row",
        "id": "random",
        "ref": "random",
        "form": "the same for everybody",
        "form_version": "the same for everybody",
        "receipt_hash": "a keyed hash",
        "data_key_id": "random",
        **dict.fromkeys(("content", "notes"), "sealed"),
        "announced": "whether moderators were told yet: minutes after it came",
        "untold": "the same of what was added",
        "returned": "the same of one that came back into the queue",
    },
    File: {
        "id": "random",
        "data_key_id": "random",
        "meta": "sealed",
        "status": "whether it is fetched yet",
        "attempts": "how often that was tried",
    },
    TalkMessage: {
        "row_mac": "authenticates the row",
        **dict.fromkeys(("id", "report_id", "files_key_id"), "random"),
        "content": "sealed",
    },
    WayBack: {
        "row_mac": "authenticates the row",
        **dict.fromkeys(("id", "report_id", "data_key_id"), "random"),
        "chat_hash": "a keyed hash",
        "address": "sealed",
    },
}
"""All other columns, with the reason why /privacy omits them."""
