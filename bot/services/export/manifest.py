"""Manifest of an export, as JSON: its request, maker and files, and the rows and fields withheld, with
reasons."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot import __version__
from bot.services.export import register
from bot.services.export.request import ExportRequest
from bot.services.export.versions.scope import Scope, statistics
from bot.services.unit import REPORT_FORM, REVIEW_FORM, SECONDS_AN_HOUR, Unit
from db.models import Export

MIME, EXTENSION = "application/json", "manifest.json"
VERSION = 1
"""Version of the manifest's own fields. It changes when the meaning of a field does."""
_ALWAYS: Mapping[str, str] = {
    "answers and words of reporters": "only what moderators wrote and approved is public",
    "names of people": "no column is for one",
    "files, chats and who reported": "they never leave",
    "places": "left out, or rounded as a moderator decided",
    "fields of the public version": "left out where a moderator took them out of it",
    "own words of reporters in the public version": "left out unless a moderator has confirmed that very text",
}
_SHARED: Mapping[Scope, Mapping[str, str]] = {
    Scope.TRUSTED: _ALWAYS,
    Scope.NAMES: {what: why for what, why in _ALWAYS.items() if what != "names of people"},
    Scope.STORIES: {what: why for what, why in _ALWAYS.items() if not what.startswith("answers")},
}


def file_name(of: str) -> str:
    return f"{of}.{EXTENSION}"


async def written(unit: Unit, row: Export) -> bytes:
    """Manifest of an export whose files are made. Its bytes stay equal until a report is approved, withdrawn
    or pruned."""
    return (json.dumps(await _fields(unit, row), ensure_ascii=False, indent=2) + "\n").encode()


async def _fields(unit: Unit, row: Export) -> Mapping[str, Any]:
    request, scope = ExportRequest.read_spec(row.spec), Scope(row.scope)
    found = await statistics(unit, request.period)
    withheld = {"statistics_only": found.counted}
    if scope is Scope.PUBLIC:
        withheld = {"share_trusted": found.shared, **withheld}
    elif scope is not Scope.TRUSTED:
        withheld = {"publish_no_names": found.rows, **withheld}
    made = datetime.fromtimestamp(row.hour * SECONDS_AN_HOUR, unit.settings.zone)
    review, report = unit.forms[REVIEW_FORM], unit.forms[REPORT_FORM]
    days = request.period.since, request.period.until
    return {
        "manifest": VERSION,
        "export": row.number,
        "made": made.isoformat(timespec="minutes"),
        "by": row.actor,
        "scope": str(scope),
        "format": request.format.name,
        "approved": {"since": days[0] and days[0].isoformat(), "until": days[1] and days[1].isoformat()},
        "filters": dict(word.split("=", 1) for word in request.filters.words()),
        "rows": row.rows,
        "withheld_in_period": {"by_consent": withheld},
        "redactions": _redactions(scope),
        "forms": {
            one.name: {"id": one.id, "version": one.version, "digest": one.digest} for one in (report, review)
        },
        "program": {"name": "Kuager", "version": __version__},
        "files": [asdict(one) for one in register.files_of(row)],
    }


def _redactions(scope: Scope) -> Sequence[Mapping[str, str]]:
    left_out = _ALWAYS if scope is Scope.PUBLIC else _SHARED[scope]
    return [{"left_out": what, "why": why} for what, why in left_out.items()]
