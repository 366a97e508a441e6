"""`form`: check, walk, compare and export a form. No settings, token or database are needed."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Annotated, cast

import typer

from bot.app import questionnaires
from bot.app.cli.console import AsJson, Findings, out, require_one_of, require_place, whole
from bot.app.questionnaires import FORMS, doubts
from bot.app.wiring import wall_clock
from bot.chat.renderer import Renderer
from bot.errors import ArgumentError
from bot.form.answers import FileKind, FileRef
from bot.form.draft import Draft
from bot.form.events import Event, Gave, Show, Wrote
from bot.form.flow.advance import advance, begin
from bot.form.flow.filling import Filling
from bot.form.kinds import kind_of
from bot.form.model import Form, Privacy, Question, differences, is_in_place
from bot.form.screen import Screen, ScreenKind
from bot.form.xlsform import reader as xlsform
from bot.form.xlsform.sheets import FormError
from bot.languages import codes
from bot.publish.export.columns import fixed_columns, further_columns
from bot.texts import Texts

_FormFile = Annotated[Path, typer.Argument(help="A form: .xlsx, .xls, .csv or .md.")]
_MARKS = {True: "[x] ", False: "[ ] ", None: ""}
_OWN = {"incident": FORMS / "incident.md", "review": FORMS / "review.md"}


def _require_file(path: Path) -> Path:
    if not path.is_file():
        raise ArgumentError(f"{path}: there is no such file. Example: bot/forms/incident.md")
    return path


def check(form: _FormFile, as_json: AsJson = False) -> None:
    """Check whether a form can be run, and what this installation lacks for it or adds to it."""
    findings = Findings(as_json)
    try:
        read = xlsform.read_form(_require_file(form))
        found, fault = questionnaires.checked(form)
    except FormError as error:
        findings.wrong("form", *map(str, error.problems))
        findings.unchecked("installation", "since the form cannot be run")
    else:
        asked = sum(kind_of(one).is_asked for one in read.form.questions)
        named = ", ".join(read.form.languages).replace("und", "a language without a name")
        findings.well("form", f"it can be run, {asked} question{'s' * (asked != 1)} in {named}")
        findings.warn("form", *map(str, read.warnings))
        findings.wrong("installation", *([f"{form}: {fault}"] if fault else []))
        findings.warn("installation", *doubts(replace(found, source=str(form)), codes()))
        for what, how in _installation(read.form, found):
            findings.well(what, how)
    findings.close()


def _installation(form: Form, used: Form) -> Iterator[tuple[str, str]]:
    """Effects of a form by subject. `used` is the form with the program's questions around it."""
    added = [one.name for one in used.questions if form.at(one.path) is None]
    yield from [("consent", f"asked by the program's own {', '.join(added)}")] if added else []
    yield "roles", ", ".join(form.by_role) or "none"
    numbers = (f"{sum(one.privacy is level for one in form.questions)} {level}" for level in Privacy)
    yield "privacy", ", ".join(numbers)
    yield "exports", f"columns {', '.join(_columns(form))}" if form.public_paths else "no question is public"


def _columns(form: Form) -> Mapping[str, str]:
    """Types of the export columns that a form fills, by name."""
    fixed = (one for one in fixed_columns() if one.role in form.by_role)
    return {one.name: f"{one.type}{' list' * one.several}" for one in chain(fixed, further_columns(form))}


# A walk


def show(
    form: _FormFile,
    language: Annotated[
        str, typer.Option(help="One of the form's or the bot's; the form's default if none is given.")
    ] = "",
) -> None:
    """Walk through a form in the terminal, to its review. Nothing is kept."""
    found = xlsform.load(_require_file(form))
    known = dict.fromkeys([*found.languages, *codes()])
    if language:
        require_one_of("--language", language, known, "en")
    # The bot's own words are English where it does not speak the form's language.
    renderer = Renderer(Texts(tuple(sorted(codes(), key=lambda code: code != "en"))))
    language = language or found.default_language
    out.print("/1 taps the first button, anything else is typed. At a file, its name sends it. Ctrl+D ends.")
    draft, event = begin(found), cast("Event", Show())
    while True:
        now = datetime.fromtimestamp(wall_clock(), UTC).astimezone()
        draft, screen = advance(found, draft.at(now), event)
        out.print("\n".join(["", *_lines(renderer, language, screen)]), markup=False)
        if screen.kind in {ScreenKind.CANCELLED, ScreenKind.SUBMITTED}:
            return
        try:
            event = _event(found, draft, screen, input("> ").strip())
        except EOFError:
            return


def _lines(renderer: Renderer, language: str, screen: Screen) -> Iterator[str]:
    said = [*chain(*screen.notes), screen.notice, screen.told, screen.heading, *screen.body]
    yield from (renderer.phrase(phrase, language) for phrase in said if phrase is not None)
    numbers = count(1)
    for row in screen.rows:
        yield "   ".join(
            f"/{next(numbers)} {_MARKS[one.marked]}{renderer.phrase(one.label, language)}" for one in row
        )


