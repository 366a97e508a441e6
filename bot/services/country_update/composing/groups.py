"""Who was affected: the groups that people belong to."""

from collections.abc import Sequence
from functools import partial

from bot.services.country_update.composing.context import Context
from bot.services.country_update.composing.counting import counted, least_people, row
from bot.services.country_update.document import Section, Table, TableLook
from bot.services.country_update.records import UpdateRecord

_NOBODY_KNOWS = "unknown"


def groups(context: Context) -> Section:
    """The groups by the number of records that tell of them, and of people at least."""
    found = counted(context.records.dated, _groups_of)
    words = context.words
    table = Table(
        words.say("update.table.groups"),
        [words.say(f"update.head.{one}") for one in ("group", "records", "people", "references")],
        [
            row(
                context,
                context.label("affected_groups", code),
                [len(records), least_people(records, partial(_people, code))],
                records,
            )
            for code, records in found.items()
        ],
        TableLook.GROUPS,
    )
    return Section("groups", words.say("update.section.groups"), [table] if found else [])


def _groups_of(record: UpdateRecord) -> Sequence[str]:
    codes = (code for one in record.listed("affected_groups") for code in one or ())
    return [code for code in codes if code != _NOBODY_KNOWS]


def _people(group: str, record: UpdateRecord) -> int:
    """The people at least of those who belong to a group."""
    instances = record.instances("affected", "groups", "number_min")
    return sum(one["number_min"] or 0 for one in instances if group in (one["groups"] or ()))
