"""/export in a chat: format, period, filters and file, and the files with their manifest, made at the moment of
sending."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, Renderer, act_button
from bot.chat.turn import Turn
from bot.desk.audit import chat as audit_chat
from bot.desk.queue.service import mark
from bot.desk.references import box, in_rows
from bot.desk.sharing import service as sharing_service
from bot.errors import Refusal
from bot.form.model import Choice
from bot.form.screen import ButtonRole, Joined, Key, Label, Phrase, Said
from bot.languages import exported_codes, languages
from bot.publish.export import contract, making, register, selection
from bot.publish.export.column_values import FREEDOMS
from bot.publish.export.formats import FORMATS, XLSX
from bot.publish.export.making import MOST_ROWS_IN_CHAT, ExportOrder
from bot.publish.export.request import INCIDENTS, LAST, ExportRequest, Filters, SharedExport, offered_formats
from bot.publish.export.selection import ExportScope, Faulty, Period, Statistics, number_of, statistics
from bot.reports.links import ExportState
from bot.store import audit
from bot.store.unit import REPORT_FORM, REVIEW_FORM, MakeUnit, Role, UnitOfWork
from bot.transport.call import Attachment, GoneError, Opener, UnmadeError
from db.models import Export

MOST_FAULTY_NAMED = 20


def faulty_told(faults: Faulty) -> Iterator[Phrase]:
    """One phrase for each kind of fault: the number of reports, the first references, and whom to tell."""
    for key, refs in (
        ("moderator.export.consent_differs", faults.changed),
        ("moderator.export.damaged", faults.damaged),
        ("moderator.export.too_old", list(faults.too_old)),
    ):
        if refs:
            yield Key(key, {"n": len(refs), "refs": Joined(tuple(map(Said, refs[:MOST_FAULTY_NAMED])))})


MOST_EXPORTED = 20_000
"""Most approved reports of an export in a chat, including those without a row. More are not counted."""
MOST_LOOKED_AT = 200
"""Most versions that a command decrypts to find faulty ones: a twentieth of a second."""
_SURELY_ONE_FILE = 1_000
"""Rows that fit in one file at any length: a row of the CSV takes up to about 5 KB."""


async def enqueue(turn: Turn, request: ExportRequest) -> None:
    """Enqueue an export and show progress in place of the tapped message. Counts are taken when the file is sent.
    Raises Refusal for too many reports."""
    request.require_known(turn.unit.forms)
    number = await number_of(turn.unit, request.period, MOST_EXPORTED + 1)
    if number > MOST_EXPORTED:
        raise Refusal("moderator.export.too_many", {"most": MOST_EXPORTED})
    await tell_faulty(turn, request.period)
    row = await register.begin(turn.unit, turn.moderator.alias, request)
    if not number and not request.filters.changed:  # else recipients have records to delete
        await register.break_off(turn.unit, row.number)
        turn.say_in_place(Key("moderator.export.empty", {"shared": 0, "counted": 0}))
        return
    if turn.tapped_message_id is not None:
        turn.say_in_place(Key("moderator.export.making", {"number": row.number}))
    _enqueue_files(turn, row, number)
    enqueue_manifest(turn, row)
    enqueue_end(turn, row)


def capped(number: int, most: int) -> str:
    """Number as text, `most` with a plus if it is larger."""
    return f"{most}+" if number > most else str(number)


def _enqueue_files(turn: Turn, row: Export, rows: int) -> None:
    # One more than so many rows need is enqueued for long rows, and not sent if it is empty.
    parts = 1 if rows <= _SURELY_ONE_FILE else -(-rows // MOST_ROWS_IN_CHAT) + 1
    untaken = turn.renderer.phrase(Key("moderator.export.too_large"), turn.language)
    for part in range(parts):
        made = {
            "document": f"export:{row.number}:{part}:{parts}:{row.spec}",
            "caption": f"exportpart:{row.number}:{part}:{turn.language}",
        }
        turn.call("sendDocument", {"chat_id": turn.chat.id}, attach=made, otherwise=untaken)


def enqueue_manifest(turn: Turn, row: Export) -> None:
    """Enqueue an export's manifest after its files. Nothing is sent if there are none."""
    params = {"chat_id": turn.chat.id, "disable_notification": True}
    made = {"document": f"manifest:{row.number}", "caption": f"exportabout:{row.number}:{turn.language}"}
    turn.call("sendDocument", params, attach=made)


