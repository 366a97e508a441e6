"""A ZIP for servers of OpenRosa (https://docs.getodk.org/openrosa/), such as ODK Central and KoboToolbox: an XLSForm of
the review form, and a submission for each record."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from hashlib import blake2b
from pathlib import Path
from uuid import UUID, uuid5
from xml.sax.saxutils import escape, quoteattr

from bot.form.kinds.kind import FactType
from bot.form.markup import plain_text
from bot.form.model import Group, Node, Privacy, Question, Text
from bot.form.xlsform.sheets import ANY
from bot.languages import exported_codes, name_of
from bot.publish.export.cells import ExportTable, Record, date_of, shown
from bot.publish.export.column_values import ExportColumn, ExportValue
from bot.publish.export.formats.writing import ExportFacts, Format, SmallFiles, Writer, said, texts, zipped

RECORD, PLACE = "record", "place"
_WHEN = frozenset({"date_start", "date_end", "date_precision", "date_ongoing"})
_POINT = frozenset({"latitude", "longitude"})
_TYPES = {
    FactType.INTEGER: "decimal",  # an XForm's int has 32 bits, integers of records up to 12 digits
    FactType.DECIMAL: "decimal",
    FactType.DAY: "date",
}
_DATE = r"(\.\.|[0-9]{4}(-[0-9]{2}){0,2})"
PARTIAL_DATE = f"regex(., '{_DATE}(/{_DATE}?)?')"
"""Constraint on a date in one text (ISO 8601-2), since XForms lack months, years and periods."""

Label = Callable[[str], str]

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_RECORDS = UUID("6f1f0a3e-1c0b-5d0e-9b55-5c7a7c1b6c55")
"""Namespace of submission ids (RFC 9562, version 5). Never change it: servers recognise submissions by them."""

Row = Mapping[str, str]
_TIMES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")
_LIST = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class FormField:
    name: str
    type: str
    label: Label
    value: Callable[[Record, int], str]
    codes: str = ""
    constraint: str = ""
    appearance: str = ""


@dataclass(frozen=True, slots=True)
class FormSection:
    name: str
    label: Label
    children: "tuple[FormField | FormSection, ...]"
    instances: Callable[[Record], int] | None = None


def layout(table: ExportTable) -> tuple[FormField | FormSection, ...]:
    of_form = _Questions(table)
    asked = tuple(of_form.below(table.review.children, None))
    free = tuple(of_form.unasked())
    names = {node.name for node in table.review.children}
    name = next(one for number in range(len(names) + 1) if (one := RECORD + "_" * number) not in names)
    heading = FormSection(name, partial(said, "export.openrosa.record"), free)
    return (heading, *asked)


class _Questions:
    def __init__(self, table: ExportTable) -> None:
        self._table = table
        self._columns: dict[str, ExportColumn] = {}
        self._used: set[str] = set()
        for column in table.columns:
            question, known = column.question, self._columns
            if question is None or question.privacy is not Privacy.PUBLIC or column.name in _POINT:
                continue
            if table.review.at(question.path) is not question:
                continue  # a question of the report form
            is_fixed = column.name == question.role and not known.get(question.path, column).is_own
            if question.path not in known or is_fixed:
                known[question.path] = column

    def below(self, nodes: Sequence[Node], repeat: Group | None) -> Iterator[FormField | FormSection]:
        for node in nodes:
            if isinstance(node, Question):
                yield from self._asked(node, repeat)
            elif not (node.repeat and repeat):
                children = tuple(self.below(node.children, node if node.repeat else repeat))
                label = in_language(node.label, node.name)
                if children:
                    yield FormSection(node.name, label, children, self._instances(node))

    def unasked(self) -> Iterator[FormField]:
        columns = [column for column in self._table.columns if column.name not in self._used]
        for column in columns:
            if column.name == "latitude" and not column.is_own:
                yield FormField(PLACE, "geopoint", partial(said, "export.openrosa.place"), _point)
            elif column.repeat or (column.name in _POINT and not column.is_own):
                continue
            elif column.derive or column.reads or column.question is not None:
                yield self._field(column.name, column, partial(column.heading, texts()))

    def _asked(self, question: Question, repeat: Group | None) -> Iterator[FormField]:
        column, label = self._columns.get(question.path), in_language(question.label, question.name)
        if column is None or (repeat is not None and not column.repeat):
            return
        if question.role == "when":
            self._used |= _WHEN
            name, value = question.name, lambda record, _place: date_of(record) or ""
            yield FormField(name, "text", label, value, constraint=PARTIAL_DATE)
        else:
            self._used.add(column.name)
            yield self._field(question.name, column, label)
            for more in (one for one in self._table.columns if one.repeat and one.reads):
                if more.question is question:
                    yield self._field(more.name, more, partial(more.heading, texts()))

    def _field(self, name: str, column: ExportColumn, label: Label) -> FormField:
        def value(record: Record, place: int) -> str:
            found = record[column.name]
            if column.repeat:
                found = found[place] if place < len(found) else None
            return _said(found, " " if column.codes else "\n")

        if self._table.labels.get(column.codes):
            type_ = "select_multiple" if column.several else "select_one"
            return FormField(name, type_, label, value, column.codes)
        is_long = column.type is FactType.TEXT and (column.is_own or name == "summary")
        look = "multiline" if column.several or is_long else ""
        type_ = "text" if column.several else _TYPES.get(column.type, "text")
        constraint = PARTIAL_DATE if column.type is FactType.DATE and not column.several else ""
        return FormField(name, type_, label, value, constraint=constraint, appearance=look)

    def _instances(self, group: Group) -> Callable[[Record], int] | None:
        if not group.repeat:
            return None
        asked = ((one.name, one.question) for one in self._table.columns if one.repeat)
        columns = [name for name, of in asked if of is not None and of.path.startswith(f"{group.path}/")]
        return lambda record: max((len(record[name]) for name in columns), default=0)


def _point(record: Record, _place: int) -> str:
    latitude, longitude = record["latitude"], record["longitude"]
    if latitude is None or longitude is None:
        return ""
    return f"{_number(latitude)} {_number(longitude)} 0 {(record['within_km'] or 0) * 1000}"


def _said(value: ExportValue, separator: str) -> str:
    if isinstance(value, list):
        return separator.join(_said(one, separator) for one in value)
    return _number(value) if isinstance(value, float) else shown(value)


def _number(value: float) -> str:
    """Number without exponent, since decimals of XForms have none."""
    return format(Decimal(repr(value)), "f")


def in_language(label: Text, name: str) -> Label:
    """Label in a language, else in any language, else the name."""
    plain = plain_text(label)
    return lambda language: plain.get(language) or plain.get(ANY) or next(filter(None, plain.values()), name)


def _elements(fields: Sequence[FormField | FormSection], record: Record, place: int) -> Iterator[str]:
    for one in fields:
        if isinstance(one, FormField):
            yield element(one.name, one.value(record, place))
            continue
        for number in range(one.instances(record)) if one.instances is not None else (place,):
            yield f"<{one.name}>"
            yield from _elements(one.children, record, number)
            yield f"</{one.name}>"


def element(name: str, text: str) -> str:
    """XML element, which keeps carriage returns."""
    escaped = escape(_writable(text), {"\r": "&#13;"})
    return f"<{name}>{escaped}</{name}>"


def _writable(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


class XlsForm:
    """Sheets of the form. Its id differs from the review form's, and its version changes with any question."""

    def __init__(self, table: ExportTable, fields: Sequence[FormField | FormSection]) -> None:
        self._lists = _list_names(fields)
        self._languages = {code: f"{name_of(code)} ({code})" for code in exported_codes()}
        self.id, self.root = f"{table.review.id}_public", table.review.name
        survey = list(self._survey(fields))
        choices: list[Row] = [
            {"list_name": name, "name": code, **self._labels(in_language(label, code))}
            for codes, name in self._lists.items()
            for code, label in table.labels[codes].items()
        ]
        digest = blake2b(json.dumps([survey, choices]).encode(), digest_size=4).hexdigest()
        self.version = f"{table.review.version}-{digest}"
        settings: Row = {
            "form_title": _NOT_XML.sub("", table.review.title),
            "form_id": self.id,
            "name": self.root,
            "version": self.version,
            "default_language": next(iter(self._languages.values())),
        }
        self.sheets = {"survey": survey, "choices": choices, "settings": [settings]}

    def xform(self) -> bytes:
        from pyxform.xls2xform import convert  # type: ignore[import-untyped] # noqa: PLC0415 - the import takes a second

        sheets = {name: [dict(row) for row in rows] for name, rows in self.sheets.items()}
        made: str = convert(sheets, validate=False, pretty_print=False).xform
        return made.encode()

    def workbook(self) -> bytes:
        """Form as an Excel workbook. Equal forms give equal bytes."""
        from openpyxl import Workbook  # type: ignore[import-untyped] # noqa: PLC0415 - slow too

        book = Workbook()
        book.remove(book.worksheets[0])
        for name, rows in self.sheets.items():
            sheet = book.create_sheet(name)
            heads = list(dict.fromkeys(head for row in rows for head in row))
            for line, row in enumerate([dict(zip(heads, heads, strict=True)), *rows], 1):
                for place, head in enumerate(heads, 1):
                    if row.get(head):
                        cell = sheet.cell(line, place, row[head])
                        cell.data_type = "s"  # text, even if a label begins with =
        written = io.BytesIO()
        book.save(written)
        with zipfile.ZipFile(written) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        timeless = rb"\g<1>1980-01-01T00:00:00Z"
        return b"".join(zipped((name, _TIMES.sub(timeless, content)) for name, content in files.items()))

    def _survey(self, fields: Sequence[FormField | FormSection]) -> Iterator[Row]:
        for one in fields:
            if isinstance(one, FormSection):
                kind = "group" if one.instances is None else "repeat"
                yield {"type": f"begin_{kind}", "name": one.name, **self._labels(one.label)}
                yield from self._survey(one.children)
                yield {"type": f"end_{kind}"}
            else:
                row = {
                    "type": f"{one.type} {self._lists[one.codes]}" if one.codes else one.type,
                    "name": one.name,
                    **self._labels(one.label),
                    "constraint": one.constraint,
                    "appearance": one.appearance,
                }
                yield {head: cell for head, cell in row.items() if cell}

    def _labels(self, label: Label) -> Row:
        named = {name: label(code).replace("${", "$ {") for code, name in self._languages.items()}
        return {f"label::{name}": _writable(words) or "-" for name, words in named.items()}


