"""What the person of a walk writes and sends."""

from dataclasses import dataclass

from bot.form.answers import FileKind, FileRef

SCRIPT = "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ"
"""Armenian letters: a script that the bot never uses itself, so that a person's words are told apart from its own."""
SHORT = "Գիր & <բառ>"
"""A few words, with signs that HTML escapes."""
LINK = "https://example.org/1"
PLACE = (43.238949, 76.889709)

TYPED = (
    "вчера",
    "31.02.2024",
    "31 февраля",
    "март 2024",
    "8 марта 2024",
    "1-5 марта 2024",
    "с марта 2024 по сей день",
    "2024",
    "в прошлый вторник",
    *(f"1.{month}.2023 - 5.{month + 1}.2023" for month in range(1, 12, 2)),
    LINK,
)
"""Words of languages that the bot must understand: a day of each month is among them."""


@dataclass(frozen=True, slots=True)
class Words:
    """`short`: a few words; `long`: a sentence, repeated for longer texts; `last`: the letter that ends one."""

    short: str = SHORT
    long: str = f"{SCRIPT[:9]} {SCRIPT[9:20]}, {SCRIPT[20:]} & <{SCRIPT[:3]}>. "
    last: str = SCRIPT[0]
    file: str = SCRIPT

    def story(self, length: int) -> str:
        """A text of so many characters."""
        return (self.long * (length // len(self.long) + 1))[: length - 1] + self.last

    def document(self, name: str) -> FileRef:
        """A file with a long name and a caption."""
        return FileRef(name, FileKind.DOCUMENT, f"{self.file}-{name}.pdf", self.short)


OWN = Words()


def picture(name: str, kind: FileKind = FileKind.PHOTO) -> FileRef:
    """A file without a name."""
    return FileRef(name, kind)
