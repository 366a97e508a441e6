"""Forms of our own from /report to the export of answers: asked in the chat, decided, and out of it again."""

import csv
import io
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest
from sqlalchemy import select

from bot.app import questionnaires
from bot.demo.walk.chats import Chats
from bot.desk.decisions import service as decisions_service
from bot.form import events
from bot.form.answers import Answer, Chosen, Files, GeoPoint, Number, When, Written
from bot.form.events import Event
from bot.form.flow.filling import Filling
from bot.form.model import Form, Question, schema_path
from bot.form.screen import ScreenKind
from bot.form.xlsform.reader import load
from bot.publish.export import exports
from bot.publish.export.cells import split
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import ExportScope
from bot.reports import reading
from bot.reports.states import Consent
from bot.store.unit import REPORT_FORM, REVIEW_FORM, FormRegistry, UnitOfWork
from bot.transport.call import Call
from db.models import Report
from tests.bench import Bench, approve_proposal, reads_in
from tests.bot.chat.chats import TEXTS, words
from tests.bot.form.talks import NOW
from tests.bot.form.whole.judge import LEXICAL, XForm
from tests.bot.form.whole.own_forms import FOLDER, HINTS, NAMES, place_of
from tests.bot.form.whole.walking import RandomWalk
from tests.bot.publish.export.published import unguard
from tests.bot.reports.test_forms import REVIEW

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ME = 5
LANGUAGES = ("kk", "ru", "en")
SOME = [("household_roster", "kk"), ("defaults", "ru"), ("others", "en"), ("complaint", "ru")]
"""A form and a person's language, for every run."""
LEAVING = {
    "text", "barcode", "integer", "decimal", "range", "date", "time", "dateTime", "select_one", "select_multiple", "rank",
    "acknowledge", "calculate",
}  # fmt: skip
"""Types whose answers may leave: no file, no place, nothing that a phone adds."""
TEXTS_TO_CONFIRM = {"text", "barcode", "time", "calculate"}


@dataclass
class WalkInChat(RandomWalk):
    """A random walk that agrees to keep and publish, and notes all that it does."""

    done: list[Event] = field(default_factory=list)

    def send(self, *given: Event) -> None:
        self.done += given
        super().send(*given)

    def _attempts(self) -> Iterator[Sequence[Event]]:
        asked = self.filling.question
        wished = {"consent_store": "yes", "consent_use": Consent.PUBLISH}.get(asked.role if asked else "")
        if asked is not None and wished:
            yield (events.Pick(list(asked.labels).index(wished)),)
        yield from super()._attempts()


def words_of(question: Question) -> set[str]:
    """Words of its calculation and default, names of questions among them."""
    return set(re.findall(r"[\w-]+", f"{question.calculation} {question.default}"))


@dataclass(frozen=True)
class Marks:
    """Privacy of each question of a form by its name, as the file beside it says. Where a calculation or default may
    read a question, it is public: the program refuses a value that tells of more than it says."""

    path: Path
    privacy: Mapping[str, str]

    @classmethod
    def written(cls, name: str, folder: Path) -> "Marks":
        shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
        path = folder / place_of(name, folder).name
        dice, questions = Random(name), load(path).questions
        read = {word for one in questions for word in words_of(one)}
        privacy = {
            one.name: "public"
            if one.name in read
            else dice.choice(["public", "public", "moderators", "sealed"])
            for one in questions
        }
        lines = [f"{one},{level}" for one, level in privacy.items()]
        path.with_name(f"{path.name}.privacy.csv").write_text("\n".join(["name,privacy", *lines]), "utf-8")
        return cls(path, privacy)