def sending() -> bytes:
    """Program by which recipients of the ZIP send its submissions. The bot itself sends nothing."""
    return Path(__file__).with_name("send.py").read_bytes()


def _list_names(fields: Sequence[FormField | FormSection]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in fields:
        if isinstance(one, FormSection):
            found |= {codes: name for codes, name in _list_names(one.children).items() if codes not in found}
        elif one.codes:
            found.setdefault(one.codes, one.codes)
    return {codes: codes if _LIST.fullmatch(codes) else f"list_{place}" for place, codes in enumerate(found)}


class OpenRosaWriter(Writer):
    """Writes submissions as they come. The form is slow to make and comes last."""

    def __init__(self, table: ExportTable, _about: ExportFacts) -> None:
        self._fields = layout(table)
        self._form = form = XlsForm(table, self._fields)
        self._files = SmallFiles()
        self._begin = (
            "<?xml version='1.0' encoding='UTF-8'?>\n"
            f'<{form.root} xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms"'
            f" id={quoteattr(form.id)} version={quoteattr(form.version)}>"
        )

    def row(self, record: Record) -> bytes:
        number = uuid5(_RECORDS, f"{record['id']}/{record['version']}")
        end = f"<meta><instanceID>uuid:{number}</instanceID></meta></{self._form.root}>\n"
        submission = "".join([self._begin, *_elements(self._fields, record, 0), end]).encode()
        return self._files.add(f"submissions/{record['id']}_{record['version']}.xml", submission)

    def end(self) -> Generator[bytes, None, None]:
        about = {"id": self._form.id}
        readme = (texts().text(one, "export.openrosa.readme", about) for one in exported_codes())
        yield self._files.add("README.txt", "\n\n".join([*readme, ""]).encode())
        yield self._files.add("send.py", sending())
        yield self._files.add("form.xml", self._form.xform())
        yield self._files.add("form.xlsx", self._form.workbook())
        yield from self._files.end()


OPENROSA = Format("openrosa", "application/zip", "zip", OpenRosaWriter, has_codebook=True)
