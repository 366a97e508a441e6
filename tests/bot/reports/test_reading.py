"""What is read of a report: its answers by their paths, the state of its files, and what counts as sealed."""

from collections.abc import Mapping
from dataclasses import replace

from bot.form.answers import Chosen, FileKind, FileRef, Files
from bot.form.model import Form, Group
from bot.reports import reading
from bot.store.files import KeptFile
from db.models import File
from tests.bench import Bench


async def test_a_moderator_reads_answers_and_the_state_of_files(bench: Bench) -> None:
    """Everything by its path; a file that is not fetched yet is told as such."""
    async with bench.write() as unit:
        report = (await bench.submit(unit)).report
        ref = FileRef("f" * 32, FileKind.PHOTO, "photo.jpg")
        assert await reading.content_of(unit, report) is not None
        report = (await bench.submit(unit, evidence=Files((ref,)))).report
        facts = {"kind": "photo", "size": 1, "attempts": 0, "meta": b"", "hour": unit.hour}
        unit.session.add(File(id=ref.id, data_key_id=report.data_key_id, status="pending", **facts))
        await unit.session.flush()
        content = await reading.content_of(unit, report)
    assert content is not None
    assert content.answers["/incident/report/region"] == Chosen(("KZ-75",))
    assert content.files == {ref.id: KeptFile("pending")}
    assert content.sealed == {}


async def test_an_answer_that_the_form_no_longer_asks_for_counts_as_sealed(
    bench: Bench, forms: Mapping[str, Form]
) -> None:
    """It may have been sealed when it was asked; nobody is shown it, nor its files."""
    async with bench.write() as unit:
        report = (await bench.submit(unit, affected_role=None)).report
        form = forms["report"]
        story = form.by_role["story"]
        group = next(node for node in form.children if isinstance(node, Group))
        left = replace(group, children=tuple(node for node in group.children if node is not story))
        children = tuple(left if node is group else node for node in form.children)
        unit.forms = {**unit.forms, "report": replace(form, children=children)}
        content = await reading.content_of(unit, report)
    assert content is not None
    assert list(content.sealed) == [story.path]
    assert story.path not in content.answers
