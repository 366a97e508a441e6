"""The guides for moderators and reporters stand in Kazakh, Russian and English, and none falls behind the others."""

import re
from collections import Counter
from pathlib import Path

import pytest

from bot.app.commands import MENU
from bot.app.retention import FAILED_DAYS
from bot.desk.people.chat import CARDS
from bot.settings import Settings
from bot.store.files import LARGEST_FILE
from bot.store.sent_messages import MESSAGE_HOURS
from bot.texts import Texts
from scripts import command_rows
from tests.in_the_clear import LANGUAGES, TOLD

DOCS = Path(__file__).parents[1] / "docs"
GUIDES = ("moderators", "privacy", "reporters")


def guide(name: str, language: str) -> str:
    """The text of a guide."""
    return (DOCS / (f"{name}.md" if language == "en" else f"{name}.{language}.md")).read_text("utf-8")


def shape(text: str) -> Counter[str]:
    """What does not depend on the language: headings by level, list items, cells of tables, commands and other code,
    settings, figures, links and pictures. The word behind a command, `CODE`, is the language's own, and so are the words of the
    drawing, which a script writes."""
    body = re.sub(r"(?s)alt=\"[^\"]*\"|```mermaid.*?```", "", text)
    links = re.findall(r'(?:\]\(|src=")([^)"]+)', body)
    found = [
        *re.findall(r"^(#+) ", body, re.MULTILINE),
        *re.findall(r"^(-) ", body, re.MULTILINE),
        *(f"cells {line.count('|')}" for line in body.splitlines() if line.startswith("|")),
        *(re.sub(r"^(/\w+) [A-ZӘА-Я]+$", r"\1", code) for code in re.findall(r"`([^`]+)`", body)),
        *re.findall(r"(?<![\w/])/[a-z]+\b", body),
        *re.findall(r"\bKUAGER_\w+", body),
        *re.findall(r"\d+", re.sub(r"\([^)]*\.(?:md|png)\)", "", body)),
        *(re.sub(r"\.(?:kk|ru)\.md$", ".md", link) for link in links),
        *re.findall(r"\*\*(?=\w)", body),
    ]
    return Counter(found)


@pytest.mark.parametrize("name", GUIDES)
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_guide_says_the_same_in_every_language(name: str, language: str) -> None:
    """The same headings, lists, tables, commands, settings, figures and links: a change of one waits for the others."""
    english, other = shape(guide(name, "en")), shape(guide(name, language))
    assert english.total() > 60
    assert other - english == Counter()
    assert english - other == Counter()


@pytest.mark.parametrize("name", GUIDES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guide_leads_to_the_other_languages(name: str, language: str) -> None:
    """In its first lines; its other guides are those of its own language."""
    links = re.findall(r"\]\(([a-z.]+\.md)\)", guide(name, language))
    files = {code: f"{name}.md" if code == "en" else f"{name}.{code}.md" for code in LANGUAGES}
    assert sorted(links[:2]) == sorted(file for code, file in files.items() if code != language)
    end = ".md" if language == "en" else f".{language}.md"
    assert all(link.endswith(end) for link in links[2:] if link.partition(".")[0] in GUIDES)


MOST_WORDS = 2500


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_moderators_guide_is_short_and_begins_with_what_a_newcomer_is_told(language: str) -> None:
    """The ten lines of the five cards, word for word."""
    text = guide("moderators", language)
    assert len(text.split()) <= MOST_WORDS
    times = {name: Settings.model_fields[field].default for name, field in TIMES.items()}
    cards = (
        Texts((language,)).text(language, f"moderator.safety.{card}", times) for card in range(1, CARDS + 1)
    )
    told = [line for card in cards for line in card.split("\n")]
    assert len(told) == 10
    assert re.findall(r"(?m)^\d+\. (.+)$", text) == told


TIMES = {"idle": "idle_minutes", "most": "shown_minutes", "undo": "undo_minutes"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guides_know_every_command(language: str) -> None:
    """Everybody's stand in the reporters', the moderators' in theirs; `scripts.command_rows` adds what is missing there."""
    for name, commands in (("reporters", MENU.everybody), ("moderators", MENU.moderators)):
        missing = [one for one in commands if f"`/{one}" not in guide(name, language)]
        assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_command_that_a_guide_lacks_is_added_behind_the_one_before_it(language: str) -> None:
    """In the words of the menu; a guide that has all stays as it is."""
    whole = guide("moderators", language)
    assert command_rows.with_rows(whole, language) == whole
    without = re.sub(r"(?m)^\| `/mine` .*\n", "", whole)
    said = Texts((language,)).text(language, "command.mine")
    lines = command_rows.with_rows(without, language).splitlines()
    at = lines.index(f"| `/mine` | {said[0].lower()}{said[1:]} |")
    assert lines[at - 1].startswith("| `/queue` |")
    assert [*lines[:at], *lines[at + 1 :]] == without.splitlines()
    with pytest.raises(ValueError, match="no table"):
        command_rows.with_rows("", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guides_name_the_times_and_limits_that_hold(language: str) -> None:
    """Those of the settings as they come, and of Telegram."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    defaults |= {"message_hours": MESSAGE_HOURS, "failed_days": FAILED_DAYS}
    megabytes = LARGEST_FILE // 1024**2
    told = {
        "reporters": [
            *(defaults[name] for name in ("message_hours", "draft_hours", "report_days", "rejected_days")),
            megabytes,
        ],
        "privacy": [
            *(defaults[name] for name in ("message_hours", "report_days", "rejected_days", "failed_days")),
            *(defaults[name] for name in ("idle_minutes", "shown_minutes")),
            defaults["draft_hours"] // 24,
        ],
        "moderators": [
            *(defaults[name] for name in ("claim_hours", "rejected_days", "idle_minutes", "shown_minutes"))
        ],
    }
    for name, figures in told.items():
        assert [one for one in figures if str(one) not in re.findall(r"\d+", guide(name, language))] == []


@pytest.mark.parametrize("name", ["privacy", "reporters"])
def test_the_guides_tell_whatever_stands_in_the_clear(name: str) -> None:
    """In the same words as /privacy, so that a column which is told there is told here too."""
    for at, language in enumerate(LANGUAGES):
        text = " ".join(guide(name, language).split())
        words = {column: found[at] for table in TOLD.values() for column, found in table.items()}
        assert [column for column, word in words.items() if word not in text] == []
