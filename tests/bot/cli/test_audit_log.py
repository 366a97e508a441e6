"""`audit verify` on the command line."""

from pathlib import Path

import pytest
from sqlalchemy import delete

from bot.settings import load_settings
from bot.work import Work
from db.models import AuditEntry
from tests.bot.cli.conftest import Kuager, within


async def cut(work: Work) -> None:
    """Delete the whole audit log."""
    async with work.write() as unit:
        await unit.session.execute(delete(AuditEntry))


@pytest.mark.usefixtures("telegram")
def test_a_log_that_was_cut_is_told_by_its_head(kuager: Kuager, tmp_path: Path) -> None:
    """By the file beside the database, or, where that is gone too, by what administrators were told."""
    kuager("invite")
    kuager("invite")
    whole = kuager("audit", "verify")
    assert (whole.code, whole.err) == (0, "")
    head = whole.out.split()[-1]
    assert head.startswith("2:")
    assert kuager("audit", "verify", head).code == 0
    within(cut, load_settings())
    found = kuager("audit", "verify")
    assert (found.code, "2 entries at its end are missing" in found.err) == (1, True)
    checked = kuager("check", "--offline")
    assert (checked.code, "2 entries at its end are missing" in checked.err) == (1, True)
    (tmp_path / "data" / "audit.head").unlink()
    assert kuager("audit", "verify").code == 0
    assert kuager("audit", "verify", head).code == 1


@pytest.mark.usefixtures("set_up")
def test_a_head_that_is_none_is_refused(kuager: Kuager) -> None:
    """With an example."""
    done = kuager("audit", "verify", "57")
    assert (done.code, done.err.count("\n"), "Example: audit verify 57:" in done.err) == (2, 1, True)
