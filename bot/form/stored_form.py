"""A form as JSON, for what is read beforehand or kept: it needs no workbook, no lists and no pyxform."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.form.model import Choice, Form, Group, Node, Privacy, Question


def dump(form: Form) -> bytes:
    return json.dumps(asdict(form), ensure_ascii=False, separators=(",", ":")).encode()


def load(stored: bytes) -> Form:
    """Raises ValueError, KeyError or TypeError for what `dump` of this version did not make."""
    fields = _tuples(json.loads(stored))
    return Form(**{**fields, "children": tuple(map(_node, fields["children"]))})


def _node(fields: Mapping[str, Any]) -> Node:
    fields = _tuples(fields)
    if "children" in fields:
        return Group(**{**fields, "children": tuple(map(_node, fields["children"]))})
    choices = tuple(Choice(**one) for one in fields["choices"])
    return Question(**{**fields, "choices": choices, "privacy": Privacy(fields["privacy"])})


def _tuples(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: tuple(one) if isinstance(one, list) else one for name, one in fields.items()}
