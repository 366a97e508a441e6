"""Links in a chat: incidents, related cases, the same person, duplicates, and the choice of the other report."""

from collections.abc import Awaitable, Callable, Collection, Mapping

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, ActButtons, act_button, shortened
from bot.chat.turn import Turn
from bot.desk.decisions import chat as decisions_chat
from bot.desk.decisions import incidents
from bot.desk.decisions import service as decisions_service
from bot.desk.references import KEEP, facts, in_rows, named, open_buttons, opening, taken
from bot.form.screen import Joined, Key, Label, Phrase, Said
from bot.publish.persons import Person
from bot.reports import claims, links
from bot.reports.states import Move
from bot.store.unit import REVIEW_FORM
from db.models import Incident, Report

PAGE = 8
MOST_PAIRS, _MOST_ROLE = 8, 80
MOST_BUTTONS = 12


async def ask_to_join(turn: Turn) -> None:
    report = await named(turn)
    incidents.require_may_link(turn.unit, turn.moderator, report, Move.JOIN)
    await _ask_other_report(turn, report, "moderator.incident.ask")


async def _ask_other_report(
    turn: Turn, report: Report, question: str, but: Collection[str] = (), rows: ActButtons = ()
) -> None:
    """Ask which other report is meant. Candidates are not in `but`, and `rows` stand below them."""
    found = await decisions_service.candidates(turn.unit, turn.moderator, report)
    found = [one for one in found if one.ref not in but]
    said: list[Phrase | str] = [Key(question, {"ref": report.ref})]
    said += await facts(turn.unit, found) or ["moderator.others.none"]
    reply = f"{question}.reply"
    verb, _ = _TAKES[reply]
    choices = in_rows([ActButton(Said(one.ref), Act(verb, report.ref, one.ref)) for one in found])
    turn.say(*said, rows=[*choices, *rows, [KEEP]], report_id=report.id, protect=True)
    turn.ask_reply(Key(reply, {"ref": report.ref}), "R7K3QV", report_id=report.id)


async def join(turn: Turn, ref: str, typed: str) -> None:
    """Join the report `ref` with the typed report or incident, and show the incident."""
    report = await claims.find(turn.unit, ref)
    incident = await incidents.join(turn.unit, turn.moderator, report, typed)
    joined = Key("moderator.incident.joined", {"ref": report.ref, "incident": incident.ref})
    await _show(turn, incident, joined)


async def leave(turn: Turn) -> None:
    report = await named(turn)
    incident = await incidents.leave(turn.unit, turn.moderator, report)
    turn.say(Key("moderator.incident.left", {"ref": report.ref, "incident": incident}), report_id=report.id)


async def ask_to_relate(turn: Turn) -> None:
    """Ask for the report of a related case, and offer to separate present ones."""
    report = await named(turn)
    incidents.require_may_link(turn.unit, turn.moderator, report, Move.RELATE)
    related = (await links.of_report(turn.unit, report)).related
    labels = [(one, Key("moderator.part", {"other": one})) for one in related]
    parts = [[ActButton(label, Act("munrelate", report.ref, one))] for one, label in labels]
    await _ask_other_report(turn, report, "moderator.relate.ask", related, parts)


async def relate(turn: Turn, ref: str, typed: str) -> None:
    """Relate the report `ref` to the typed one."""
    report = await claims.find(turn.unit, ref)
    other = await incidents.relate(turn.unit, turn.moderator, report, typed)
    turn.say(Key("moderator.related", {"ref": report.ref, "other": other.ref}), report_id=report.id)


async def part_from(turn: Turn) -> None:
    report = await named(turn)
    other = await incidents.part(turn.unit, turn.moderator, report, turn.act.second)
    turn.say(Key("moderator.parted", {"ref": report.ref, "other": other.ref}), report_id=report.id)


async def list_(turn: Turn) -> None:
    """List the newest incidents, or show the one that a button or the command names."""
    if asked := turn.act.first or turn.argument:
        await _show(turn, await incidents.find(turn.unit, asked.split()[0]))
    else:
        await _list(turn, "")


async def page(turn: Turn) -> None:
    turn.drop_message()
    await _list(turn, turn.act.first)


async def _list(turn: Turn, after_ref: str) -> None:
    found, more = await incidents.newest(turn.unit, PAGE, after_ref)
    body = [Key("moderator.incidents.line", {"incident": one.ref, "n": number}) for one, number in found]
    body = body or [Key("moderator.incidents.none")]
    rows = in_rows([ActButton(Said(one.ref), Act("mincident", one.ref)) for one, _ in found])
    if more:
        rows.append([act_button("moderator.queue.more", "mincidents", found[-1][0].ref)])
    turn.say("moderator.incidents", *body, rows=rows)


async def _show(turn: Turn, incident: Incident, *before: Phrase) -> None:
    found = await incidents.reports_of(turn.unit, incident)
    title = Key("moderator.incident", {"incident": incident.ref, "n": len(found)})
    lines = await facts(turn.unit, found)
    turn.say(*before, title, *lines, rows=open_buttons(found[:MOST_BUTTONS]), protect=True)


