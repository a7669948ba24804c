"""What to do after an attempt failed: try again, try the next target, or give up; pure.

1. After the first useful byte went out there is nothing to decide: the stream ends with an error.
2. The request's own fault (400, 413, 422 ...) is final: every target would say the same. Some can be mended: where the
   refusal teaches how this target wants to be asked, it is asked so once more.
3. What belongs to this upstream alone (its key, its bill, a model it does not have, a key that cannot be read) is
   not worth a repetition; the next target may do better.
4. What may pass (429, 5xx, a connection that failed or broke, silence, an answer that is no answer) is repeated after
   a pause that doubles each time, up to ``max_attempts`` for one target; then the next target's turn comes.
5. A ``retry-after`` is honoured where it is short; where it is long, the next target's turn comes at once, and where
   there is none, the client is told how long.
6. A refusal that is about one of several keys is repeated at once with another, which counts for no attempt. Where they
   all rest, the shortest wait is what the upstream asks for.
7. Where another target is left, no pause is made for keys that rest, nor for an upstream that was silent: it had its time.
8. Nothing is repeated once the request is ``max_seconds`` old; another target may still be tried.
"""

import math
from typing import Literal

from msgspec import Struct

from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.lessons import Lesson

FailureKind = Literal[
    "answer",
    "unreachable",
    "timeout",
    "disconnected",
    "bad_answer",
    "misconfigured",
    "circuit_open",
    "keys_resting",
    "over_budget",
    "unknown_reference",
]
"""``answer``: the upstream answered with an error. ``bad_answer``: with a success that is not what was asked for.
``misconfigured``, ``circuit_open``, ``keys_resting``, ``over_budget``, ``unknown_reference`` (to what this target cannot be
told): nothing was sent."""

Scope = Literal["request", "upstream", "passing"]
"""Whose fault a failure is: the request's, this upstream's alone, or nobody's for long."""

LONGEST_PAUSE = 5.0
"""Seconds: a client that is made to wait longer is better told."""

_PASSING_STATUSES = frozenset({408, 409, 425, 429})
_UPSTREAMS_OWN_STATUSES = frozenset({401, 402, 403, 404, 405, 410, 501})
_UPSTREAMS_OWN_KINDS = frozenset({"authentication", "permission", "billing"})
"""Google says 400 to a key that it does not know, and 429 to an account without money."""

_KEYS_OWN_STATUSES = frozenset({401, 402, 403, 429})
_NOT_SENT = frozenset(
    {"misconfigured", "circuit_open", "keys_resting", "over_budget", "unknown_reference"}
)


class Failure(Struct, frozen=True):
    """How an attempt failed; ``error`` is what a client would be told, ``status`` is what the upstream said."""

    kind: FailureKind
    error: ApiError
    status: int | None = None

    @property
    def was_sent(self) -> bool:
        """Whether the upstream saw the request, or should have."""
        return self.kind not in _NOT_SENT

    @property
    def weight(self) -> int:
        """How much it is worth to the client, to whom one failure is told: what an upstream said more than that one was not
        even asked, and that more than that one could not be."""
        if self.was_sent:
            return 2
        return 0 if self.kind == "unknown_reference" else 1

    @property
    def counts_against_upstream(self) -> bool:
        """Whether the circuit breaker counts it (rule 4 of ``breaker``)."""
        if self.kind == "answer":
            return self.status is not None and self.status >= 500 and self.status != 501
        return self.was_sent

    @property
    def is_about_key(self) -> bool:
        """Whether another key of the same upstream may do better (rule 3 of ``key_pool``)."""
        if self.kind != "answer":
            return False
        return self.status in _KEYS_OWN_STATUSES or self.error.kind in _UPSTREAMS_OWN_KINDS

    @property
    def scope(self) -> Scope:
        """Whose fault it is."""
        if self.kind == "keys_resting" and self.error.kind == "rate_limit":
            return "passing"
        if not self.was_sent:
            return "upstream"
        if self.kind != "answer" or self.status is None:
            return "passing"
        if self.status in _UPSTREAMS_OWN_STATUSES or self.status < 400:
            return "upstream"
        if self.error.kind in _UPSTREAMS_OWN_KINDS:
            return "upstream"
        if self.status in _PASSING_STATUSES or self.status >= 500:
            return "passing"
        return "request"


class Retry(Struct, frozen=True):
    """The same target again, after ``delay`` seconds."""

    delay: float


class Relearned(Struct, frozen=True):
    """The same target again at once, asked in the way that its refusal taught."""

    lesson: Lesson


class OtherKey(Struct, frozen=True):
    """The same target again at once, with another of its keys."""


class NextTarget(Struct, frozen=True):
    """The next target, at once."""


class GiveUp(Struct, frozen=True):
    """The client is told."""


Step = Retry | Relearned | OtherKey | NextTarget | GiveUp


class RetryPolicy(Struct, frozen=True):
    """``max_attempts`` for one target; ``base_delay`` in seconds before the second; none later than ``max_seconds``."""

    max_attempts: int
    base_delay: float
    max_seconds: float = math.inf


def next_step(
    failure: Failure,
    policy: RetryPolicy,
    *,
    attempts: int,
    targets_left: int,
    jitter: float,
    elapsed: float = 0.0,
    lesson: Lesson | None = None,
    other_key: bool = False,
) -> Step:
    """Decide by the rules above.

    Args:
        failure: how the latest attempt failed; nothing useful had gone out.
        attempts: how many attempts at this target were made.
        targets_left: how many targets come after this one.
        jitter: 0 to 1; spreads the repetitions of many clients.
        elapsed: seconds since the request arrived.
        lesson: what the failure teaches about this target, where it may still be taken.
        other_key: whether the failure is about a key and another one is ready.
    """
    if lesson is not None:
        return Relearned(lesson)
    if other_key:
        return OtherKey()
    if failure.scope == "request":
        return GiveUp()
    onward: Step = NextTarget() if targets_left else GiveUp()
    if failure.scope == "upstream" or attempts >= policy.max_attempts:
        return onward
    if targets_left and failure.kind in {"timeout", "keys_resting"}:
        return onward
    backoff = policy.base_delay * 2.0 ** (attempts - 1) * (0.5 + jitter)
    delay = max(backoff, failure.error.retry_after or 0.0)
    fits = delay <= LONGEST_PAUSE and elapsed + delay <= policy.max_seconds
    return Retry(delay) if fits else onward
