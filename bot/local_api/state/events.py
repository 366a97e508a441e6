"""What happens in a person's chats, as numbered events that their phone follows."""

from bot.local_api.protocol.json_values import JSON
from bot.local_api.protocol.long_polling import NumberedLog

_KEPT = 500


class EventFeed(NumberedLog):
    """The last events of one person's phone: new, edited, deleted, answer, action, status, language."""

    def __init__(self) -> None:
        super().__init__(_KEPT)

    def add(self, kind: str, **fields: object) -> None:
        """Append an event and wake whoever waits."""
        self.append({"seq": self.number + 1, "kind": kind, **fields})

    def catch_up(self, after: int) -> JSON:
        """The `events` after number `after`; `lost` when some are missing: forgotten, or of an earlier server."""
        events = self.since(after)
        return {"events": events, "lost": len(events) != self.number - after}