async def ask_duplicate(turn: Turn) -> None:
    report = await taken(turn)
    await _ask_other_report(turn, report, "moderator.duplicate.ask")


async def close_as_duplicate(turn: Turn, ref: str, typed: str) -> None:
    """Close the report `ref` as a duplicate of the typed one."""
    report = await claims.take(turn.unit, turn.moderator, ref)
    other = claims.read_reference(typed)
    original: Report = await decisions_service.decide(
        turn.unit, turn.moderator, report, Move.CLOSE_AS_DUPLICATE, other
    )
    decisions_chat.forget(turn, report)
    days = turn.unit.settings.rejected_days
    done = Key("moderator.duplicate.done", {"ref": report.ref, "other": original.ref, "days": days})
    decisions_chat.say(turn, report, done, act_button("moderator.open_other", "mopen", original.ref))


async def ask_same_person(turn: Turn) -> None:
    await _show_pairs(turn, await named(turn))


async def show_pairs(turn: Turn, ref: str, typed: str) -> None:
    """Show the persons of the report `ref` with those of the typed one."""
    await _show_pairs(turn, await claims.find(turn.unit, ref), typed)


async def _show_pairs(turn: Turn, report: Report, typed: str = "") -> None:
    found, own = await incidents.pairs(turn.unit, turn.moderator, report, typed)
    shown = {str(number): one for number, one in enumerate(found[:MOST_PAIRS], 1)}
    told: list[Phrase] = [Joined((Said(number), _pair(turn, one)), ". ") for number, one in shown.items()]
    choices = [ActButton(Said(number), Act("msameas", report.ref, one.code)) for number, one in shown.items()]
    linked = [one for one in own.persons.values() if one.links]
    labels = [Key("moderator.person.part", {"person": _described(turn, one)}) for one in linked]
    acts = [Act("munsame", report.ref, own.code_of(one)) for one in linked]
    parts = [[ActButton(*one)] for one in zip(labels, acts, strict=True)]
    asked, rows = Key("moderator.person.ask", {"ref": report.ref}), [*in_rows(choices, 4), *parts, [KEEP]]
    turn.say(asked, *(told or [Key("moderator.person.none")]), rows=rows, report_id=report.id, protect=True)
    turn.ask_reply(Key("moderator.person.ask.reply", {"ref": report.ref}), "R7K3QV", report_id=report.id)


def _pair(turn: Turn, pair: incidents.PersonPair) -> Phrase:
    told = {"person": _described(turn, pair.person), "other": _described(turn, pair.other_person)}
    return Key("moderator.person.pair", {**told, "ref": opening(pair.other.report.ref)})


def _described(turn: Turn, person: Person) -> Phrase:
    labels = turn.unit.forms[REVIEW_FORM].by_role["affected_groups"].labels
    groups = [Label(labels[code]) for code in person.groups if code in labels]
    role = shortened(person.role, _MOST_ROLE)
    return Said(role) if role else Joined((*groups, Said(f"№ {person.number}")))


async def ask_if_same(turn: Turn) -> None:
    report = await named(turn)
    pair = await incidents.pair_of(turn.unit, turn.moderator, report, turn.act.second)
    yes = act_button("moderator.person.yes", "msameyes", report.ref, turn.act.second)
    sure = Key("moderator.person.sure", {"ref": report.ref})
    turn.say(sure, _pair(turn, pair), rows=[[yes], [KEEP]], report_id=report.id, protect=True)


async def link_persons(turn: Turn) -> None:
    report = await named(turn)
    pair = await incidents.link_persons(turn.unit, turn.moderator, report, turn.act.second)
    part = act_button("moderator.person.undo", "munsame", report.ref, pair.record.code_of(pair.person))
    done = Key("moderator.person.linked", {"ref": report.ref, "other": pair.other.report.ref})
    turn.say(done, rows=[[part]], report_id=report.id)


async def unlink_person(turn: Turn) -> None:
    report = await named(turn)
    await incidents.unlink_person(turn.unit, turn.moderator, report, turn.act.second)
    turn.say(Key("moderator.person.parted", {"ref": report.ref}), report_id=report.id)


_TAKES: Mapping[str, tuple[str, Callable[[Turn, str, str], Awaitable[None]]]] = {
    "moderator.duplicate.ask.reply": ("mdupof", close_as_duplicate),
    "moderator.incident.ask.reply": ("mjoinwith", join),
    "moderator.relate.ask.reply": ("mrelateto", relate),
    "moderator.person.ask.reply": ("msamewith", show_pairs),
}
"""Verb of a candidate's button and act on a report and the other one, by the text whose reply names that one."""


async def take(turn: Turn) -> None:
    """Handle a button with a report and the other one."""
    await dict(_TAKES.values())[turn.act.verb](turn, turn.act.first, turn.act.second)


async def replied(turn: Turn) -> bool:
    """Handle a reply with a reference. Returns False for any other message. Raises Refusal."""
    for key, (_, act) in _TAKES.items():
        if (ref := turn.replied_about(key, "ref", {})) is not None:
            turn.sit_at_desk()
            await act(turn, ref, turn.message.text or "")
            return True
    return False
