"""Calibration: what each model's true counts teach about the estimates for it.

The theory: the estimate of a request is a sum over kinds of content (``protocol.tally``), each times a weight that begins
at 1. Every true count of a prompt corrects the weights a little: a Kalman filter over five numbers, so that a kind of which
little is known (pictures, tool definitions) moves more than one that is known well, and one that makes up most of a
request more than one that hardly occurs.

The rules:

1. Nothing is computed for exchanges that teach nothing new: of each model the first ``FIRST`` teach, then one in ``RARELY``.
2. What was learned is bounded: in the number of models, and in how far a weight can go.
3. A count that no vocabulary could give (an upstream that counts wrongly) teaches nothing.
4. A weight that was learned long ago can still change: certainty never becomes complete.
"""

import math
from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from pxbin_engine.protocol.tally import Tally

MARGIN = 1.05
"""An estimate is a little high rather than low: a client that compacts early loses less than one that compacts too late."""

FIRST = 16
RARELY = 256
MOST_MODELS = 500

_UNCERTAIN = (0.04, 0.15, 0.15, 0.3, 1.0)
"""Variance of each kind's weight before anything was learned."""
_FORGOTTEN = 1 / 300
"""Share of that uncertainty which comes back with each exchange."""
_NOISE = 0.03
"""How far a request of its own kind strays from its model's weights, as a share of the true count."""
_LEAST, _MOST = 0.0, 6.0
"""How far a weight can go: a template may leave tools out, a small vocabulary cuts other scripts into bytes."""
_PLAUSIBLE = (0.05, 8.0)
"""How far a count can be from its estimate without weights."""

Place = tuple[UUID, str]
"""An upstream and the model's name there."""


class Weights(Struct):
    """What is known of one model.

    Attributes:
        weight: by kind of content, in the order of ``Tally.kinds``.
        covariance: of the weights.
        seen: exchanges that were offered.
    """

    weight: list[float]
    covariance: list[list[float]]
    seen: int = 0

    def estimate(self, kinds: Sequence[float]) -> float:
        """Tokens, not rounded."""
        return _dot(self.weight, kinds)

    def learn(self, kinds: Sequence[float], true: int) -> None:
        """Correct the weights by one true count."""
        spread = [_dot(row, kinds) for row in self.covariance]
        uncertainty = _dot(spread, kinds) + (_NOISE * true) ** 2
        error = true - self.estimate(kinds)
        for kind, covariances in enumerate(self.covariance):
            gain = spread[kind] / uncertainty
            self.weight[kind] = min(max(self.weight[kind] + gain * error, _LEAST), _MOST)
            for other, shared in enumerate(spread):
                covariances[other] -= gain * shared
            covariances[kind] += _FORGOTTEN * _UNCERTAIN[kind]


def _plausible(true: int, tally: Tally) -> bool:
    least, most = _PLAUSIBLE
    return least < true / max(1.0, sum(tally.kinds)) < most


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def _unknown() -> Weights:
    covariance = [
        [variance if kind == other else 0.0 for other in range(len(_UNCERTAIN))]
        for kind, variance in enumerate(_UNCERTAIN)
    ]
    return Weights([1.0] * len(_UNCERTAIN), covariance)


class Calibration:
    """The weights of every model that was asked, the one asked last at the end."""

    def __init__(self) -> None:
        self.changed = False
        """Whether anything was learned since ``dump``."""
        self._known: dict[Place, Weights] = {}

    def wants(self, place: Place) -> bool:
        """Whether the exchange that just ended there should teach; asked once for each."""
        weights = self._known.pop(place, None) or _unknown()
        self._known[place] = weights
        if len(self._known) > MOST_MODELS:
            del self._known[next(iter(self._known))]
        weights.seen += 1
        return weights.seen <= FIRST or weights.seen % RARELY == 0

    def learn(self, place: Place, tally: Tally, true: int) -> None:
        """``true``: the tokens of the prompt, as the upstream reported them."""
        if place in self._known and _plausible(true, tally):
            self._known[place].learn(tally.kinds, true)
            self.changed = True

    def estimate(self, place: Place, tally: Tally) -> int:
        """Tokens of a prompt, with the margin."""
        weights = self._known.get(place) or _unknown()
        return max(1, math.ceil(MARGIN * weights.estimate(tally.kinds)))

    def dump(self) -> bytes:
        """All that was learned, as JSON."""
        self.changed = False
        return msgspec.json.encode(
            [[upstream, model, weights] for (upstream, model), weights in self._known.items()]
        )

    def load(self, dumped: bytes) -> None:
        """What ``dump`` gave. Raises ``ValueError`` where it is anything else; then nothing is changed."""
        try:
            entries = msgspec.json.decode(dumped, type=list[tuple[UUID, str, Weights]])
        except msgspec.MsgspecError as error:
            raise ValueError(f"no calibration: {error}") from error
        kinds = len(_UNCERTAIN)
        self._known = {
            (upstream, model): weights
            for upstream, model, weights in entries[-MOST_MODELS:]
            if {kinds} == {len(weights.weight), *map(len, weights.covariance)}
            and len(weights.covariance) == kinds
        }
