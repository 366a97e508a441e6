"""Records as submissions of the form."""

from collections.abc import Iterator, Sequence
from uuid import UUID, uuid5
from xml.sax.saxutils import escape, quoteattr

from bot.services.export.formats.openrosa.layout import NOT_XML, Field, Section
from bot.services.export.rows.table import Record

_RECORDS = UUID("6f1f0a3e-1c0b-5d0e-9b55-5c7a7c1b6c55")
"""Namespace of submission ids (RFC 9562, version 5). Never change it: servers recognise submissions by them.
"""
_KEPT = {"\r": "&#13;"}


def instance_id(record: Record) -> str:
    return f"uuid:{uuid5(_RECORDS, '{id}/{version}'.format_map(record))}"


class Submissions:
    def __init__(self, form_id: str, version: str, root: str, fields: Sequence[Field | Section]) -> None:
        self._root, self._fields = root, fields
        self._begin = (
            "<?xml version='1.0' encoding='UTF-8'?>\n"
            f'<{root} xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms"'
            f" id={quoteattr(form_id)} version={quoteattr(version)}>"
        )

    def written(self, record: Record) -> bytes:
        end = f"<meta><instanceID>{instance_id(record)}</instanceID></meta></{self._root}>\n"
        return "".join([self._begin, *_elements(self._fields, record, 0), end]).encode()


def _elements(fields: Sequence[Field | Section], record: Record, place: int) -> Iterator[str]:
    for one in fields:
        if isinstance(one, Field):
            yield f"<{one.name}>{_text(one.value(record, place))}</{one.name}>"
            continue
        for number in range(one.instances(record)) if one.instances is not None else (place,):
            yield f"<{one.name}>"
            yield from _elements(one.children, record, number)
            yield f"</{one.name}>"


def _text(value: str) -> str:
    return escape(NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value), _KEPT)
