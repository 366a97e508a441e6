"""Withdrawal by the reporter: nothing of the report can be read any more, wherever it stood."""

import pytest
from sqlalchemy import select

from bot.desk.publishing import service as publishing_service
from bot.errors import Refusal
from bot.reports import claims, withdrawal
from bot.reports.receipts import service as receipts_service
from bot.store import drafting
from db.models import DraftRow, OutboxRow, PublicVersion
from tests.bench import Bench, approve_proposal, count, opens


async def test_withdrawal_destroys_every_key_the_edit_and_what_is_on_its_way(bench: Bench) -> None:
    """Of the report, the proposed and the public version and the open edit; no fact of it stays."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        receipt = await bench.submit(unit)
        report = receipt.report
        first = await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        await claims.correct(unit, moderator, report)
        second = await bench.propose(unit, moderator, report)
        edit = await publishing_service.begin(unit, moderator, report, None)
        drafting.save(unit, edit)
        keys = [report.data_key_id, first.data_key_id, second.data_key_id, edit.row.data_key_id]
        row = {"chat_hash": moderator.chat_hash, "number": 1, "payload": b"", "hour": unit.hour}
        unit.session.add(OutboxRow(id=1, report_id=report.id, **row))
        unit.session.add(OutboxRow(id=2, report_id=None, **row))
        assert await opens(unit, *keys) == [True] * 4
    async with bench.write() as unit:
        found = await receipts_service.find_by_code(unit, receipt.code)
        assert found.id == report.id
        await withdrawal.withdraw(unit, found)
        assert unit.erased
    async with bench.write() as unit:
        assert await opens(unit, *keys) == [False] * 4
        assert await count(unit, DraftRow) == 0
        assert await count(unit, OutboxRow) == 1
        found = await claims.find(unit, report.ref)
        assert (found.status, found.content, found.category, found.region) == ("withdrawn", None, None, None)
        assert [one.content for one in await unit.session.scalars(select(PublicVersion))] == [None, None]
        with pytest.raises(Refusal):
            await receipts_service.find_by_code(unit, receipt.code)
        with pytest.raises(Refusal, match=r"state\.is_withdrawn"):
            await claims.take(unit, moderator, report.ref)