def _event(form: Form, draft: Draft, screen: Screen, line: str) -> Event:
    buttons = [button for row in screen.rows for button in row]
    if (number := re.fullmatch(r"/(\d+)", line)) and 0 < int(number[1]) <= len(buttons):
        return buttons[int(number[1]) - 1].event
    asked = Filling(form, draft).question
    if line and asked is not None and kind_of(asked).takes_files:
        kinds = {"image": FileKind.PHOTO, "audio": FileKind.AUDIO, "video": FileKind.VIDEO}
        return Gave(FileRef(line, kinds.get(asked.kind, FileKind.DOCUMENT), line), line)
    return Wrote(line) if line else Show()


# Two versions


def diff(old: _FormFile, new: _FormFile) -> None:
    """Compare two versions of a form: questions, answers of open drafts if the old form is not kept, and
    columns of exports."""
    before, after = (xlsform.load(_require_file(path)) for path in (old, new))
    for line in _differences(before, after):
        out.print(line, markup=False)
    old_columns, new_columns = _columns(before), _columns(after)
    for name in dict.fromkeys([*old_columns, *new_columns]):
        if (was := old_columns.get(name, "none")) != (is_ := new_columns.get(name, "none")):
            out.print(f"export   column {name}: {was} → {is_}", markup=False)
    if before.digest == after.digest:
        out.print("Open drafts and their buttons go on as they are.")
    elif before.version == after.version:
        out.print(f"The version is still {after.version or 'blank'}: change it, as reports carry it.")


def _differences(old: Form, new: Form) -> Iterator[str]:
    for was, one in differences(old, new):
        if was is not None and one is not None:
            yield _difference(old, was, new, one)
        elif was is not None:
            yield f"removed  {was.name} ({was.kind}); its answers are dropped"
        elif one is not None:
            yield f"added    {one.name} ({one.kind}){'; asked in open drafts' * kind_of(one).is_asked}"


def _difference(old: Form, was: Question, new: Form, one: Question) -> str:
    before, after = was.path.removeprefix(f"/{old.name}/"), one.path.removeprefix(f"/{new.name}/")
    if before != after:
        return f"renamed  {before}: it is {after} now; its answers are dropped, it is asked again"
    fate = _fate(was, one) if is_in_place(old, was, new, one) else "its answers are dropped"
    return f"changed  {one.name}: {', '.join(_changes(was, one)) or 'its path'}; {fate}"


_TOLD = {"kind": "type", "privacy": "privacy", "role": "role", "required": "required"}
"""Columns whose cells a comparison shows, by field."""


def _changes(old: Question, new: Question) -> Iterator[str]:
    marks = [f"-{name}" for name in old.labels if name not in new.labels]
    marks += [f"+{name}" for name in new.labels if name not in old.labels]
    for field in fields(Question):
        was, is_ = getattr(old, field.name), getattr(new, field.name)
        if was == is_ or field.name == "path":
            continue
        if field.name in _TOLD:
            yield f"{_TOLD[field.name]} {was or 'none'} → {is_ or 'none'}"
        else:
            yield " ".join([field.name, *(marks if field.name == "choices" else [])])


def _fate(old: Question, new: Question) -> str:
    if kind_of(old).answered_with is not kind_of(new).answered_with:
        return "its answers are asked again"
    gone = [name for name in old.labels if name not in new.labels]
    if gone:
        return f"answers {', '.join(gone)} are asked again, others kept"
    fits = (old.constraint, old.choice_filter) == (new.constraint, new.choice_filter)
    return "its answers are kept" if fits else "its answers are kept where they still fit"


# A workbook


def export(
    to: Annotated[Path, typer.Argument(help="Workbook to write: .xlsx.")],
    form: Annotated[str, typer.Option(help="incident, review, or a form's file.")] = "incident",
) -> None:
    """Write a form as a workbook for KoboToolbox and ODK, with its lists as CSV files beside it."""
    from openpyxl import Workbook  # type: ignore[import-untyped] # noqa: PLC0415 - other commands need none
    from pyxform.xls2json_backends import get_xlsform  # type: ignore[import-untyped] # noqa: PLC0415 - the same

    path = _require_file(_OWN.get(form, Path(form)))
    if to.suffix.lower() != ".xlsx":
        raise ArgumentError("OUT is wrong: it is a workbook. Example: form export incident.xlsx")
    require_place(to)
    read = xlsform.load(path)
    definition, book = get_xlsform(str(path)), Workbook()
    book.remove(book.active)
    for name in ("survey", "choices", "external_choices", "settings"):
        rows, header = getattr(definition, name), getattr(definition, f"{name}_header")
        for place, row in enumerate([{one: one for one in header[0]}, *rows] if header else []):
            sheet = book[name] if place else book.create_sheet(name)
            for column, head in enumerate(header[0], 1):
                text = re.sub(r"\s*<br\s*/?>\s*", "\n", row.get(head) or "")
                sheet.cell(place + 1, column, text or None).data_type = "s"  # no formula
    with whole(to) as file:
        book.save(file)
    cells = " ".join(row.get("type", "") for row in definition.survey)
    named = {
        *cells.split(),
        *(f"{name}{kind}" for name in read.tables for kind in (".csv", ".geojson", ".xml")),
    }
    beside = sorted(one.name for one in path.parent.iterdir() if one.name in named)
    for name in beside:
        shutil.copyfile(path.with_name(name), to.with_name(name))
    out.print(f"Written to {to}{', with ' * bool(beside)}{', '.join(beside)}.", markup=False)
