"""The commands that everybody has: report, change the language, cancel, and read what the bot does."""

from collections.abc import Iterable

from bot.chat import endings, form_events, guide
from bot.chat.notices.reporters import questions, reminders
from bot.chat.notices.team import housekeeping, to_group
from bot.chat.replies import is_reply
from bot.chat.reporter import talk
from bot.chat.reporter.organisation import behind
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.events import Cancel, Event, SendUnfinished, Show
from bot.form.screen import Joined, Key, Label, Phrase, Said
from bot.languages import name_of
from bot.services.keeping.originals import database_file
from bot.services.reports.drafts import drafting
from bot.services.reports.talk import ways
from bot.services.unit import REPORT_FORM


async def count(turn: Turn) -> None:
    """Count one more. Raises Refusal for somebody who has begun as many today as one person can; administrators hear of whoever has,
    once nothing is left of the day or, where no note was free then, with the next that they try."""
    allowance = turn.chat.allowance
    if allowance is None:
        return
    try:
        await drafting.require_allowed(turn.unit, allowance)
    finally:
        if allowance.reports >= turn.unit.settings.reports_a_day:
            await housekeeping.tell(turn, housekeeping.REPORTS, allowance.reports)


async def start(turn: Turn) -> None:
    """/start: say what this is, and let the person choose a language; go on with an open form."""
    if turn.chat.open_draft is not None:
        await report(turn)
    else:
        await _welcome(turn)


async def report(turn: Turn) -> None:
    """/report: go on with the open form, or ask the first question of a new one at once. It is asked in the language
    of the person's Telegram, since nothing is stored that would tell which they chose before, and says how to
    change that. Somebody who keeps no code is offered what moderators have asked; an open reply is shown again. A moderator in the
    middle of an edit or a question is told that a report of their own has to wait for its end."""
    if is_reply(turn.chat.open_draft):
        await talk.show_again(turn)
        return
    if (open_draft := turn.chat.open_draft) is not None:
        turn.say("reporter.resumed" if open_draft.row.kind == REPORT_FORM else "moderator.resumed")
        await form_events.apply(turn, Show())
        return
    if await talk.offered(turn):
        return
    await _begin(turn, turn.language)
    await form_events.apply(turn, Show(), notice=_other_languages(turn))


async def language(turn: Turn) -> None:
    """/language: the buttons of all languages."""
    turn.say(_choose_language(turn), rows=_language_rows(turn, "language"))


async def _welcome(turn: Turn, *before: str) -> None:
    """What this bot is, after what stands `before`, and the languages in which a report can begin. Where there is only
    one, after a command, it begins."""
    welcome = ("reporter.welcome", *behind(turn))
    if len(turn.unit.settings.languages) > 1:
        said = (*before, *welcome, _choose_language(turn))
        turn.say(*said, rows=_language_rows(turn, "begin"))
    elif before:
        button = ActButton(Key("reporter.begin"), Act("begin", turn.language))
        turn.say(*before, *welcome, rows=[[button]])
    else:
        turn.say(*welcome)
        await _begin(turn, turn.language)
        await form_events.apply(turn, Show())


def _choose_language(turn: Turn) -> Phrase:
    return Joined(tuple(_in_each_language(turn, turn.unit.settings.languages)), "\n")


def _other_languages(turn: Turn) -> Phrase | None:
    """How to change to another language, in the words of those that are not spoken now; None if there is no other."""
    others = [code for code in turn.unit.settings.languages if code != turn.language]
    return Joined((*_in_each_language(turn, others), Said("/language")), " · ") if others else None


def _in_each_language(turn: Turn, languages: Iterable[str]) -> list[Phrase]:
    return [Said(turn.renderer.texts.text(code, "reporter.choose_language")) for code in languages]


def _language_rows(turn: Turn, verb: str) -> list[list[ActButton]]:
    return [
        [ActButton(Label({code: name_of(code)}), Act(verb, code))] for code in turn.unit.settings.languages
    ]


async def _begin(turn: Turn, code: str) -> None:
    """Open a report in this language, or give the open one this language."""
    if turn.chat.open_draft is not None:
        turn.chat.open_draft.language = code
    else:
        await count(turn)
        turn.chat.open_draft = await drafting.start(turn.unit, turn.chat.hash, REPORT_FORM, code)


async def begin(turn: Turn) -> None:
    """A language was tapped for a new report: its first question follows at once. An open report gets this language; an open reply or a
    moderator's edit, for which it was not meant, is shown again as it is."""
    code, open_draft = _tapped_language(turn), turn.chat.open_draft
    if open_draft is not None and open_draft.row.kind != REPORT_FORM:
        await _show_open(turn)
        return
    turn.answer_tap()
    again = open_draft if open_draft is not None and open_draft.language == code else None
    await _begin(turn, code)
    turn.drop_buttons()
    # At a double tap the question stands there already, or is on its way.
    if again is None or not await form_events.is_asked(turn, again.draft.step):
        await form_events.apply(turn, Show())


