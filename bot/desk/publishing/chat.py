"""/edit and /translate in a chat, and the check for identifying details before an edit is saved."""

from collections.abc import Sequence
from dataclasses import replace

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, act_button, shortened
from bot.chat.turn import Turn
from bot.desk.publishing import service as publishing_service
from bot.desk.references import named
from bot.errors import Refusal
from bot.form.draft import parted
from bot.form.events import Show
from bot.form.screen import Joined, Key, Phrase, Said, Screen, ScreenKind
from bot.languages import name_of
from bot.publish import versions
from bot.publish.versions import Giveaway
from bot.reports import claims
from bot.reports.filling import chat as filling_chat
from bot.safety.personal_data.words import FindingKind
from bot.store.drafting import OpenDraft
from db.models import Report


async def edit(turn: Turn) -> None:
    report, open_draft = await named(turn), turn.chat.open_draft
    await publishing_service.may_begin(turn.unit, report, open_draft)
    await claims.claim(turn.unit, turn.moderator, report)
    begins = open_draft is None or open_draft.row.report_id != report.id
    if begins and await claims.is_archived(turn.unit, report):
        turn.say(Key("archive.editing", {"ref": report.ref}))
    elif begins and await publishing_service.begins_anew(turn.unit, report):
        turn.say(Key("moderator.edit.anew", {"ref": report.ref}))
    turn.chat.open_draft = await publishing_service.begin(turn.unit, turn.moderator, report, open_draft)
    if begins:
        turn.chat.prompt = None
    await filling_chat.apply(turn, Show())
    turn.drop_buttons()


async def edit_saved(turn: Turn, ended: OpenDraft) -> None:
    report, version = await publishing_service.save_edit(turn.unit, ended)
    done = Key("moderator.edit.saved", {"ref": report.ref, "version": version.version})
    turn.say(done, rows=[[act_button("moderator.edit.again", "medit", report.ref)]], report_id=report.id)
    turn.saved = report


ASK, ASK_SHORT = "moderator.translate.ask", "moderator.translate.ask_short"
"""Questions whose replies have the title above the summary, and a line for each short text. The reference in the second
ends with their digest."""
_BEFORE_DIGEST = "·"
SHOWN = 8


async def translate(turn: Turn) -> None:
    """List the newest public records that lack a language, with a button for each language."""
    if not turn.unit.settings.published_languages:
        raise Refusal("moderator.translate.unset")
    found = await publishing_service.untranslated(turn.unit, SHOWN)
    if not found:
        raise Refusal("moderator.translate.none")
    for one in found:
        ref = one.report.ref
        rows = [[ActButton(Said(f"→ {name_of(to)}"), Act("mtranslate", ref, to))] for to in one.lacking]
        line = Key("moderator.translate.line", {"ref": ref, "title": Said(one.title)})
        turn.say(line, rows=rows, report_id=one.report.id, protect=True)


async def begin(turn: Turn) -> None:
    """Show the original texts and ask for their translation: title and summary first, then the short texts."""
    report = await claims.find(turn.unit, turn.act.first)
    language = turn.act.second
    original = await publishing_service.original(turn.unit, turn.moderator, report, language)
    if language not in original.languages and original.short.get(language):
        await _ask_short(turn, report, language)
        return
    turn.say(Said(original.title), Said(original.summary), report_id=report.id, protect=True)
    turn.ask_reply(Key(ASK, {"ref": report.ref, "language": name_of(language)}), "…", report_id=report.id)


async def _ask_short(turn: Turn, report: Report, language: str) -> None:
    short = await publishing_service.asked_texts(turn.unit, turn.moderator, report, language)
    turn.say(Said("\n".join(short)), report_id=report.id, protect=True)
    ref = f"{report.ref}{_BEFORE_DIGEST}{publishing_service.digest_of(short)}"
    about = {"ref": ref, "language": name_of(language)}
    turn.ask_reply(Key(ASK_SHORT, about), "…", report_id=report.id)


async def replied(turn: Turn) -> bool:
    """Handle a reply with a translation. Returns False for any other message."""
    asked = (
        (turn.replied_about(key, "ref", {"language": name_of(language)}), language)
        for language in turn.unit.settings.published_languages
        for key in (ASK, ASK_SHORT)
    )
    named_, language = next((one for one in asked if one[0] is not None), (None, ""))
    if turn.chat.moderator is None or named_ is None:
        return False
    turn.sit_at_desk()
    ref, _, digest = named_.partition(_BEFORE_DIGEST)
    report, told = await claims.find(turn.unit, ref), (turn.message.text or "").strip()
    turn.keep_own_message(report.id)
    about = turn.unit, turn.moderator, report, language
    title, _, summary = told.partition("\n")
    lines = [one for one in map(versions.one_line, told.splitlines()) if one]
    await publishing_service.translate(*about, lines if digest else (title, summary), digest)
    turn.say(Key("moderator.translate.done", {"ref": report.ref, "language": name_of(language)}))
    left = await publishing_service.original(*about, short=bool(digest))
    if left.short.get(language):
        await _ask_short(turn, report, language)
    return True


MOST_WORDS, LONGEST = 8, 100


def looked_over(open_draft: OpenDraft, screen: Screen) -> Screen:
    """Add the warnings to the review of a moderator's edit. Other screens stay unchanged."""
    if screen.kind is not ScreenKind.REVIEW:
        return screen
    found = versions.giveaways_of_answers(open_draft.form, parted(open_draft.draft)[0].answers)
    return replace(screen, body=(*screen.body, giveaways_told(found))) if found else screen


def giveaways_told(found: Sequence[Giveaway]) -> Phrase:
    lines = []
    for kind in FindingKind:
        words = [Said(shortened(one.words, LONGEST)) for one in found if one.kind is kind]
        left = [Said("…")] if len(words) > MOST_WORDS else []
        shown = Joined((*words[:MOST_WORDS], *left), "; ")
        lines += [Key(f"moderator.giveaways.{kind}", {"words": shown})] if words else []
    return Key("moderator.giveaways", {"found": Joined(tuple(lines), "\n")})
