"""An export for OpenRosa opened: its form, and its submissions checked against it by the ODK XForms specification alone: structure, types,
choices, constraints.

ODK Validate, which asks JavaRosa, needs Java and is not run here; `java -jar ODK_Validate.jar form.xml` is how to, with the file that
pyxform brings.
"""

import io
import re
import uuid
import xml.etree.ElementTree as Xml
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.form.model import Form
from bot.publish.export.formats import FORMATS

Forms = Mapping[str, Form]
OPENROSA = FORMATS["openrosa"]
XFORMS, HTML = "{http://www.w3.org/2002/xforms}", "{http://www.w3.org/1999/xhtml}"
JAVAROSA = "{http://openrosa.org/javarosa}"
TYPES = {
    "string": r"(?s).*",
    "int": r"[+-]?\d{1,9}",
    "decimal": r"[+-]?\d+(\.\d+)?",
    "date": r"\d{4}-\d{2}-\d{2}",
    "geopoint": r"-?\d{1,2}(\.\d+)? -?\d{1,3}(\.\d+)? -?\d+(\.\d+)? \d+(\.\d+)?",
}
"""What a value of each type looks like."""


@dataclass
class XForm:
    """A form read for what it says of its submissions."""

    model: Xml.Element
    binds: dict[str, Xml.Element] = field(default_factory=dict)
    choices: dict[str, tuple[bool, set[str]]] = field(default_factory=dict)
    repeats: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, content: bytes) -> "XForm":
        root = Xml.fromstring(content)  # noqa: S314 - it is the program's own
        model = root.find(f"{HTML}head/{XFORMS}model")
        body = root.find(f"{HTML}body")
        assert model is not None
        assert body is not None
        made = cls(model)
        made.binds = {bind.attrib["nodeset"]: bind for bind in model.iter(f"{XFORMS}bind")}
        made.repeats = {one.attrib["nodeset"] for one in body.iter(f"{XFORMS}repeat")}
        lists = {
            one.attrib["id"]: {str(item.findtext(f"{XFORMS}name")) for item in one.iter(f"{XFORMS}item")}
            for one in model.findall(f"{XFORMS}instance")[1:]
        }
        for name in ("select", "select1"):
            for one in body.iter(f"{XFORMS}{name}"):
                items = one.find(f"{XFORMS}itemset")
                assert items is not None
                found = re.fullmatch(r"instance\('(.+)'\)/root/item", items.attrib["nodeset"])
                assert found
                made.choices[one.attrib["ref"]] = (name == "select", lists[found[1]])
        return made

    @property
    def primary(self) -> Xml.Element:
        """The empty submission in the form."""
        instance = self.model.find(f"{XFORMS}instance")
        assert instance is not None
        return instance[0]

    def check(self, content: bytes) -> dict[str, Any]:
        """The values of a submission by their paths, those in a repeat as lists; fails where it is none of this form."""
        root = Xml.fromstring(content)  # noqa: S314 - it is the program's own
        assert (root.tag, root.attrib) == (local(self.primary), self.primary.attrib)
        values: dict[str, Any] = {}
        self._check(root, self.primary, f"/{root.tag}", values, inside=False)
        named = values.pop(f"/{root.tag}/meta/instanceID")
        assert named == f"uuid:{uuid.UUID(named.removeprefix('uuid:'))}"
        return {path.removeprefix(f"/{root.tag}/"): value for path, value in values.items()}

    def _check(
        self, found: Xml.Element, pattern: Xml.Element, path: str, values: dict[str, Any], *, inside: bool
    ) -> None:
        wanted = [local(one) for one in pattern if JAVAROSA + "template" not in one.attrib]
        order = list(dict.fromkeys(one.tag for one in found))
        assert order == [
            name for name in dict.fromkeys(wanted) if f"{path}/{name}" not in self.repeats or name in order
        ]
        if not wanted:
            assert not len(found)
            self._check_value(found.text or "", path)
            if inside:
                values.setdefault(path, []).append(found.text or "")
            else:
                values[path] = found.text or ""
        for one in found:
            below = f"{path}/{one.tag}"
            again = below in self.repeats
            assert again or len(found.findall(one.tag)) == 1
            shape = next(other for other in pattern if local(other) == one.tag)
            self._check(one, shape, below, values, inside=inside or again)

    def _check_value(self, value: str, path: str) -> None:
        bind = self.binds[path]
        assert not {"required", "relevant", "calculate"} & bind.attrib.keys(), (
            "nothing that could refuse it or take it away"
        )
        if not value:
            return
        assert re.fullmatch(TYPES[bind.attrib["type"]], value, re.ASCII), (path, value)
        if bind.attrib["type"] == "date":
            date.fromisoformat(value)
        if path in self.choices:
            is_multiple, names = self.choices[path]
            chosen = value.split(" ") if is_multiple else [value]
            assert set(chosen) <= names
            assert len(set(chosen)) == len(chosen)
        if constraint := bind.attrib.get("constraint"):
            pattern = re.fullmatch(r"regex\(\., '(.*)'\)", constraint)
            assert pattern
            assert re.fullmatch(pattern[1], value), (path, value)


def local(element: Xml.Element) -> str:
    """The name without its namespace."""
    return element.tag.rpartition("}")[2]


def opened(content: bytes) -> tuple[XForm, dict[str, bytes], dict[str, bytes]]:
    """The form, the submissions and the other files of an export."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    sent = {name: files.pop(name) for name in list(files) if name.startswith("submissions/")}
    assert files.keys() == {"README.txt", "send.py", "form.xml", "form.xlsx"}
    return XForm.read(files["form.xml"]), sent, files
