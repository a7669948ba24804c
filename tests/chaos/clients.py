"""Clients of every dialect that ask, and judge what they get: it is right, or an error that says so; nothing else."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp

from tests.chaos.upstream import answer_to, question
from tests.conformance.case import FORMATS, Client
from tests.conformance.material import HELLO
from tests.conformance.player import CLIENTS, as_read

Fate = Literal["answered", "told", "left", "wrong"]
"""``told``: an error in the client's dialect. ``left``: the client went away by itself."""

LONGEST = 45.0
"""Seconds that any request may take: what all attempts at all targets are allowed together."""


@dataclass
class Load:
    """What is asked of a proxy, and what came of it.

    Attributes:
        fates: by the number of the request, which is also its session.
        wrong: what was not as it must be, for a person.
    """

    url: str
    key: str
    model: str
    clients: int = 16
    leaving: float = 0.05
    """The share of clients that go away in the middle."""
    seed: int = 1
    fates: dict[int, Fate] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    sent: int = 0

    def __post_init__(self) -> None:
        self._die = random.Random(self.seed)
        self._stopped = False

    def stop(self) -> None:
        """Send nothing more; what is under way goes on."""
        self._stopped = True

    async def run(self, requests: int) -> None:
        """Send so many, by several clients at once."""
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            await asyncio.gather(*(self._client(session, requests) for _ in range(self.clients)))

    async def _client(self, session: aiohttp.ClientSession, requests: int) -> None:
        while self.sent < requests and not self._stopped:
            self.sent += 1
            number = self.sent
            started = time.monotonic()
            try:
                async with asyncio.timeout(LONGEST):
                    self.fates[number] = await self._ask(session, number)
            except TimeoutError:
                self._blame(number, f"no end after {LONGEST:g} s")
            except (aiohttp.ClientError, OSError) as error:
                self._blame(number, f"the connection to pxbin broke: {error!r}")
            self.seconds.append(time.monotonic() - started)

    def _blame(self, number: int, reason: str) -> None:
        self.fates[number] = "wrong"
        self.wrong.append(f"{number}: {reason}")

    async def _ask(self, session: aiohttp.ClientSession, number: int) -> Fate:
        client = CLIENTS[self._die.choice(FORMATS)]
        stream = self._die.random() < 0.7
        leaves = self._die.random() < self.leaving
        body = client.body("hello", self.model, stream=stream)
        body = body.replace(HELLO.encode(), question(number).encode())
        headers = {
            "content-type": "application/json",
            "x-claude-code-session-id": f"chaos-{number}",
            **client.headers(self.key),
        }
        url = self.url + client.path(self.model, stream=stream)
        async with session.post(url, data=body, headers=headers) as answer:
            if leaves:
                await answer.content.readany()
                answer.close()
                return "left"
            told = await answer.read()
            lowered = {name.lower(): value for name, value in answer.headers.items()}
            return self._judge(client, number, answer.status, lowered, told, stream=stream)

    def _judge(
        self,
        client: Client,
        number: int,
        status: int,
        headers: dict[str, str],
        body: bytes,
        *,
        stream: bool,
    ) -> Fate:
        right = answer_to(number)
        try:
            if status != 200:
                error = client.read_error(status, headers, body)
                assert error.message, "an error without a word"
                return "told"
            seen = client.read(body, stream=stream)
            if seen.error is not None:
                assert right.startswith(seen.text), f"{seen.text!r} is no beginning of the answer"
                return "told"
            client.validate(as_read(body), stream=stream)
            assert seen.text == right, f"{seen.text!r} is not the answer"
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            self._blame(number, f"{client.format} {status}: {error!r}\n{body[:1500]!r}")
            return "wrong"
        return "answered"

    @property
    def counts(self) -> Counter[str]:
        """How many met which fate."""
        return Counter(self.fates.values())


def compare_after_kill(load: Load, rows: list[dict[str, Any]]) -> list[str]:
    """What is missing or there twice in the log of an engine that was killed.

    A client that was told the end of its answer has a row. One whose connection broke was in flight: it may have one.
    """
    counts = Counter(int(str(row["session_id"]).removeprefix("chaos-")) for row in rows)
    missing = [
        f"{number} ({fate}) has no row"
        for number, fate in sorted(load.fates.items())
        if fate in ("answered", "told") and not counts[number]
    ]
    return missing + [f"{number} has {count} rows" for number, count in counts.items() if count > 1]


def compare_with_log(load: Load, rows: list[dict[str, Any]]) -> list[str]:
    """What the log says other than the clients: each request has one row, and it tells the same fate."""
    differences = []
    by_number: dict[int, list[str]] = {}
    for row in rows:
        number = int(str(row["session_id"]).removeprefix("chaos-"))
        by_number.setdefault(number, []).append(row["outcome"])
    for number, fate in sorted(load.fates.items()):
        outcomes = by_number.pop(number, [])
        if len(outcomes) != 1:
            differences.append(f"{number} ({fate}) has {len(outcomes)} rows")
        elif fate in ("answered", "told") and (fate == "answered") != (outcomes[0] == "ok"):
            differences.append(f"{number} was {fate}, its row says {outcomes[0]}")
    differences += [f"{number} was never sent" for number in by_number]
    return differences
