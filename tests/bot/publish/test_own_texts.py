"""An organisation's own texts of its country updates."""

import pytest
from sqlalchemy import select, text

from bot.errors import Refusal
from bot.publish.country_update.request import Months
from bot.publish.own_texts import MOST_LETTERS, OwnPart, read_texts, set_text
from bot.store.unit import UnitOfWork
from db.models import AuditEntry
from tests.bench import Bench

WINTER, SPRING, SUMMER = (
    Months("2026-01", "2026-02"),
    Months("2026-03", "2026-05"),
    Months("2026-06", "2026-08"),
)


async def said(unit: UnitOfWork, months: Months, language: str = "ru") -> dict[str, str]:
    """The texts of an update by the names of their parts."""
    await unit.session.flush()
    return {str(part): one.text for part, one in (await read_texts(unit, language, months)).items()}


async def test_a_text_is_carried_into_later_updates_until_another_takes_its_place(bench: Bench) -> None:
    """In its language alone, and into none before; a blank one ends it."""
    async with bench.write() as unit:
        await set_text(unit, "Aspan", OwnPart.CONTEXT, "ru", WINTER, "Зима.\n")
        await set_text(unit, "Aspan", OwnPart.CONTEXT, "ru", Months("2025-01", "2025-12"), "Год.")
        await set_text(unit, "Aspan", OwnPart.INTRODUCTION, "ru", SPRING, "Весна.")
        assert await said(unit, SPRING) == {"context": "Зима.", "introduction": "Весна."}
        assert await said(unit, WINTER) == {"context": "Зима."}
        assert await said(unit, Months("2024-01", "2024-12")) == {}
        assert await said(unit, SUMMER, "kk") == {}
        await set_text(unit, "Aspan", OwnPart.CONTEXT, "ru", SPRING, "Весна.")
        await set_text(unit, "Aspan", OwnPart.CONTEXT, "ru", SPRING, "")
        assert await said(unit, SUMMER) == {"context": "", "introduction": "Весна."}
        assert await said(unit, WINTER) == {"context": "Зима."}


async def test_a_text_is_sealed_and_the_log_has_who_wrote_it(bench: Bench) -> None:
    """The log has its part, months and language; neither has a word of it."""
    async with bench.write() as unit:
        await set_text(unit, "Aspan", OwnPart.CONCLUSIONS, "en", WINTER, "PLANTED")
    async with bench.read() as unit:
        (row,) = (await unit.session.execute(text("SELECT * FROM update_texts"))).all()
        assert b"PLANTED" not in row.content
        assert (row.id, row.language) == ("conclusions:en:2026-02:2026-01", "en")
        (entry,) = await unit.session.scalars(select(AuditEntry).where(AuditEntry.act == "update_text"))
        assert (entry.actor, entry.subject, entry.detail) == ("Aspan", "conclusions", "2026-01:2026-02:en")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_names_of_persons_are_told_and_a_book_is_refused(bench: Bench) -> None:
    """An update holds none; places and bodies are no names."""
    async with bench.write() as unit:
        about = unit, "Aspan", OwnPart.CONTEXT, "ru", WINTER
        assert await set_text(*about, "Приговор вынесен Асхату Нурлановичу Бекову в Алматы.") == [
            "Асхату Нурлановичу Бекову"
        ]
        assert await set_text(*about, "В парламенте обсуждали закон о митингах.") == []
        with pytest.raises(Refusal, match="too_long"):
            await set_text(*about, "а" * (MOST_LETTERS + 1))
