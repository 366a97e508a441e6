"""Why something was refused, in the page's own words."""

from tests.browser.acting import Shown, expect, pictured, refusing
from tests.browser.conftest import TEXTS, Open, page_text

REFUSALS = {
    "Bad Request: IMAGE_PROCESS_FAILED": "page.refused.picture",
    "Request Entity Too Large": "page.refused.large",
    "Bad Request: message caption is too long": "page.refused.long",
    "Bad Request: file must be non-empty": "page.refused.empty",
    "Conflict: there is no such button": "page.refused.button",
    "Conflict: the bot is blocked on this phone": "page.blocked",
    "Bad Request: anything else": "page.refused",
}


async def test_refusals_are_told_in_the_language_of_the_page(visit: Open) -> None:
    """By what is wrong, and in general where that is not known; so is a server that cannot be reached."""
    shown = Shown(await visit())
    toast, language_choice = shown.root.locator(".toast"), shown.page.locator("#language")
    for language in TEXTS.languages:
        await language_choice.select_option(language)
        for described, key in REFUSALS.items():
            await shown.page.unroute_all()
            await shown.page.route("**/files", refusing(described))
            await shown.choose_files("photo", *pictured("a.png"))
            await expect(toast).to_have_text(page_text(language, key))
    await shown.page.evaluate(
        "() => { window.fetch = () => Promise.reject(new TypeError('Failed to fetch')); }"
    )
    for language in TEXTS.languages:
        await language_choice.select_option(language)
        await shown.choose_files("photo", *pictured("a.png"))
        await expect(toast).to_have_text(TEXTS.text(language, "demo.page.offline"))
