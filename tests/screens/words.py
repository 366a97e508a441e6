"""What people in these tests write: letters of a script that the bot never uses itself, so that they are told apart."""

from bot.form.answers import FileKind, FileRef

SCRIPT = "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ"
"""Armenian letters."""
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
    LINK,
)
"""Words of languages that the bot must understand."""


def story(length: int) -> str:
    """A text of so many characters."""
    words = f"{SCRIPT[:9]} {SCRIPT[9:20]}, {SCRIPT[20:]} & <{SCRIPT[:3]}>. "
    return (words * (length // len(words) + 1))[: length - 1] + SCRIPT[0]


def picture(name: str, kind: FileKind = FileKind.PHOTO) -> FileRef:
    """A file without a name."""
    return FileRef(name, kind)


def document(name: str) -> FileRef:
    """A file with a long name and a caption."""
    return FileRef(name, FileKind.DOCUMENT, f"{SCRIPT}-{name}.pdf", SHORT)
