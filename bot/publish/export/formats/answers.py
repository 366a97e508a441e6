"""A ZIP of the reporters' answers that may leave: for each form its tables, and its submissions for OpenRosa servers."""

import codecs
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from uuid import UUID, uuid5
from xml.sax.saxutils import quoteattr

from bot.form.answers import Answer
from bot.form.expressions.coercion import answer_value, to_text
from bot.form.kinds import fact_of
from bot.form.model import Form, Node, Question, schema_path
from bot.publish import versions
from bot.publish.export.cells import REPORTED, ExportTable, Record, guard, labels_in, many, shown
from bot.publish.export.column_values import free_name
from bot.publish.export.formats.openrosa import element, sending
from bot.publish.export.formats.writing import ExportFacts, Format, SmallFiles, Writer, csv_line, sayable
from bot.publish.versions import ReportedAnswers

MAIN = "answers"
_KEYS = ("id", "version", "approved_on")
_SUBMISSIONS = UUID("0d5a7a0e-3c55-5b0c-8d0f-6f3c7e0b9a41")
"""Namespace of submission ids (RFC 9562, version 5). Never change it: servers recognise submissions by them."""
_POSITION = re.compile(r"\[(\d+)\]")
_UNSAFE = re.compile(r"[^\w-]+")

Answers = Mapping[str, Answer]
Places = tuple[int, ...]
Clean = Callable[[str], str]
"""Takes out marks and counts them (`Records.writable`)."""


class _Table:
    """CSV of the answers outside repeats, or in one, whose rows have the number of each instance around them."""

    def __init__(
        self, repeats: Sequence[str], questions: Sequence[Question], languages: Sequence[str], clean: Clean
    ) -> None:
        self._clean = clean
        taken = set(_KEYS)
        names = (one.rpartition("/")[2] for one in repeats)
        heads = [*_KEYS, *(free_name(f"{name}_instance", taken) for name in names)]
        self._columns: list[tuple[Question, list[Mapping[str, str]]]] = []
        self.content = bytearray(codecs.BOM_UTF8)
        for one in questions:
            name, codes = free_name(one.name, taken), languages if one.choices else ()
            heads += [name, *(f"{name}_label_{code}" for code in codes)]
            self._columns.append((one, [labels_in(one.labels, code) for code in codes]))
        self._write(heads)

    def add(self, record: Record, places: Places, answers: Answers) -> None:
        row = [*(str(record[key]) for key in _KEYS), *map(str, places)]
        for question, labels in self._columns:
            fact = fact_of(question, answers.get(question.path))
            codes = fact if isinstance(fact, list) else [] if fact is None else [str(fact)]
            row.append(many(codes) if isinstance(fact, list) else self._clean(shown(fact)))
            row += [many(said.get(code, "") for code in codes) for said in labels]
        self._write(row)

    def _write(self, cells: Sequence[str]) -> None:
        self.content += csv_line(guard(sayable(cell)) for cell in cells)


class _FormFiles:
    def __init__(self, form: Form, leaving: Mapping[str, Question], folder: str, clean: Clean) -> None:
        self.folder, self._form, names, self._clean = folder, form, set[str](), clean
        repeats = [path for path in form.nodes if path in form.repeats]
        self._around = {path: tuple(one for one in repeats if path.startswith(f"{one}/")) for path in leaving}
        self._tables, self.names = dict[tuple[str, ...], _Table](), dict[str, _Table]()
        for around in dict.fromkeys(((), *self._around.values())):
            questions = [leaving[path] for path, these in self._around.items() if these == around]
            table = self._tables[around] = _Table(around, questions, form.languages, clean)
            self.names[free_name(around[-1].rpartition("/")[2] if around else MAIN, names)] = table

    def add(self, record: Record, told: ReportedAnswers) -> bytes:
        known = {path: one for path, one in told.answers.items() if schema_path(path) in self._around}
        rows: dict[tuple[Places, tuple[str, ...]], dict[str, Answer]] = {((), ()): {}}
        for path, answer in known.items():
            plain, places = schema_path(path), tuple(map(int, _POSITION.findall(path)))
            rows.setdefault((places, self._around[plain]), {})[plain] = answer
        for (places, around), answers in sorted(rows.items()):
            self._tables[around].add(record, places, answers)
        return self._submission(record, told.version, known)

    def _submission(self, record: Record, version: str, answers: Answers) -> bytes:
        form = self._form
        about = f" id={quoteattr(form.id)}" + (f" version={quoteattr(version)}" if version else "")
        number = uuid5(_SUBMISSIONS, f"{form.id}/{record['id']}/{record['version']}")
        start = f"<?xml version='1.0' encoding='UTF-8'?>\n<{form.name}{about}>"
        elements = "".join(_elements(form.children, f"/{form.name}", answers, self._clean))
        end = f"<meta><instanceID>uuid:{number}</instanceID></meta></{form.name}>\n"
        return f"{start}{elements}{end}".encode()


def _elements(nodes: Sequence[Node], above: str, answers: Answers, clean: Clean) -> Iterator[str]:
    """Elements of an instance, blank where no answer leaves, without the consents that the program put around the form."""
    for node in nodes:
        if isinstance(node, Question) and node.role and node.name.rstrip("_") == f"kuager_{node.role}":
            continue
        path = f"{above}/{node.name}"
        if isinstance(node, Question):
            value = to_text(answer_value(answers.get(path)))
            value += "T00:00:00.000Z" if value and node.kind == "dateTime" else ""
            yield element(node.name, clean(value))
            continue
        instance = re.compile(re.escape(path) + r"\[(\d+)\]")
        numbers = sorted({int(found[1]) for one in answers if (found := instance.match(one))})
        for place in [f"{path}[{number}]" for number in numbers] if node.repeat else [path]:
            yield f"<{node.name}>"
            yield from _elements(node.children, place, answers, clean)
            yield f"</{node.name}>"


class AnswersWriter(Writer):
    """Writes submissions as they come, and the tables at the end."""

    def __init__(self, table: ExportTable, _about: ExportFacts) -> None:
        self._zip, folders = SmallFiles(), set[str]()
        self._forms = dict[str, _FormFiles]()
        for form in table.reports.values():
            folder = free_name(_UNSAFE.sub("_", form.id), folders)
            leaving = versions.leaving_questions(form, table.review)
            self._forms[form.id] = _FormFiles(form, leaving, folder, table.records.writable)

    def row(self, record: Record) -> bytes:
        files = self._forms[record[REPORTED].form]
        name = f"{files.folder}/submissions/{record['id']}_{record['version']}.xml"
        return self._zip.add(name, files.add(record, record[REPORTED]))

    def end(self) -> Generator[bytes, None, None]:
        for files in self._forms.values():
            yield self._zip.add(f"{files.folder}/send.py", sending())
            for name, table in files.names.items():
                yield self._zip.add(f"{files.folder}/{name}.csv", bytes(table.content))
        yield from self._zip.end()


ANSWERS = Format("answers", "application/zip", "answers.zip", AnswersWriter, of_reporters=True)
