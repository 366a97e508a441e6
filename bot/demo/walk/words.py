"""What the respondent of a walk writes and sends."""

from dataclasses import dataclass

from bot.form.answers import FileKind, FileRef

ARMENIAN_LETTERS = "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ"
"""Armenian, a script that the bot never writes: so a test tells the respondent's words from the bot's."""
SHORT_TEXT = "Գիր & <բառ>"
"""A few words, with characters that HTML escapes."""
EXAMPLE_LINK = "https://example.org/1"
ALMATY = (43.238949, 76.889709)
"""Latitude and longitude."""
SEMEY = (50.4111, 80.2275)
"""A point in the first region of the list that is no city."""

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
"""What people type for a date, understood or not; between them they name every month."""


@dataclass(frozen=True, slots=True)
class Words:
    """`short`: a few words; `long`: a sentence, repeated for longer texts; `last`: the character that ends a text;
    `file`: a file's name."""

    short: str = SHORT_TEXT
    long: str = f"{ARMENIAN_LETTERS[:9]} {ARMENIAN_LETTERS[9:20]}, {ARMENIAN_LETTERS[20:]} & <{ARMENIAN_LETTERS[:3]}>. "
    last: str = ARMENIAN_LETTERS[0]
    file: str = ARMENIAN_LETTERS

    def story(self, length: int) -> str:
        """A text of exactly so many characters."""
        return (self.long * (length // len(self.long) + 1))[: length - 1] + self.last

    def document(self, file_id: str) -> FileRef:
        """A document with a long name and a caption."""
        return FileRef(file_id, FileKind.DOCUMENT, f"{self.file}-{file_id}.pdf", self.short)


ARMENIAN = Words()


def nameless_file(file_id: str, kind: FileKind = FileKind.PHOTO) -> FileRef:
    """A file without a name, as Telegram sends photos and voice messages."""
    return FileRef(file_id, kind)
