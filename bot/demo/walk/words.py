"""Words and files that the respondent of a walk sends."""

from dataclasses import dataclass

from bot.form.answers import FileKind, FileRef

ARMENIAN_LETTERS = "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ"
"""A script that the bot never writes, so that tests can recognise the respondent's words."""
SHORT_TEXT = "Գիր & <բառ>"
EXAMPLE_LINK = "https://example.org/1"
ALMATY = (43.238949, 76.889709)
"""Latitude and longitude."""
SEMEY = (50.4111, 80.2275)
"""A point in the list's first region that is not a city."""

TYPED_DATES = (
    "вчера",
    "31.02.2024",
    "31 февраля",
    "март 2024",
    "8 марта 2024",
    "1-5 марта 2024",
    "с марта 2024 по сей день",
    "до марта 2024",
    "2024",
    "в прошлый вторник",
    *(f"1.{month}.2023 - 5.{month + 1}.2023" for month in range(1, 12, 2)),
    EXAMPLE_LINK,
)
"""Dates as people type them, understood or not. Together they name every month."""


@dataclass(frozen=True, slots=True)
class Words:
    """A few `short` words, a `long` sentence to repeat, a text's `last` character, and the name of a `file`."""

    short: str = SHORT_TEXT
    long: str = f"{ARMENIAN_LETTERS[:9]} {ARMENIAN_LETTERS[9:20]}, {ARMENIAN_LETTERS[20:]} & <{ARMENIAN_LETTERS[:3]}>. "
    last: str = ARMENIAN_LETTERS[0]
    file: str = ARMENIAN_LETTERS

    def story(self, length: int) -> str:
        return (self.long * (length // len(self.long) + 1))[: length - 1] + self.last

    def document(self, file_id: str) -> FileRef:
        return FileRef(file_id, FileKind.DOCUMENT, f"{self.file}-{file_id}.pdf", self.short)


ARMENIAN = Words()


def nameless_file(file_id: str, kind: FileKind = FileKind.PHOTO) -> FileRef:
    return FileRef(file_id, kind)
