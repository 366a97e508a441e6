"""What is done with the team: who comes, who has to leave, in which role, and what each wishes to be told."""

import re
from collections.abc import Sequence

from sqlalchemy import select

from bot.transport.call import Call
from db.models import Moderator, Report
from tests.bot.chat.desk.bot_beside import Intent, data_of
from tests.bot.chat.desk.model import Refused
from tests.bot.chat.desk.moderators import Moderators
from tests.bot.chat.desk.values import CLAIMED, NEW, ROLES, Invitation, Person

_TOKEN = re.compile(r"\?start=([\w-]+)")
_VOID = re.compile(r"amvoid\.(\w+)\.")
_HOURS = 24


class Team(Moderators):
    """Acts of administrators, and of whoever comes."""

    def tapped_minvite(self, who: Person, role: str, hours: str) -> None:
        """A link for a role and some hours; with less it is asked for."""
        self.require_admin(who)
        if role in ROLES and hours:
            self.invitations.append(Invitation(role, self.hour + int(hours)))
            self.log.append((who.alias, "invite", ""))

    def tapped_mvoid(self, who: Person, name: str, _second: str) -> None:
        """A link is void."""
        self.require_admin(who)
        found = [one for one in self.invitations if one.name == name and one.until > self.hour]
        if not found:
            raise Refused
        self._void(who, found)

    def tapped_mvoidall(self, who: Person, _first: str, _second: str) -> None:
        """All of them."""
        self.require_admin(who)
        self._void(who, [one for one in self.invitations if one.until > self.hour])

    def _void(self, who: Person, found: Sequence[Invitation]) -> None:
        for one in found:
            self.invitations.remove(one)
            self.log.append((who.alias, "void", one.name))

    def tapped_mrevokeyes(self, who: Person, member: str, _second: str) -> None:
        """Access is closed, and all that was a way back."""
        self.require_admin(who)
        gone = next((one for one in self.active if one.member == member), None)
        if gone is None or [one for one in self.active if one.role == "admin"] == [gone]:
            raise Refused
        gone.active = False
        for case in self.cases:
            if case.status == CLAIMED and case.holder is gone:
                self.free(case, self.stands(case))
                case.back, case.gave_back = case.status == NEW, who
                self.log.append((who.alias, "release", case.ref))
            for version in case.versions:
                version.approvers.discard(gone)
        self.edits.pop(gone, None)
        self.log.append((who.alias, "revoke", gone.alias))
        self._void(who, [one for one in self.invitations if one.until > self.hour])
        if gone is not who:
            self.must_hear(who, "moderator.revoke.done", gone.alias)
        for one in self.active:
            if one.role == "admin" and one is not who:
                self.must_hear(one, "moderator.notice.revoked", gone.alias)

    def require_admin(self, who: Person) -> None:
        """Refuse anybody else."""
        if not who.active or who.role != "admin":
            raise Refused

    def tapped_mnews(self, who: Person, which: str, _second: str) -> None:
        """New reports are told, or no more."""
        if not who.active or which not in {"new", "added"}:
            raise Refused
        who.wants_new ^= which == "new"
        self.log.append((who.alias, "settings", ""))

    def tapped_mquiet(self, who: Person, begin: str, end: str) -> None:
        """Quiet hours, or none."""
        if not who.active or (begin != "never" and not end):
            raise Refused
        who.quiet = None if begin == "never" else (int(begin), int(end))
        self.log.append((who.alias, "settings", ""))

    def tapped_mdigest(self, who: Person, hour: str, _second: str) -> None:
        """The summary of a day."""
        if not who.active or not hour:
            raise Refused
        self.log.append((who.alias, "settings", ""))

    def learn(self, calls: Sequence[Call]) -> None:
        """The links that were made, and their names, in their order."""
        super().learn(calls)
        tokens = [one for call in calls for one in _TOKEN.findall(str(call.params.get("text", "")))]
        names = [one for data in data_of(call.params for call in calls) for one in _VOID.findall(data)]
        known = {one.token for one in self.invitations}
        new = [pair for pair in zip(tokens, names, strict=False) if pair[0] not in known]
        for invitation, (token, name) in zip(
            [one for one in self.invitations if not one.token], new, strict=False
        ):
            invitation.token, invitation.name = token, name

    # --- acts

    async def invite(self, who: Person, which: int) -> None:
        """A link for a role."""
        await self.flush()  # its token is read from the answer
        await self.tap(who, "minvite", ROLES[which % len(ROLES)], str(_HOURS))

    async def void_invitations(self, who: Person, _which: int) -> None:
        """All links."""
        await self.tap(who, "mvoidall")

    async def come(self, who: Person, which: int) -> None:
        """Somebody opens the newest link."""
        if not self.invitations or not self.invitations[-1].token:
            return
        invitation = self.invitations[-1]

        def move() -> None:
            taken = any(one.bound is invitation for one in self.people if one is not who)
            if who.active or invitation not in self.invitations or invitation.until <= self.hour or taken:
                raise Refused
            who.bound = invitation

        await self.say(who, f"/start {invitation.token}", move)

    async def enrol(self, who: Person, _which: int) -> None:
        """An alias of their choice, if they were asked for one."""
        self.written += 1
        alias = f"Qyran{self.written}"
        if who.bound is None or who.active:
            return
        await self.flush()
        await self.say(who, alias, lambda: self._enrolled(who, alias))
        async with self.bench.read() as unit:
            hashed = unit.safe.pseudonyms.chat(who.chat)
            found = await unit.session.scalar(select(Moderator.id).where(Moderator.chat_hash == hashed))
        who.member = found or ""

    def _enrolled(self, who: Person, alias: str) -> None:
        invitation, who.bound = who.bound, None
        if invitation is None or invitation not in self.invitations or invitation.until <= self.hour:
            raise Refused
        self.invitations.remove(invitation)
        who.alias, who.role, who.active, who.language = alias, invitation.role, True, "en"
        self.log.append((alias, "enrol", ""))

    async def change_role(self, who: Person, which: int) -> None:
        """By the only way there is: revoked, invited anew and enrolled."""
        admin = next((one for one in self.active if one.role == "admin" and one is not who), None)
        if admin is None or not who.active:
            return
        await self.flush()
        await self.tap(admin, "mrevokeyes", who.member)
        await self.invite(admin, which)
        await self.come(who, which)
        await self.enrol(who, which)

    async def revoke(self, who: Person, which: int) -> None:
        """Somebody's access is closed."""
        gone = self.people[which % len(self.people)]
        if gone.member:
            await self.tap(who, "mrevokeyes", gone.member)

    async def wish(self, who: Person, which: int) -> None:
        """Quiet hours, or what one can do without."""
        wished = (("mnews", "new", ""), ("mquiet", "22", "7"), ("mquiet", "never", ""), ("mdigest", "9", ""))
        await self.tap(who, *wished[which % len(wished)])

    async def verify(self, who: Person, _which: int) -> None:
        """/audit verify."""

        def move() -> None:
            self.require_admin(who)
            self.log.append((who.alias, "verify", ""))

        await self.say(who, "/audit verify", move)

    async def twice(self, who: Person, which: int) -> None:
        """The newest button of a chat is tapped twice in one batch."""
        await self.flush()
        self.gathered = []
        await self.tap_again(who, which)
        await self.tap_again(who, which)
        await self.flush()

    async def next(self, who: Person, _which: int) -> None:
        """/next: the first of the queue."""
        await self.flush()
        await self.do(Intent(who.chat, self.chats.written(who.chat, "/next"), lambda: None))
        if not who.reads:
            return
        first = sorted(self.waiting(who), key=lambda one: (not one.urgent, one.sent))
        if not first:
            return
        best = [one for one in first if (one.urgent, one.sent) == (first[0].urgent, first[0].sent)]
        async with self.bench.read() as unit:
            query = select(Report.ref).where(Report.moderator_id == who.member, Report.status == CLAIMED)
            held = set(await unit.session.scalars(query))
        taken = [one for one in best if one.ref in held]
        assert taken, "nothing of what stands first in the queue was taken"
        self.claim(who, taken[0])
        self.seen.append(self.readers())
