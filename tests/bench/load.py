"""The load generator: keep-alive connections that send one request after the other and check every reply.

``python -m tests.bench.load HOST PORT KEY SCENARIO REQUESTS CLIENTS`` prints one JSON object:
``{"seconds", "wrong", "answered", "latency_ms", "first_byte_ms", "gap_ms"}``, the last three as ``{"50": ..., "99": ...}``.
"""

import asyncio
import json
import sys
import time
from typing import Any, cast

from tests.bench.scenarios import SCENARIOS, Scenario

_TIMES = ("latency_ms", "first_byte_ms", "gap_ms")


def request_bytes(scenario: Scenario, path: str, host: str, key: str) -> bytes:
    """The whole HTTP request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nx-api-key: {key}\r\n"
        f"anthropic-version: 2023-06-01\r\nUser-Agent: claude-cli/2.1.330 (external, sdk-cli)\r\n"
        f"Content-Length: {len(scenario.body)}\r\n\r\n"
    )
    return head.encode() + scenario.body


class Client(asyncio.Protocol):
    """One connection: sends, waits for the whole reply, notes its times, sends again until the budget is used up."""

    def __init__(
        self, request: bytes, scenario: Scenario, budget: list[int], found: dict[str, Any]
    ) -> None:
        self._request, self._scenario, self._budget, self._found = request, scenario, budget, found
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not a subclass
        self._next()

    def _next(self) -> None:
        if self._budget[0] <= 0:
            self._transport.close()
            return
        self._budget[0] -= 1
        self._buffer = bytearray()
        self._length: int | None = None
        self._started = self._last = time.perf_counter()
        self._first = 0.0
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        if not self._buffer:
            self._first = now
        elif self._scenario.gap:
            self._found["gap_ms"].append((now - self._last) * 1000)
        self._last = now
        self._buffer += data
        if self._complete():
            self._found["latency_ms"].append((now - self._started) * 1000)
            self._found["first_byte_ms"].append((self._first - self._started) * 1000)
            if self._scenario.ends_with not in self._buffer or not self._buffer.startswith(
                b"HTTP/1.1 200"
            ):
                self._found["wrong"] += 1
                self._found["example"] = bytes(self._buffer[:600]).decode("utf-8", "replace")
            self._next()

    def _complete(self) -> bool:
        if self._length is None:
            head = self._buffer.find(b"\r\n\r\n")
            if head < 0:
                return False
            lines = bytes(self._buffer[:head]).lower().split(b"\r\n")
            sizes = [
                int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")
            ]
            self._length = head + 4 + sizes[0] if sizes else -1
        if self._length >= 0:
            return len(self._buffer) >= self._length
        return self._buffer.endswith(b"0\r\n\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def run(
    host: str, port: int, key: str, scenario: Scenario, *, requests: int, clients: int, path: str
) -> dict[str, Any]:
    """Send ``requests`` over ``clients`` connections; every reply is checked."""
    found: dict[str, Any] = {"wrong": 0, **{name: [] for name in _TIMES}}
    budget = [requests]
    request = request_bytes(scenario, path, f"{host}:{port}", key)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    connections = [
        (
            await loop.create_connection(
                lambda: Client(request, scenario, budget, found), host, port
            )
        )[1]
        for _ in range(clients)
    ]
    await asyncio.gather(*(connection.done for connection in connections))
    found["seconds"] = time.perf_counter() - started
    found["answered"] = len(found["latency_ms"])
    for name in _TIMES:
        found[name] = {str(p): percentile(found[name], p / 100) for p in (50, 99)}
    return found


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of the values lie; 0.0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main(arguments: list[str]) -> None:
    """See the module's text."""
    host, port, key, name, requests, clients, path = arguments
    wanted = {"requests": int(requests), "clients": int(clients), "path": path}
    work = run(host, int(port), key, SCENARIOS[name], **wanted)
    if sys.platform == "win32":
        print(json.dumps(asyncio.run(work)))
    else:
        import uvloop

        print(json.dumps(uvloop.run(work)))


if __name__ == "__main__":
    main(sys.argv[1:])
