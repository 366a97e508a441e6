"""The forms that come with the program, and what they ask after some answers."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bot.form.answers import Answer, Chosen
from bot.form.flow.instance import Instance
from bot.form.model import Form
from bot.form.xlsform.reader import load

ROOT = Path(__file__).parents[3]
FORMS = sorted((ROOT / "bot" / "forms").glob("*.md"))
INCIDENT = load(ROOT / "bot" / "forms" / "incident.md")
REVIEW = load(ROOT / "bot" / "forms" / "review.md")
NOW = datetime(2024, 6, 6, tzinfo=UTC)
LANGUAGES = {"kk", "ru", "en"}
REGIONS = {choice.name: choice.columns["type"] for choice in REVIEW.by_role["region"].choices}


def full(category: str = "detention") -> dict[str, Answer]:
    """A full report's first answers."""
    return {
        "/incident/consent_store": Chosen(("yes",)),
        "/incident/report/depth": Chosen(("full",)),
        "/incident/report/category": Chosen((category,)),
    }


def instance(form: Form, answers: Mapping[str, Answer], counts: Mapping[str, int] | None = None) -> Instance:
    """The form with these answers."""
    return Instance(form, answers, counts or {}, NOW)


def asked(form: Form, answers: Mapping[str, Answer], counts: Mapping[str, int] | None = None) -> list[str]:
    """The names of what is asked, in order; what is hidden is not, nor a note that has nothing to tell."""
    order = instance(form, answers, counts).order()
    nodes = [form.nodes[re.sub(r"\[\d+\]", "", path)] for path in order]
    return [node.name for node in nodes if "contacts" not in node.bot]
