"""The card in a chat: opened, protected from forwarding, with its acts."""

from collections.abc import Iterator, Sequence

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.desk.asking import chat as asking_chat
from bot.desk.card import files as card_files
from bot.desk.card import service as card_service
from bot.desk.card import views as card_views
from bot.desk.card.service import Card
from bot.desk.card.views import CardPage, CardView
from bot.desk.decisions import chat as decisions_chat
from bot.desk.decisions import incidents, linking
from bot.desk.notices import chat as notices_chat
from bot.desk.people import service as people_service
from bot.desk.references import KEEP, age_of, named, opening
from bot.errors import Refusal
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.publish import versions
from bot.reports import claims
from bot.reports.links import Links
from bot.reports.states import Status, VersionState
from bot.store.unit import REPORT_FORM
from db.models import Moderator, Report


async def open_(turn: Turn) -> None:
    """Claim a report and show it. A decided one has to be reopened first. An incident is shown."""
    if turn.argument.upper().startswith(incidents.LETTER):
        await linking.list_(turn)
        return
    report = await named(turn)
    if report.status in {Status.APPROVED, Status.REJECTED}:
        _ask_whether_again(turn, report)
    else:
        await claims.claim(turn.unit, turn.moderator, report)
        await show(turn, report)


def _ask_whether_again(turn: Turn, report: Report) -> None:
    """Ask before a decided report is changed: an approved one is corrected, a rejected one reopened."""
    approved = report.status == Status.APPROVED
    asked = Key("moderator.correct.ask" if approved else "moderator.reopen.ask", {"ref": report.ref})
    rows = [[act_button("moderator.reopen", "mreopen", report.ref), KEEP]]
    if approved:
        rows.insert(0, [act_button("moderator.correct", "mcorrect", report.ref, role=ButtonRole.ONWARD)])
        rows.append([act_button("moderator.more", "mmore", report.ref)])
    turn.say(f"state.is_{report.status}", asked, rows=rows)


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
    card = await card_service.card(turn.unit, report)
    proposed = bool(await versions.of_report(turn.unit, report, VersionState.PROPOSED))
    files = *card_files.album_buttons(card), *card_files.place_buttons(card)
    rows = [*files, [card_views.notes_button(report, card.notes)], *_actions(report, proposed)]
    shown = body(turn, card, await card_service.with_like_pictures(turn.unit, card))
    settings = turn.unit.settings
    times = {"idle": settings.idle_minutes, "most": settings.shown_minutes, "hours": settings.claim_hours}
    foot = Key("moderator.report.then", {"ref": report.ref, **times})
    if card_views.put(turn, report, place or CardPage(), shown, foot, rows):
        await card_service.note_read(turn.unit, card)  # the newest messages of the talk are on the last page


def main_actions(ref: str, proposed: bool) -> list[list[ActButton]]:
    """Buttons to edit, ask and decide. Approval needs a proposed version."""
    edit = act_button("moderator.edit", "medit", ref, role=ButtonRole.ONWARD)
    ask = act_button("moderator.ask.button", "maskq", ref)
    approve = act_button("moderator.approve", "mpreview", ref, role=ButtonRole.COMPLETE)
    reject = act_button("moderator.reject", "mask", ref, role=ButtonRole.DESTROY)
    return [[edit, ask], [approve, reject] if proposed else [reject]]


def _actions(report: Report, proposed: bool) -> list[list[ActButton]]:
    views = {"moderator.similar.button": CardView.SIMILAR, "moderator.history.button": CardView.HISTORY}
    return [
        *main_actions(report.ref, proposed),
        [card_views.view_button(key, report, CardPage(view)) for key, view in views.items()],
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
    if (handed := card.notes.handed(turn.moderator)) is not None:
        told = {"alias": Said(handed.alias), "note": Said(handed.text or "—")}
        yield Key("moderator.report.handed", told)
    if given := tuple(Said(one.alias) for one in card.votes.given):
        yield Key("moderator.report.approved_by", {"aliases": Joined(given)})
    yield from _linked(card.links)
    if like:
        yield Key("moderator.report.pictures", {"refs": _refs(like)})
    if content is None:
        yield Key("moderator.content.gone", {"ref": report.ref})
        return
    yield from card_views.lines(turn.unit.forms[REPORT_FORM], content)
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
    CardView.NOTES: card_views.show_notes,
    CardView.SIMILAR: card_views.show_similar,
    CardView.HISTORY: card_views.show_history,
}


HAND_REPLY = "moderator.hand.reply"


async def choose_colleague(turn: Turn) -> None:
    """Ask which reviewer takes the report over."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    decisions_chat.require_none(turn, report)
    others = [one for one in await people_service.reviewers(turn.unit) if one.id != turn.moderator.id]
    if not others:
        raise Refusal("moderator.hand.alone")
    shown = [ActButton(Said(one.alias), Act("mhandto", report.ref, one.id)) for one in others]
    rows = [*turn.renderer.paired(shown, turn.language), [KEEP]]
    turn.say(Key("moderator.hand.ask", {"ref": report.ref}), rows=rows, report_id=report.id)


async def ask_for_note(turn: Turn) -> None:
    """Ask for the note, or hand over without one."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    other = await people_service.member(turn.unit, turn.act.second)
    facts: dict[str, str | int] = {"ref": report.ref, "alias": other.alias}
    facts["most"] = card_service.LONGEST_HANDED
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
    refs = decisions_chat.REFERENCE.findall(asked.text or "") if asked is not None else []
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