def enqueue_end(turn: Turn, row: Export, opener: str = "exported") -> None:
    """Enqueue the result in place of the tapped message. After a typed command it is sent only if the export
    is incomplete, by the opener of that name with `un` before it."""
    params = {"chat_id": turn.chat.id, **turn.renderer.message(turn.language, []).params()}
    what = f"{row.number}:{turn.language}"
    if turn.tapped_message_id is None:
        turn.call("sendMessage", params, attach={"text": f"un{opener}:{what}"})
    else:
        place = {"message_id": turn.tapped_message_id}
        turn.call("editMessageText", params | place, attach={"text": f"{opener}:{what}"})


async def tell_faulty(turn: Turn, period: Period, *, told: bool = False) -> None:
    """Name the reports of a period that every export lacks, with `told` also those with faulty stories. A long period
    is left to the daily notice (`tell_head_once`), since decryption would delay other answers."""
    if await number_of(turn.unit, period, MOST_LOOKED_AT + 1) > MOST_LOOKED_AT:
        return
    for phrase in faulty_told(await selection.faulty(turn.unit, period, told=told)):
        turn.say(phrase)


@dataclass(frozen=True, slots=True)
class ExportOpeners:
    """Makes queued exports. The encrypted call says what, so write access to the database alone cannot change it."""

    read: MakeUnit
    write: MakeUnit
    renderer: Renderer

    def by_name(self) -> Mapping[str, Opener]:
        """Openers by name.

        - `export:<number>:<part>:<parts>:<what>` and `shared:<request>:<number>:<language>:<what>`: files
        - `manifest:<number>`: the manifest
        - `exportabout:<number>:<language>`, `exportpart:<number>:<part>:<language>`, `sharedrows:<number>:<language>` and
          `exported:<number>:<language>`: texts
        - `unexported:<number>:<language>`: a text if the export is incomplete
        """
        files = {"export": self._export, "shared": self._shared, "manifest": self._manifest}
        texts = {"exportabout": self._about, "exportpart": self._caption, "sharedrows": self._shared_rows}
        return {**files, **texts, "exported": self._end, "unexported": self._shortfall}

    async def _export(self, spec: str) -> Attachment:
        number, part, parts, what = spec.split(":", 3)
        asked = ExportOrder(int(number), ExportRequest.read_spec(what), ExportScope.PUBLIC)
        try:
            made = await making.part_in_chat(self.read, self.write, asked, int(part), int(parts))
        except Refusal:
            raise UnmadeError from None
        if made is None:
            raise GoneError
        return made

    async def _shared(self, spec: str) -> Attachment:
        request_id, number, language, what = spec.split(":", 3)
        if language in selection.SHARED:  # a call of an older version: it can be requested again
            raise UnmadeError
        shared = SharedExport.read_spec(what)
        try:
            return await self._shared_file(request_id, ExportOrder(int(number), shared.request, shared.scope))
        except Refusal as refused:
            async with self.write() as unit:
                if (await register.find(unit, int(number))).state == ExportState.BEGUN:
                    await register.break_off(unit, int(number))
            is_too_large = refused.key == "moderator.export.too_large"
            key = "moderator.sharing.unmade" if is_too_large else refused.key
            told = Key(key, {**refused.arguments, "id": request_id})
            raise UnmadeError(self.renderer.phrase(told, language)) from None

    async def _shared_file(self, request_id: str, asked: ExportOrder) -> Attachment:
        """Shared file. Raises Refusal if it must not leave now."""
        async with self.read() as unit:
            await sharing_service.require_making(unit, request_id)
        try:
            made = await making.part_in_chat(self.read, self.write, asked, 0, 1)
            if made is None:
                raise Refusal("moderator.sharing.empty")  # noqa: TRY301 - it can be made another time, as after any other
            async with self.write() as unit:
                await audit.begin(unit)  # withdrawals and approvals wait from here on
                pin = await SharedExport(asked.scope, asked.request).pin(unit)
                await sharing_service.finish_making(unit, request_id, pin)
        except Refusal:
            async with self.write() as unit:
                await sharing_service.give_back(unit, request_id)
            raise
        return made

    async def _shared_rows(self, spec: str) -> str:
        number, language = spec.split(":")
        rows = register.files_of(await row_of(self.read, number))[-1].rows
        return self.renderer.phrase(Key("moderator.sharing.caption", {"rows": rows}), language)

    async def _manifest(self, spec: str) -> Attachment:
        if not register.files_of(await row_of(self.read, spec)):
            raise GoneError
        return await making.description_of(self.read, int(spec))

    async def _about(self, spec: str) -> str:
        number, language = spec.split(":")
        row = await row_of(self.read, number)
        lines: list[Phrase] = [Key("moderator.export.manifest", {"number": row.number})]
        files = register.files_of(row)
        if marks := sum(one.marks_removed for one in files):
            lines.append(Key("moderator.export.marks", {"marks": marks}))
        async with self.read() as unit:
            since = await contract.differences(unit, row)
        if since is not None and (since.gone or since.replaced):
            told = {"gone": len(since.gone), "replaced": len(since.replaced)}
            lines.append(Key("moderator.export.since", told))
        if files and files[0].kept:
            lines.append(_kept(files[0].kept))
        return "\n\n".join(self.renderer.phrase(line, language) for line in lines)

    async def _caption(self, spec: str) -> str:
        number, part, language = spec.split(":")
        row = await row_of(self.read, number)
        rows = register.files_of(row)[-1].rows  # the file of this caption; an earlier part may be missing
        async with self.read() as unit:
            idle = unit.settings.idle_minutes
        told = {"number": row.number, "rows": rows, "idle": idle}
        of_part = Key("moderator.export.part", {**told, "part": int(part) + 1})
        is_whole = not int(part) and row.state == ExportState.MADE
        is_all = is_whole and not ExportRequest.read_spec(row.spec).filters.words()
        found = await self._statistics(row) if is_all else None
        # A faulty report is held back, and would be counted among the events.
        if found is None or found.rows != rows:
            return self.renderer.phrase(of_part, language)
        counts = {"events": found.events, "shared": found.shared, "counted": found.counted}
        return self.renderer.phrase(Key("moderator.export.caption", {**told, **counts}), language)

    async def _statistics(self, row: Export) -> Statistics:
        async with self.read() as unit:
            return await statistics(unit, ExportRequest.read_spec(row.spec).period)

    async def _end(self, spec: str) -> str:
        number, language = spec.split(":")
        return self.renderer.message(language, [await self._ended(await row_of(self.read, number))]).html

    async def _shortfall(self, spec: str) -> str:
        number, _ = spec.split(":")
        row = await row_of(self.read, number)
        if register.files_of(row) and row.state == ExportState.MADE:
            raise GoneError  # the files are the answer
        return await self._end(spec)

    async def _ended(self, row: Export) -> Phrase:
        number = {"number": row.number}
        if row.state != ExportState.MADE:
            return Key("moderator.export.unfinished", number)
        if register.files_of(row):
            made = {"rows": row.rows, "files": len(register.files_of(row))}
            return Key("moderator.export.made", {**number, **made})
        found = await self._statistics(row)
        if found.rows:
            return Key("moderator.export.nothing", number)
        return Key("moderator.export.empty", {"shared": found.shared, "counted": found.counted})


