"""Command /forms: forms in force, and new ones that an administrator brings and another puts into force.

A file comes as a reply to the bot's question. Its form is shown to its administrator, who can try it, and to the others
once it is proposed: with its digest, what differs from the form in force, and each sealed question that is new.
"""

from collections.abc import Iterator, Sequence

from bot.chat.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.desk.forms import service as forms_service
from bot.desk.forms.service import FormState
from bot.desk.notices.chat import Post, notify_other_admins, say
from bot.desk.people import service as people_service
from bot.errors import Refusal
from bot.form.events import Show
from bot.form.kinds import kind_of
from bot.form.model import Form, differences
from bot.form.screen import ButtonRole, Joined, Key, Label, Phrase, Said
from bot.reports.filling import chat as filling_chat
from bot.reports.filling import endings
from bot.store import drafting
from bot.store.drafting import OpenDraft
from bot.store.unit import TRIAL_FORM
from db.models import InstalledForm

ASK = "moderator.forms.ask"
_MOST_NAMED, _MOST_PROBLEMS = 12, 12
"""Questions and problems named in a message, which has 4096 characters. `form check` and `form diff` name all."""
_SHOWN = FormState.READ, FormState.PROPOSED, FormState.IN_FORCE
_READABLE = (".xlsx", ".xls", ".md", ".csv", ".zip")


async def forms(turn: Turn) -> None:
    """Handle /forms: list the forms in force and those that wait, and ask for a file."""
    rows = await forms_service.read(turn.unit)
    in_force = [row for row in rows if row.state == FormState.IN_FORCE]
    digests = {row.form_id: row.digest for row in in_force}
    offered = turn.unit.report_forms.offered
    lines: list[Phrase] = [_line(form, digests.get(form.id, form.digest)) for form in offered]
    buttons = [act_button("moderator.forms.look", "mform", row.id) for row in in_force]
    waiting = [row for row in rows if forms_service.waits_for(turn.unit, turn.moderator, row)]
    lines += [Key("moderator.forms.waiting", {"id": row.form_id, "digest": row.digest}) for row in waiting]
    buttons += [act_button("moderator.forms.look_waiting", "mform", row.id) for row in waiting]
    turn.say("moderator.forms.list", Joined(tuple(lines), "\n"), rows=[[one] for one in buttons])
    if len(await people_service.admins(turn.unit)) > 1:
        turn.ask_reply(Key(ASK), ".xlsx")
    else:
        turn.say("moderator.forms.one_admin")


def _line(form: Form, digest: str) -> Phrase:
    known = {"version": form.version or "–", "digest": digest}
    return Key("moderator.forms.line", {"title": Said(form.title), **known})


async def sent(turn: Turn) -> bool:
    """Handle a file that replies to the question of /forms. Returns False for any other message."""
    admin, file = turn.chat.moderator, getattr(turn.message, "document", None)
    if admin is None or admin.role != people_service.ADMIN or turn.replied_key((ASK,)) is None:
        return False
    name = (file.file_name or "") if file is not None else ""
    if file is None or not name.lower().endswith(_READABLE):
        raise Refusal("moderator.forms.wrong_file")
    if (file.file_size or 0) > forms_service.MOST_BYTES:
        raise Refusal("moderator.forms.too_large")
    if len(await people_service.admins(turn.unit)) < 2:
        raise Refusal("moderator.forms.one_admin")
    await forms_service.upload(turn.unit, admin, file.file_id, name)
    turn.say("moderator.forms.reading")
    return True


async def tell_read(post: Post, row_id: str, form: Form | None, problems: Sequence[str]) -> None:
    """Keep what was read of a file, and tell its administrator."""
    asker = await forms_service.note_read(post.unit, row_id, form)
    if asker is None:
        return
    told = [*problems[:_MOST_PROBLEMS], *(["…"] if len(problems) > _MOST_PROBLEMS else [])]
    beside = [Joined(tuple(map(Said, told)), "\n")] if told else []
    if form is None:
        say(post, asker, Key("moderator.forms.refused"), *beside)
    else:
        said = Key("moderator.forms.read", {"title": Said(form.title)})
        say(post, asker, said, *beside, rows=[[act_button("moderator.forms.look_waiting", "mform", row_id)]])


async def look(turn: Turn) -> None:
    """Show a form: what it is, what differs from the one in force, and what can be done."""
    row = await forms_service.find(turn.unit, turn.act.first, *_SHOWN)
    turn.say(*_told(turn, row), rows=_buttons(turn, row))


