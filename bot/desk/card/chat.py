"""The card in a chat: opened, protected from forwarding, its pages and views with their acts."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, ActButtons, RenderedMessage, act_button
from bot.chat.turn import Turn
from bot.desk.asking import chat as asking_chat
from bot.desk.audit import service as audit_service
from bot.desk.card import files as card_files
from bot.desk.card import service as card_service
from bot.desk.card.service import CHECKLIST, Card, Notes, Similar, WordSimilarity
from bot.desk.decisions import chat as decisions_chat
from bot.desk.decisions import incidents, linking
from bot.desk.notices import chat as notices_chat
from bot.desk.people import service as people_service
from bot.desk.queue.service import CATEGORY
from bot.desk.references import ARCHIVED, KEEP, age_of, ago, box, briefs_of, in_rows, label_of, named, opening
from bot.desk.references import facts as facts_of
from bot.errors import Refusal
from bot.form.answers import Written
from bot.form.kinds import answer_in_text, answer_phrase, kind_of
from bot.form.kinds.text import is_multiline
from bot.form.markup import told
from bot.form.model import Form
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said, by_group, form_title, title_phrase
from bot.publish import versions
from bot.publish.export import exports
from bot.reports import claims
from bot.reports.links import Links
from bot.reports.reading import ReportContent
from bot.reports.receipts.service import CONSENT_ASK
from bot.reports.states import Consent, Status, VersionState
from bot.store.unit import UnitOfWork
from bot.transport.call import Call
from db.models import AuditEntry, Moderator, Report

TURN = "mcard"
_IN_PLACE = frozenset({TURN, "mcheck", "mnoteback"})


class CardView(StrEnum):
    CARD = "c"
    NOTES = "n"
    SIMILAR = "s"
    HISTORY = "h"


@dataclass(frozen=True, slots=True)
class CardPage:
    """A page of a view, counted from 0."""

    view: CardView = CardView.CARD
    page: int = 0

    def __str__(self) -> str:
        return f"{self.view}{self.page}"

    @classmethod
    def read(cls, text: str) -> "CardPage":
        """Decode a place. Any invalid text stands for the first page of the card."""
        view, page = text[:1], text[1:]
        if view in set(CardView) and page.isdecimal() and len(page) < 4:
            return cls(CardView(view), int(page))
        return cls()


def _to_card(report: Report) -> list[ActButton]:
    return [view_button(Key("moderator.card.to_card"), report, CardView.CARD)]


def view_button(label: Key, report: Report, view: CardView) -> ActButton:
    return ActButton(label, Act(TURN, report.ref, str(CardPage(view))))


def put(
    turn: Turn, report: Report, place: CardPage, body: Iterable[Phrase], foot: Phrase, rows: ActButtons
) -> bool:
    """Enqueue a page in place of the tapped card, or as a new message. Returns whether it is the last one."""
    pages = turn.renderer.pages(turn.language, body, foot)
    number = min(place.page, len(pages) - 1)
    turns = _turns(report, place.view, number, len(pages))
    keyboard = turn.renderer.keyboard(turn.language, [*turns, *rows])
    message = RenderedMessage(pages[number], keyboard)
    if turn.act.verb in _IN_PLACE and turn.tapped_message_id is not None:
        params = {"chat_id": turn.chat.id, "message_id": turn.tapped_message_id, **message.params()}
        turn.enqueue(Call("editMessageText", params, protect=True), report_id=report.id)
    else:
        turn.send(message, report_id=report.id, protect=True)
    return number == len(pages) - 1


def _turns(report: Report, view: CardView, number: int, pages: int) -> list[list[ActButton]]:
    found = []
    for key, other in (("moderator.card.back", number - 1), ("moderator.card.on", number + 1)):
        if 0 <= other < pages:
            label = Key(key, {"page": other + 1, "pages": pages})
            found.append(ActButton(label, Act(TURN, report.ref, str(CardPage(view, other)))))
    return [found] if found else []


MOST_LINE = 60
_UNSHOWN = frozenset({"consent_store", CONSENT_ASK})
"""Roles of questions that only steer the form."""


def lines(content: ReportContent) -> Iterator[Phrase]:
    """Unanswered questions of an unfinished report, short and long answers, and the number of sealed ones."""
    form = content.form

    def titled(path: str, *phrases: Phrase) -> Iterator[Phrase]:
        for one in (title_phrase(form, path, short=True), *phrases):
            yield told(
                form, one, path, lambda at: answer_in_text(form.question_at(at), content.answers.get(at))
            )

    if left := tuple(one for path in content.unanswered if _is_shown(form, path) for one in titled(path)):
        yield Key("moderator.report.unfinished", {"questions": Joined(left, "\n")})
    given = [(path, form.question_at(path), answer) for path, answer in content.answers.items()]
    shown = [(path, asked, answer) for path, asked, answer in given if asked and _is_shown(form, path)]
    facts, long = [], []
    for path, asked, answer in shown:
        title, said = titled(path, answer_phrase(asked, answer))
        typed = answer.text if isinstance(answer, Written) and kind_of(asked).takes_text else None
        if typed is not None and (is_multiline(asked) or "\n" in typed.strip() or len(typed) > MOST_LINE):
            long.append(Key("moderator.report.line", {"question": title, "answer": said}))
        else:
            facts.append((path, Key("moderator.card.fact", {"label": title, "value": said})))
    yield from by_group(facts)
    yield from long
    if content.sealed:
        yield Key("moderator.report.sealed", {"n": len(content.sealed)})


def _is_shown(form: Form, path: str) -> bool:
    question = form.question_at(path)
    return question is not None and question.role not in _UNSHOWN and "extend" not in question.bot


async def show_history(turn: Turn, report: Report, place: CardPage) -> None:
    entries, more = await card_service.history_of(turn.unit, report)
    lines = Joined(tuple(_line(turn, one) for one in entries), "\n")
    body: list[Phrase] = [Key("moderator.history", {"ref": report.ref}), lines]
    body += [Key("moderator.history.more", {"n": card_service.MOST_HISTORY})] if more else []
    put(turn, report, place, body, Key("moderator.history.foot"), [_to_card(report)])


def _line(turn: Turn, entry: AuditEntry) -> Phrase:
    facts = {"who": audit_service.actor(entry), "what": audit_service.act(entry)}
    line = Key("moderator.history.line", {"age": ago(turn.unit.hour - entry.hour), **facts})
    detail = audit_service.detail(entry)
    return line if detail is None else Joined((line, detail), " · ")


ASK = "moderator.note.ask"
_LAST = 999
"""Page beyond the last, which shows the newest note."""


async def show_notes(turn: Turn, report: Report, place: CardPage) -> None:
    found = await card_service.notes_of(turn.unit, report)
    boxes = [(name, box(Key(f"moderator.check.{name}"), on=name in found.checks)) for name in CHECKLIST]
    rows = [[ActButton(label, Act("mcheck", report.ref, name))] for name, label in boxes]
    own = card_service.newest_of(turn.unit, turn.moderator, report, found)
    write = [act_button("moderator.note.write", "mnote", report.ref, role=ButtonRole.ONWARD)]
    if own is not None:
        write.append(
            act_button("moderator.note.take_back", "mnoteback", report.ref, own[1], ButtonRole.DESTROY)
        )
    rows += [write, _to_card(report)]
    put(turn, report, place, notes_body(turn.unit, report, found), Key("moderator.notes.foot"), rows)


def notes_body(unit: UnitOfWork, report: Report, found: Notes) -> Iterator[Phrase]:
    yield Key("moderator.notes", {"ref": report.ref})
    checks = tuple(
        Key("moderator.checked", {"what": Key(f"moderator.check.{name}"), **_by(unit, one.alias, one.hour)})
        for name, one in found.checks.items()
        if name in CHECKLIST
    )
    if checks:
        yield Joined(checks, "\n")
    for one in found.written:
        by = _by(unit, one.alias, one.hour)
        head = (
            Key("moderator.note.head_to", {**by, "to": one.to}) if one.to else Key("moderator.note.head", by)
        )
        yield Joined((head, Said(one.text)), "\n")
    if not found.written:
        yield Key("moderator.notes.none")


def _by(unit: UnitOfWork, alias: str, hour: int) -> dict[str, Phrase | str | int]:
    return {"alias": Said(alias), "age": ago(unit.hour - hour)}


async def check_item(turn: Turn) -> None:
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    await card_service.toggle(turn.unit, turn.moderator, report, turn.act.second)
    await show_notes(turn, report, CardPage(CardView.NOTES))


async def write_note(turn: Turn) -> None:
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    await claims.require_open(turn.unit, report)
    turn.ask_reply(Key(ASK, {"ref": report.ref, "most": card_service.LONGEST}), "…", report_id=report.id)


async def take_back_note(turn: Turn) -> None:
    """Delete the moderator's newest note, which the button names."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    await card_service.take_back_note(turn.unit, turn.moderator, report, turn.act.second)
    turn.answer_tap("moderator.note.taken_back")
    await show_notes(turn, report, CardPage(CardView.NOTES, _LAST))


