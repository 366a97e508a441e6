"""Practice: a made-up report that a member opens, asks about, edits, approves and undoes.

Only its edit is stored, as a draft without a report (`OpenDraft.is_practice`). It has no row in `reports`, so that no list,
search, figure, notice, export or audit entry can hold it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from bot.chat.renderer import act_button
from bot.chat.turn import Turn
from bot.desk.asking import chat as asking_chat
from bot.desk.asking.service import READY
from bot.desk.card import chat as card_chat
from bot.desk.card.service import Card
from bot.desk.decisions import chat as decisions_chat
from bot.desk.decisions import service as decisions_service
from bot.desk.notices.chat import Post, take_back
from bot.desk.publishing import chat as publishing_chat
from bot.desk.publishing import service as publishing_service
from bot.desk.references import PRACTICE, PRACTICE_ID, open_button, practice_report
from bot.errors import Refusal
from bot.form.answers import Answer, Chosen, Precision, TextPart, When, Written
from bot.form.draft import parted
from bot.form.events import Show
from bot.form.flow.filling import Filling
from bot.form.flow.review import begin_at_missing
from bot.form.screen import ButtonRole, Key
from bot.publish import versions
from bot.publish.location import prefill
from bot.publish.published_languages import begun_in
from bot.publish.versions import VersionContent
from bot.reports.filling import chat as filling_chat
from bot.reports.reading import ReportContent
from bot.reports.talk.messages import Message, MessageContent
from bot.reports.talk.ways import Way
from bot.store import drafting
from bot.store.drafting import OpenDraft
from bot.store.unit import REPORT_FORM, REVIEW_FORM
from db.models import PublicVersion, WayBack

_CODES = {"category": "detention", "violations": "detention.short_term", "region": "KZ-10", "urgent": "no"}
"""Made-up choices by role. Another form may lack some."""


async def act(turn: Turn) -> None:
    """Handle a button of the practice report. Raises Refusal for one that needs a real report."""
    turn.practises = True
    if turn.act.verb not in _STEPS:
        raise Refusal("practice.not_here")
    await _STEPS[turn.act.verb](turn)


def _edit_of(turn: Turn) -> OpenDraft | None:
    edit = turn.chat.open_draft
    return edit if edit is not None and edit.is_practice else None


async def end(turn: Turn) -> None:
    """Destroy the edit of the practice report, and delete its messages."""
    turn.practises = True
    if (edit := _edit_of(turn)) is not None:
        await drafting.wipe(turn.unit, edit)
        turn.chat.open_draft = turn.chat.prompt = None
    await take_back(Post.of(turn), PRACTICE_ID, PRACTICE, [turn.chat.hash])
    turn.say("practice.ended", rows=[[act_button("menu.open", "mmenu", role=ButtonRole.ONWARD)]])


def _told(turn: Turn) -> Mapping[str, Answer]:
    day = (turn.unit.now - timedelta(days=3)).date().isoformat()
    texts, language = turn.renderer.texts, turn.language
    told: Mapping[str, Answer] = {
        **{role: Chosen((code,)) for role, code in _CODES.items()},
        "story": Written((TextPart(texts.text(language, "practice.told.story")),)),
        "locality": Written((TextPart(texts.text(language, "practice.told.locality")),)),
        "when": When(Precision.DAY, day, day),
    }
    by_role = turn.unit.forms[REPORT_FORM].by_role
    return {by_role[role].path: answer for role, answer in told.items() if role in by_role}


_END = act_button("practice.end", "mpractend", role=ButtonRole.DESTROY)


async def show(turn: Turn) -> None:
    """Show the practice report, with the answer to a question just asked."""
    turn.practises = True
    way = Way(WayBack(until_day=turn.unit.day + turn.unit.settings.talk_days), 0, None, turn.language)
    talk, name, hour = list[Message](), turn.act.second, turn.unit.hour
    if turn.act.verb == "masks" and name in READY:
        asked = MessageContent(ready=name, alias=turn.moderator.alias, hour=hour)
        text = turn.renderer.phrase(Key(f"practice.answer.{name}"), turn.language)
        said = MessageContent(text, hour=hour)
        talk = [Message(1, False, False, asked), Message(2, True, True, said)]
    content = ReportContent(turn.unit.forms[REPORT_FORM], _told(turn), {}, {})
    card = Card(practice_report(turn), content, talk, way, {})
    rows = [*card_chat.main_actions(PRACTICE, _edit_of(turn) is not None), [_END]]
    place = card_chat.CardPage.read(turn.act.second)
    card_chat.put(turn, card.report, place, card_chat.body(turn, card), Key("practice.foot"), rows)


async def _edit(turn: Turn) -> None:
    unit, open_draft = turn.unit, turn.chat.open_draft
    if _edit_of(turn) is None:
        await publishing_service.may_begin(unit, practice_report(turn), open_draft)
        if open_draft is not None:
            await drafting.wipe(unit, open_draft)
        form, languages = unit.forms[REVIEW_FORM], unit.settings.published_languages
        begun = prefill(form, unit.forms[REPORT_FORM], _told(turn), unit.now)
        begun = replace(begun, answers=begun_in(form, begun.answers, languages, turn.language))
        edit = await publishing_service.started(unit, turn.moderator, begun)
        edit.draft = begin_at_missing(Filling(form, edit.draft.at(unit.now))).draft
        turn.chat.open_draft, turn.chat.prompt = edit, None
    await filling_chat.apply(turn, Show())
    turn.drop_buttons()


async def edit_saved(turn: Turn, ended: OpenDraft) -> None:
    """Save an edit of a report, or show the next step of the practice report, whose edit stays open."""
    if not ended.is_practice:
        await publishing_chat.edit_saved(turn, ended)
        return
    turn.chat.open_draft = ended
    again = act_button("moderator.edit", "medit", PRACTICE, role=ButtonRole.ONWARD)
    turn.say(Key("moderator.edit.saved", {"ref": PRACTICE, "version": 1}), rows=[[again]])
    await _approve(turn)


async def _approve(turn: Turn) -> None:
    typed, verb = turn.act.second.partition("-")[0], turn.act.verb
    looked_at = int(typed) + (verb == "mwords") if typed.isdecimal() and verb != "mnames" else 0
    found, report = _proposal(turn, looked_at), practice_report(turn)
    if verb == "mnames":
        await decisions_chat.preview(turn, report, found, names_are_cleared=True)
    else:
        await decisions_chat.show_next(turn, report, looked_at, found)


def _proposal(turn: Turn, looked_at: int = 0) -> decisions_service.Proposal:
    """Version of the open edit. After a confirmation the words looked at count as confirmed."""
    if (edit := _edit_of(turn)) is None:
        raise Refusal("moderator.approve.nothing", {"ref": PRACTICE})
    form, draft = edit.form, parted(edit.draft)[0]
    answers, counts = publishing_service.submission(form, draft, turn.unit), dict(draft.counts)
    content = VersionContent(form.id, form.version, edit.row.language, answers, counts, checked=True)
    if decisions_service.missing(turn.unit, content):
        raise Refusal("moderator.approve.edit_open", {"ref": PRACTICE})
    words = versions.unconfirmed(form, content)
    if turn.act.verb == "mwords" and looked_at >= len(words):
        content = replace(content, confirmed=frozenset(one.digest for one in words))
        words = ()
    return decisions_service.Proposal(PublicVersion(id=PRACTICE_ID, version=1), content, "", words)


async def _decide(turn: Turn) -> None:
    if turn.act.verb == "mapprove":
        _proposal(turn)
    done = {"mapprove": "approved", "mundo": "undone"}.get(turn.act.verb, "rejected")
    undo = act_button("moderator.undo", "mundo", PRACTICE)
    beside, button = ([], open_button(PRACTICE)) if done == "undone" else (["practice.undo"], undo)
    turn.drop_buttons()
    turn.say(Key(f"moderator.{done}", {"ref": PRACTICE}), *beside, rows=[[button], [_END]])


_STEPS: Mapping[str, Callable[[Turn], Awaitable[None]]] = {
    **dict.fromkeys(("mopen", "mcard", "masks"), show),
    "maskq": asking_chat.choose,
    "maskr": asking_chat.preview,
    "medit": _edit,
    **dict.fromkeys(("mpreview", "mwords", "mleave", "mnames"), _approve),
    "mask": decisions_chat.reject,
    **dict.fromkeys(("mapprove", "mreject", "mrejectyes", "mundo"), _decide),
    "mrelease": end,
}
