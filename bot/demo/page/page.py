"""The page of a demo."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bot.demo.page.inspector import Inspector
from bot.demo.page.routes import routes
from bot.languages import name_of
from bot.local_api.page.page import PageExtension, PagePhone, PhonesPage
from bot.texts import Texts

_STATIC = Path(__file__).resolve().parent / "static"
_OF_ROLE = {
    "admin": ("demo.phone.admin", "demo.empty.admin", "key"),
    "moderator": ("demo.phone.moderator", "demo.empty.moderator", "shield"),
    "analyst": ("demo.phone.analyst", "demo.empty.analyst", "chart"),
}
"""The title of a phone, the hint in its empty chat and its icon, by the role of its owner."""


def reporter_phone(user_id: int, language: str, first_name: str) -> PagePhone:
    """A reporter's phone."""
    return PagePhone(user_id, language, first_name, "demo.phone.reporter", "demo.empty.reporter")


def member_phone(user_id: int, language: str, first_name: str, role: str = "moderator") -> PagePhone:
    """The phone of one of the team, whose role is admin, moderator or analyst. Whoever belongs to it already has
    nothing to start, but a menu of what the role may."""
    title, hint, icon = _OF_ROLE[role]
    return PagePhone(user_id, language, first_name, title, hint, icon, "demo.menu", "/menu")


def demo_page(
    texts: Texts,
    phones: Sequence[PagePhone],
    members: Sequence[int],
    inspector: Inspector,
    utc_offset: timedelta | None,
    key: str | None = None,
) -> PhonesPage:
    """The page in the languages of `texts`; the phones with the ids `members` ask the bot for a language.

    `utc_offset` is that of the bot's clock; for `key` see `PhonesPage`.
    """
    return PhonesPage(
        phones=phones,
        languages={language: name_of(language) for language in texts.languages},
        texts={language: _page_texts(texts, language) for language in texts.languages},
        key=key,
        utc_offset=utc_offset,
        extension=PageExtension(
            "Kuager", _STATIC, settings={"members": list(members)}, routes=routes(inspector)
        ),
    )


def _page_texts(texts: Texts, language: str) -> dict[str, str]:
    """The demo's texts; `demo.page.title` and the like replace `page.title` and the like of the page's own."""
    found = texts.raw(language, "demo.")
    return {
        key.removeprefix("demo.") if key.startswith("demo.page.") else key: words
        for key, words in found.items()
    }
