"""Measurements of the transport: numbers only."""


class Meter:
    """Receiver that keeps nothing."""

    def batch(self, updates: int, seconds: float) -> None:
        """A batch was committed."""

    def batch_failed(self) -> None:
        """A batch was rolled back."""

    def set_aside(self) -> None:
        """An update failed alone."""

    def call(self, seconds: float, *, delivered: bool) -> None:
        """A queued call was tried."""

    def flood_wait(self, seconds: float) -> None:
        """Telegram makes a chat wait."""

    def request(self, status: int) -> None:
        """A webhook request was answered."""
