"""Measurements of the transport: numbers only, which identify no one."""


class Meter:
    """Receiver of measurements. This base class keeps none."""

    def batch(self, updates: int, seconds: float) -> None:
        """A batch was committed, so long after its transaction began."""

    def batch_failed(self) -> None:
        """A batch was rolled back."""

    def set_aside(self) -> None:
        """An update failed alone."""

    def call(self, seconds: float, *, delivered: bool) -> None:
        """A call of the outbox was tried."""

    def flood_wait(self, seconds: float) -> None:
        """Telegram makes a chat wait."""

    def request(self, status: int) -> None:
        """A webhook request was answered."""
