"""Talk with a reporter on a report's card, and questions by button or in the moderator's own words."""

from collections.abc import Iterator

from bot.chat.renderer import act_button
from bot.chat.turn import Turn
from bot.desk.asking import service as asking_service
from bot.desk.card.service import Card
from bot.desk.references import ago, named, open_button, taken
from bot.errors import Refusal
from bot.form.events import Show
from bot.form.screen import ButtonRole, Joined, Key, Label, Phrase, Said
from bot.languages import name_of
from bot.reports import claims
from bot.reports.filling import chat as filling_chat
from bot.reports.talk.messages import CONTACTS, Message
from bot.store.drafting import OpenDraft
from bot.store.unit import UnitOfWork
from db.models import Report


def lines(unit: UnitOfWork, card: Card) -> Iterator[Phrase]:
    """Whether the reporter can be reached, and the talk since the report was sent."""
    language = {"language": _language(card.report)}
    if card.way is None:
        yield Key("moderator.talk.by_code", language)
    else:
        yield Key("moderator.talk.reached", {**language, "n": card.way.row.until_day - unit.day})
    yield from talk(unit, card)


def talk(unit: UnitOfWork, card: Card) -> Iterator[Phrase]:
    """The talk since the report was sent."""
    if card.talk:
        yield Key("moderator.talk")
    for message in card.talk:
        yield Joined((_head(unit, message), *_said(message, card)), "\n")


def _head(unit: UnitOfWork, message: Message) -> Phrase:
    facts: dict[str, Phrase | str | int] = {"age": ago(unit.hour - message.words.hour)}
    if message.from_reporter:
        return Key("moderator.talk.new" if message.open else "moderator.talk.reporter", facts)
    facts["alias"] = Said(message.words.alias)
    return Key("moderator.talk.waits" if message.waits else "moderator.talk.moderator", facts)


def _said(message: Message, card: Card) -> Iterator[Phrase]:
    said = message.words
    if said.sign is not None:
        yield Key(f"moderator.talk.sign.{said.sign}")
    if said.ready is not None:
        seen = "unseen" if message.open else "seen"
        is_contacts = said.ready == CONTACTS
        yield Key(f"moderator.talk.contacts.{seen}" if is_contacts else f"talk.ready.{said.ready}")
    if said.text:
        yield Said(said.text)
    numbers = tuple(Said(str(card.number(ref))) for ref in said.files)
    if numbers:
        yield Key("moderator.talk.files", {"numbers": Joined(numbers)})


async def choose(turn: Turn) -> None:
    report = await taken(turn)
    await claims.require_open(turn.unit, report)
    ready = [act_button(f"moderator.ask.{name}", "maskr", report.ref, name) for name in asking_service.READY]
    rows = [ready[:2], *([one] for one in ready[2:])]  # the first two are short in every language
    own = [act_button("moderator.ask.own", "masko", report.ref, role=ButtonRole.ONWARD)]
    rows += [] if turn.practises else [own]
    asked = Key("moderator.ask", {"ref": report.ref, "language": _language(report)})
    turn.say(asked, rows=[*rows, [act_button("moderator.ask.none", "mkeep")]], report_id=report.id)


async def preview(turn: Turn) -> None:
    """Show a ready question as its reporter will read it, with its meaning in the moderator's language."""
    report, name = await taken(turn), turn.act.second
    await asking_service.require_askable(turn.unit, report, name)
    texts, key = turn.renderer.texts, f"talk.ready.{name}"
    head = Key("moderator.ask.preview", {"ref": report.ref, "language": _language(report)})
    own = [] if report.language == turn.language else [Key("moderator.ask.meaning", {"text": Key(key)})]
    rows = [
        [act_button("moderator.ask.flow.send", "masks", report.ref, name, role=ButtonRole.COMPLETE)],
        [act_button("moderator.ask.another", "maskq", report.ref)],
        [act_button("moderator.ask.none", "mkeep")],
    ]
    turn.drop_message()
    turn.say(head, Said(texts.text(report.language, key)), *own, rows=rows, report_id=report.id)


async def ask_ready(turn: Turn) -> None:
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    is_told = await asking_service.ask_ready(turn.unit, turn.moderator, report, turn.act.second)
    turn.drop_message()
    confirm_question(turn, report, "moderator.asked" if is_told else "moderator.asked.by_code")


async def write(turn: Turn) -> None:
    """Open a form for a question in own words, with voice and files."""
    report, open_draft = await named(turn), turn.chat.open_draft
    turn.chat.open_draft = await asking_service.begin(turn.unit, turn.moderator, report, open_draft)
    if turn.chat.open_draft is not open_draft:
        turn.chat.prompt = None
    turn.drop_message()
    await filling_chat.apply(turn, Show())


async def send_contacts(turn: Turn) -> None:
    """Send contacts of helpers to an urgent report's reporter at once, for the button of its notice."""
    report = await named(turn)
    if not asking_service.has_contacts(turn.unit):
        raise Refusal("reporter.tap.stale")
    await asking_service.send_contacts(turn.unit, turn.moderator, report)
    confirm_question(turn, report, "moderator.contacts.sent")


def _language(report: Report) -> Phrase:
    return Label({report.language: name_of(report.language)})


async def question_asked(turn: Turn, ended: OpenDraft) -> None:
    report, is_told = await asking_service.ask(turn.unit, turn.moderator, ended)
    confirm_question(turn, report, "moderator.asked" if is_told else "moderator.asked.by_code")


def confirm_question(turn: Turn, report: Report, key: str) -> None:
    onward = act_button("moderator.next", "mnext", role=ButtonRole.ONWARD)
    rows = [[open_button(report.ref, None), onward]]
    if report.waits and report.moderator_id == turn.moderator.id:
        rows.insert(0, [act_button("moderator.aside", "maside", report.ref)])
    turn.say(Key(key, {"ref": report.ref}), rows=rows, report_id=report.id)
