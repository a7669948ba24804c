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
"""

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
    "unknown_reference",
]
"""``answer``: the upstream answered with an error. ``bad_answer``: with a success that is not what was asked for.
``misconfigured``, ``circuit_open``, ``unknown_reference`` (to what this target cannot be told): nothing was sent."""

Scope = Literal["request", "upstream", "passing"]
"""Whose fault a failure is: the request's, this upstream's alone, or nobody's for long."""

LONGEST_PAUSE = 5.0
"""Seconds: a client that is made to wait longer is better told."""

_PASSING_STATUSES = frozenset({408, 409, 425, 429})
_UPSTREAMS_OWN_STATUSES = frozenset({401, 402, 403, 404, 405, 410, 501})
_UPSTREAMS_OWN_KINDS = frozenset({"authentication", "permission", "billing"})
"""Google says 400 to a key that it does not know, and 429 to an account without money."""


class Failure(Struct, frozen=True):
    """How an attempt failed; ``error`` is what a client would be told, ``status`` is what the upstream said."""

    kind: FailureKind
    error: ApiError
    status: int | None = None

    @property
    def was_sent(self) -> bool:
        """Whether the upstream saw the request, or should have."""
        return self.kind not in {"misconfigured", "circuit_open", "unknown_reference"}

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
    def scope(self) -> Scope:
        """Whose fault it is."""
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


class NextTarget(Struct, frozen=True):
    """The next target, at once."""


class GiveUp(Struct, frozen=True):
    """The client is told."""


Step = Retry | Relearned | NextTarget | GiveUp


class RetryPolicy(Struct, frozen=True):
    """``max_attempts`` for one target; ``base_delay`` in seconds before the second."""

    max_attempts: int
    base_delay: float


def next_step(
    failure: Failure,
    policy: RetryPolicy,
    *,
    attempts: int,
    targets_left: int,
    jitter: float,
    lesson: Lesson | None = None,
) -> Step:
    """Decide by the rules above.

    Args:
        failure: how the latest attempt failed; nothing useful had gone out.
        attempts: how many attempts at this target were made.
        targets_left: how many targets come after this one.
        jitter: 0 to 1; spreads the repetitions of many clients.
        lesson: what the failure teaches about this target, where it may still be taken.
    """
    if lesson is not None:
        return Relearned(lesson)
    if failure.scope == "request":
        return GiveUp()
    onward: Step = NextTarget() if targets_left else GiveUp()
    if failure.scope == "upstream" or attempts >= policy.max_attempts:
        return onward
    backoff = policy.base_delay * 2.0 ** (attempts - 1) * (0.5 + jitter)
    delay = max(backoff, failure.error.retry_after or 0.0)
    return Retry(delay) if delay <= LONGEST_PAUSE else onward