def _kept(kept: Mapping[str, Any]) -> Phrase:
    percent = {name: 100 - found.get("blank", 0) for name, found in kept["percent"].items()}
    order = Joined(tuple(Key(f"moderator.export.trait.{name}") for name in kept["order"]))
    return Key("moderator.export.kept", {**percent, "order": order})


async def row_of(read: MakeUnit, number: str) -> Export:
    async with read() as unit:
        return await register.find(unit, int(number))


PERIODS = ("all", "month", "last", "year", "pastyear")


def days_of(period: str, today: date) -> tuple[str, str]:
    """First and last day of a period, "" for an open end."""
    last = today.replace(day=1) - timedelta(days=1)
    days: Mapping[str, tuple[str, str]] = {
        "month": (f"{today:%Y-%m}-01", ""),
        "last": (f"{last:%Y-%m}-01", last.isoformat()),
        "year": (f"{today.year}-01-01", ""),
        "pastyear": (f"{today.year - 1}-01-01", f"{today.year - 1}-12-31"),
    }
    return days.get(period, ("", ""))


def format_choices(act: Callable[[str], Act], names: Iterable[str]) -> list[list[ActButton]]:
    return in_rows([ActButton(Key(f"moderator.export.format.{one}"), act(one)) for one in names])


def period_choices(act: Callable[[str], Act]) -> list[list[ActButton]]:
    first, *others = [ActButton(Key(f"moderator.export.period.{one}"), act(one)) for one in PERIODS]
    return [[first], *in_rows(others)]


