"""Which other report a decision is about: tapped among candidates, or typed as a reply."""

import re
from collections.abc import Collection, Sequence

from bot.chat.moderation.references import facts
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, ActButtons, act_button
from bot.chat.turn import Turn
from bot.form.screen import Key, Phrase, Said
from bot.services.desk.decisions.candidates import candidates
from db.models import Report

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
    """Ask which other report is meant, by the text `key`: the candidates, `but` for some references, as buttons of this verb, and by
    another text, whose reply is a reference. `rows` stand below the candidates."""
    found = [one for one in await candidates(turn.unit, turn.moderator, report) if one.ref not in but]
    said: list[Phrase | str] = [Key(key, {"ref": report.ref})]
    said += [facts(turn.unit, one) for one in found] or ["moderator.others.none"]
    keep = [act_button("moderator.keep", "mkeep")]
    turn.say(*said, rows=[*_choices(report, found, verb), *rows, keep], report_id=report.id, protect=True)
    turn.ask_reply(Key(by_reply, {"ref": report.ref}), EXAMPLE_REF, report_id=report.id)


def _choices(report: Report, found: Sequence[Report], verb: str) -> list[list[ActButton]]:
    """A button for each candidate, two in a row."""
    buttons = [ActButton(Said(one.ref), Act(verb, report.ref, one.ref)) for one in found]
    return [buttons[place : place + 2] for place in range(0, len(buttons), 2)]


def replied_about(turn: Turn, keys: Sequence[str]) -> tuple[str, str] | None:
    """Which of these questions the message replies to, and the reference of the report that was asked about; None for no such. The
    question says both, so that nothing is stored."""
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
