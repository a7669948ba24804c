"""Exchange: one client request from its first byte to its last, and everything its row will say.

The rules:

1. An exchange begins when a request has arrived, also one that will be refused, and it finishes exactly once.
2. Its id is a uuid7 made here; it is the row's id and the ``X-Request-ID``.
3. Marks of time are read from one monotonic clock, in seconds, and passed in; each stands for one moment:
   arrived (headers were read), received (the body was read), sent (first attempt), first token, committed (our first
   byte out), upstream ended, finished.
4. The outcome is set once, by the first of: completed, failed, refused, cancelled. What comes later cannot change it:
   a client that leaves after a failure did not cancel.
5. What was learned stays whatever the outcome is: usage, stop reason, losses and attempts of a cancelled or broken
   stream are kept, for they are paid for.
"""

import os
import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.gateway.client_names import client_name
from pxbin_engine.gateway.client_session import ClientSession, client_session
from pxbin_engine.gateway.limits import UNLIMITED, Grant
from pxbin_engine.gateway.redaction import without_own_keys
from pxbin_engine.gateway.tape import Tape
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Loss
from pxbin_engine.protocol.peek import Peek
from pxbin_engine.protocol.response import StopReason, Usage
from pxbin_engine.records import (
    AttemptRecord,
    KeyRecord,
    LossRecord,
    ModelRecord,
    Outcome,
    UpstreamRecord,
)

LONGEST_NAME = 256
"""Characters of a name (a model, a session) that are kept; PostgreSQL cannot index a text of thousands."""

LONGEST_TEXT = 4000
"""Characters of any other text that are kept."""


class Inbound(Struct, frozen=True, kw_only=True):
    """A request as the skin read it.

    Attributes:
        headers: case-insensitive.
        query: as it stood after the ``?``.
        format: the dialect of the path, as records name it (``anthropic``, ``openai``, ``openai-responses``,
            ``gemini``); empty for a path that has none.
        wish: the model and whether to stream, where the path says it (Gemini); None where the body does.
        key: the pxbin key; None only for a request that is refused.
        replay_of: the request that this one repeats for pxbin itself; it belongs to no session then, for what a session
            cost is what its client asked for.
        timestamp: when it arrived, by the wall clock.
        arrived: when its headers were read; monotonic seconds.
        received: when its body was read; monotonic seconds.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str]
    body: bytes = b""
    format: str = ""
    wish: Peek | None = None
    key: KeyRecord | None = None
    replay_of: UUID | None = None
    remote_addr: str = ""
    timestamp: datetime
    arrived: float
    received: float


class Exchange:
    """One client request; see the rules above."""

    def __init__(self, inbound: Inbound) -> None:
        headers = inbound.headers
        self.id: UUID = uuid7()
        self.request_id = str(self.id)
        """The id as clients see it."""
        self.timestamp = inbound.timestamp
        self.method = inbound.method
        self.path = storable(without_own_keys(inbound.path))
        self.input_format = inbound.format
        self.output_format = ""
        self.key = inbound.key
        self.remote_addr = inbound.remote_addr
        self.user_agent = storable(headers.get("User-Agent", ""))
        self.client_name = client_name(self.user_agent)
        said = client_session(headers) if inbound.replay_of is None else ClientSession()
        self.session_id = _kept(said.session)
        self.agent_id = _kept(said.agent)
        self.parent_agent_id = _kept(said.parent_agent)
        self.project = ""
        """The directory that its client says it works in."""
        self.model = ""
        self.model_record: ModelRecord | None = None
        self.asked_model = ""
        self.route_reason = ""
        self.affinity = ""
        """What keeps the requests of one conversation together; empty where nothing does."""
        self.upstream: UpstreamRecord | None = None
        self.upstream_model = ""
        self.stream = False
        self.status = 0
        self.outcome: Outcome | None = None
        self.error_type: str | None = None
        self.error_message: str | None = None
        self.stop: StopReason | None = None
        self.usage: Usage | None = None
        self.attempts: list[AttemptRecord] = []
        self.losses: tuple[Loss, ...] = ()
        self.metadata: dict[str, Any] = _trace_of(headers) | _origin_of(inbound)
        self.grant: Grant = UNLIMITED
        """What it took of its key's limits."""
        self.tape: Tape | None = None
        """What it says and hears, where that is kept."""
        self.arrived = inbound.arrived
        self.received = inbound.received
        self.sent: float | None = None
        self.first_token: float | None = None
        self.committed: float | None = None
        self.upstream_ended: float | None = None
        self.finished: float | None = None
        self._own_time_after = 0.0

    def __repr__(self) -> str:
        return f"Exchange({self.id} {self.method} {self.path} model={self.model!r} outcome={self.outcome})"

    @property
    def loss_records(self) -> tuple[LossRecord, ...]:
        """The losses as rows have them."""
        return tuple(LossRecord(storable(loss.path), storable(loss.reason)) for loss in self.losses)

    @property
    def limited_tokens(self) -> int:
        """What counts against a limit of tokens: all that was read and written, but not what a vendor's cache gave."""
        usage = self.usage
        if usage is None:
            return 0
        return usage.input_tokens + usage.cache_write_tokens + usage.output_tokens

    # ------------------------------------------------------------------ marks of time

    def commit(self, status: int, *, now: float, read_at: float | None = None) -> None:
        """Our first byte goes out with ``status``; ``read_at``: when the upstream bytes that it waited for came."""
        self.status = status
        self.committed = now
        if read_at is not None:
            self._own_time_after = max(0.0, now - read_at)

    def mark_first_token(self, now: float) -> None:
        """The first content of the answer was read; only the first call counts."""
        if self.first_token is None:
            self.first_token = now

    def ms_at(self, moment: float) -> float:
        """Milliseconds from its arrival until ``moment``, as rows tell times."""
        return (moment - self.arrived) * 1000.0

    @property
    def queue_ms(self) -> float | None:
        """Arrived until first sent; None where it never was."""
        return _milliseconds(self.arrived, self.sent)

    @property
    def latency_ms(self) -> float:
        """First byte in to last byte out; 0 before the end."""
        return _milliseconds(self.arrived, self.finished) or 0.0

    @property
    def ttft_ms(self) -> float | None:
        """Time to the first token; None where none came."""
        return _milliseconds(self.arrived, self.first_token)

    @property
    def upstream_ms(self) -> float | None:
        """First sent until the upstream's last byte (or until the end, where it was cut)."""
        return _milliseconds(self.sent, self.upstream_ended or self.finished)

    @property
    def overhead_us(self) -> int:
        """What pxbin itself took: body read to first send, and the deciding upstream read to our first byte."""
        if self.sent is None:
            end = self.committed or self.finished or self.received
            return round((end - self.received) * 1e6)
        return round((self.sent - self.received + self._own_time_after) * 1e6)

    # ------------------------------------------------------------------ outcomes

    def complete(self, status: int) -> None:
        """The client has the whole answer."""
        self._settle("ok", status)

    def fail(self, outcome: Outcome, error: ApiError, *, status: int) -> None:
        """It went wrong; ``status`` is what the client sees."""
        if self._settle(outcome, status):
            self.error_type = storable_name(error.code or error.kind)
            self.error_message = storable(without_own_keys(error.message))

    def cancel(self, reason: str) -> None:
        """The client went away, or pxbin is stopping. The status is the one already sent, else 499 (nginx's word)."""
        if self._settle("cancelled", self.status or 499):
            self.error_type = "cancelled"
            self.error_message = reason

    def finish(self, now: float) -> None:
        """The last byte is out, or never will be.

        Raises:
            RuntimeError: it was finished before, or has no outcome: a bug of the caller.
        """
        if self.finished is not None or self.outcome is None:
            raise RuntimeError(f"finished twice or without an outcome: {self!r}")
        self.finished = now

    def _settle(self, outcome: Outcome, status: int) -> bool:
        if self.outcome is not None:
            return False
        self.outcome, self.status = outcome, status
        return True

    # ------------------------------------------------------------------ what was learned

    def learn(self, usage: Usage | None, stop: StopReason | None, losses: Iterable[Loss]) -> None:
        """Keep what the answer told so far."""
        self.usage = usage or self.usage
        self.stop = stop or self.stop
        self.losses = tuple(losses)