async def note_replied(turn: Turn) -> bool:
    """Handle a reply with a note. Returns False for any other message."""
    ref = turn.replied_about(ASK, "ref", {"most": card_service.LONGEST})
    if ref is None:
        return False
    turn.sit_at_desk()
    report = await claims.take(turn.unit, turn.moderator, ref)
    turn.keep_own_message(report.id)
    await card_service.add_note(turn.unit, turn.moderator, report, turn.message.text or "")
    asked = turn.message.reply_to_message
    turn.delete([turn.message.message_id, *([asked.message_id] if asked else [])], surely=True)
    await show_notes(turn, report, CardPage(CardView.NOTES, _LAST))
    return True


async def show_similar(turn: Turn, report: Report, place: CardPage) -> None:
    found = await card_service.similar_to(turn.unit, turn.moderator, report)
    opens = [ActButton(Said(one.report.ref), Act("mopen", one.report.ref)) for one in found]
    rows = [*in_rows(opens, 3), _to_card(report)]
    briefs = await briefs_of(turn.unit, [one.report for one in found])
    lines = (_similar_line(turn, one, briefs.get(one.report.id)) for one in found)
    none = [] if found else [Key("moderator.similar.none")]
    body = [Key("moderator.similar", {"ref": report.ref}), *lines, *none]
    put(turn, report, place, body, Key("moderator.similar.foot"), rows)


