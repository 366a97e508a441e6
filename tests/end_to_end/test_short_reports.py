"""The short report: what it costs a person, and that nothing is lost by it."""

import asyncio
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from statistics import median

import pytest

from bot.local_api.server import LocalBotApi
from tests.end_to_end.cases import CASES, LANGUAGES, in_language, told
from tests.end_to_end.conftest import Machine, MakeReporter
from tests.end_to_end.details import Affected, Alleged, Details, Telling
from tests.end_to_end.exports import read_csv
from tests.end_to_end.moderating import Moderator
from tests.end_to_end.people import REVIEW
from tests.end_to_end.reporting import SIMPLE, Reporter
from tests.end_to_end.trial import AT_ONCE, counts

MEDIAN_TAPS, MEDIAN_TEXTS = 9.5, 3
MOST_TAPS, MOST_TEXTS = 12, 4
MEDIAN_CALLS, MOST_CALLS = 18, 21
"""Of one report; the goal is 9 taps and 3 texts. A tap is saved where the kind is heard in the story."""


@dataclass
class Tally:
    """Calls to each chat that Telegram counts, without answers to taps. The log keeps the last ones only, so it is looked at
    often."""

    api: LocalBotApi
    seen: int = 0
    calls: dict[int, Counter[str]] = field(default_factory=dict)

    def look(self) -> None:
        """Count the calls since the last look."""
        for call in self.api.control.calls.calls(self.seen):
            self.seen, method = call["number"], call["method"]
            if method.startswith(("sendM", "edit", "deleteMessage")):
                self.calls.setdefault(int(call["chat_id"]), Counter())[method] += 1


async def test_a_short_report_takes_few_taps(
    reporter: MakeReporter, machine: Machine, api: LocalBotApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every case in every language, from /start to the receipt. Dates are typed, as the screen says that they can: the cases are of
    some years ago, and a year of then is several taps away."""
    assert machine.bot is not None
    gate = asyncio.Semaphore(AT_ONCE)
    lines: list[str] = []
    tally = Tally(api)

    async def file(number: int, language: str, one: Reporter) -> None:
        async with gate:
            case = in_language(CASES[number], language)
            await one.report(replace(told(case, language, number), typed=True))
        tally.look()
        lines.append(f"{CASES[number]['id']} {language} {counts(one.counted)}")

    people = [
        (number, language, await reporter(4000 + 100 * place + number, language))
        for place, language in enumerate(LANGUAGES)
        for number in range(len(CASES))
    ]
    await asyncio.gather(*(file(*person) for person in people))
    taps, texts = ([one.counted[kind] for _, _, one in people] for kind in ("taps", "texts"))
    while await machine.bot.outbox.ids():
        await asyncio.sleep(0.01)
        await machine.bot.committer.flush()
    tally.look()
    made = [tally.calls[one.phone.user_id].total() for _, _, one in people]
    with capsys.disabled():
        found = f"{len(people)} short reports: median {median(taps)} taps, {median(texts)} texts; most {max(taps)}, {max(texts)}"
        each = sum(tally.calls.values(), Counter[str]())
        count = f"calls: median {median(made)}, most {max(made)}; of all {dict(each)}"
        sys.stdout.write("\n".join(["", *sorted(lines), found, count, ""]))
    assert median(taps) <= MEDIAN_TAPS
    assert median(texts) <= MEDIAN_TEXTS
    assert max(taps) <= MOST_TAPS
    assert max(texts) <= MOST_TEXTS
    assert (median(made) <= MEDIAN_CALLS, max(made) <= MOST_CALLS) == (True, True)


async def test_a_short_report_is_extended_at_the_review(anna: Reporter, aida: Moderator) -> None:
    """Add details asks what only the full report has, keeps what was said, and comes back to the review."""
    await anna.begin()
    await anna.fill(SIMPLE)
    await anna.press_word("flow.extend")
    await anna.look(lambda place: place not in {"", REVIEW})
    details = Details(
        affected=(Affected(("journalist",), "репортёр газеты", "1"),),
        perpetrators=(Alleged("court", "районный суд"),),
    )
    asked: list[str] = []
    more = replace(SIMPLE, details=details)
    telling = Telling(anna, details)
    answers = anna.answers(more, telling)
    while anna.place != REVIEW:
        asked.append(anna.place)
        if not await telling.tell_more():
            await answers[anna.place]()
    assert not {"category", "types", "story", "when", "region", "consent_use"} & set(asked)
    assert {"more_groups", "affected_groups", "perpetrator_type", "legal_basis"} <= set(asked)
    await anna.send()
    shown = await aida.next()
    assert shown is not None
    assert "репортёр газеты" in shown
    assert SIMPLE.story[0] in shown


@pytest.mark.parametrize(
    ("language", "town"), list(zip(LANGUAGES, ("Теміртау", "Темиртау", "Temirtau"), strict=True))
)
async def test_a_town_typed_in_a_short_report_is_exported(
    reporter: MakeReporter, aida: Moderator, language: str, town: str
) -> None:
    """No question asks for it: it stands in the review, on the card and, approved, in its column."""
    one = await reporter(1001, language)
    await one.begin()
    await one.fill(SIMPLE, until="region")
    await one.write(town)
    await one.at("consent_use")
    await one.fill(SIMPLE)
    assert f"{one.short('locality')}: {town}" in "\n\n".join(one.lines())
    await one.send()
    assert town in (await aida.next() or "")
    await aida.begin_edit()
    await aida.tell("title", "Заголовок")
    await aida.tell("summary", "Описание.")
    await aida.press_word("flow.send")
    await aida.preview()
    await aida.confirm()
    (row,) = read_csv(await aida.export("csv"))
    assert (row["region"], row["locality"]) == ("KZ-35", town)
