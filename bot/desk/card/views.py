"""Pages and views of a card: facts, history, notes and similar reports."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, ActButtons, RenderedMessage, act_button
from bot.chat.turn import Turn
from bot.desk.audit import service as audit_service
from bot.desk.card import service as card_service
from bot.desk.card.service import CHECKLIST, Notes, Similar, WordSimilarity
from bot.desk.queue.filters import CATEGORY
from bot.desk.queue.words import label_of
from bot.desk.references import age_of, ago, in_rows
from bot.form.answers import Answer, Written
from bot.form.kinds import answer_phrase
from bot.form.kinds.text import is_multiline
from bot.form.model import Form, Question
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said, title_phrase
from bot.reports import claims
from bot.reports.reading import ReportContent
from bot.reports.receipts.service import CONSENT_ASK
from bot.transport.call import Call
from db.models import AuditEntry, Report

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
    return [view_button("moderator.card.to_card", report, CardPage())]


def view_button(key: str, report: Report, place: CardPage) -> ActButton:
    return ActButton(Key(key), Act(TURN, report.ref, str(place)))


def put(
    turn: Turn, report: Report, place: CardPage, body: Iterable[Phrase], foot: Phrase, rows: ActButtons
) -> bool:
    """Enqueue a page of a report, in place of the tapped card or as a new message. Numbers beyond the last
    page show the last. Returns whether it is the last."""
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


def lines(form: Form, content: ReportContent) -> Iterator[Phrase]:
    """Unanswered questions of an unfinished report, short and long answers, and the number of sealed ones."""
    if left := tuple(
        title_phrase(form, path, short=True) for path in content.unanswered if _is_shown(form, path)
    ):
        yield Key("moderator.report.unfinished", {"questions": Joined(left, "\n")})
    told = [(path, form.question_at(path), answer) for path, answer in content.answers.items()]
    shown = [(path, asked, answer) for path, asked, answer in told if asked and _is_shown(form, path)]
    facts, long = [], []
    for path, asked, answer in shown:
        title, said = title_phrase(form, path, short=True), answer_phrase(asked, answer)
        if _is_long(asked, answer):
            long.append(Key("moderator.report.line", {"question": title, "answer": said}))
        else:
            facts.append(Key("moderator.card.fact", {"label": title, "value": said}))
    if facts:
        yield Joined(tuple(facts), "\n")
    yield from long
    if content.sealed:
        yield Key("moderator.report.sealed", {"n": len(content.sealed)})


def _is_long(question: Question, answer: Answer) -> bool:
    if not question.short or not isinstance(answer, Written):
        return not question.short
    return is_multiline(question) or "\n" in answer.text.strip() or len(answer.text) > MOST_LINE


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
    age, detail = ago(turn.unit.hour - entry.hour), audit_service.detail(entry)
    facts = {"age": age, "who": audit_service.actor(entry), "what": audit_service.act(entry)}
    line = Key("moderator.history.line", facts)
    return line if detail is None else Joined((line, detail), " · ")


ASK = "moderator.note.ask"
_LAST = 999
"""Page beyond the last, which shows the newest note."""


def notes_button(report: Report, found: Notes) -> ActButton:
    done = {"notes": len(found.written), "done": len(found.checks), "of": len(CHECKLIST)}
    place = str(CardPage(CardView.NOTES))
    return ActButton(Key("moderator.notes.button", done), Act(TURN, report.ref, place))


async def show_notes(turn: Turn, report: Report, place: CardPage) -> None:
    found = await card_service.notes_of(turn.unit, report)
    rows = []
    for name in CHECKLIST:
        label = Said("☐☑"[name in found.checks]), Key(f"moderator.check.{name}")
        rows.append([ActButton(Joined(label, " "), Act("mcheck", report.ref, name))])
    own = card_service.newest_of(turn.unit, turn.moderator, report, found)
    write = [act_button("moderator.note.write", "mnote", report.ref, role=ButtonRole.ONWARD)]
    if own is not None:
        back = act_button("moderator.note.take_back", "mnoteback", report.ref, own[1], ButtonRole.DESTROY)
        write.append(back)
    rows += [write, _to_card(report)]
    put(turn, report, place, _notes_body(turn, report, found), Key("moderator.notes.foot"), rows)


def _notes_body(turn: Turn, report: Report, found: Notes) -> Iterator[Phrase]:
    yield Key("moderator.notes", {"ref": report.ref})
    checks = tuple(
        Key("moderator.checked", {"what": Key(f"moderator.check.{name}"), **_by(turn, one.alias, one.hour)})
        for name, one in found.checks.items()
        if name in CHECKLIST
    )
    if checks:
        yield Joined(checks, "\n")
    for one in found.written:
        by = _by(turn, one.alias, one.hour)
        head = Key("moderator.note.head", by)
        if one.to:
            head = Key("moderator.note.head_to", {**by, "to": one.to})
        yield Joined((head, Said(one.text)), "\n")
    if not found.written:
        yield Key("moderator.notes.none")


def _by(turn: Turn, alias: str, hour: int) -> dict[str, Phrase | str | int]:
    return {"alias": Said(alias), "age": ago(turn.unit.hour - hour)}


async def check_item(turn: Turn) -> None:
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    await card_service.toggle(turn.unit, turn.moderator, report, turn.act.second)
    await show_notes(turn, report, CardPage(CardView.NOTES))


async def write_note(turn: Turn) -> None:
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
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
    body = [Key("moderator.similar", {"ref": report.ref}), *(_similar_line(turn, one) for one in found)]
    if not found:
        body.append(Key("moderator.similar.none"))
    put(turn, report, place, body, Key("moderator.similar.foot"), rows)


def _similar_line(turn: Turn, one: Similar) -> Key:
    why = [Key("moderator.similar.date.same" if one.same_date else "moderator.similar.date.near")]
    if one.same_kind:
        why.append(Key("moderator.similar.kind"))
    if one.words is not WordSimilarity.OTHER:
        why.append(Key(f"moderator.similar.words.{one.words.name.lower()}"))
    facts: dict[str, Phrase | str | int] = {
        "ref": one.report.ref,
        "state": Key(f"moderator.similar.state.{one.report.status}"),
        "kind": label_of(turn.unit, CATEGORY, one.report.category),
        "age": age_of(turn.unit, one.report),
        "why": Joined(tuple(why)),
    }
    return Key("moderator.similar.line", facts)