def _similar_line(turn: Turn, one: Similar, brief: Phrase | None) -> Key:
    why = [Key("moderator.similar.date.same" if one.same_date else "moderator.similar.date.near")]
    if one.same_kind:
        why.append(Key("moderator.similar.kind"))
    if one.words is not WordSimilarity.OTHER:
        why.append(Key(f"moderator.similar.words.{one.words.name.lower()}"))
    report, age = one.report, age_of(turn.unit, one.report)
    kind = brief or label_of(turn.unit, CATEGORY, report.category)
    state: Phrase = Key(f"moderator.similar.state.{report.status}")
    state = Joined((state, Said(ARCHIVED)), " ") if report.sealed else state
    told: dict[str, Phrase | str | int] = {"ref": report.ref, "state": state, "kind": kind, "age": age}
    return Key("moderator.similar.line", told | {"why": Joined(tuple(why))})


async def open_(turn: Turn) -> None:
    """Claim a report and show it. A decided one has to be reopened first. An incident is shown."""
    if turn.argument.upper().startswith(incidents.LETTER):
        await linking.list_(turn)
        return
    report = await named(turn)
    if report.status in {Status.APPROVED, Status.REJECTED}:
        await _ask_whether_again(turn, report)
    else:
        await claims.claim(turn.unit, turn.moderator, report)
        await show(turn, report)


async def _ask_whether_again(turn: Turn, report: Report) -> None:
    """Ask before a decided report is corrected or reopened. Of one in the sealed archive show what is open."""
    approved, archived = report.status == Status.APPROVED, await claims.is_archived(turn.unit, report)
    said, rows = list[Phrase | str]([f"state.is_{report.status}"]), list[list[ActButton]]()
    if archived:
        head = Key("moderator.report", {"ref": report.ref, "age": age_of(turn.unit, report)})
        decisions_chat.send_whole(turn, report, head, *await _archived(turn, report))
    if approved and await claims.may_correct(turn.unit, report):
        said.append(Key("moderator.correct.ask", {"ref": report.ref}))
        rows.append([act_button("moderator.correct", "mcorrect", report.ref, role=ButtonRole.ONWARD)])
    elif not archived:
        said.append(Key("moderator.reopen.ask", {"ref": report.ref}))
    rows.append([KEEP] if archived else [act_button("moderator.reopen", "mreopen", report.ref), KEEP])
    if approved:
        rows.append([act_button("moderator.more", "mmore", report.ref)])
    turn.say(*said, rows=rows)


