"""The demo's whole story, as three people live it on the page: a report in Kazakh that names somebody, its review in Russian, the second
approval, the export."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.people import COLLEAGUE
from tests.browser.acting import Shown, expect
from tests.browser.conftest import MODERATOR, REPORTER, Open
from tests.browser.demos import Demo, demo
from tests.browser.touching import WATCH, TouchedPhone
from tests.end_to_end.details import Affected, Alleged, Details, Outcome
from tests.end_to_end.exports import Facts, read_csv, read_jsonl
from tests.end_to_end.moderating import Moderator, Public
from tests.end_to_end.people import Dated
from tests.end_to_end.reporting import Reporter, Told

NAME, NAMED_IN_STORY = "Қарлығаш Тестова", "Сынақбай Тестұлы"
STORY = (
    "Түскі он екіде орталық алаңға он шақты адам плакатпен шықты.",
    f"Полиция бәрін таратып, үшеуін бөлімшеге әкетті. Куәгер {NAMED_IN_STORY} бәрін көрді.",
)
TALDYKORGAN = (45.0, 78.4)
LINKS = ("https://example.org/taldyqorgan-1", "https://example.org/taldyqorgan-2?a=1")
TITLE = "Разгон мирного пикета в Талдыкоргане"
SUMMARY = "Полиция разогнала пикет; троих увезли в отдел | и отпустили через три часа."
TOLD = Told(
    category="assembly",
    types=("assembly.dispersed", "assembly.blocked"),
    story=STORY,
    when=Dated("2024-03-08", "2024-03-08"),
    region="KZ-33",
    urgent="no",
    files=("photo.png",),
    details=Details(
        more_groups=("detention",),
        more_types=("detention.short_term",),
        locality="Талдықорған",
        place=TALDYKORGAN,
        affected=(
            Affected(("protester", "activist"), "пикетке шыққандар", "6-20"),
            Affected(("activist",), "ұсталған белсенді", "1", name_ok="agreed", name=NAME),
        ),
        perpetrators=(Alleged("police", "қалалық полиция бөлімі"),),
        legal_basis=("KZ-AOC-488", "KZ-AOC-667"),
        outcomes=(Outcome("released", Dated("2024-03-08", "2024-03-08")), Outcome("ongoing")),
        evidence_own="self",
        links=LINKS,
        source="witness",
        reported=("ngo",),
        needs=("lawyer",),
    ),
)
PHONE_LANGUAGES = f"sessionStorage.setItem('phoneLanguages', JSON.stringify({{ {REPORTER}: 'kk', {MODERATOR}: 'ru', {COLLEAGUE}: 'ru' }}))"
PUBLIC = Public({"title_ru": TITLE, "summary_ru": SUMMARY, "kind": "incident", "place_share": "10km"})


TERMS = ("party", "persons", "prison_years", "restriction_years", "arrest_days", "fine_mrp", "fine_tenge")
"""What an outcome can say besides, and nobody said."""


def facts(point: tuple[float, float]) -> Facts:
    """What the export must say, the reporter's pin being here."""
    return {
        "kind": "incident",
        "title": TITLE,
        "summary": SUMMARY,
        "violations": ["assembly.dispersed", "assembly.blocked", "detention.short_term"],
        "violation_primary": "assembly.dispersed",
        "freedoms": ["assembly"],
        "rights": ["assembly", "movement", "liberty"],
        "date": ("2024-03-08", "2024-03-08", "day"),
        "ongoing": False,
        "date_meaning": "event",
        "underlying_event": None,
        "region": "KZ-33",
        "locality": "Талдықорған",
        "latitude": round(point[0], 1),
        "longitude": round(point[1], 1),
        "within_km": 10,
        "affected": [
            {
                "role": "пикетке шыққандар",
                "groups": ["protester", "activist"],
                "number_min": 6,
                "number_max": 20,
                "number_more_than": None,
                "organisation": None,
            },
            {
                "role": "ұсталған белсенді",
                "groups": ["activist"],
                "number_min": 1,
                "number_max": 1,
                "number_more_than": None,
                "organisation": None,
            },
        ],
        "perpetrators": [{"type": "police", "detail": "қалалық полиция бөлімі"}],
        "legal_basis": ["KZ-AOC-488", "KZ-AOC-667"],
        "outcomes": [
            {"status": "released", "date": "2024-03-08", **dict.fromkeys(TERMS)},
            {"status": "ongoing", "date": None, **dict.fromkeys(TERMS)},
        ],
        "links": list(LINKS),
        "consent": "publish_no_names",
        "assertion": "alleged",
        "sources": [],
        "tags": [],
        **dict.fromkeys(("source_reliability", "information_credibility", "evidence_origin")),
        "iccpr": ["21", "12", "9"],
        "civicus": ["protest disruption", "HRD detained", "protestor(s) detained"],
        "sdg_16_10_1": ["other_harmful_act", "arbitrary_detention"],
        "acled": ["Protests/Protest with intervention", "Strategic developments/Arrests"],
        "huridocs": ["120105000000", "050105000000", "030101000000"],
        **dict.fromkeys(f"{text}_{language}" for text in ("title", "summary") for language in ("en", "kk")),
        "title_ru": TITLE,
        "summary_ru": SUMMARY,
    }


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Demo]:
    """The demo, whose page is visited here instead of one on a local Bot API alone."""
    with demo(tmp_path, "--fill", "0") as one:
        yield one


