"""What a moderator has taken out of a public version: it stays beside the report, and is there again in the next edit.

It is never part of a version, nor under the key of one: a public version outlives the report that it was made of.
"""

from collections.abc import Mapping
from typing import Any

from bot.form.answers import Answer, from_json, to_json
from bot.form.draft import Draft
from bot.form.flow.leaving import Withheld, joined
from bot.safety.sealing import UnsealError
from bot.services.reports import beside
from bot.services.unit import Unit
from db.models import Report

_NAME = "withheld"


async def keep(unit: Unit, report: Report, taken: Withheld) -> None:
    """Keep what was taken out, instead of what was before. Of a report that was destroyed nothing is kept."""
    if report.data_key_id is None:
        return
    known = await beside.legible(unit, report)
    if taken or known is None or _NAME in known:  # what is damaged is written anew
        await beside.keep(unit, report, {_NAME: _plain(taken)})


async def brought_back(unit: Unit, report: Report, draft: Draft) -> Draft:
    """A draft that begins with a version, and with what was taken out of that, still taken out."""
    try:
        known = await beside.read(unit, report)
    except UnsealError:
        return draft
    return joined(draft, _read(known[_NAME])) if _NAME in known else draft


def _plain(taken: Withheld) -> Mapping[str, Any]:
    return {
        "answers": _written(taken.answers),
        "instances": [[repeat, _written(said)] for repeat, said in taken.instances],
    }


def _read(data: Mapping[str, Any]) -> Withheld:
    instances = tuple((repeat, _answers(said)) for repeat, said in data["instances"])
    return Withheld(_answers(data["answers"]), instances)


def _written(answers: Mapping[str, Answer]) -> Mapping[str, Any]:
    return {path: to_json(answer) for path, answer in answers.items()}


def _answers(data: Mapping[str, Any]) -> Mapping[str, Answer]:
    return {path: from_json(answer) for path, answer in data.items()}
