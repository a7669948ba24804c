"""Affinity: in which order a session tries the targets of a model, the same on every engine and after a restart.

Targets of one priority are ranked by weighted rendezvous hashing: each target draws a number from the session and itself,
its weight bends the draw, and the highest goes first. A session stays where its prompt cache is as long as that target is
there; a target that comes or goes moves its own share of the sessions and no other. What follows in the same ranking is
where the session goes on failure. (Thaler and Ravishankar 1998; weighted as in draft-ietf-bess-weighted-hrw, with a
logarithm, which keeps shares exact.)
"""

import math
from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise

from pxbin_engine.gateway.routing import Target

_DRAWS = 2.0**64


def ranked(targets: Sequence[Target], session: str) -> tuple[Target, ...]:
    """``targets``, by priority and then as ``session`` draws them."""
    named = session.encode("utf-8", "surrogatepass")
    return tuple(sorted(targets, key=lambda target: (priority(target), -_draw(named, target))))


def shared(targets: Sequence[Target]) -> bool:
    """Whether any two of ``targets``, which are sorted, have one priority."""
    return any(priority(one) == priority(next_) for one, next_ in pairwise(targets))


def sharing(targets: Sequence[Target], *, by_session: bool) -> str:
    """Why the first of ``targets`` goes first, for a person; empty where no other shares its place."""
    sharers = sum(priority(target) == priority(targets[0]) for target in targets)
    if sharers < 2:
        return ""
    how = "session affinity" if by_session else "chance by weight"
    return f"{how}, {sharers} targets of priority {targets[0].priority}"


def priority(target: Target) -> tuple[int, int]:
    """The target's own, then its upstream's."""
    return target.priority, target.upstream.priority


def _draw(session: bytes, target: Target) -> float:
    """What ``target`` draws for ``session``; below 0, and the nearer to it the better."""
    model = target.upstream_model.encode("utf-8", "surrogatepass")
    hashed = blake2b(session + b"\0" + model, digest_size=8, key=target.upstream.id.bytes).digest()
    return math.log((int.from_bytes(hashed) + 0.5) / _DRAWS) / target.weight
