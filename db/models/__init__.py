"""Tables. Content is sealed before it comes here, and people are keyed hashes. Times are whole hours since
1970-01-01 UTC, so that nothing finer can be stored."""

from db.models.base import HAS_ALARM as HAS_ALARM
from db.models.base import IN_QUEUE as IN_QUEUE
from db.models.base import IS_APPROVED as IS_APPROVED
from db.models.base import IS_ASKED as IS_ASKED
from db.models.base import IS_CLAIMED as IS_CLAIMED
from db.models.base import IS_DATED as IS_DATED
from db.models.base import IS_DECIDED as IS_DECIDED
from db.models.base import IS_DUPLICATE as IS_DUPLICATE
from db.models.base import IS_HELD as IS_HELD
from db.models.base import IS_IN_INCIDENT as IS_IN_INCIDENT
from db.models.base import IS_KEPT as IS_KEPT
from db.models.base import IS_PROPOSED as IS_PROPOSED
from db.models.base import IS_PUBLIC as IS_PUBLIC
from db.models.base import IS_REJECTED as IS_REJECTED
from db.models.base import IS_SENT as IS_SENT
from db.models.base import IS_SET_ASIDE as IS_SET_ASIDE
from db.models.base import IS_UNDOABLE as IS_UNDOABLE
from db.models.base import SLOT_BYTES as SLOT_BYTES
from db.models.base import Base as Base
from db.models.base import DataKey as DataKey
from db.models.base import DayKey as DayKey
from db.models.base import Erasure as Erasure
from db.models.base import FreeSlot as FreeSlot
from db.models.base import Id as Id
from db.models.base import KeySlot as KeySlot
from db.models.base import Proved as Proved
from db.models.base import padded as padded
from db.models.base import unpadded as unpadded
from db.models.chats import Block as Block
from db.models.chats import DraftRow as DraftRow
from db.models.chats import FailedUpdate as FailedUpdate
from db.models.chats import File as File
from db.models.chats import OutboxRow as OutboxRow
from db.models.chats import SeenUpdate as SeenUpdate
from db.models.chats import SenderBucket as SenderBucket
from db.models.chats import SentMessage as SentMessage
from db.models.chats import ShownChat as ShownChat
from db.models.chats import TakeBack as TakeBack
from db.models.chats import WaitingUpdate as WaitingUpdate
from db.models.reports import Approval as Approval
from db.models.reports import Export as Export
from db.models.reports import ExportRow as ExportRow
from db.models.reports import Incident as Incident
from db.models.reports import PublicVersion as PublicVersion
from db.models.reports import RelatedReport as RelatedReport
from db.models.reports import Report as Report
from db.models.reports import TalkMessage as TalkMessage
from db.models.reports import UndoableDecision as UndoableDecision
from db.models.reports import WayBack as WayBack
from db.models.team import AuditEntry as AuditEntry
from db.models.team import Invite as Invite
from db.models.team import Mark as Mark
from db.models.team import Moderator as Moderator
from db.models.team import SharingRequest as SharingRequest

__all__ = (
    "HAS_ALARM", "IN_QUEUE", "IS_APPROVED", "IS_ASKED", "IS_CLAIMED", "IS_DATED", "IS_DECIDED",
    "IS_DUPLICATE", "IS_HELD", "IS_IN_INCIDENT", "IS_KEPT", "IS_PROPOSED", "IS_PUBLIC", "IS_REJECTED",
    "IS_SENT", "IS_SET_ASIDE", "IS_UNDOABLE", "SLOT_BYTES", "Approval", "AuditEntry", "Base", "Block",
    "DataKey", "DayKey", "DraftRow", "Erasure", "Export", "ExportRow", "FailedUpdate", "File", "FreeSlot",
    "Id", "Incident", "Invite", "KeySlot", "Mark", "Moderator", "OutboxRow", "Proved", "PublicVersion",
    "RelatedReport", "Report", "SeenUpdate", "SenderBucket", "SentMessage", "SharingRequest", "ShownChat",
    "TakeBack", "TalkMessage", "UndoableDecision", "WaitingUpdate", "WayBack", "padded", "unpadded",
)  # fmt: skip
