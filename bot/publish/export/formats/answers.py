"""A ZIP of the reporters' answers that may leave: for each form its tables, and its submissions for OpenRosa servers
(https://docs.getodk.org/openrosa/)."""

import codecs
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5
from xml.sax.saxutils import escape, quoteattr

from bot.form.answers import Answer
from bot.form.expressions.coercion import answer_value, to_text
from bot.form.kinds import fact_of
from bot.form.model import Form, Node, Question, schema_path
from bot.publish import versions
from bot.publish.export.cells import REPORTED, ExportTable, Record, guard, labels_in, many, shown, writable
from bot.publish.export.column_values import free_name
from bot.publish.export.formats import openrosa
from bot.publish.export.formats.openrosa.submissions import NOT_XML
from bot.publish.export.formats.writing import (
    ExportFacts,
    Format,
    SmallFiles,
    Spool,
    Writer,
    csv_line,
    sayable,
)
from bot.publish.versions import ReportedAnswers

MAIN = "answers"
_KEYS = ("id", "version", "approved_on")
_SUBMISSIONS = UUID("0d5a7a0e-3c55-5b0c-8d0f-6f3c7e0b9a41")
"""Namespace of submission ids (RFC 9562, version 5). Never change it: servers recognise submissions by them."""
_POSITION = re.compile(r"\[(\d+)\]")
_UNSAFE = re.compile(r"[^\w-]+")

Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class _Column:
    """Column of a question, with one of labels for each language of its form behind it."""

    name: str
    question: Question
    labels: Sequence[Mapping[str, str]]

    def cells(self, answer: Answer | None) -> Iterator[str]:
        fact = fact_of(self.question, answer)
        codes = [*map(str, fact if isinstance(fact, list) else [] if fact is None else [fact])]
        yield many(codes) if isinstance(fact, list) else str(writable(shown(fact)))
        for labels in self.labels:
            yield many(labels.get(code, "") for code in codes)


class _Table:
    """CSV table of the answers outside repeats, or of a repeat's, whose rows have the number of their instance
    and of those around it."""

    def __init__(self, name: str, repeats: Sequence[str], questions: Sequence[Question], form: Form) -> None:
        taken = set(_KEYS)
        keys = [*_KEYS, *(free_name(f"{one.rpartition('/')[2]}_instance", taken) for one in repeats)]
        self.name, self.columns = name, [_column(one, form, taken) for one in questions]
        self._spool = Spool()
        heads = (
            head
            for one in self.columns
            for head in (one.name, *(f"{one.name}_label_{code}" for code in form.languages if one.labels))
        )
        self._write([*keys, *heads])

    def add(self, record: Record, places: Sequence[int], answers: Answers) -> None:
        cells = (cell for one in self.columns for cell in one.cells(answers.get(one.question.path)))
        self._write([*(str(record[key]) for key in _KEYS), *map(str, places), *cells])

    def _write(self, cells: Sequence[str]) -> None:
        self._spool.write(csv_line(guard(sayable(cell)) for cell in cells))

    def content(self) -> bytes:
        content = codecs.BOM_UTF8 + b"".join(self._spool.pieces())
        self._spool.close()
        return content


def _column(question: Question, form: Form, taken: set[str]) -> _Column:
    codes = form.languages if question.choices else ()
    return _Column(
        free_name(question.name, taken), question, [labels_in(question.labels, one) for one in codes]
    )


class _FormFiles:
    """Tables and submissions of one form."""

    def __init__(self, form: Form, leaving: Mapping[str, Question], folder: str) -> None:
        self.folder, self._form = folder, form
        repeats = [path for path in form.nodes if path in form.repeats]
        around = {path: tuple(one for one in repeats if path.startswith(f"{one}/")) for path in leaving}
        self._around, names = around, set[str]()
        self.tables = {
            these: _Table(
                free_name(these[-1].rpartition("/")[2] if these else MAIN, names),
                these,
                [leaving[path] for path in leaving if around[path] == these],
                form,
            )
            for these in dict.fromkeys(((), *around.values()))
        }

    def known(self, answers: Answers) -> Answers:
        """Answers to questions that the form still lets leave."""
        return {path: answer for path, answer in answers.items() if schema_path(path) in self._around}

    def add(self, record: Record, answers: Answers) -> None:
        rows: dict[tuple[tuple[str, ...], tuple[int, ...]], dict[str, Answer]] = {((), ()): {}}
        for path, answer in answers.items():
            plain = schema_path(path)
            places = tuple(map(int, _POSITION.findall(path)))
            rows.setdefault((self._around[plain], places), {})[plain] = answer
        for (repeats, places), told in sorted(rows.items(), key=lambda one: one[0][1]):
            self.tables[repeats].add(record, places, told)

    def submission(self, record: Record, version: str, answers: Answers) -> bytes:
        form = self._form
        about = f" id={quoteattr(form.id)}" + (f" version={quoteattr(version)}" if version else "")
        number = uuid5(_SUBMISSIONS, f"{form.id}/{record['id']}/{record['version']}")
        return "".join(
            (
                "<?xml version='1.0' encoding='UTF-8'?>\n",
                f"<{form.name}{about}>",
                *_elements(form.children, f"/{form.name}", answers),
                f"<meta><instanceID>uuid:{number}</instanceID></meta></{form.name}>\n",
            )
        ).encode()


def _elements(nodes: Sequence[Node], above: str, answers: Answers) -> Iterator[str]:
    """Elements of an instance, blank where no answer leaves. A repeat has the instances with one that does."""
    for node in nodes:
        path = f"{above}/{node.name}"
        if isinstance(node, Question):
            text = NOT_XML.sub("\N{REPLACEMENT CHARACTER}", to_text(answer_value(answers.get(path))))
            yield f"<{node.name}>{escape(text, {chr(13): '&#13;'})}</{node.name}>"
            continue
        numbers = {
            int(found[1]) for one in answers if (found := re.match(rf"{re.escape(path)}\[(\d+)\]", one))
        }
        for place in [f"{path}[{number}]" for number in sorted(numbers)] if node.repeat else [path]:
            yield f"<{node.name}>"
            yield from _elements(node.children, place, answers)
            yield f"</{node.name}>"


class AnswersWriter(Writer):
    """Writes submissions as they come, and the tables at the end."""

    def __init__(self, table: ExportTable, _about: ExportFacts) -> None:
        self._zip, folders = SmallFiles(), set[str]()
        self._forms = {
            form.id: _FormFiles(
                form,
                versions.leaving_questions(form, table.review),
                free_name(_UNSAFE.sub("_", form.id) or MAIN, folders),
            )
            for form in table.reports.values()
        }

    def row(self, record: Record) -> bytes:
        told: ReportedAnswers | None = record[REPORTED]
        files = self._forms.get(told.form) if told is not None else None
        if told is None or files is None:
            return b""
        answers = files.known(told.answers)
        files.add(record, answers)
        name = f"{files.folder}/submissions/{record['id']}_{record['version']}.xml"
        return self._zip.add(name, files.submission(record, told.version, answers))

    def end(self) -> Generator[bytes, None, None]:
        for files in self._forms.values():
            # For recipients of the ZIP. The bot itself sends nothing.
            yield self._zip.add(
                f"{files.folder}/send.py", Path(openrosa.__file__).with_name("send.py").read_bytes()
            )
            for table in files.tables.values():
                yield self._zip.add(f"{files.folder}/{table.name}.csv", table.content())
        yield from self._zip.end()


ANSWERS = Format("answers", "application/zip", "answers.zip", AnswersWriter, of_reporters=True)
