"""Rarer decisions on a held report."""

import re
from collections.abc import Collection, Iterator, Sequence

from bot.chat.moderation.references import facts, named
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, ActButtons, act_button
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Key, Phrase, Said
from bot.services.desk import claims
from bot.services.desk.decisions.candidates import candidates
from bot.services.reports.states import Status
from db.models import Report


async def more(turn: Turn) -> None:
    """Offer the rarer decisions. An approved report can be linked without being claimed."""
    report = await named(turn)
    if report.status != Status.APPROVED:
        await claims.claim(turn.unit, turn.moderator, report)
    rows = [[one] for one in (*_decisions(report), act_button("moderator.keep", "mkeep"))]
    turn.say(Key("moderator.more.ask", {"ref": report.ref}), rows=rows, report_id=report.id)
    turn.answer_tap()


def _decisions(report: Report) -> Iterator[ActButton]:
    yield act_button("moderator.incident.join", "mjoin", report.ref)
    if report.incident_id is not None:
        yield act_button("moderator.incident.leave", "munjoin", report.ref)
    yield act_button("moderator.relate", "mrelate", report.ref)
    if report.status == Status.APPROVED:
        return
    if report.waits:
        yield act_button("moderator.aside", "maside", report.ref)
    yield act_button("moderator.duplicate", "mdup", report.ref)
    yield act_button("moderator.withdraw", "mwithdraw", report.ref, role=ButtonRole.DESTROY)


EXAMPLE_REF = "R7K3QV"
_REF = re.compile(r"\bR[0-9A-Z]{5}\b")


async def ask(
    turn: Turn,
    report: Report,
    key: str,
    verb: str,
    by_reply: str,
    *,
    but: Collection[str] = (),
    rows: ActButtons = (),
) -> None:
    """Ask which other report is meant: candidates as buttons of `verb`, without those in `but`, and the text
    `by_reply`, whose reply is a reference. `rows` stand below the candidates."""
    found = [one for one in await candidates(turn.unit, turn.moderator, report) if one.ref not in but]
    said: list[Phrase | str] = [Key(key, {"ref": report.ref})]
    said += [facts(turn.unit, one) for one in found] or ["moderator.others.none"]
    keep = [act_button("moderator.keep", "mkeep")]
    turn.say(*said, rows=[*_choices(report, found, verb), *rows, keep], report_id=report.id, protect=True)
    turn.ask_reply(Key(by_reply, {"ref": report.ref}), EXAMPLE_REF, report_id=report.id)


def _choices(report: Report, found: Sequence[Report], verb: str) -> list[list[ActButton]]:
    buttons = [ActButton(Said(one.ref), Act(verb, report.ref, one.ref)) for one in found]
    return [buttons[place : place + 2] for place in range(0, len(buttons), 2)]


def replied_about(turn: Turn, keys: Sequence[str]) -> tuple[str, str] | None:
    """Question to which the message replies, and the reference in it. None for any other message. Nothing
    has to be stored, since the question's text holds both."""
    asked = turn.message.reply_to_message
    if asked is None or asked.from_user is None or not asked.from_user.is_bot or not asked.text:
        return None
    texts, languages = turn.renderer.texts, turn.unit.settings.languages
    for ref in _REF.findall(asked.text):
        for key in keys:
            asks = {texts.text(code, key, {"ref": ref}) for code in languages}
            if asked.text in asks:
                return key, ref
    return None