REGION, CATEGORY, FREEDOM, LANGUAGE = "region", "category", "freedom", "language"
TAGS = {REGION: "R", CATEGORY: "C", FREEDOM: "F", LANGUAGE: "L"}
"""Filters with one chosen value, and their letters in a code."""
_FACETS = {tag: facet for facet, tag in TAGS.items()}
_TOGGLES = {"I": "by_incident", "N": "changed"}
_TOGGLED = {"by_incident": "moderator.export.incidents", "changed": "moderator.export.changed"}
_WISH_BETWEEN = "-"


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """Format, period of PERIODS ("" until it is chosen) and codes of filters ("" for any)."""

    format: str
    period: str = ""
    region: str = ""
    category: str = ""
    freedom: str = ""
    language: str = ""
    by_incident: bool = False
    changed: bool = False

    @classmethod
    def read(cls, unit: UnitOfWork, format_: str, code: str) -> "ExportSelection":
        """Decode a button. Raises Refusal for invalid data and for choices that no longer exist."""
        period, *parts = code.split(_WISH_BETWEEN)
        if format_ not in FORMATS or period not in {"", *PERIODS}:
            raise Refusal("reporter.tap.stale")
        changes: dict[str, Any] = {}
        for part in parts:
            name = _TOGGLES.get(part) or _FACETS.get(part[:1], "")
            chosen = (
                [True] if part in _TOGGLES else [one for one in codes_of(unit, name) if mark(one) == part[1:]]
            )
            if not chosen:
                raise Refusal("reporter.tap.stale")
            changes[name] = chosen[0]
        return replace(cls(format_, period), **changes)

    def choose(self, name: str, value: Any) -> "ExportSelection":
        return replace(self, **{name: value})

    def code(self) -> str:
        """Period and filters in one word of at most 32 characters."""
        parts = [f"{tag}{mark(value)}" for facet, tag in TAGS.items() if (value := getattr(self, facet))]
        parts += [tag for tag, name in _TOGGLES.items() if getattr(self, name)]
        return _WISH_BETWEEN.join([self.period, *parts])

    def request(self, unit: UnitOfWork) -> ExportRequest:
        filters = Filters(
            region=(self.region,) if self.region else (),
            category=(self.category,) if self.category else (),
            freedom=(self.freedom,) if self.freedom else (),
            language=self.language,
            rows=INCIDENTS if self.by_incident else "",
            changed=LAST if self.changed else "",
        )
        made = ExportRequest.read(self.format, *days_of(self.period, unit.now.date()))
        return replace(made, filters=filters)


def codes_of(unit: UnitOfWork, facet: str) -> Sequence[str]:
    """Values of a filter, in the order of the form."""
    match facet:
        case "freedom":
            return FREEDOMS
        case "language":
            return exported_codes()
        case "category":
            groups = (one.columns.get("group") or one.name for one in _choices(unit, "violations"))
            return list(dict.fromkeys(groups))
        case "region":
            return [one.name for one in _choices(unit, REGION)]
    return ()


def _choices(unit: UnitOfWork, role: str, form: str = REVIEW_FORM) -> Sequence[Choice]:
    question = unit.forms[form].by_role.get(role)
    return question.choices if question is not None else ()


_BETWEEN, _FORMATS, _PERIODS = "~", "formats", "periods"
PURPOSES: Mapping[str, Sequence[str]] = {
    "table": ("xlsx", "excel-csv", "csv"),
    "map": ("geojson",),
    "system": ("jsonl", "csv-tables", "uwazi", "openrosa"),
    "partner": ("datapackage", "hxl"),
    "answers": ("answers",),
}
"""Formats by what a file is for."""


def _ask_purpose(turn: Turn) -> None:
    unsure = ActButton(Key("moderator.export.unsure"), _step(ExportSelection(XLSX.name)), ButtonRole.ONWARD)
    history = [[act_button("moderator.export.history.button", "mexlist")]]
    is_admin = turn.moderator.role == Role.ADMIN
    offered = offered_formats(turn.unit.forms)
    offering = [one for one, names in PURPOSES.items() if names[0] in offered]
    purposes = [act_button(f"moderator.export.for.{one}", "mexfor", one) for one in offering]
    rows = [[unsure], *turn.renderer.paired(purposes, turn.language), *(history if is_admin else [])]
    turn.say_in_place("moderator.export.ask", rows=rows)


async def ask_format(turn: Turn) -> None:
    """Offer the formats for the tapped purpose."""
    if turn.act.first not in PURPOSES:
        raise Refusal("reporter.tap.stale")
    rows = format_choices(lambda one: _step(ExportSelection(one)), PURPOSES[turn.act.first])
    back = act_button("moderator.filter.back", "mexset", _step(ExportSelection(XLSX.name)).first, _FORMATS)
    turn.say_in_place(f"moderator.export.which.{turn.act.first}", rows=[*rows, [back]])


