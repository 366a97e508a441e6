"""What members of the team do with reports: by buttons, whether shown to them or not any more, by commands, and by replies."""

from collections.abc import Callable

from bot.languages import name_of
from tests.bot.chat.chats import TEXTS
from tests.bot.chat.desk.bot_beside import Intent
from tests.bot.chat.desk.decisions import CHECKS, READY, REASONS
from tests.bot.chat.desk.taps import Taps
from tests.bot.chat.desk.values import APPROVED, CLAIMED, REJECTED, Case, Person
from tests.bot.reports.talking import text

_NOT_AGAIN = ("amdo.", "abegin.", "alanguage.", "amnext.", "amaudit.", "ampicture.", "amstats.", "amseek.")
"""Buttons that do what commands do, or whose answers are of no report."""


class Moderators(Taps):
    """Acts of members, each by one update."""

    def case(self, which: int, who: Person | None = None) -> Case:
        """The report that an act is about, by the first part of its number: mostly one that its person holds, or may claim."""
        if who is not None and which % 3:
            mine = [one for one in self.cases if self.holder(one) is who]
            free = mine or [one for one in self.cases if self.waits(one)]
            if free:
                return free[which % len(free)]
        return self.cases[which % 6 % len(self.cases)]

    def proposed(self, which: int, who: Person) -> Case:
        """The same, mostly of one that waits for approval."""
        free = [one for one in self.cases if one.of_state("proposed") and self.holder(one) in {None, who}]
        return free[which % len(free)] if free and which % 4 else self.case(which, who)

    def other(self, which: int) -> Case:
        """The other one, by the second part."""
        return self.cases[which // 6 % len(self.cases)]

    def decided(self, which: int) -> Case:
        """The same, mostly of one that was decided."""
        found = [one for one in self.cases if one.status in {APPROVED, REJECTED}]
        return found[which % len(found)] if found and which % 4 else self.case(which)

    async def open(self, who: Person, which: int) -> None:
        """/open, by the command or by the button of a notice."""
        ref = self.case(which, who).ref
        if which % 2:
            await self.tap(who, "mopen", ref)
        else:
            await self.say(who, f"/open {ref}", lambda: self.tapped_mopen(who, ref, ""))

    async def open_that(self, who: Person, which: int) -> None:
        """The same, of just this one."""
        await self.tap(who, "mopen", self.cases[which].ref)

    async def say(self, who: Person, words: str, move: Callable[[], None]) -> None:
        """A command or a text."""
        await self.do(Intent(who.chat, self.chats.written(who.chat, words), move))

    async def reply(self, who: Person, words: str, to: str, move: Callable[[], None]) -> None:
        """A reply to what the bot asked, now or long ago."""
        await self.do(Intent(who.chat, self.chats.replied(who.chat, words, to), move))

    async def tap_again(self, who: Person, which: int) -> None:
        """Any button that was ever shown in this chat."""
        shown = [one for one in self.buttons[who.chat] if not one[0].startswith(_NOT_AGAIN)]
        shown = [one for one in shown if self.is_known(one[0])]
        if shown:
            await self.tap_data(who, *shown[-1 - (which * 7) % len(shown)])

    async def card(self, who: Person, which: int) -> None:
        """A view of it."""
        await self.tap(who, "mcard", self.case(which, who).ref, f"{'cnsh'[which % 4]}0")

    async def release_it(self, who: Person, which: int) -> None:
        """Its button."""
        await self.tap(who, "mrelease", self.case(which, who).ref)

    async def ask_ready(self, who: Person, which: int) -> None:
        """A ready question."""
        await self.tap(who, "masks", self.case(which, who).ref, READY[which // 6 % len(READY)])

    async def set_it_aside(self, who: Person, which: int) -> None:
        """Its button."""
        await self.tap(who, "maside", self.case(which, who).ref)

    async def reject_it(self, who: Person, which: int) -> None:
        """With a reason."""
        await self.tap(who, "mrejectyes", self.case(which, who).ref, REASONS[which // 6 % len(REASONS)])

    async def close_as_duplicate(self, who: Person, which: int) -> None:
        """By a candidate's button, or by a reply."""
        case, other = self.case(which, who), self.other(which)
        if which % 2:
            await self.tap(who, "mdupof", case.ref, other.ref)
        else:
            asked = text("moderator.duplicate.ask.reply", who.language, ref=case.ref)
            await self.reply(who, other.ref, asked, lambda: self.duplicate(who, case, other))

    async def join_it(self, who: Person, which: int) -> None:
        """The same, of an event."""
        case, other = self.case(which, who), self.other(which)
        if which % 2:
            await self.tap(who, "mjoinwith", case.ref, other.ref)
        else:
            asked = text("moderator.incident.ask.reply", who.language, ref=case.ref)
            await self.reply(who, other.ref, asked, lambda: self.join(who, case, other))

    async def relate_it(self, who: Person, which: int) -> None:
        """The same, of a related case."""
        case, other = self.case(which, who), self.other(which)
        if which % 3 == 0 or other in case.related:
            await self.tap(who, "munrelate", case.ref, other.ref)
        elif which % 2:
            await self.tap(who, "mrelateto", case.ref, other.ref)
        else:
            asked = text("moderator.relate.ask.reply", who.language, ref=case.ref)
            await self.reply(who, other.ref, asked, lambda: self.relate(who, case, other))

    async def leave_it(self, who: Person, which: int) -> None:
        """Out of its event."""
        await self.tap(who, "munjoin", self.case(which, who).ref)

    async def reopen(self, who: Person, which: int) -> None:
        """What was decided."""
        await self.tap(who, "mreopen", self.decided(which).ref)

    async def correct(self, who: Person, which: int) -> None:
        """What is public."""
        await self.tap(who, "mcorrect", self.decided(which).ref)

    async def withdraw_it(self, who: Person, which: int) -> None:
        """For its reporter."""
        await self.tap(who, "mtakeback", self.case(which, who).ref, ("asked", "danger")[which // 6 % 2])

    async def note_it(self, who: Person, which: int) -> None:
        """A note, by a reply to what asks for it."""
        case, word = self.case(which, who), self.word()
        asked = text("moderator.note.ask", who.language, ref=case.ref, most=1000)
        await self.reply(who, word, asked, lambda: self.note(who, case, word))

    async def unnote(self, who: Person, which: int) -> None:
        """One's own newest goes."""
        start = f"amnoteback.{self.case(which, who).ref}."
        shown = [one for one in self.buttons[who.chat] if one[0].startswith(start) and self.is_known(one[0])]
        if shown:
            await self.tap_data(who, *shown[-1 if which % 3 else which % len(shown)])

    async def check_it(self, who: Person, which: int) -> None:
        """A box."""
        await self.tap(who, "mcheck", self.case(which, who).ref, CHECKS[which // 6 % len(CHECKS)])

    async def preview(self, who: Person, which: int) -> None:
        """What waits for approval."""
        await self.tap(who, "mpreview", self.proposed(which, who).ref)

    async def approve_it(self, who: Person, which: int) -> None:
        """By the newest button that this chat was shown for the report, or an older one."""
        start = f"amapprove.{self.proposed(which, who).ref}."
        found = [one for one in self.buttons[who.chat] if one[0].startswith(start)]
        if found:
            await self.tap_data(who, *found[-1 if which % 3 else which % len(found)])

    async def write(self, who: Person, which: int) -> None:
        """The edit goes on: it is begun, a text is typed, or it is saved, or a text is written anew."""
        edit = self.edits.get(who)
        if self.gathered is not None and edit is not None:
            return  # what it is asked is known only after the batch
        if edit is None:
            await self.tap(who, "medit", self.case(which, who).ref)
        elif edit.asks:
            word = self.word()
            await self.say(who, word, lambda: self._wrote(who, word))
        elif which % 4 == 0:
            await self.say(who, "1", lambda: self._rewrites(who))
        elif who.chat in self.save and not self.slow:
            data = self.save.pop(who.chat)
            update = self.chats.tapped(who.chat, data)
            await self.do(Intent(who.chat, update, lambda: self.save_edit(who)))

    async def write_all(self, who: Person, which: int) -> None:
        """An edit from its beginning, or from where it was left, to its end."""
        await self.flush()
        for _ in range(6):
            await self.write(who, which + (which % 4 == 0))  # else a text would be written anew
            if who not in self.edits:
                return

    async def look_and_approve(self, who: Person, which: int) -> None:
        """What waits is looked at, then approved."""
        await self.flush()
        await self.preview(who, which)
        await self.approve_it(who, which)

    def _wrote(self, who: Person, word: str) -> None:
        edit = self.edits[who]
        edit.texts[edit.asks], edit.touched = word, self.hour
        self.accepted.add(word)
        edit.asks = self.next_text(edit)

    def _rewrites(self, who: Person) -> None:
        edit = self.edits[who]
        edit.asks, edit.touched = f"title_{min(edit.languages)}", self.hour

    async def search(self, who: Person, which: int) -> None:
        """A word of a story, by the command or as a reply."""
        word = self.case(which).story

        def move() -> None:
            self.reads_reports(who)
            self.log.append((who.alias, "search", ""))

        self.sought.setdefault(who.chat, set()).add(word)
        if which % 2:
            await self.say(who, f"/search {word}", move)
        else:
            await self.reply(who, word, text("moderator.search.ask", who.language), move)

    async def look_at_list(self, who: Person, which: int) -> None:
        """/queue, /mine and /approved show what they should."""
        await self.flush()
        command = ("/queue", "/mine", "/approved")[which % 3]
        before = len(self.owed)
        await self.say(who, command, lambda: None)
        said = "".join(str(call.params.get("text")) for call in self.owed[before:])
        shown = {one.ref for one in self.cases if one.ref in said}
        mine = {one.ref for one in self.cases if one.status == CLAIMED and one.holder is who}
        must = {
            "/queue": {one.ref for one in self.waiting()},
            "/mine": mine,
            "/approved": {one.ref for one in self.cases if one.status == APPROVED},
        }[command]
        may = must | mine if command == "/queue" else must
        assert not who.reads or must <= shown <= may, (said, must)

    async def export(self, who: Person, _which: int) -> None:
        """What is public."""
        await self.say(who, "/export jsonl", lambda: self.tapped_mexport(who, "", ""))

    async def translate_it(self, who: Person, which: int) -> None:
        """The list, the button of one, or its reply."""
        case, step = self.case(which), which // 6 % 3
        self.named.setdefault(who.chat, set()).add(case.ref)
        if step == 0:
            await self.say(who, "/translate", lambda: None)
        elif step == 1:
            await self.tap(who, "mtranslate", case.ref, "kk")
        elif "kk" in self.languages:
            words = (self.word(), self.word())
            named: dict[str, str | int] = {"ref": case.ref, "language": name_of("kk")}
            asked = TEXTS.text(who.language, "moderator.translate.ask", named)
            await self.reply(who, "\n".join(words), asked, lambda: self.translate(who, case, "kk", words))