def _told(turn: Turn, row: InstalledForm) -> Sequence[Phrase]:
    form = forms_service.form_of(turn.unit, row)
    old = next((one for one in turn.unit.report_forms.offered if one.id == row.form_id), None)
    asked = sum(kind_of(one).is_asked for one in form.questions)
    facts: dict[str, str | int] = {"id": form.id, "n": asked, "languages": ", ".join(form.languages)}
    told: list[Phrase] = [_line(form, row.digest), Key("moderator.forms.facts", facts)]
    if old is None:
        told.append(Key("moderator.forms.is_new"))
    else:  # with the program's consents, as the old one
        told += _differences(old, turn.unit.report_forms.installed.get(row.id, form))
    sealed = forms_service.newly_sealed(old, form)
    if sealed and row.state != FormState.IN_FORCE:
        labels = tuple(Label(one.label) for one in sealed[:_MOST_NAMED])
        told.append(Key("moderator.forms.sealed", {"questions": Joined(labels, "; ")}))
    return told


def _differences(old: Form, new: Form) -> Iterator[Phrase]:
    found = list(differences(old, new))
    names = {
        "added": [one.name for was, one in found if was is None and one is not None],
        "removed": [was.name for was, one in found if one is None and was is not None],
        "changed": [one.name for was, one in found if was is not None and one is not None],
    }
    for what, some in names.items():
        if some:
            named = ", ".join(some[:_MOST_NAMED]) + " …" * (len(some) > _MOST_NAMED)
            yield Key(f"moderator.forms.{what}", {"n": len(some), "names": named})


def _buttons(turn: Turn, row: InstalledForm) -> list[list[ActButton]]:
    own = row.asker_id == turn.moderator.id
    trial = act_button("moderator.forms.try", "mformtry", row.id)
    if row.state == FormState.IN_FORCE:
        return [[trial], [act_button("moderator.forms.end", "mformend", row.id, role=ButtonRole.DESTROY)]]
    decline = act_button(f"moderator.forms.{'drop' if own else 'decline'}", "mformend", row.id)
    confirm = act_button("moderator.forms.confirm", "mformyes", row.id, row.digest, role=ButtonRole.COMPLETE)
    if row.state == FormState.READ:
        confirm = act_button("moderator.forms.propose", "mformask", row.id, role=ButtonRole.ONWARD)
    return [[trial], *([[confirm]] if own == (row.state == FormState.READ) else []), [decline]]


async def propose(turn: Turn) -> None:
    row = await forms_service.propose(turn.unit, turn.moderator, turn.act.first)
    turn.drop_message()
    turn.say(Key("moderator.forms.proposed", {"hours": row.expires_hour - turn.unit.hour}))
    look = act_button("moderator.forms.look_waiting", "mform", row.id, role=ButtonRole.ONWARD)
    await notify_other_admins(turn, turn.moderator, Key("moderator.forms.notice.proposed"), [[look]])


async def confirm(turn: Turn) -> None:
    """Put a form into force as it was shown."""
    row = await forms_service.confirm(turn.unit, turn.moderator, turn.act.first, turn.act.second)
    await _ended(turn, row, "confirmed")


async def end(turn: Turn) -> None:
    """Drop one's own form, decline another's, or take one out of force."""
    row = await forms_service.end(turn.unit, turn.moderator, turn.act.first)
    await _ended(turn, row, "ended" if row.state == FormState.REPLACED else "declined")


async def _ended(turn: Turn, row: InstalledForm, how: str) -> None:
    turn.drop_message()
    turn.say(Key(f"moderator.forms.{how}", {"id": row.form_id}))
    said = Key(f"moderator.forms.notice.{how}", {"id": row.form_id, "alias": Said(turn.moderator.alias)})
    await notify_other_admins(turn, turn.moderator, said)


async def try_(turn: Turn) -> None:
    """Begin a trial of a form in this chat. Its answers are destroyed at its end."""
    row = await forms_service.find(turn.unit, turn.act.first, *_SHOWN)
    if turn.chat.open_draft is not None and turn.chat.open_draft.row.kind != TRIAL_FORM:
        raise Refusal("moderator.forms.draft_open")
    await endings.wipe(turn)
    await turn.unit.session.flush()  # one chat has one draft
    form = turn.unit.report_forms.installed.get(row.id)
    if form is None:  # this replica reads it within seconds
        raise Refusal("moderator.forms.reading")
    begun = await drafting.start(turn.unit, turn.chat.hash, TRIAL_FORM, turn.language, form)
    turn.chat.open_draft = begun
    turn.say("moderator.forms.trial")
    await filling_chat.apply(turn, Show())


async def tried(turn: Turn, ended: OpenDraft) -> None:
    """Destroy the answers of a trial."""
    await drafting.wipe(turn.unit, ended)
    turn.chat.open_draft = None
    turn.say("moderator.forms.tried")