def _step(wish: ExportSelection, to: str = "") -> Act:
    return Act("mexset", f"{wish.format}{_BETWEEN}{wish.code()}", to)


async def step(turn: Turn) -> None:
    """Handle a button of a step, which holds the choices so far and the next step."""
    format_, _, code = turn.act.first.partition(_BETWEEN)
    wish, to = ExportSelection.read(turn.unit, format_, code), turn.act.second
    if to not in {"", _FORMATS, _PERIODS, *_FACETS}:
        raise Refusal("reporter.tap.stale")
    if to == _FORMATS:
        _ask_purpose(turn)
    elif not wish.period or to == _PERIODS:
        back = act_button("moderator.filter.back", "mexset", _step(wish).first, _FORMATS)
        rows = period_choices(lambda period: _step(replace(wish, period=period)))
        turn.say_in_place(
            Key("moderator.export.when", {"format": Key(f"moderator.export.format.{wish.format}")}),
            rows=[*rows, [back]],
        )
    elif to:
        _ask_facet(turn, wish, _FACETS[to])
    else:
        await _show(turn, wish)


async def _show(turn: Turn, wish: ExportSelection) -> None:
    period = ExportRequest.read(wish.format, *days_of(wish.period, turn.unit.now.date())).period
    number = await number_of(turn.unit, period, MOST_EXPORTED + 1)
    told: dict[str, Phrase | str | int] = {
        "format": Key(f"moderator.export.format.{wish.format}"),
        "number": capped(number, MOST_EXPORTED),
        "period": Key(f"moderator.export.period.{wish.period}"),
    }
    facets = []
    for facet, tag in TAGS.items():
        of, code = Key(f"moderator.export.of.{facet}"), getattr(wish, facet)
        label = Joined((of, _label(turn.unit, facet, code)), ": ") if code else of
        facets.append(ActButton(label, _step(wish, tag)))
    toggles = in_rows([_toggle(wish, name) for name in _TOGGLES.values()], 1)
    make = act_button("moderator.export.make", "mexport", wish.format, wish.code(), ButtonRole.ONWARD)
    back = act_button("moderator.filter.back", "mexset", _step(wish).first, _PERIODS)
    rows = [*turn.renderer.paired(facets, turn.language), *toggles, [make], [back]]
    turn.say_in_place(Key("moderator.export.options", told), rows=rows)


def _toggle(wish: ExportSelection, name: str) -> ActButton:
    is_on = getattr(wish, name)
    return ActButton(box(Key(_TOGGLED[name]), on=is_on), _step(wish.choose(name, not is_on)))


def _label(unit: UnitOfWork, facet: str, code: str) -> Phrase:
    if facet == LANGUAGE:
        return Said(next((one.name for one in languages() if one.code == code), code))
    choices = [*_choices(unit, {CATEGORY: "violations", FREEDOM: "rights"}.get(facet, facet))]
    if facet == CATEGORY:
        choices = [*_choices(unit, CATEGORY, REPORT_FORM), *choices]
    return next((Label(one.label) for one in choices if one.name == code), Said(code))


def _ask_facet(turn: Turn, wish: ExportSelection, facet: str) -> None:
    buttons = []
    for code in codes_of(turn.unit, facet):
        label = _label(turn.unit, facet, code)
        shown = Joined((Said("✓"), label), " ") if code == getattr(wish, facet) else label
        buttons.append(ActButton(shown, _step(wish.choose(facet, code))))
    any_ = ActButton(Key("moderator.filter.any"), _step(wish.choose(facet, "")))
    back = ActButton(Key("moderator.filter.back"), _step(wish))
    rows = turn.renderer.paired(buttons, turn.language)
    turn.say_in_place(f"moderator.export.ask.{facet}", rows=[[any_], *rows, [back]])


async def export(turn: Turn) -> None:
    """Handle /export [format] [first day] [last day] [filters] and /export history. Without any, ask what it is for."""
    words = turn.argument.split()
    if words == [audit_chat.EXPORTS]:
        await audit_chat.list_exports(turn)
    elif words:
        await enqueue(turn, ExportRequest.read_words(words))
    else:
        _ask_purpose(turn)


async def chosen(turn: Turn) -> None:
    wish = ExportSelection.read(turn.unit, turn.act.first, turn.act.second)
    await enqueue(turn, wish.request(turn.unit))