@dataclass(frozen=True)
class Rules:
    """Answers that may leave, by the rules as the guide tells them."""

    form: Form
    marks: Marks

    def leaves(self, question: Question) -> bool:
        if self.marks.privacy.get(question.name) != "public" or question.kind not in LEAVING:
            return False
        read = self._read(question)
        return all(self.leaves(one) for one in read if one is not question)

    def _read(self, question: Question) -> list[Question]:
        """Questions that its calculation or default reads, by their names."""
        return [one for one in self.form.questions if one.name in words_of(question)]

    def cell(self, question: Question, answer: Answer) -> str:
        match answer:
            case Chosen():
                return "; ".join(answer.names)
            case Number():
                return f"{answer.value:g}" if isinstance(answer.value, float) else str(answer.value)
            case When():
                return (answer.start or "")[:7]
            case Written() if question.kind == "dateTime":
                return answer.text[:7]
            case Written():
                return answer.text.strip()
        raise AssertionError(answer)

    def element(self, question: Question, answer: Answer) -> str:
        cell = self.cell(question, answer)
        if question.kind in {"date", "dateTime"}:
            return f"{cell}-01" + "T00:00:00.000Z" * (question.kind == "dateTime")
        return cell.replace("; ", " ")

    def left(self, answers: Mapping[str, Answer]) -> dict[str, tuple[Question, Answer]]:
        asked = {path: self.form.question_at(path) for path in answers}
        return {path: (one, answers[path]) for path, one in asked.items() if one and self.leaves(one)}


async def fill(bench: Bench, name: str, form: Form, language: str) -> tuple[WalkInChat, Report]:
    """Answer a form at random in the chat, to its receipt with a code, which finds the report."""
    said: list[Call] = []
    chats = Chats(bench, TEXTS, language, lambda: bench.now, lambda _, calls: said.extend(calls))
    await chats.say(ME, "/report")
    begun = await chats.filling(ME)
    assert begun is not None
    walk = WalkInChat(form, 7, dict(HINTS.get(name, {})))
    walk.filling, walk.done = Filling(form, begun.draft), []
    walk.send(events.Show())
    walk.to_the_end()
    assert walk.screens[-1].kind is ScreenKind.SUBMITTED
    for event in walk.done[1:]:
        await chats.do(ME, event)
    code = re.search(r"\b[0-9A-Z]{4}(-[0-9A-Z]{4})+\b", words(said))
    assert code is not None
    (status,) = [
        words([one]) for one in await chats.say(ME, f"/status {code[0]}") if one.method == "sendMessage"
    ]
    assert TEXTS.text(language, "reporter.status.new") in status
    async with bench.read() as unit:
        return walk, (await unit.session.scalars(select(Report))).one()


async def publish(bench: Bench, unit: UnitOfWork, report: Report) -> Sequence[str]:
    """Write title and summary, confirm every text, approve. Returns the texts."""
    moderator = await bench.moderator(unit)
    await bench.propose(unit, moderator, report)
    found = await decisions_service.proposal(unit, report)
    if found.words:
        proof = decisions_service.words_proof(unit, found, found.words)
        await decisions_service.confirm_words(unit, moderator, report, found, found.words, proof)
    await approve_proposal(unit, moderator, report)
    return [one.text for one in found.words]


async def exported(unit: UnitOfWork) -> dict[str, bytes]:
    stream = exports.stream(reads_in(unit), ExportRequest.read("answers"), ExportScope.PUBLIC)
    with zipfile.ZipFile(io.BytesIO(b"".join([piece async for piece in stream]))) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def tables(rules: Rules, made: Mapping[str, bytes]) -> dict[str, str]:
    """Cells of all tables by instance path. A table is known by its repeats, which its numbers count."""
    form, found = rules.form, dict[str, str]()
    groups = dict[tuple[str, ...], list[Question]]({(): []})
    for one in filter(rules.leaves, form.questions):
        groups.setdefault(tuple(path for path in form.repeats if one.path.startswith(f"{path}/")), []).append(
            one
        )
    contents = [content for name, content in made.items() if name.endswith(".csv")]
    assert len(contents) == len(groups)
    by_names = {
        tuple(sorted(_table_names(form, around, asked))): (around, asked) for around, asked in groups.items()
    }
    for content in contents:
        head, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        around, asked = by_names[tuple(sorted(re.sub("^(extra_)+", "", one) for one in head))]
        for row in rows:
            cells = iter(row[3 + len(around) :])
            places = dict(zip(sorted(around, key=len), row[3:], strict=False))
            for one in asked:
                cell, labels = next(cells), [next(cells) for _ in form.languages if one.choices]
                if cell:
                    found[_placed(one.path, places)] = unguard(cell)
                assert len(split(cell)[0]) == len(split(labels[0])[0]) if labels else True
    return found


def _table_names(form: Form, around: Sequence[str], asked: Sequence[Question]) -> Iterator[str]:
    yield from ("id", "version", "approved_on", *(f"{one.rpartition('/')[2]}_instance" for one in around))
    for one in asked:
        yield from (one.name, *(f"{one.name}_label_{code}" for code in form.languages if one.choices))