@pytest.mark.newest  # each step of it is tried elsewhere too
async def test_a_full_report_goes_from_the_first_tap_to_the_downloaded_export(visit: Open) -> None:
    """Filed in Kazakh with photo, pin and names, reviewed in Russian and approved by two, downloaded as CSV and JSON Lines:
    every fact that was chosen is there, the place is coarse, and neither story nor name is anywhere in it."""
    page = await visit(locale="kk", script=f"{WATCH};{PHONE_LANGUAGES}", accept_downloads=True)
    hers, his = TouchedPhone(Shown(page), "kk"), TouchedPhone(Shown(page, MODERATOR), "ru")
    await his.look()
    reporter, moderator = Reporter(hers, "kk"), Moderator(his, "ru")

    code = await reporter.report(TOLD)
    await expect(page.locator(f"#phone-{REPORTER} .message").last).to_contain_text(code)

    await moderator.press_word("moderator.open")
    shown = await moderator._opened()
    assert shown is not None
    assert all(part in shown for part in STORY)
    assert NAME not in shown
    await his.tap("🖼")
    await expect(page.locator(f"#phone-{MODERATOR} .protected .photo img")).to_have_count(1)
    await moderator.open(moderator.ref)
    await moderator.edit(PUBLIC)
    row = await moderator.preview()
    assert row["title"] == TITLE
    await moderator.press_word("moderator.approve.confirm")
    await his.wait(moderator.word("moderator.endorsed", ref=moderator.ref, given=1, needed=2))
    again = TouchedPhone(Shown(page, COLLEAGUE), "ru")
    await again.look()
    colleague = Moderator(again, "ru")
    await colleague.open(moderator.ref)
    await colleague.preview(by_button=True)
    await colleague.confirm()

    await expect(page.locator(".steps .done")).to_have_count(2)
    table, lines = [await moderator.export(one) for one in ("csv", "jsonl")]
    await expect(page.locator(".steps .done")).to_have_count(3)
    [point] = hers.points
    assert point == pytest.approx(TALDYKORGAN, abs=0.2)  # the pin stands where a dot of the screen is
    assert read_csv(table) == read_jsonl(lines) == [facts(point)]
    for content in (table.decode("utf-8-sig"), lines.decode()):
        secrets = (NAME, NAMED_IN_STORY, *STORY, code, "Aigerim", *(f"{degrees:.4f}" for degrees in point))
        assert [secret for secret in secrets if secret in content] == []
        assert not re.search(r"photo|\.png", content)