async def change_language(turn: Turn) -> None:
    """A language was tapped after /language. For somebody who has nothing open it begins a report."""
    code, open_draft, moderator = _tapped_language(turn), turn.chat.open_draft, turn.chat.moderator
    if open_draft is None and moderator is None:
        await begin(turn)
        return
    turn.answer_tap()
    turn.drop_buttons()
    if open_draft is not None:
        open_draft.language = code
    if moderator is not None:
        moderator.language = code
        turn.show_menu()
    if open_draft is not None:
        await form_events.apply(turn, Show())
    else:
        turn.say("reporter.language_set")


def _tapped_language(turn: Turn) -> str:
    if turn.act.first not in turn.unit.settings.languages:
        raise Refusal("reporter.tap.stale")
    return turn.act.first


async def cancel(turn: Turn) -> None:
    """/cancel: ask whether to stop and wipe."""
    if turn.chat.open_draft is None:
        turn.say("reporter.nothing_to_cancel")
    else:
        await form_events.apply(turn, Cancel())


async def panic(turn: Turn) -> None:
    """/panic: destroy the open form with its key and files, and every way back to this chat; clear the chat, and ask nothing. What is said then tells
    nobody who looks over a shoulder what the bot is for."""
    open_draft = turn.chat.open_draft
    if open_draft is not None:
        turn.report_language = open_draft.language
        await endings.wipe(turn)
    await ways.forget_chat(turn.unit, turn.chat.id)
    turn.answer_tap()
    await endings.leave_empty(turn, turn.language, Key("reporter.panic"), wholly=True)


async def resume(turn: Turn) -> None:
    """A reminder's button: ask the question at hand again. The reminder leaves the chat."""
    await _go_on(turn, Show())


async def send_unfinished(turn: Turn) -> None:
    """A reminder's button: send an urgent report as it is."""
    await _go_on(turn, SendUnfinished())


async def delete_unfinished(turn: Turn) -> None:
    """A reminder's button: delete what it reminded of and clear the chat, and ask nothing. Moderators may ask of other reports as
    before: who wants to be rid of that too has /panic."""
    await _go_on(turn, Cancel(sure=True))


async def _go_on(turn: Turn, event: Event) -> None:
    """Let an event happen to the draft that the tapped reminder was of. To another one, or to one that went on since, nothing happens: that is
    said, and what is open shown again. Where nothing is, nobody can tell what became of it; the chat may hold the code of what was sent."""
    open_draft = turn.chat.open_draft
    if open_draft is None:
        over = Key("reporter.reminder.over", {"hours": turn.unit.settings.draft_hours})
        turn.answer_tap(over, alert=True)
        turn.drop_message()
    elif reminders.is_meant(turn.act, open_draft):
        turn.answer_tap()
        turn.drop_message()
        await form_events.apply(turn, event)
    else:
        await _show_open(turn)


async def _show_open(turn: Turn) -> None:
    """Say that the tapped button is over, and show what is open again."""
    turn.answer_tap("reporter.tap.stale", alert=True)
    turn.drop_message()
    await form_events.apply(turn, Show(), whole=True)


async def privacy(turn: Turn) -> None:
    """/privacy: what is kept and what is not, on one screen."""
    settings = turn.unit.settings
    times = {
        "hours": settings.draft_hours,
        "days": settings.report_days,
        "rejected_days": settings.rejected_days,
        "shown_minutes": settings.shown_minutes,
    }
    sooner = settings.approved_days < settings.report_days
    approved = [Key("reporter.privacy.approved", {"days": settings.approved_days})] if sooner else []
    shared = ["reporter.privacy.shared"] if settings.export_recipients else []
    elsewhere = ["reporter.privacy.bucket"] if settings.files_url else []
    if database_file(settings) is None:
        elsewhere.append("reporter.privacy.postgresql")
    floods_kept = Key("reporter.privacy.blocks", {"days": settings.block_days})
    # Hours are whole: an hour more can pass before nothing stands there.
    asked = Key("reporter.privacy.asked", {"days": settings.talk_days, "hours": settings.reply_hours + 1})
    turn.say(Key("reporter.privacy", times), asked, *elsewhere, *shared, *approved, floods_kept)


async def unknown(turn: Turn) -> None:
    """A command that nobody has, or that is not this person's."""
    turn.say("reporter.unknown_command")
    await form_events.show(turn)


async def greet(turn: Turn) -> None:
    """A text out of the blue: say that it was not kept, and how a report begins."""
    if turn.chat.moderator is not None:
        await guide.menu(turn)
    else:
        await _welcome(turn, "reporter.not_kept")


async def leave_group(turn: Turn) -> None:
    """Added to a group or channel, but that of the operator's team: one line, and out; nothing is kept. A private chat that blocked the bot needs no
    answer; no question can reach it any more, so the ways back to it are forgotten and the moderators hear of it."""
    member = turn.update.my_chat_member
    if member is None:
        return
    if member.chat.type == member.chat.PRIVATE:
        if member.new_chat_member.status == member.new_chat_member.BANNED:
            await questions.forget(turn.unit, [turn.chat.id])
        return
    if member.new_chat_member.status in {member.new_chat_member.LEFT, member.new_chat_member.BANNED}:
        return
    if not await to_group.is_ours(turn, member.chat):
        to_group.leave(turn.renderer, turn.unit, turn.outbox, turn.language, turn.chat.id)
