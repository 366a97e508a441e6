"""An organisation changes lists, questions and labels in its forms alone: no line of the program changes."""

import csv
import io
import json
from contextlib import AsyncExitStack
from pathlib import Path
from shutil import copytree

import pytest

from bot.app.questionnaires import FORMS
from bot.demo import enrol, settings_in
from bot.form.xlsform.reader import load
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from tests.end_to_end.conftest import PATIENCE, Machine
from tests.end_to_end.moderating import VERSION, Moderator
from tests.end_to_end.reporting import SIMPLE, Reporter

NEW_CODE = "drone,Дрон,Дрон,Дрон,Drone\n"
CHANGED = ("Откуда вы об этом знаете?", "Как вы об этом узнали?")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forms with one more question, asked of reporters, taken over by moderators and public; a list of its
    own; a code added to a list; a label changed."""
    made = copytree(FORMS, tmp_path / "forms")
    (made / "equipment.csv").write_text(
        "name,label,label::Қазақша (kk),label::Русский (ru),label::English (en)\n"
        f"shield,Щиты,Қалқан,Щиты,Shields\n{NEW_CODE}",
        "utf-8",
    )
    add(made / "incident.md", after="story", role="")
    add(made / "review.md", after="kind", role="equipment")
    with (made / "consent_use.csv").open("a", encoding="utf-8") as file:
        file.write("court_only,Только для суда,Тек сот үшін,Только для суда,Only for courts\n")
    return made


def add(form: Path, after: str, role: str) -> None:
    """One more row in the survey of a form, below the question named."""
    lines = form.read_text("utf-8").splitlines()
    header = [cell.strip() for cell in lines[1].split("|")]
    row = dict.fromkeys(header, "")
    row |= {
        "type": "select_multiple_from_file equipment.csv",
        "name": "equipment",
        "label::Қазақша (kk)": "Қандай құралдар қолданылды?",
        "label::Русский (ru)": "Что применяли?",
        "label::English (en)": "What was used?",
        "bind::bot:privacy": "public",
    }
    if role:
        row |= {"bind::bot:from": "equipment", "bind::bot:role": role}
    place = next(n for n, line in enumerate(lines) if f" | {after} | " in line and n > 1)
    lines.insert(place + 1, "|".join(f" {row[name]} " if name else " " for name in header).strip())
    text = "\n".join(lines) + "\n"
    form.write_text(text.replace(*CHANGED), "utf-8")


async def test_a_question_with_its_column_is_asked_reviewed_and_exported(
    folder: Path, api: LocalBotApi, tmp_path: Path, phones: AsyncExitStack
) -> None:
    """The new question comes in its place, its answer stands in the moderator's form and, approved, in a
    column of its own with labels; the new code of an old list can be chosen too."""
    report, review = load(folder / "incident.md"), load(folder / "review.md")
    machine = Machine(
        settings_in(
            tmp_path,
            api.url,
            poll_seconds=5,
            form=folder / "incident.md",
            review_form=folder / "review.md",
        )
    )
    await machine.start()
    try:
        phone = await phones.enter_async_context(Phone(api.url, 1001, "kk", patience=PATIENCE))
        reporter = Reporter(phone, "kk", report)
        await reporter.begin()
        await reporter.fill(SIMPLE, until="equipment")
        assert "Қандай құралдар қолданылды?" in phone.last.text
        await reporter.choose("equipment", ("drone", "shield"))
        await reporter.fill(SIMPLE, until="consent_use")
        assert "Тек сот үшін" in [button.label for button in phone.last.buttons]
        await reporter.fill(SIMPLE)
        await reporter.send()

        await enrol(machine.bot.work, api.url, 2001, "Aida", "ru", "admin")
        phone = await phones.enter_async_context(Phone(api.url, 2001, "ru", patience=PATIENCE))
        moderator = Moderator(phone, "ru", review)
        shown = await moderator.next()
        assert shown is not None
        assert "Что применяли? Дрон, Щиты" in shown
        await moderator.edit(VERSION)
        row = await moderator.preview()
        assert row["equipment"] == "Дрон; Щиты · drone; shield"
        await moderator.confirm()
        table = csv.DictReader(io.StringIO((await moderator.export("csv")).decode("utf-8-sig")))
        (line,) = table
        assert (line["equipment"], line["equipment_label_kk"]) == ("drone; shield", "Дрон; Қалқан")
        assert json.loads(await moderator.export("jsonl"))["equipment"] == ["drone", "shield"]
    finally:
        await machine.stop()


def test_a_changed_label_is_what_is_asked(folder: Path) -> None:
    """The words of a question are data."""
    assert load(folder / "incident.md").by_role["source"].label["ru"] == CHANGED[1]
