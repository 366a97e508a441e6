"""Form as an XLSForm (https://xlsform.org) and as an XForm. Both are slow: run them in a thread."""

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

from bot.languages import exported_codes, name_of
from bot.services.export.formats.archive import zipped
from bot.services.export.formats.openrosa.layout import NOT_XML, Field, Label, Section, in_language
from bot.services.export.rows.table import ExportTable

Row = Mapping[str, str]
_TIMES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")
_LIST = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class XlsForm:
    """Sheets of the form. Its id differs from the review form's, and its version changes with any question."""

    def __init__(self, table: ExportTable, fields: Sequence[Field | Section]) -> None:
        self._table = table
        self._lists = _list_names(fields)
        self._languages = {code: f"{name_of(code)} ({code})" for code in exported_codes()}
        self.id, self.root = f"{table.review.id}_public", table.review.name
        survey, choices = list(self._survey(fields)), list(self._choices())
        digest = blake2b(json.dumps([survey, choices]).encode(), digest_size=4).hexdigest()
        self.version = f"{table.review.version}-{digest}"
        settings = {
            "form_title": NOT_XML.sub("", table.review.title),
            "form_id": self.id,
            "name": self.root,
            "version": self.version,
            "default_language": next(iter(self._languages.values())),
        }
        self.sheets: Mapping[str, Sequence[Row]] = {
            "survey": survey,
            "choices": choices,
            "settings": [settings],
        }

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
            files = [
                (name, _TIMES.sub(rb"\g<1>1980-01-01T00:00:00Z", archive.read(name)))
                for name in archive.namelist()
            ]
        return b"".join(zipped(files))

    def _survey(self, fields: Sequence[Field | Section]) -> Iterator[Row]:
        for one in fields:
            if isinstance(one, Section):
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

    def _choices(self) -> Iterator[Row]:
        for codes, name in self._lists.items():
            for code, label in self._table.labels[codes].items():
                yield {"list_name": name, "name": code, **self._labels(in_language(label, code))}

    def _labels(self, label: Label) -> Row:
        return {f"label::{name}": _plain(label(code)) for code, name in self._languages.items()}


def _plain(label: str) -> str:
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", label).replace("${", "$ {") or "-"


def _list_names(fields: Sequence[Field | Section]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in fields:
        if isinstance(one, Section):
            found |= {codes: name for codes, name in _list_names(one.children).items() if codes not in found}
        elif one.codes:
            found.setdefault(one.codes, one.codes)
    return {codes: codes if _LIST.fullmatch(codes) else f"list_{place}" for place, codes in enumerate(found)}
