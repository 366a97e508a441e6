"""The reporter's commands: report, language, cancel, and information about the bot and its operator."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from bot.chat import menu
from bot.chat.buttons import Act
from bot.chat.renderer import ActButton
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.events import Cancel, Event, Show
from bot.form.model import Form
from bot.form.screen import Joined, Key, Label, Phrase, Said, form_title
from bot.languages import name_of
from bot.reports.filling import chat as filling_chat
from bot.reports.filling import endings
from bot.reports.filling.screens import is_reply
from bot.reports.talk import chat as talk_chat
from bot.reports.talk import ways
from bot.settings import worded
from bot.store import archive_keys, drafting
from bot.store.drafting import OpenDraft
from bot.store.file_store import database_file
from bot.store.unit import REPORT_FORM


def behind(turn: Turn) -> Iterator[Phrase]:
    """The organisation and its contact, to prove the bot genuine. Empty if unset or with a neutral look."""
    settings = turn.unit.settings
    if settings.neutral_look:
        return
    if organisation := worded(settings.organisation, turn.language):
        yield Key("profile.behind", {"organisation": organisation})
        if contact := worded(settings.organisation_contact, turn.language):
            yield Key("profile.contact", {"contact": contact})


async def count_beginning(turn: Turn) -> None:
    """Count a begun report. Raises Refusal over the daily limit. Administrators are told once it is reached."""
    allowance = turn.chat.allowance
    if allowance is None:
        return
    try:
        await drafting.require_allowed(turn.unit, allowance)
    finally:
        if allowance.reports >= turn.unit.settings.reports_a_day:
            turn.reports_begun = allowance.reports


_OWN_FORM = "incident"
"""Id of the program's own report form, and of its copies, which the greeting describes."""
FORM_LINK = "form_"
"""Beginning of the argument of /start that names a form: a deep link `https://t.me/<bot>?start=form_<id>`."""


def linked_form(turn: Turn) -> Form | None:
    """Form that the argument of /start names, by its id, or its mark where the id does not fit into a link."""
    is_link = turn.argument.startswith(FORM_LINK)
    return _named(turn, turn.argument.removeprefix(FORM_LINK)) if is_link else None


def _named(turn: Turn, named: str) -> Form | None:
    return next((form for form in _offered(turn) if named in (form.id, _mark(form))), None)


def _offered(turn: Turn) -> Sequence[Form]:
    return turn.unit.report_forms.offered


def _mark(form: Form | None) -> str:
    """Short mark of a form's id, for links and buttons."""
    return "" if form is None else blake2b(form.id.encode(), digest_size=6).hexdigest()


async def start(turn: Turn) -> None:
    """Go on with an open form, or welcome the person and begin a report."""
    form, open_draft = linked_form(turn), turn.chat.open_draft
    if open_draft is None:
        await _welcome(turn, form=form)
    elif form is not None and _may_change_to(open_draft, form):
        drafting.change_form(open_draft, form)
        await filling_chat.apply(turn, Show())
    else:
        await report(turn)


async def report(turn: Turn) -> None:
    """Go on with the open form, or begin a report at once in the language of the person's Telegram, since no earlier
    choice is stored. Waiting questions are offered first to a reporter without a code. A moderator's edit or
    question must be finished first."""
    if is_reply(turn.chat.open_draft):
        await talk_chat.show_again(turn)
        return
    if (open_draft := turn.chat.open_draft) is not None:
        resumed = "reporter.resumed" if open_draft.row.kind == REPORT_FORM else "moderator.resumed"
        await filling_chat.apply(turn, Show(), notice=Key(resumed))
        return
    if await talk_chat.offered(turn):
        return
    if len(_offered(turn)) > 1:
        _ask_form(turn, turn.language)
        return
    await _begin(turn, turn.language)
    await filling_chat.apply(turn, Show(), notice=_other_languages(turn))


async def language(turn: Turn) -> None:
    _ask_language(turn, "language")


def _form_rows(forms: Iterable[Form], code: str) -> list[list[ActButton]]:
    return [[ActButton(form_title(form), Act("form", _mark(form), code))] for form in forms]


def _ask_form(turn: Turn, code: str, *before: Phrase | str) -> None:
    turn.report_language = code
    rows = _form_rows(_offered(turn), code)
    turn.say(*before, "reporter.form.choose", rows=[*rows, *_language_rows(_others(turn), "begin")])


def _may_change_to(open_draft: OpenDraft, form: Form) -> bool:
    """Whether a report that was not agreed to may go on as another form."""
    is_other = open_draft.row.kind == REPORT_FORM and form.id != open_draft.form.id
    return is_other and not open_draft.agrees


