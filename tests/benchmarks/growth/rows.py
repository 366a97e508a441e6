"""Rows as years of work leave them: of a hundred reports four wait, sixty are public, a quarter was rejected, the rest withdrawn
or expired. All that is sealed opens, but for the ids of messages, which are bytes of the same size."""

import json
import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any

from bot.desk.card.service import ReportNote
from bot.form.answers import FileKind, FileRef, Files, to_json
from bot.reports.states import Consent, Status
from bot.reports.talk.messages import MessageContent
from bot.safety.sealing import SecretKey, new_key
from bot.store import message_slots as shelves
from bot.store import row_proofs
from bot.store.files import CLEANED, Custody, Print
from bot.store.message_slots import SCARCE
from bot.store.sent_messages import MESSAGE_HOURS
from bot.store.unit import REPORT_FORM, SEEN_HOURS
from db import engine
from db.models import Proved, SentMessage, padded
from tests.bench import TOLD, Bench, text, typed

_TABLES = (
    *("key_slots", "data_keys", "incidents", "reports", "public_versions", "files", "talk_messages"),
    *("related_reports", "audit_log"),
)
YEARS = 3
AT_ONCE = 20_000
"""Reports whose rows are made at a time."""
WAITING, APPROVED, REJECTED = 0.04, 0.60, 0.25
CONSENTS, SHARED = (Consent.PUBLISH, Consent.SHARE), 0.2
"""What reporters consented to, and how many of them to the second alone."""
NOTED, FILED, TALKED, DUPLICATE, JOINED = 0.3, 0.2, 0.1, 0.2, 0.1
"""Of reports that are kept those with notes, with files and with a talk, of rejected ones those that repeat another, and of
approved ones those with which an incident begins."""
EVENT, EVENT_WAITING = 260, 40
"""Reports of one event, those among them that wait; the others are public. They are as many however many reports there are, so that
lists that are narrowed down to it are full, and what is like a report of it is as much, in each database."""
EVENT_CATEGORY, EVENT_REGION, EVENT_DAYS_AGO = "violence", "KZ-71", 100
"""What they tell, and when they came."""
TOGETHER, FILES, SAID = 3, 2, 3
"""Reports of an incident, files of a report, messages of a talk."""
MESSAGES, UPDATES = 40, 40
"""Rows that a report leaves among the messages that can be deleted, and updates that it takes."""
_DAY = 24
_FILLED = 4096
"""Bytes that notes and each message of a talk fill."""
_EPOCH = date(1970, 1, 1).toordinal()

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by their tables, those first that others refer to."""


@dataclass
class Years:
    """So many reports of the last years, up to now. `waiting` are the references of those that wait."""

    bench: Bench
    number: int
    waiting: list[str] = field(default_factory=list)
    _slots: int = engine.SLOTS_AT_ONCE  # those that a migration makes
    _entries: int = 0
    _begun: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.number)
        self._hour = int(self.bench.now.timestamp()) // 3600
        form = self.bench.forms[REPORT_FORM]
        story = text("People were held at the akimat of the city for an hour and let go. " * 12)
        told = {form.by_role[role].path: to_json(answer) for role, answer in {**TOLD, "story": story}.items()}
        self._answers, self._told = told, _packed(told)
        self._files_path = form.by_role["evidence"].path
        self._joining: list[str] = []
        self._approved = ""
        words = {"title": typed("People held in Almaty"), "summary": typed("Three people were held. " * 20)}
        written = {f"/review/{name}": to_json(answer) for name, answer in words.items()}
        review = {"form": "review", "version": "1", "language": "ru", "answers": written, "counts": {}}
        self._written = {
            consent: _packed({**review, "confirmed": [], "consent": consent}) for consent in CONSENTS
        }
        self._categories, self._regions = (
            [choice.name for choice in form.by_role[role].choices] for role in ("category", "region")
        )
        self._form = {"form": form.id, "form_version": form.version}
        self.a_day = max(1, self.number // (YEARS * 365))

    def chunks(self) -> Iterator[Rows]:
        """All rows, in pieces."""
        for first in range(0, self.number, AT_ONCE):
            yield self._proved(self._reports(range(first, min(first + AT_ONCE, self.number))))
        yield self._proved(self._passing())

    def _proved(self, made: Rows) -> Rows:
        """The rows with their proofs, as a flush of the bot adds them."""
        tables = {row_proofs.name_of(table): table for table in row_proofs.tables()}
        return {
            name: [{**row, "row_mac": self._proof(tables[name], row)} for row in rows]
            if name in tables
            else rows
            for name, rows in made.items()
        }

    def _proof(self, table: type[Proved], row: Mapping[str, Any]) -> bytes:
        return row_proofs.proof(self.bench.safe, table, SimpleNamespace(**row))

    def _reports(self, numbers: range) -> Rows:
        made: dict[str, list[Mapping[str, Any]]] = {name: [] for name in _TABLES}
        for number in numbers:
            if number < EVENT:
                status = Status.NEW if number < EVENT_WAITING else Status.APPROVED
                self._report(made, self._hour - EVENT_DAYS_AGO * _DAY, status, is_of_event=True)
                continue
            hour, status = (
                self._hour - YEARS * 365 * _DAY * (self.number - number) // self.number,
                self._drawn(),
            )
            if status is Status.NEW:
                hour = self._hour - self._random.randrange(300 * _DAY)
            self._report(made, hour, status)
        return made

    def _drawn(self) -> Status:
        drawn = self._random.random()
        return (
            Status.NEW if drawn < WAITING else Status.APPROVED if drawn < WAITING + APPROVED
            else Status.REJECTED if drawn < WAITING + APPROVED + REJECTED else Status.WITHDRAWN
        )  # fmt: skip

    def _report(
        self,
        made: dict[str, list[Mapping[str, Any]]],
        hour: int,
        status: Status,
        *,
        is_of_event: bool = False,
    ) -> None:
        age = self._hour - hour
        category = EVENT_CATEGORY if is_of_event else self._random.choice(self._categories)
        region = EVENT_REGION if is_of_event else self._random.choice(self._regions)
        consent = Consent.SHARE if self._random.random() < SHARED else Consent.PUBLISH
        closed = None if status is Status.NEW else min(self._hour, hour + self._random.randrange(72))
        days = {Status.NEW: YEARS * 365, Status.APPROVED: 364, Status.REJECTED: 29}.get(status, 0)
        kept = age < days * _DAY
        facts = kept or status is Status.APPROVED
        day = date.fromordinal(_EPOCH + hour // _DAY).isoformat()
        # A reference that begins with E would be one of an incident.
        self._begun += 1
        report_id, ref = _id(), f"{self._begun:07}{secrets.token_hex(3)}".upper()[:12]
        key_id, key = self._key(made, hour) if kept else (None, None)
        content = self._beside(made, report_id, key_id, key, hour) if key and key_id else None
        made["reports"].append(
            {
                "id": report_id, "ref": ref, "status": status.value, "receipt_hash": secrets.token_bytes(32),
                **self._form, "language": "ru", "urgent": self._random.random() < 0.1 and facts,
                "category": category if facts else None, "region": region if facts else None,
                "date_start": day if facts else None, "date_end": day if facts else None,
                "date_precision": "day" if facts else None, "submitted_hour": hour, "closed_hour": closed,
                "consent_use": consent if facts else None, "reject_reason": None,
                "data_key_id": key_id, "content": content, "moderator_id": None, "claimed_until_hour": None,
                "announced": True, "notes": self._notes(report_id, key) if key else None,
                "incident_id": self._incident(made, report_id, hour) if status is Status.APPROVED else None,
                "duplicate_of": self._original(status),
            }
        )  # fmt: skip
        if status is Status.APPROVED:
            self._version(made, report_id, closed or hour, consent)
            self._related(made, report_id)
        if status is Status.NEW:
            self.waiting.append(ref)
        for act in ("submit", "claim", "approve") if closed is not None else ("submit",):
            self._entry(made, hour, act, ref)

    def _key(self, made: dict[str, list[Mapping[str, Any]]], hour: int) -> tuple[str, SecretKey]:
        self._slots += 1
        key_id, key, ring = _id(), new_key(), self.bench.safe.ring
        content = padded(ring.seal(key, f"data_keys.wrapped:{key_id}"))
        made["key_slots"].append({"number": self._slots, "content": content})
        made["data_keys"].append({"id": key_id, "slot": self._slots, "ring": ring.current, "hour": hour})
        return key_id, key

    def _sealed(self, key: SecretKey, plain: bytes, context: str) -> bytes:
        return self.bench.safe.ring.scheme.seal(key, plain, context)

    def _beside(
        self, made: dict[str, list[Mapping[str, Any]]], report_id: str, key_id: str, key: SecretKey, hour: int
    ) -> bytes:
        """The sealed content of a report; its files and its talk are made with it."""
        told = self._told
        if self._random.random() < FILED:
            refs = tuple(FileRef(_id(), FileKind.PHOTO, "photo.jpg") for _ in range(FILES))
            told = _packed(self._answers | {self._files_path: to_json(Files(refs))})
            made["files"] += [self._file(ref.id, key_id, key, hour) for ref in refs]
        if self._random.random() < TALKED:
            made["talk_messages"] += [
                self._said(report_id, key, number, hour) for number in range(1, SAID + 1)
            ]
        return self._sealed(key, told, f"reports.content:{report_id}")

    def _file(self, file_id: str, key_id: str, key: SecretKey, hour: int) -> Mapping[str, Any]:
        print_ = Print(secrets.token_hex(32), 90_000, "JPEG")
        custody = asdict(Custody(print_, print_, None, "Pillow", hour))
        meta = _packed({"name": "photo.jpg", "mime": "image/jpeg", "custody": custody})
        return {
            "id": file_id, "data_key_id": key_id, "status": CLEANED, "kind": "photo", "size": 90_000, "attempts": 1,
            "meta": self._sealed(key, meta, f"files.meta:{file_id}"), "hour": hour,
        }  # fmt: skip

    def _said(self, report_id: str, key: SecretKey, number: int, hour: int) -> Mapping[str, Any]:
        message_id, from_reporter = _id(), number % 2 == 0
        words = MessageContent(text="It was at noon.", alias="" if from_reporter else "Aspan", hour=hour)
        content = self._sealed(
            key, _packed(asdict(words)).ljust(_FILLED), f"talk_messages.content:{message_id}"
        )
        return {
            "id": message_id, "report_id": report_id, "number": number, "from_reporter": from_reporter,
            "open": False, "content": content, "files_key_id": None,
        }  # fmt: skip

    def _notes(self, report_id: str, key: SecretKey) -> bytes | None:
        if self._random.random() >= NOTED:
            return None
        note = asdict(ReportNote("A second source says the same.", "Aspan", self._hour))
        found = {"notes": [note], "checks": {"date": {"alias": "Aspan", "hour": self._hour}}}
        return self._sealed(key, _packed(found).ljust(_FILLED), f"reports.notes:{report_id}")

    def _incident(self, made: dict[str, list[Mapping[str, Any]]], report_id: str, hour: int) -> str | None:
        """The incident of an approved report, which goes on with the ones that are approved next."""
        if not self._joining and self._random.random() < JOINED:
            made["incidents"].append({"id": _id(), "ref": f"E{secrets.token_hex(5)}".upper(), "hour": hour})
            self._joining = [str(made["incidents"][-1]["id"])] * TOGETHER
        return self._joining.pop() if self._joining else None

    def _related(self, made: dict[str, list[Mapping[str, Any]]], report_id: str) -> None:
        """Some approved reports are of a case of which the one before is too."""
        before, self._approved = self._approved, report_id
        if before and self._random.random() < JOINED:
            made["related_reports"] += [
                {"report_id": one, "other_id": other}
                for one, other in ((before, report_id), (report_id, before))
            ]

    def _original(self, status: Status) -> str | None:
        is_one = status is Status.REJECTED and self._random.random() < DUPLICATE
        return (self._approved or None) if is_one else None

    def _version(
        self, made: dict[str, list[Mapping[str, Any]]], report_id: str, hour: int, consent: Consent
    ) -> None:
        (key_id, key), version_id = self._key(made, hour), _id()
        content = self._sealed(key, self._written[consent], f"public_versions.content:{version_id}")
        made["public_versions"].append(
            {
                "id": version_id, "report_id": report_id, "version": 1, "current": True, "state": "approved",
                "data_key_id": key_id, "content": content, "approved_hour": hour, "consent": consent, "moderator_id": None,
            }
        )  # fmt: skip

    def _entry(self, made: dict[str, list[Mapping[str, Any]]], hour: int, act: str, ref: str) -> None:
        self._entries += 1
        entry = {
            "id": self._entries,
            "hour": hour,
            "actor": "Aspan",
            "act": act,
            "subject": ref,
            "detail": "",
        }
        made["audit_log"].append({**entry, "mac": secrets.token_bytes(32)})

    def _passing(self) -> Rows:
        """What the last days have left: ids of updates and of messages, and drafts."""
        seen = [
            {"id": number + 1, "hour": self._hour - self._random.randrange(SEEN_HOURS)}
            for number in range(2 * self.a_day * UPDATES)
        ]
        drafts = [
            {
                "id": _id(), "chat_hash": secrets.token_bytes(32), "kind": REPORT_FORM, "language": "ru", "step": 1,
                "position": "", "data_key_id": None, "state": None, "prompt": None, "report_id": None,
                "touched_hour": self._hour - self._random.randrange(self.bench.settings.draft_hours),
                "reminds": False, "address": None,
            }
            for _ in range(self.a_day)
        ]  # fmt: skip
        return {"seen_updates": seen, "drafts": drafts, "sent_messages": self._messages()}

    def _messages(self) -> Sequence[Mapping[str, Any]]:
        """On one whole shelf at least, as a bot has it after its first four hundred messages and ever after."""
        used, slots = 2 * self.a_day * MESSAGES, shelves.SHELF
        while used > SCARCE * slots:
            slots = shelves.after(slots)
        size = len(self.bench.safe.ring.seal(bytes(8), ""))
        free = {"report_id": SentMessage.NO_REPORT, "minute": SentMessage.NO_MINUTE, "message": bytes(size)}
        free |= {"chat_hash": SentMessage.FREE_CHAT, "hour": SentMessage.FREE_HOUR}
        rows = [{"id": number + 1, **free} for number in range(slots)]
        of_chats = [secrets.token_bytes(32) for _ in range(2 * self.a_day)] * MESSAGES
        left = {first: self._random.sample(shelf, len(shelf)) for first, shelf in _shelves(slots)}
        for chat in of_chats:
            slot = left[shelves.shelf_of(chat, slots).start].pop()
            hour = self._hour - self._random.randrange(MESSAGE_HOURS)
            rows[slot - 1] |= {"chat_hash": chat, "message": secrets.token_bytes(size), "hour": hour}
        return rows


def _shelves(slots: int) -> Iterator[tuple[int, range]]:
    width = slots // shelves.number_of_shelves(slots)
    return ((first, range(first, first + width)) for first in range(1, slots + 1, width))


def _id() -> str:
    return secrets.token_hex(16)


def _packed(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