def _milliseconds(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else max(0.0, end - start) * 1000.0


def _kept(name: str | None) -> str | None:
    return None if name is None else storable_name(name)


_TRACE_PARENT = re.compile(r"[0-9a-f]{2}(-[0-9a-f]+){3}")


def _trace_of(headers: Mapping[str, str]) -> dict[str, Any]:
    """The trace that the request belongs to (https://www.w3.org/TR/trace-context/), where its client says one."""
    parent = headers.get("traceparent", "")
    if len(parent) == 55 and _TRACE_PARENT.fullmatch(parent):
        return {"traceparent": parent}
    return {}


def _origin_of(inbound: Inbound) -> dict[str, Any]:
    return {} if inbound.replay_of is None else {"replay_of": str(inbound.replay_of)}


class _Metadata(Struct):
    user_id: str = ""


_SESSION = re.compile(r"session(?:_id\W+|_)([0-9a-fA-F-]{36})")


def session_in_metadata(metadata: Raw) -> str | None:
    """The session that Claude Code and its SDK also write into ``metadata.user_id`` (JSON, or ``..._session_<uuid>``)."""
    try:
        user_id = msgspec.json.decode(metadata, type=_Metadata).user_id
    except msgspec.MsgspecError:
        return None
    found = _SESSION.search(user_id)
    return found[1] if found else None


def storable(text: str, longest: int = LONGEST_TEXT) -> str:
    """What a client or an upstream said, as a database can keep it: of a bounded length, without NUL and lone surrogates."""
    if len(text) > longest:
        text = text[: longest - 1] + "\N{HORIZONTAL ELLIPSIS}"
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def storable_name(text: str) -> str:
    """What a client named, fit for an index and for one line of a log."""
    text = storable(text, LONGEST_NAME)
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else "\ufffd" for mark in text)


def uuid7() -> UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of Unix milliseconds, then randomness, so ids sort by time."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | random
    value = value & ~(0xF << 76) | 7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)