async def choose_form(turn: Turn) -> None:
    """Begin the tapped form, also in place of another before consent. An agreed one is only shown."""
    form = _named(turn, turn.act.first)
    if form is None or turn.act.second not in turn.unit.settings.languages:
        raise Refusal("reporter.tap.stale")
    open_draft = turn.chat.open_draft
    if open_draft is not None and not _may_change_to(open_draft, form):
        await talk_chat.show_instead(turn)
        return
    if open_draft is not None:
        drafting.change_form(open_draft, form)
    else:
        await _begin(turn, turn.act.second, form)
    turn.drop_buttons()
    await filling_chat.apply(turn, Show())


async def _welcome(turn: Turn, *before: str, form: Form | None = None) -> None:
    """Say what the bot is, and ask the first question in the language of the person's Telegram, beside buttons
    of the others. A person whose language is not known chooses one first, and one who may be answering begins
    by a button."""
    said = (*before, _hello(turn, form), *behind(turn))
    mark = _mark(form)
    others = _language_rows(_others(turn), "begin", mark)
    if await _may_answer(turn):
        turn.say(*said, rows=[[ActButton(Key("reporter.begin"), Act("begin", turn.language, mark))], *others])
    elif others and not turn.telegram_language:
        _ask_language(turn, "begin", *said, "flow.held.hint", mark=mark)
    elif form is None and len(_offered(turn)) > 1:
        _ask_form(turn, turn.language, *said)
    else:
        turn.say(*said, rows=others)
        await _begin(turn, turn.language, form)
        await filling_chat.apply(turn, Show())


def _hello(turn: Turn, form: Form | None) -> Phrase:
    """Greeting that says what the program's own form is for, or names other forms."""
    forms = [form] if form is not None else _offered(turn)
    if turn.unit.settings.neutral_look or all(one.id == _OWN_FORM for one in forms):
        return Key("reporter.welcome")
    return Key("reporter.welcome.forms", {"titles": Joined(tuple(map(form_title, forms)), "; ")})


def _ask_language(turn: Turn, verb: str, *before: Phrase | str, mark: str = "") -> None:
    codes = turn.unit.settings.languages
    told = Joined(tuple(_in_each_language(turn, codes)), "\n")
    turn.say(*before, told, rows=_language_rows(codes, verb, mark))


def _other_languages(turn: Turn) -> Phrase | None:
    others = _others(turn)
    return Joined((*_in_each_language(turn, others), Said("/language")), " · ") if others else None


def _others(turn: Turn) -> list[str]:
    return [code for code in turn.unit.settings.languages if code != turn.language]


def _beginning(turn: Turn) -> Phrase | None:
    """Who is behind the bot, and the other languages, for a person who was not welcomed."""
    others = _other_languages(turn)
    said = (*behind(turn), *([others] if others is not None else []))
    return Joined(said, "\n") if said else None


def _in_each_language(turn: Turn, languages: Iterable[str]) -> list[Phrase]:
    return [Said(turn.renderer.texts.text(code, "reporter.choose_language")) for code in languages]


def _language_rows(languages: Iterable[str], verb: str, mark: str = "") -> list[list[ActButton]]:
    return [[ActButton(Label({code: name_of(code)}), Act(verb, code, mark))] for code in languages]


async def _begin(turn: Turn, code: str, form: Form | None = None) -> None:
    if turn.chat.open_draft is not None:
        turn.chat.open_draft.language = code
    else:
        await count_beginning(turn)
        turn.chat.open_draft = await drafting.start(turn.unit, turn.chat.hash, REPORT_FORM, code, form)


async def begin(turn: Turn) -> None:
    """Begin a report in the tapped language, or change the open one's. Other forms are only shown."""
    code, open_draft = _tapped_language(turn), turn.chat.open_draft
    if open_draft is not None and open_draft.row.kind != REPORT_FORM:
        await talk_chat.show_instead(turn)
        return
    form = _named(turn, turn.act.second)
    if open_draft is None and form is None and len(_offered(turn)) > 1:
        turn.drop_buttons()
        _ask_form(turn, code)
        return
    again = open_draft if open_draft is not None and open_draft.language == code else None
    await _begin(turn, code, form)
    turn.drop_buttons()
    # At a double tap the question stands there already, or is on its way.
    if again is None or not await filling_chat.is_asked(turn, again.draft.step):
        await filling_chat.apply(turn, Show())


