"""What comes of a tap, by the verb of its button: whether the button was shown just now, long ago, or never to this person."""

import re
from collections.abc import Callable, Sequence

from bot.chat.buttons import Act, encode
from bot.transport.call import Call
from tests.bot.chat.desk.bot_beside import BotBeside, Intent, data_of
from tests.bot.chat.desk.model import Refused
from tests.bot.chat.desk.values import APPROVED, EXPORT, REJECTED, Case, Person

_TAKES_BACK = re.compile(r"amnoteback\.(\w+)\.(\w+)")
_APPROVES = re.compile(r"amapprove\.(\w+)\.(\w+)")


class Taps(BotBeside):
    """The buttons of a report. A verb that has no method here only shows something."""

    def by_ref(self, ref: str) -> Case:
        """The report of a reference."""
        found = next((one for one in self.cases if one.ref == ref), None)
        if found is None:
            raise Refused
        return found

    async def tap(self, who: Person, verb: str, first: str = "", second: str = "") -> None:
        """A button, whether it was shown or not."""
        await self.tap_data(who, encode(Act(verb, first, second)))

    async def tap_data(self, who: Person, data: str, message_id: int | None = None) -> None:
        """A button, below the message that showed it."""
        update = self.chats.tapped(who.chat, data)
        if message_id is not None:
            update["callback_query"]["message"]["message_id"] = message_id
        _, verb, first, second = re.fullmatch(r"(a)(\w+)\.(.*)\.(.*)", data).groups()  # type: ignore[union-attr]
        await self.do(Intent(who.chat, update, lambda: self.tapped(who, verb, first, second)))

    def tapped(self, who: Person, verb: str, first: str, second: str) -> None:
        """What comes of a tap; nothing of a verb that only shows something."""
        found: Callable[[Person, str, str], None] | None = getattr(self, f"tapped_{verb}", None)
        if found is not None:
            found(who, first, second)

    def tapped_mopen(self, who: Person, ref: str, _second: str) -> None:
        """A report is opened; one that was decided only asks."""
        self.reads_reports(who)
        if (case := self.by_ref(ref)).status not in {APPROVED, REJECTED}:
            self.claim(who, case)

    def tapped_mreopen(self, who: Person, ref: str, _second: str) -> None:
        """One that was decided."""
        case = self.by_ref(ref)
        is_approved = case.status == APPROVED
        self.take_up(who, case, APPROVED if is_approved else REJECTED, "correct" if is_approved else "reopen")

    def tapped_mcorrect(self, who: Person, ref: str, _second: str) -> None:
        """The same, with an edit."""
        case = self.by_ref(ref)
        self.require_may_edit(who, case)
        self.take_up(who, case, APPROVED, "correct")
        self.begin_edit(who, case)

    def tapped_mcard(self, who: Person, ref: str, place: str) -> None:
        """Another view; to look for similar ones is written down."""
        case = self.by_ref(ref)
        self.claim(who, case)
        if place.startswith("s"):
            self.log.append((who.alias, "similar", case.ref))

    def tapped_mcheck(self, who: Person, ref: str, name: str) -> None:
        """A box of the checklist."""
        self.check(who, self.by_ref(ref), name)

    def tapped_mnote(self, who: Person, ref: str, _second: str) -> None:
        """A note is asked for."""
        self.claim(who, self.by_ref(ref))

    def tapped_mnoteback(self, who: Person, ref: str, name: str) -> None:
        """One's own newest note goes."""
        self.take_note_back(who, self.by_ref(ref), name)

    def tapped_mmore(self, who: Person, ref: str, _second: str) -> None:
        """What else can be decided."""
        self.reads_reports(who)
        if (case := self.by_ref(ref)).status != APPROVED:
            self.claim(who, case)

    def tapped_mwithdraw(self, who: Person, ref: str, _second: str) -> None:
        """The question why."""
        self.claim(who, self.by_ref(ref))

    tapped_maskq = tapped_mask = tapped_mdup = tapped_mwithdraw

    def tapped_mtakeback(self, who: Person, ref: str, _why: str) -> None:
        """It is withdrawn for its reporter."""
        self.take_back(who, self.by_ref(ref))

    def tapped_maskr(self, who: Person, ref: str, _name: str) -> None:
        """A ready question is looked at."""
        self.claim(who, self.by_ref(ref))

    def tapped_masks(self, who: Person, ref: str, name: str) -> None:
        """It is sent."""
        self.ask(who, self.by_ref(ref), name)

    def tapped_maside(self, who: Person, ref: str, _second: str) -> None:
        """It is set aside."""
        self.reads_reports(who)
        self.set_aside(who, self.by_ref(ref))

    def tapped_medit(self, who: Person, ref: str, _second: str) -> None:
        """An edit is begun, or gone on with."""
        self.begin_edit(who, self.by_ref(ref))

    def tapped_mpreview(self, who: Person, ref: str, _second: str) -> None:
        """What would be public is shown."""
        self.claim(who, self.by_ref(ref))

    def tapped_mapprove(self, who: Person, ref: str, proof: str) -> None:
        """It is approved."""
        self.approve(who, self.by_ref(ref), proof)

    def tapped_mreject(self, who: Person, ref: str, _reason: str) -> None:
        """It is rejected; one that is urgent, or that nobody began to edit, is asked about."""
        case = self.by_ref(ref)
        is_edited = bool(case.versions) or any(edit.case is case for edit in self.edits.values())
        self.reject(who, case, is_asked=case.urgent or not is_edited)

    def tapped_mrejectyes(self, who: Person, ref: str, _reason: str) -> None:
        """It is rejected."""
        self.reject(who, self.by_ref(ref))

    def tapped_mdupof(self, who: Person, ref: str, other: str) -> None:
        """It repeats another."""
        case = self.by_ref(ref)
        self.duplicate(who, case, self.by_ref(other))

    def tapped_mrelease(self, who: Person, ref: str, holder: str) -> None:
        """It is given back; by an alarm only as long as its holder has not read what was told."""
        case = self.by_ref(ref)
        held_by = case.holder.member if case.holder is not None else ""
        if holder and not (case.unread and held_by.startswith(holder)):
            raise Refused
        self.release(who, case)

    def tapped_mjoinwith(self, who: Person, ref: str, other: str) -> None:
        """It is of the same event."""
        self.join(who, self.by_ref(ref), self.by_ref(other))

    def tapped_munjoin(self, who: Person, ref: str, _second: str) -> None:
        """It is not."""
        self.leave(who, self.by_ref(ref))

    def tapped_mrelateto(self, who: Person, ref: str, other: str) -> None:
        """It is of a related case."""
        self.relate(who, self.by_ref(ref), self.by_ref(other))

    def tapped_munrelate(self, who: Person, ref: str, other: str) -> None:
        """It is not any more."""
        self.part(who, self.by_ref(ref), self.by_ref(other))

    def tapped_mexport(self, who: Person, _format: str, _period: str) -> None:
        """What is public, as a file."""
        if not who.active or who.role not in EXPORT:
            raise Refused
        self.log.append((who.alias, "export", ""))

    def tapped_mseek(self, who: Person, _wanted: str, _place: str) -> None:
        """Further in what was found; here the words are not known any more."""
        raise Refused

    def learn(self, calls: Sequence[Call]) -> None:
        """Each proof is of the version that waits when it is shown, each name of the newest note; what a reporter told is read once its
        words are."""
        for case in self.cases:
            if case.unread and any(case.added[-1] in str(call.params.get("text")) for call in calls):
                case.unread = False
        for data in data_of(call.params for call in calls):
            if (found := _APPROVES.fullmatch(data)) is not None:
                case = self.by_ref(found[1])
                version = case.of_state("proposed")
                if version is not None:
                    self.proofs.setdefault(found[2], (case, version))
        if not self.crowded:  # else a note of the same batch may have come after it was shown
            self._learn_notes(calls)

    def _learn_notes(self, calls: Sequence[Call]) -> None:
        for call in calls:
            for data in data_of([call.params]):
                if (found := _TAKES_BACK.fullmatch(data)) is not None:
                    case, chat = self.by_ref(found[1]), call.params["chat_id"]
                    alias = next(one.alias for one in self.people if one.chat == chat)
                    own = [one for one in case.notes if one[0] == alias]
                    self.shown_notes.setdefault(found[2], (case, own[-1]))

    def is_known(self, data: str) -> bool:
        """Whether the model knows which note a button takes back."""
        found = _TAKES_BACK.fullmatch(data)
        return found is None or found[2] in self.shown_notes
