"""The tables. Content is sealed before it comes here, and people are keyed hashes. Times are whole hours since
1970-01-01 UTC, so that nothing finer can be stored."""

from db.models.audit import AuditEntry, Mark
from db.models.base import Base, Id, Proved
from db.models.conditions import (
    HAS_ALARM,
    IN_QUEUE,
    IS_APPROVED,
    IS_ASKED,
    IS_CLAIMED,
    IS_DATED,
    IS_DECIDED,
    IS_DUPLICATE,
    IS_HELD,
    IS_IN_INCIDENT,
    IS_KEPT,
    IS_PROPOSED,
    IS_PUBLIC,
    IS_REJECTED,
    IS_SENT,
    IS_SET_ASIDE,
    IS_UNDOABLE,
)
from db.models.drafts import DraftRow, File
from db.models.exports import Export, ExportRow
from db.models.keys import SLOT_BYTES, DataKey, DayKey, Erasure, FreeSlot, KeySlot, padded, unpadded
from db.models.messages import OutboxRow, SentMessage, ShownChat, TakeBack
from db.models.publishing import Approval, PublicVersion, UndoableDecision
from db.models.reports import Incident, RelatedReport, Report
from db.models.talks import TalkMessage, WayBack
from db.models.team import Invite, Moderator, SharingRequest
from db.models.updates import Block, FailedUpdate, SeenUpdate, SenderBucket, WaitingUpdate

__all__ = (
    "HAS_ALARM", "IN_QUEUE", "IS_APPROVED", "IS_ASKED", "IS_CLAIMED", "IS_DATED", "IS_DECIDED",
    "IS_DUPLICATE", "IS_HELD", "IS_IN_INCIDENT", "IS_KEPT", "IS_PROPOSED", "IS_PUBLIC", "IS_REJECTED",
    "IS_SENT", "IS_SET_ASIDE", "IS_UNDOABLE", "SLOT_BYTES", "Approval", "AuditEntry", "Base", "Block",
    "DataKey", "DayKey", "DraftRow", "Erasure", "Export", "ExportRow", "FailedUpdate", "File", "FreeSlot",
    "Id", "Incident", "Invite", "KeySlot", "Mark", "Moderator", "OutboxRow", "Proved", "PublicVersion",
    "RelatedReport", "Report", "SeenUpdate", "SenderBucket", "SentMessage", "SharingRequest", "ShownChat",
    "TakeBack", "TalkMessage", "UndoableDecision", "WaitingUpdate", "WayBack", "padded", "unpadded",
)  # fmt: skip