async def change_language(turn: Turn) -> None:
    """Change the language. Without an open form no choice is stored, and a report is offered instead."""
    code, open_draft, moderator = _tapped_language(turn), turn.chat.open_draft, turn.chat.moderator
    turn.drop_buttons()
    if open_draft is None and moderator is None:
        turn.report_language = code
        turn.say("reporter.language_next", rows=[[ActButton(Key("reporter.begin"), Act("begin", code))]])
        return
    if open_draft is not None:
        open_draft.language = code
    if moderator is not None:
        moderator.language = code
        await turn.show_menu()
    if open_draft is not None:
        await filling_chat.apply(turn, Show())
    else:
        turn.say("reporter.language_set")


def _tapped_language(turn: Turn) -> str:
    if turn.act.first not in turn.unit.settings.languages:
        raise Refusal("reporter.tap.stale")
    return turn.act.first


async def cancel(turn: Turn) -> None:
    if turn.chat.open_draft is None:
        turn.say("reporter.nothing_to_cancel")
    else:
        await filling_chat.apply(turn, Cancel())


async def panic(turn: Turn) -> None:
    """Destroy the open form with its data key and files, forget the chat's reply channels and clear the
    chat, without a question. The answer does not reveal the bot's purpose."""
    open_draft = turn.chat.open_draft
    if open_draft is not None:
        turn.report_language = open_draft.language
        await endings.wipe(turn)
    await ways.forget_chat(turn.unit, turn.chat.id)
    turn.answer_tap()
    await endings.leave_empty(turn, turn.language, Key("reporter.panic"), wholly=True)


async def go_on(turn: Turn, event: Event) -> None:
    """Apply an event to the draft of the tapped reminder. Another draft, or one changed since, is only shown again.
    Without an open form the chat is not cleared, since it may hold a sent report's code."""
    open_draft = turn.chat.open_draft
    if open_draft is None:
        over = Key("reporter.reminder.over", {"hours": turn.unit.settings.draft_hours})
        turn.answer_tap(over, alert=True)
        turn.drop_message()
    elif endings.is_meant(turn.act, open_draft):
        turn.drop_message()
        await filling_chat.apply(turn, event)
    else:
        await talk_chat.show_instead(turn)


async def privacy(turn: Turn) -> None:
    """Say in a few words what is kept, and offer all of it."""
    times = {"hours": turn.unit.settings.draft_hours, "days": turn.unit.settings.report_days}
    more = ActButton(Key("reporter.privacy.more"), Act("privacy"))
    turn.say(Key("reporter.privacy.first", times), rows=[[more]])


async def privacy_in_full(turn: Turn) -> None:
    """Say all of it in place of the few words."""
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
    if settings.form or settings.more_forms:
        shared.insert(0, "reporter.privacy.answers")
    elsewhere = ["reporter.privacy.bucket"] if settings.files_url else []
    if database_file(settings) is None:
        elsewhere.append("reporter.privacy.postgresql")
    if await archive_keys.ready_recipients(turn.unit):
        elsewhere.insert(0, "reporter.privacy.archive")
    floods_kept = Key("reporter.privacy.blocks", {"days": settings.block_days})
    # Hours are rounded: a message can stay one hour longer.
    asked = Key("reporter.privacy.asked", {"days": settings.talk_days, "hours": settings.reply_hours + 1})
    whole = Key("reporter.privacy", times)
    elsewhere += ["reporter.privacy.form"] if len(_offered(turn)) > 1 else []
    turn.say_in_place(whole, asked, *elsewhere, *shared, *approved, floods_kept)


async def unknown(turn: Turn) -> None:
    turn.say("reporter.unknown_command")
    await filling_chat.show(turn)


async def greet(turn: Turn) -> None:
    """Begin a report with a text outside any form."""
    if turn.chat.moderator is not None:
        await menu.menu(turn)
    elif await _may_answer(turn):
        await _welcome(turn, "reporter.not_kept")
    else:
        await _begin_unasked(turn)
        await filling_chat.text(turn, _beginning(turn))


async def _begin_unasked(turn: Turn) -> None:
    """Begin the first form for a message that came without one, beside buttons of the others."""
    first, *others = _offered(turn)
    await _begin(turn, turn.language)
    if others:
        title, rows = form_title(first), _form_rows(others, turn.language)
        turn.say(Key("reporter.form.others", {"title": title}), rows=rows)


async def _may_answer(turn: Turn) -> bool:
    """Whether a message may be meant as an answer to a question that waits, or that has just left the chat."""
    return bool(turn.report_language or await talk_chat.waiting(turn))


async def file(turn: Turn) -> None:
    """Handle a file, and begin a report with one outside any form."""
    is_first = turn.chat.open_draft is None and turn.chat.moderator is None
    if is_first and not await _may_answer(turn):
        await _begin_unasked(turn)
        await filling_chat.file(turn, _beginning(turn))
    else:
        await filling_chat.file(turn)
