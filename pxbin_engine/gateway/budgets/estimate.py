"""What a request will probably cost, by what the answers of its model cost before; pure.

1. The prompt: its estimated tokens at the price of input, times what such a prompt really cost (a cached one a tenth).
2. The answer: the tokens that answers of this model had. Both are a running mean with its deviation added, so that most
   requests cost less than what is reserved for them.
3. Until a model has been seen ``ENOUGH`` times, the prompt is taken at its dearest, and the answer as long as the client
   allows, ``LONGEST_GUESS`` tokens at most.
"""

import math
from decimal import Decimal

from msgspec import Struct, field

from pxbin_engine.records import ModelPrice, ModelRecord, RequestRecord

ENOUGH = 8
LONGEST_GUESS = 4096
_MEMORY = 32
"""Requests; what lies further back is forgotten."""
_MOST_MODELS = 500
_MILLION = 1_000_000


class _Running(Struct):
    """A mean and a variance that forget."""

    count: int = 0
    mean: float = 0.0
    variance: float = 0.0

    def add(self, value: float) -> None:
        self.count += 1
        weight = 1 / min(self.count, _MEMORY)
        difference = value - self.mean
        self.mean += weight * difference
        self.variance = (1 - weight) * (self.variance + weight * difference * difference)

    @property
    def likely(self) -> float:
        return self.mean + math.sqrt(self.variance)


class _Seen(Struct):
    prompt: _Running = field(default_factory=_Running)
    """What a prompt cost, over what its estimated tokens cost as input."""
    answer: _Running = field(default_factory=_Running)
    """Tokens."""


class CostEstimator:
    """What each model's requests cost, the one asked last at the end."""

    def __init__(self) -> None:
        self._models: dict[str, _Seen] = {}

    def estimate(
        self, model: ModelRecord, prompt_tokens: int, most_output: int | None
    ) -> Decimal | None:
        """US dollars; None where the price is unknown. ``most_output``: what the client allows, where it says so."""
        price = model.price
        if price.input is None or price.output is None:
            return None
        seen = self._models.get(model.name)
        if seen is None or seen.answer.count < ENOUGH:
            factor, answer = (
                _dearest(price),
                float(min(most_output or LONGEST_GUESS, LONGEST_GUESS)),
            )
        else:
            factor, answer = seen.prompt.likely, seen.answer.likely
            answer = min(answer, most_output or math.inf)
        dollars = (
            prompt_tokens * factor * float(price.input) + answer * float(price.output)
        ) / _MILLION
        return Decimal(f"{dollars:.9f}")

    def learn(self, record: RequestRecord, prompt_tokens: int, price: ModelPrice) -> None:
        """Take in what a request cost that had ``prompt_tokens`` by estimate; one without an answer teaches nothing."""
        if record.outcome != "ok" or not record.output_tokens or record.cost is None:
            return
        seen = self._models.pop(record.model, None) or _Seen()
        self._models[record.model] = seen
        if len(self._models) > _MOST_MODELS:
            del self._models[next(iter(self._models))]
        seen.answer.add(record.output_tokens)
        as_input = prompt_tokens * float(price.input or 0) / _MILLION
        if as_input and record.cost_output is not None:
            seen.prompt.add(float(record.cost - record.cost_output) / as_input)


def _dearest(price: ModelPrice) -> float:
    """How much dearer than input a token of a prompt can be: written to a cache."""
    if not price.input or price.cache_write_5m is None:
        return 1.0
    return max(1.0, float(price.cache_write_5m / price.input))
