"""An upstream that fails in the ways in which upstreams fail; which way is drawn anew for each request.

``python -m tests.chaos.upstream PORT SEED SHARE`` prints its port on a line of its own, then serves until it is ended.
SHARE of the requests (0 to 1) meet a fault. What is right to say to request 17 is ``answer_to(17)``, in every dialect.
"""

import asyncio
import json
import random
import re
import sys

from tests.conformance.case import Turn, Upstream, compact
from tests.conformance.script import UPSTREAMS, format_of
from tests.support.upstream import (
    CUT,
    HANG,
    Answer,
    FakeUpstream,
    Received,
    Step,
    json_answer,
    raw_answer,
    sse_answer,
)

_NUMBER = re.compile(rb"chaos-(\d+)\.")
_WORDS = 40

STATUSES = ("rate_limited", "broken", "overloaded")
FAULTS = (
    *STATUSES,
    "refused",  # the connection is reset before anything is answered
    "stalled",  # it is never answered
    "reset_within",
    "stalled_within",
    "truncated",  # it ends as if all had been said
    "told_at_once",  # a stream that begins with an error
    "told_within",
    "web_page",
    "noise",
)


def question(number: int) -> str:
    """What a client asks."""
    return f"chaos-{number}."


def answer_to(number: int) -> str:
    """What every upstream says to that."""
    return " ".join(f"{number}:{word}" for word in range(_WORDS))


class ChaosUpstream:
    """Answers by the die; ``play`` is for ``FakeUpstream.aside``."""

    def __init__(self, seed: int, share: float) -> None:
        self._die = random.Random(seed)
        self._share = share

    def play(self, received: Received) -> Answer:
        """One answer, right or wrong."""
        format_ = format_of(received.path)
        asked = _NUMBER.search(received.body)
        if format_ is None or asked is None:
            return json_answer({"data": [], "models": []})
        upstream = UPSTREAMS[format_]
        stream = upstream.wants_stream(received.path, json.loads(received.body))
        turn = Turn((("text", answer_to(int(asked[1]))),))
        if self._die.random() < self._share:
            return self._faulty(self._die.choice(FAULTS), upstream, turn, stream=stream)
        return self._right(upstream, turn, stream=stream)

    def _right(self, upstream: Upstream, turn: Turn, *, stream: bool) -> Answer:
        if not stream:
            return _whole([compact(upstream.whole(turn))])
        events = upstream.events(turn)
        if self._die.random() < 0.5:
            return sse_answer(b"".join(events))
        return sse_answer(*self._in_pieces(b"".join(events)))

    def _faulty(self, fault: str, upstream: Upstream, turn: Turn, *, stream: bool) -> Answer:
        if fault in STATUSES:
            status, _, body = upstream.error(fault)
            headers = {"retry-after": "0.1"} if self._die.random() < 0.5 else {}
            return json_answer(body, status=status, **headers)
        if fault in ("refused", "stalled"):
            return Answer(before=[CUT if fault == "refused" else HANG])
        if fault == "web_page":
            return raw_answer(b"<!doctype html><html><body>Sign in</body></html>")
        if fault == "noise":
            return sse_answer(self._die.randbytes(400))
        if fault.startswith("told") and stream:
            begin = b"" if fault == "told_at_once" else _half(upstream, turn)
            return sse_answer(begin, 0.01, upstream.error_event())
        ends: dict[str, list[float | Step]] = {
            "reset_within": [0.01, CUT],
            "stalled_within": [HANG],
        }
        half = _half(upstream, turn) if stream else compact(upstream.whole(turn))[:-30]
        answer = sse_answer if stream else lambda *steps: _whole(list(steps))
        return answer(half, *ends.get(fault, []))

    def _in_pieces(self, data: bytes) -> list[bytes | float | Step]:
        """Cut anywhere, now and then with a pause."""
        cuts = sorted(self._die.randrange(len(data)) for _ in range(12))
        steps: list[bytes | float | Step] = []
        for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
            steps += [data[start:end], self._die.choice((0.0, 0.0, 0.02))]
        return [step for step in steps if step]


def _half(upstream: Upstream, turn: Turn) -> bytes:
    events = upstream.events(turn)
    return b"".join(events[: len(events) // 2])


def _whole(steps: list[bytes | float | Step]) -> Answer:
    return Answer(200, {"content-type": "application/json"}, steps)


async def _serve(port: int, seed: int, share: float) -> None:
    async with FakeUpstream(port) as upstream:
        chaos = ChaosUpstream(seed, share)

        def play(received: Received) -> Answer:
            upstream.requests.clear()  # a long run keeps nothing
            return chaos.play(received)

        upstream.aside = play
        print(upstream.port, flush=True)  # whoever started it reads this
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
