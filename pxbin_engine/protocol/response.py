"""The canonical response: what was generated, why it stopped, what it used."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from msgspec import Struct, structs

from pxbin_engine.protocol.request import Extensions, Part, ToolCall
from pxbin_engine.records import ServiceTier

_SERVICE_TIERS: dict[str, ServiceTier] = {
    "batch": "batch",
    "fast": "fast",
    "flex": "flex",
    "priority": "priority",
}


def service_tier(said: object) -> ServiceTier:
    """The tier that an upstream says it served by; whatever has no price of its own anywhere is the standard one."""
    return _SERVICE_TIERS.get(said.lower(), "") if isinstance(said, str) else ""


class Usage(Struct, frozen=True, omit_defaults=True, gc=False):
    """Tokens of one response, in disjoint classes (their sum is what the model read and wrote).

    Attributes:
        input_tokens: read and not cached. OpenAI's ``prompt_tokens`` include the cached ones, Anthropic's
            ``input_tokens`` do not; here they never do.
        cache_read_tokens: read from the vendor's prompt cache.
        cache_write_5m_tokens: written to it for five minutes (also where the vendor does not say for how long).
        cache_write_1h_tokens: written to it for an hour.
        output_tokens: written, thinking included.
        reasoning_tokens: the part of ``output_tokens`` that was thinking; 0 where not said. Not a class of its own.
        input_audio_tokens: the part of ``input_tokens`` that was sound; this and the three that follow are no classes either.
        cache_read_audio_tokens: the part of ``cache_read_tokens`` that was sound.
        output_audio_tokens: the part of ``output_tokens`` that was sound.
        output_image_tokens: the part of ``output_tokens`` that was pictures.
        service_tier: as which the vendor sold it, where that has a price of its own; empty: the standard.
        web_searches: how often the vendor (or pxbin for it) searched the web; not tokens.
        estimated: the upstream reported nothing; pxbin counted.
    """

    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    input_audio_tokens: int = 0
    cache_read_audio_tokens: int = 0
    output_audio_tokens: int = 0
    output_image_tokens: int = 0
    web_searches: int = 0
    service_tier: ServiceTier = ""
    estimated: bool = False

    @property
    def cache_write_tokens(self) -> int:
        """Tokens written to the prompt cache, for however long."""
        return self.cache_write_5m_tokens + self.cache_write_1h_tokens

    @property
    def prompt_tokens(self) -> int:
        """All that the model read: uncached, cache reads and cache writes."""
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens


MOST_TOKENS = 2**53
"""What an upstream may claim of anything: no more than every JSON parser, and the database, can hold."""

COUNTS = tuple(
    name for name in Usage.__struct_fields__ if name not in ("service_tier", "estimated")
)
"""The fields of ``Usage`` that are numbers."""


def bounded(usage: Usage) -> Usage:
    """Counts as an upstream told them, none below zero or above ``MOST_TOKENS``."""
    told = {name: getattr(usage, name) for name in COUNTS}
    if min(told.values()) >= 0 and max(told.values()) <= MOST_TOKENS:
        return usage
    return structs.replace(
        usage, **{name: min(max(count, 0), MOST_TOKENS) for name, count in told.items()}
    )


StopKind = Literal[
    "end_turn", "max_tokens", "stop_sequence", "tool_use", "refusal", "pause_turn", "context_window"
]


class StopReason(Struct, frozen=True, omit_defaults=True):
    """Why the model stopped: ``unified`` for every dialect, ``raw`` as the upstream said it.

    ``sequence`` is the stop sequence that was met, where the upstream names it.
    """

    unified: StopKind
    raw: str | None = None
    sequence: str | None = None


def with_distinct_ids(parts: Iterable[Part], new_id: Callable[[], str]) -> Iterator[Part]:
    """The parts, with a new id for each call whose id an earlier one has: its result could not be told from the other's."""
    taken: set[str] = set()
    for part in parts:
        if not isinstance(part, ToolCall):
            yield part
            continue
        call = structs.replace(part, id=new_id()) if part.id in taken else part
        taken.add(call.id)
        yield call


class Response(Struct, frozen=True, omit_defaults=True):
    """A whole answer. ``model`` is the name that the upstream reported."""

    id: str
    model: str
    parts: tuple[Part, ...]
    stop: StopReason
    usage: Usage | None = None
    extensions: Extensions | None = None
