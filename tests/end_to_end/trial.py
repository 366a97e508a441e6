"""Cases on their way through the bot: filed by reporters, completed and approved by moderators, exported, and judged."""

import asyncio
import io
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.local_api.client import Phone
from tests.end_to_end import domain, judging
from tests.end_to_end.cases import (
    Case,
    begun_with,
    carried,
    expected,
    in_language,
    names_told,
    persons_of,
    public,
    told,
    told_in_full,
)
from tests.end_to_end.exports import Row
from tests.end_to_end.judged_people import JudgedModerator, JudgedReporter
from tests.end_to_end.moderating import Public
from tests.end_to_end.reporting import Told

AT_ONCE = 24
"""Reporters who file at the same time: as a batch of updates is one transaction, it costs less than one after another."""
PATIENCE = 30.0
"""Seconds before a wait fails; a busy machine is no reason to."""
ZONE = ZoneInfo("Asia/Almaty")
"""Where the days of approval are counted, as the documents say."""
_TRIES = 50
"""How often a moderator opens a report again whose files are not fetched yet."""
COUNTED = ("taps", "texts", "places", "files", "commands")
SECRET = "Тестова"
"""In what each reporter adds though asked to leave it out."""


@dataclass
class Filing:
    """A case as it is filed, in a language and under a consent: what is told, by whom, and what became of it."""

    case: Case
    told: Told
    reporter: JudgedReporter
    ref: str = ""
    versions: int = 0
    language: str = ""
    work: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    @property
    def aside(self) -> str:
        """The words by which a moderator knows the report, written or spoken."""
        return self.told.story[-1] if self.told.story else self.reporter.voices[-1].decode()

    def row(self, approved_on: str) -> Row:
        """Its row in an export."""
        facts = expected(self.case, self.told)
        return Row(facts, self.ref, self.versions, approved_on, self.language, judging.labels_of(facts))


@dataclass
class Trial:
    """The people of one trial at one bot, and what they did."""

    url: str
    phones: AsyncExitStack
    filed: list[Filing] = field(default_factory=list)
    moderators: list[JudgedModerator] = field(default_factory=list)
    took: tuple[float, float] = (0.0, 0.0)

    async def phone(self, user_id: int, language: str) -> Phone:
        """A phone, switched on."""
        made = Phone(self.url, user_id, language, patience=PATIENCE)
        return await self.phones.enter_async_context(made)

    async def take(
        self, case: Case, number: int, language: str, *, short: bool = False, **changes: Any
    ) -> None:
        """A case and its reporter, who adds what it was asked to leave out: a name, which moderators see and nobody
        else. Some speak, some speak and write. `changes` are of what is told."""
        said = in_language(case, language)
        aside = f"Свидетель: Қарлығаш {SECRET}-{number}, +7 701 000 00 {number:02}"
        tell = told if short else told_in_full
        telling = replace(tell(said, language, number, aside), **changes)
        reporter = JudgedReporter(await self.phone(3000 + number, language), language)
        if number % 4 == 1:
            reporter.voices = (f"spoken {aside}".encode(),)
            telling = replace(telling, story=() if number % 8 == 5 else telling.story)
        self.filed.append(Filing(said, telling, reporter))

    async def run(self) -> None:
        """File and approve all."""
        begun, gate = time.monotonic(), asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(_file(gate, one) for one in self.filed))
        told_ = time.monotonic()
        await asyncio.gather(*(self._moderate(one) for one in self.moderators))
        self.took = (told_ - begun, time.monotonic() - told_)

    async def judged(self) -> tuple[list[str], bytes, bytes]:
        """All differences found, on screens and in the exports, and two of these: CSV and JSON Lines."""
        days = {datetime.now(ZONE).date().isoformat()}
        table = await self.moderators[0].export("csv", by_buttons=True)
        lines = await self.moderators[-1].export("jsonl")
        exports = {"csv": table, "jsonl": lines}
        for format_ in judging.FORMATS:
            exports[format_] = exports.get(format_) or await self.moderators[-1].export(format_)
        days.add(datetime.now(ZONE).date().isoformat())
        published = [one for one in self.filed if one.told.consent == "publish_no_names"]
        wanted = [one.row(max(days)) for one in published]
        differences = [found for one in self.filed for found in one.differences]
        differences += judging.export_differences(exports, wanted)
        for format_, content in exports.items():
            differences += [f"{format_}.secret: {one}" for one in self._secrets_in(content)]
        return differences, table, lines

    def report(self) -> str:
        """What people did for each case, to be read."""
        lines = [
            f"{one.case['id']} {one.reporter.language} reporter {counts(one.reporter.counted)}"
            f" · moderator {counts(one.work)}"
            for one in self.filed
        ]
        lines.append("{} cases; filing {:.1f} s, moderating {:.1f} s".format(len(self.filed), *self.took))
        return "\n".join(["", *lines, ""])

    def _secrets_in(self, content: bytes) -> Iterator[str]:
        said = content
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                said = b"\n".join(archive.read(name) for name in archive.namelist())
        for secret in (SECRET, *(name for one in self.filed for name in persons_of(one.case))):
            if secret.encode() in said:
                yield secret

    async def _moderate(self, moderator: JudgedModerator) -> None:
        """Take one report after another until none waits."""
        while True:
            moderator.counted.clear()
            shown = await moderator.next()
            if shown is None:
                return
            shown = await _with_files(moderator, shown)
            await moderator.see_files()
            one = await self._known(moderator, shown)
            await _approve(moderator, one, shown)

    async def _known(self, moderator: JudgedModerator, shown: str) -> Filing:
        """Which report this is: by its words, else by its voice."""
        heard = [
            (await moderator.phone.download(bubble)).decode()
            for bubble in moderator.shown
            for file in bubble.files
            if file["kind"] == "document"
        ]
        said = "\n".join([shown, *heard])
        return next(one for one in self.filed if not one.ref and one.aside in said)


