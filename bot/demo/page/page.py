"""The demo's page."""

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
"""Title of a phone, hint in its empty chat, and icon, by the owner's role."""


def reporter_phone(user_id: int, language: str, first_name: str) -> PagePhone:
    return PagePhone(user_id, language, first_name, "demo.phone.reporter", "demo.empty.reporter")


def member_phone(user_id: int, language: str, first_name: str, role: str = "moderator") -> PagePhone:
    """A team member's phone. `role` is admin, moderator or analyst.

    Members are already enrolled, so an empty chat offers their menu instead of a start button.
    """
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
    """The page in the languages of `texts`. Phones with ids in `members` ask the bot for a language.

    `utc_offset` is the bot clock's. See `PhonesPage` for `key`.
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
    """The demo's texts. `demo.page.*` replaces the page's own `page.*`."""
    found = texts.raw(language, "demo.")
    return {
        key.removeprefix("demo.") if key.startswith("demo.page.") else key: words
        for key, words in found.items()
    }