async def reopen(turn: Turn) -> None:
    report = await claims.find(turn.unit, turn.act.first)
    begin = claims.correct if report.status == Status.APPROVED else claims.reopen
    await begin(turn.unit, turn.moderator, report)
    turn.drop_buttons()
    await show(turn, report)


async def turn_to(turn: Turn) -> None:
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    place = CardPage.read(turn.act.second)
    await _VIEWS[place.view](turn, report, place)


async def show(turn: Turn, report: Report, place: CardPage | None = None) -> None:
    card = await card_service.card(turn.unit, report, archived=True)
    proposed = bool(await versions.of_report(turn.unit, report, VersionState.PROPOSED))
    notes = {"notes": len(card.notes.written), "done": len(card.notes.checks), "of": len(CHECKLIST)}
    notes_button = view_button(Key("moderator.notes.button", notes), report, CardView.NOTES)
    files = *card_files.album_buttons(card), *card_files.place_buttons(card)
    rows = [*files, *([] if card.archived else [[notes_button]]), *_actions(card, proposed)]
    shown = [*body(turn, card, await card_service.with_like_pictures(turn.unit, card))]
    shown += await _archived(turn, report) if card.archived else ()
    settings = turn.unit.settings
    times = {"idle": settings.idle_minutes, "most": settings.shown_minutes, "hours": settings.claim_hours}
    foot = Key("moderator.report.then", {"ref": report.ref, **times})
    if put(turn, report, place or CardPage(), shown, foot, rows):
        await card_service.note_read(turn.unit, card)  # the newest messages of the talk are on the last page


async def _archived(turn: Turn, report: Report) -> Sequence[Phrase]:
    told = [*await facts_of(turn.unit, [report]), Key("archive.sealed", {"ref": report.ref})]
    public = await versions.of_report(turn.unit, report, VersionState.APPROVED)
    if not public or report.consent_use != Consent.PUBLISH:
        return told
    content, number = await versions.legible(turn.unit, public[0]), public[0].version
    if content is not None:
        row = await exports.preview(turn.unit, report, number, content, turn.language)
        told += [Key("archive.version", {"version": number}), *decisions_chat.version_lines(turn, row)]
    return told


def main_actions(ref: str, proposed: bool, *, asks: bool = True) -> list[list[ActButton]]:
    """Buttons to edit, ask and decide. Approval needs a proposed version."""
    edit = act_button("moderator.edit", "medit", ref, role=ButtonRole.ONWARD)
    ask = act_button("moderator.ask.button", "maskq", ref)
    approve = act_button("moderator.approve", "mpreview", ref, role=ButtonRole.COMPLETE)
    reject = act_button("moderator.reject", "mask", ref, role=ButtonRole.DESTROY)
    return [[edit, ask] if asks else [edit], [approve, reject] if proposed else [reject]]


def _actions(card: Card, proposed: bool) -> list[list[ActButton]]:
    report = card.report
    views = {"moderator.similar.button": CardView.SIMILAR, "moderator.history.button": CardView.HISTORY}
    return [
        *main_actions(report.ref, proposed, asks=not card.archived),
        [view_button(Key(key), report, view) for key, view in views.items()],
        [
            act_button("moderator.release", "mrelease", report.ref),
            act_button("moderator.more", "mmore", report.ref),
        ],
    ]


