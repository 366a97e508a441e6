"""What the transport tells of its work: numbers alone, which name nobody."""


class Meter:
    """Told of what happens; this one keeps nothing, so that nothing is measured where nobody looks."""

    def batch(self, updates: int, seconds: float) -> None:
        """A batch of so many updates is durable; so long after its transaction began."""

    def batch_failed(self) -> None:
        """A batch was rolled back."""

    def set_aside(self) -> None:
        """An update failed alone."""

    def call(self, seconds: float, *, delivered: bool) -> None:
        """A call that the outbox owed was tried; so long it took."""

    def flood_wait(self, seconds: float) -> None:
        """Telegram lets a chat wait for so long."""

    def request(self, status: int) -> None:
        """A webhook's request was answered with this HTTP status."""