def counts(counted: Counter[str]) -> str:
    """What a person did, in words."""
    return " ".join(f"{counted[kind]} {kind}" for kind in COUNTED)


async def _file(gate: asyncio.Semaphore, filing: Filing) -> None:
    async with gate:
        await filing.reporter.report(filing.told)


async def _with_files(moderator: JudgedModerator, shown: str) -> str:
    """The report once its files are there, opened again until they are."""
    for _ in range(_TRIES):
        if moderator.word("moderator.file.state.pending") not in shown:
            break
        await asyncio.sleep(0.1)
        shown = await moderator.open(moderator.ref) or ""
    return shown


async def _approve(moderator: JudgedModerator, one: Filing, shown: str) -> None:
    """Compare the report with what was told, complete it and approve it."""
    one.ref, one.language, one.versions = moderator.ref, moderator.language, 1
    own = in_language(one.case, moderator.language)
    one.case = {**one.case, "title": own["title"], "narrative": own["narrative"]}  # in the version's language
    one.differences += judging.screen_differences(moderator, one.told, one.reporter.voices)
    one.differences += [f"screen.name: {name}" for name in names_told(one.case) if name in shown]
    details = one.told.details
    version = public(one.case, place=details is not None and details.place is not None)
    begun = Counter(moderator.counted)
    await moderator.edit(version, told=begun_with(one.told))
    lost = moderator.missing | (moderator.corrected & carried(one.case, one.told))
    one.differences += [f"carried.{name}: {one.case['id']}" for name in sorted(lost)]
    rights = await _rights_shown(moderator)
    if rights != domain.rights_of(one.case["violations"]):
        one.differences.append(f"preview.rights: {rights} ({one.case['id']})")
    if rights != one.case["rights"]:
        await moderator.edit_again(Public({"rights": one.case["rights"]}))
        await moderator.preview()
        one.versions = 2
    use = moderator.word(f"moderator.use.{one.told.consent}")
    if use not in moderator.phone.last.text:
        one.differences.append(f"preview.consent: {moderator.phone.last.text!r}")
    await moderator.confirm()
    one.work = Counter(moderator.counted) - begun + Counter(taps=1)  # with the tap on the notice


async def _rights_shown(moderator: JudgedModerator) -> list[str]:
    row = await moderator.preview()
    return [code for code in row.get("rights", "").rpartition(" · ")[2].split("; ") if code]