def _placed(path: str, places: Mapping[str, str]) -> str:
    for repeat in sorted(places, key=len, reverse=True):
        path = f"{repeat}[{places[repeat]}]{path.removeprefix(repeat)}"
    return path


def elements(xform: XForm, form: Form, submission: bytes) -> dict[str, list[str]]:
    """Values of a submission by schema path, each of the type of its bind. Fails where it has not the elements of
    the form's own XForm in their order."""
    root, values = ElementTree.fromstring(submission), dict[str, list[str]]()  # noqa: S314 - made here
    assert root.tag == xform.root.tag.rpartition("}")[2]
    assert root.get("id") == form.id
    assert root.get("version", "") == form.version

    def compare(found: ElementTree.Element, template: ElementTree.Element, path: str) -> None:
        wanted = {one.tag.rpartition("}")[2]: one for one in template}
        known = [name for name in wanted if name == "meta" or form.at(f"{path}/{name}") is not None]
        tags = list(dict.fromkeys(one.tag for one in found))
        assert tags == [name for name in known if name in tags or f"{path}/{name}" not in xform.repeats]
        for one in found:
            below = f"{path}/{one.tag}"
            if one.tag == "meta":
                assert (one.findtext("instanceID") or "").startswith("uuid:")
            elif len(wanted[one.tag]):
                compare(one, wanted[one.tag], below)
            elif one.text:
                pattern = LEXICAL.get(xform.binds[below].get("type", "string"))
                assert pattern is None or re.fullmatch(pattern, one.text), (below, one.text)
                values.setdefault(below, []).append(one.text)

    compare(root, xform.root, f"/{root.tag}")
    return values


async def go_through(bench: Bench, folder: Path, name: str, language: str) -> None:
    marks = Marks.written(name, folder)
    (folder / "its_review.md").write_text(REVIEW, "utf-8")
    form = questionnaires.fitted(load(marks.path), bench.settings)
    assert questionnaires.report_form_fault(form) is None
    bench.forms = FormRegistry({REPORT_FORM: form, REVIEW_FORM: load(folder / "its_review.md")})
    bench.now = NOW
    walk, report = await fill(bench, name, form, language)
    async with bench.write() as unit:
        content = await reading.content_of(unit, report)
        assert content is not None
        answered = {**content.answers, **content.sealed}
        given = walk.filling.instance.submission()
        assert told(answered) == told(given)
        confirmed = await publish(bench, unit, report)
        made = await exported(unit)
    rules = Rules(form, marks)
    if not any(map(rules.leaves, form.questions)):
        assert made == {}
        return
    left = rules.left(given)
    to_confirm = [rules.cell(*one) for one in left.values() if one[0].kind in TEXTS_TO_CONFIRM]
    assert sorted(confirmed) == sorted(to_confirm)
    assert tables(rules, made) == {path: rules.cell(*one) for path, one in left.items()}
    wanted: dict[str, list[str]] = {}
    for path, one in sorted(left.items(), key=lambda one: numbers(one[0])):
        wanted.setdefault(schema_path(path), []).append(rules.element(*one))
    (submission,) = [content for name, content in made.items() if name.endswith(".xml")]
    assert elements(XForm.of(marks.path, form), form, submission) == wanted


def numbers(path: str) -> list[int]:
    return list(map(int, re.findall(r"\[(\d+)\]", path)))


def told(answers: Mapping[str, Answer]) -> dict[str, object]:
    """Answers but files, whose ids the chat gives, and points, which it rounds. A text is without its message."""
    kept = {path: one for path, one in answers.items() if not isinstance(one, Files | GeoPoint)}
    return {path: one.text if isinstance(one, Written) else one for path, one in kept.items()}


@pytest.mark.parametrize(("name", "language"), SOME)
async def test_a_form_of_our_own_comes_out_of_the_export(
    bench: Bench, tmp_path: Path, name: str, language: str
) -> None:
    """From /report to its receipt, title and summary, confirmed texts, approval and export: exactly the answers that
    the rules allow, in tables and in a submission that fits the form's own XForm."""
    await go_through(bench, tmp_path, name, language)


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
async def test_every_form_of_our_own_comes_out_of_the_export(
    bench: Bench, tmp_path: Path, name: str, language: str
) -> None:
    """As above, each form in each language."""
    await go_through(bench, tmp_path, name, language)