def body(turn: Turn, card: Card, like: Sequence[str] = ()) -> Iterator[Phrase]:
    """Facts, story and talk of a card. `like` are references of reports with a similar picture."""
    report, content = card.report, card.content
    key = "moderator.report.urgent" if report.urgent else "moderator.report"
    yield Key(key, {"ref": report.ref, "age": age_of(turn.unit, report)})
    forms = turn.unit.report_forms
    if content is not None and (len(forms.offered) > 1 or CATEGORY not in content.form.by_role):
        yield form_title(content.form)
    if (handed := card.notes.handed(turn.moderator)) is not None:
        told = {"alias": Said(handed.alias), "note": Said(handed.text or "—")}
        yield Key("moderator.report.handed", told)
    if given := tuple(Said(one.alias) for one in card.votes.given):
        yield Key("moderator.report.approved_by", {"aliases": Joined(given)})
    yield from _linked(card.links)
    if like:
        yield Key("moderator.report.pictures", {"refs": _refs(like)})
    if content is None:
        if not card.archived:
            yield Key("moderator.content.gone", {"ref": report.ref})
        return
    yield from lines(content)
    yield from card_files.lines(card)
    yield from asking_chat.lines(turn.unit, card)


def _linked(links: Links) -> Iterator[Phrase]:
    if links.incident:
        args = {"incident": opening(links.incident), "refs": _refs(links.together)}
        yield Key("moderator.report.incident", args)
    if links.related:
        yield Key("moderator.report.related", {"refs": _refs(links.related)})
    if links.duplicates:
        yield Key("moderator.report.duplicates", {"refs": _refs(links.duplicates)})


def _refs(refs: Sequence[str]) -> Phrase:
    return Joined(tuple(map(opening, refs))) if refs else Said("—")


_VIEWS = {
    CardView.CARD: show,
    CardView.NOTES: show_notes,
    CardView.SIMILAR: show_similar,
    CardView.HISTORY: show_history,
}


HAND_REPLY = "moderator.hand.reply"
_REFERENCE = re.compile(r"\bR[0-9A-Z]{5}\b")


async def choose_colleague(turn: Turn) -> None:
    """Ask which reviewer takes the report over."""
    report = await decisions_chat.take(turn)
    others = [one for one in await people_service.reviewers(turn.unit) if one.id != turn.moderator.id]
    shown = [ActButton(Said(one.alias), Act("mhandto", report.ref, one.id)) for one in others]
    if not shown:
        raise Refusal("moderator.hand.alone")
    rows = [*turn.renderer.paired(shown, turn.language), [KEEP]]
    turn.say(Key("moderator.hand.ask", {"ref": report.ref}), rows=rows, report_id=report.id)


async def ask_for_note(turn: Turn) -> None:
    """Ask for the note, or hand over without one."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    other = await people_service.member(turn.unit, turn.act.second)
    most = card_service.LONGEST_HANDED
    facts: dict[str, str | int] = {"ref": report.ref, "alias": other.alias, "most": most}
    without = act_button("moderator.hand.now", "mhandnow", report.ref, other.id, ButtonRole.ONWARD)
    turn.drop_message()
    turn.say(Key("moderator.hand.note", facts), rows=[[without], [KEEP]], report_id=report.id)
    turn.ask_reply(Key(HAND_REPLY, facts), "…", report_id=report.id)


async def hand_over(turn: Turn) -> None:
    await _hand_over(turn, turn.act.first, await people_service.member(turn.unit, turn.act.second), "")
    turn.drop_buttons()


async def note_for_colleague(turn: Turn) -> bool:
    """Handle a reply with a note for a colleague. Returns False for any other message."""
    asked = turn.message.reply_to_message
    refs = _REFERENCE.findall(asked.text or "") if asked is not None else []
    if asked is None or not refs:
        return False
    others = {"ref": refs[0], "most": card_service.LONGEST_HANDED}
    if (alias := turn.replied_about(HAND_REPLY, "alias", others)) is None:
        return False
    turn.sit_at_desk()
    await _hand_over(turn, refs[0], await people_service.find(turn.unit, alias), turn.message.text or "")
    turn.delete([turn.message.message_id, asked.message_id], surely=True)
    return True


async def _hand_over(turn: Turn, ref: str, other: Moderator, note: str) -> None:
    report = await claims.find(turn.unit, ref)
    turn.keep_own_message(report.id)
    decisions_chat.require_none(turn, report)
    await card_service.hand_over(turn.unit, turn.moderator, report, other, note)
    notices_chat.notify_handed(turn, other, report)
    turn.say(Key("moderator.handed", {"ref": report.ref, "alias": other.alias}))
