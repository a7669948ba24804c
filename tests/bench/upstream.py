"""A fast fake upstream: it reads the model's name out of the request and sends that scenario's bytes.

``python -m tests.bench.upstream`` prints its port on a line of its own, then serves until it is ended.
"""

import asyncio
import re
import sys
from typing import cast

from tests.bench.scenarios import SCENARIOS, Scenario

_MODEL = re.compile(rb'"model":\s*"(\w+)"')
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)


class UpstreamProtocol(asyncio.Protocol):
    """One connection; requests one after the other."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not a subclass
        self._buffer = bytearray()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._buffer, 0, head)
        if length is None:
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n"
                b'{"data":[]}'
            )
            self._buffer.clear()
            return
        if len(self._buffer) < head + 4 + int(length[1]):
            return
        model = _MODEL.search(self._buffer, head)
        assert model is not None
        scenario = SCENARIOS[model[1].decode()]
        self._buffer.clear()
        self._answer(scenario)

    def _answer(self, scenario: Scenario) -> None:
        if scenario.gap:
            self._send_paced(scenario, 0)
        else:
            for part in scenario.parts:
                self._transport.write(part)

    def _send_paced(self, scenario: Scenario, index: int) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(scenario.parts[index])
        if index + 1 < len(scenario.parts):
            asyncio.get_running_loop().call_later(
                scenario.gap, self._send_paced, scenario, index + 1
            )


async def serve() -> None:
    """Serve on a free port of the loopback until cancelled."""
    server = await asyncio.get_running_loop().create_server(UpstreamProtocol, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    if sys.platform == "win32":
        asyncio.run(serve())
    else:
        import uvloop

        uvloop.run(serve())
