"""KeyPool: which of an upstream's keys a request uses, and which of them rest; pure, the clock is passed in.

The rules:

1. An only key never rests: its refusal is a failure like any other.
2. Of several, a conversation keeps to one, for prompt caches belong to the account behind a key: rendezvous hashing, so
   that a key that comes, goes or rests moves its own share of the conversations and no other. Requests that belong to
   none take turns.
3. A key that was refused (401, 402, 403, an account without money, 429) rests for as long as the upstream says, else for
   ``rest_seconds``; twice as long each time it is refused again right afterwards. An answer to it ends that.
4. A key that cannot be read is passed over; where none can be read, its error is what there is to tell.
5. Where all rest, the upstream is left alone until the first of them may be used again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Literal
from uuid import UUID

from msgspec import Struct

from pxbin_engine.errors import SecretError
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.records import UpstreamKeyRecord, UpstreamRecord

SHORTEST_REST = 1.0
"""Seconds: an upstream may say 0, and would be asked without end."""

LONGEST_REST = 3600.0
"""Seconds to which a rest grows; one that the upstream asks for may be a day."""

_LONGEST_ASKED = 86_400.0
_REMEMBERED = 3600.0
"""Seconds after a rest in which another refusal makes the next one longer."""

KeyState = Literal["ready", "resting", "key_unreadable"]


class UpstreamKey(Struct, frozen=True, kw_only=True):
    """One key as requests use it.

    Attributes:
        secret: None where the upstream needs none, or where it cannot be read.
        label: how attempts name it; empty for an only key.
        error: why it cannot be read.
        version: when it was last changed; a changed key does not rest.
    """

    id: UUID
    secret: str | None = None
    label: str = ""
    error: str | None = None
    version: datetime | None = None

    def __repr__(self) -> str:
        return f"UpstreamKey({self.id} {self.label!r})"


def keys_of(
    upstream: UpstreamRecord, secrets: Mapping[UUID, "str | SecretError"]
) -> tuple[UpstreamKey, ...]:
    """The keys that requests to ``upstream`` may use, at least one; ``secrets`` holds what each of them is, by its id."""
    if not upstream.keys:
        return (UpstreamKey(id=upstream.id),)
    used = [key for key in upstream.keys if key.is_active]
    if not used:
        return (UpstreamKey(id=upstream.id, error="all its keys are switched off."),)
    several = len(used) > 1
    return tuple(
        _key(key, secrets.get(key.id), label=key.label or f"key {number}" if several else "")
        for number, key in enumerate(used, start=1)
    )


def _key(
    record: UpstreamKeyRecord, secret: "str | SecretError | None", *, label: str
) -> UpstreamKey:
    error = secret.message if isinstance(secret, SecretError) else None
    return UpstreamKey(
        id=record.id,
        secret=secret if isinstance(secret, str) else None,
        label=label,
        error="it has not been read yet." if secret is None else error,
        version=record.updated_at,
    )


class _Rest(Struct):
    until: float
    times: int
    error: ApiError
    version: datetime | None


class KeyPool:
    """The keys of all upstreams that were refused a moment ago; see the rules above."""

    def __init__(self, rest_seconds: float) -> None:
        self._rest_seconds = rest_seconds
        self._rests: dict[UUID, _Rest] = {}
        self._turns: dict[UUID, int] = {}

    def choose(self, keys: Sequence[UpstreamKey], session: str, now: float) -> UpstreamKey | None:
        """The key to use; None where all of several rest. One with an ``error`` only where none can be read.

        Args:
            session: what keeps the requests of one conversation together; may be empty.
        """
        if len(keys) == 1:
            return keys[0]
        usable = usable_of(keys)
        if len(usable) < 2:
            return usable[0] if usable else keys[0]
        ready = [key for key in usable if not self.is_resting(key, now)]
        if not ready:
            return None
        if session:
            return max(ready, key=lambda key: _draw(session, key))
        return self._next_in_turn(usable, ready)

    def rest(self, key: UpstreamKey, error: ApiError, now: float) -> float:
        """The key was refused with ``error``; the seconds for which it rests."""
        self._forget_old(now)
        known = self._rests.get(key.id)
        if known is None or known.version != key.version:
            known = self._rests[key.id] = _Rest(now, 0, error, key.version)
        if (
            known.times == 0 or now >= known.until
        ):  # else a request that was under way: no new refusal
            known.times += 1
        known.error = error
        known.until = max(known.until, now + self._seconds(error, known.times))
        return known.until - now

    def worked(self, key: UpstreamKey, now: float) -> None:
        """The key was taken: its next rest begins short again."""
        if self._rests and not self.is_resting(key, now):
            self._rests.pop(key.id, None)

    def is_resting(self, key: UpstreamKey, now: float) -> bool:
        """Whether it is left alone."""
        rest = self._rests.get(key.id)
        return rest is not None and rest.version == key.version and now < rest.until

    def resting(self, keys: Sequence[UpstreamKey], now: float) -> tuple[UUID, ...]:
        """Those of ``keys`` that rest, by id."""
        return tuple(key.id for key in keys if self.is_resting(key, now))

    def first_free(self, keys: Sequence[UpstreamKey], now: float) -> tuple[float, ApiError]:
        """Of keys that all rest: the seconds until the first may be used, and what the upstream said to it.

        A key that was asked to slow down is spoken of before one that is not accepted at all.
        """
        rests = [self._rests[key.id] for key in usable_of(keys)]
        first = min(rests, key=lambda rest: (rest.error.kind != "rate_limit", rest.until))
        return max(0.0, min(rest.until for rest in rests) - now), first.error

    def state(self, keys: Sequence[UpstreamKey], now: float) -> KeyState:
        """Whether a request could be sent with any of ``keys``."""
        usable = usable_of(keys)
        if not usable:
            return "key_unreadable"
        rests = len(usable) > 1 and all(self.is_resting(key, now) for key in usable)
        return "resting" if rests else "ready"

    def _seconds(self, error: ApiError, times: int) -> float:
        if error.retry_after is not None:
            return min(max(error.retry_after, SHORTEST_REST), _LONGEST_ASKED)
        grown = self._rest_seconds * 2.0 ** min(times - 1, 20)
        return max(SHORTEST_REST, min(grown, LONGEST_REST))

    def _next_in_turn(
        self, usable: Sequence[UpstreamKey], ready: Sequence[UpstreamKey]
    ) -> UpstreamKey:
        turn = self._turns.get(usable[0].id, 0)
        self._turns[usable[0].id] = turn + 1
        return ready[turn % len(ready)]

    def _forget_old(self, now: float) -> None:
        for key_id in [k for k, rest in self._rests.items() if now > rest.until + _REMEMBERED]:
            del self._rests[key_id]


def usable_of(keys: Iterable[UpstreamKey]) -> list[UpstreamKey]:
    """Those that can be read."""
    return [key for key in keys if key.error is None]


def _draw(session: str, key: UpstreamKey) -> bytes:
    named = session.encode("utf-8", "surrogatepass")
    return blake2b(named, digest_size=8, key=key.id.bytes).digest()
