"""HalfSent: connections on which no whole request head has come; after a while they are cut.

A client that opens many connections and never finishes a head (Slowloris) would hold them for aiohttp's keep-alive time,
which is an hour. One timer looks after all of them.
"""

import asyncio
from typing import Protocol


class Cuttable(Protocol):
    """A connection."""

    def force_close(self) -> None:
        """Close it at once."""
        ...


class HalfSent:
    """The connections that are being waited for.

    Args:
        seconds: how long a head may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[Cuttable, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._since)

    def began(self, connection: Cuttable) -> None:
        """It was opened, or a head has begun to come; a second call changes nothing."""
        if connection in self._since:
            return
        loop = asyncio.get_running_loop()
        self._since[connection] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._sweep)

    def ended(self, connection: Cuttable) -> None:
        """The head is complete, or the connection has gone."""
        self._since.pop(connection, None)

    def close(self) -> None:
        """Wait for nothing any more."""
        self._since.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _sweep(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection, since in tuple(self._since.items()):  # the oldest come first
            if since + self._seconds > now:
                self._timer = loop.call_at(since + self._seconds, self._sweep)
                return
            del self._since[connection]
            connection.force_close()
