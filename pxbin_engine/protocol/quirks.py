"""How upstreams deviate from their dialect, as data: one frozen value for an upstream and a model."""

from typing import Literal

from msgspec import Struct

from pxbin_engine.protocol.request import Effort


class Quirks(Struct, frozen=True, kw_only=True, gc=False):
    """What an encoder and a decoder must know of one upstream and one model; the defaults suit an unknown one."""

    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """The request field that bounds the output; OpenAI's reasoning models refuse ``max_tokens``."""

    max_output_tokens: int | None = None
    """The most that the model can write; a larger wish is clamped. None: not known, sent as wished."""

    sampling: bool = True
    """Whether ``temperature`` and ``top_p`` may be sent; OpenAI's reasoning models refuse all but the default."""

    top_k: bool = False
    """Whether ``top_k`` is taken."""

    max_stop_sequences: int = 4
    """How many ``stop`` strings fit."""

    parallel_tool_calls: bool = True
    """Whether ``parallel_tool_calls`` may be sent."""

    stream_options: bool = True
    """Whether ``stream_options.include_usage`` may be sent (else usage comes unasked, or not at all)."""

    efforts: tuple[Effort, ...] = ()
    """The values of ``reasoning_effort`` that the model takes, weakest first; empty: the field is never sent."""

    thinking_switch: bool = False
    """Whether ``thinking: {"type": "enabled" | "disabled"}`` switches thinking."""

    reasoning_replay: Literal["reasoning_content", "reasoning"] | None = None
    """The message field in which the upstream wants earlier thinking back; None: it is left out."""

    think_tags: bool = False
    """Whether the model writes its thinking into the text, between ``<think>`` and ``</think>``."""

    text_only: bool = False
    """Whether the model refuses images; they become a visible placeholder."""

    documents: bool = False
    """Whether documents may be sent as ``file`` parts; else they become a visible placeholder."""

    cache_control: bool = False
    """Whether Anthropic's ``cache_control`` marks are taken on text parts."""

    prompt_cache_key: bool = False
    """Whether ``prompt_cache_key`` is taken."""

    service_tier: bool = False
    """Whether ``service_tier`` is taken."""

    user: bool = True
    """Whether ``user`` is taken."""

    system_anywhere: bool = True
    """Whether a ``system`` message may stand after the first turn; else it becomes a marked ``user`` message."""

    nine_character_call_ids: bool = False
    """Whether a call's id must be nine letters and digits (Mistral)."""

    dropped_schema_keywords: tuple[str, ...] = ()
    """JSON Schema keywords that the upstream refuses in a tool's parameters; none until a 400 named one."""

    lenient_end: bool = False
    """Whether a stream that just ends, without a finish, counts as complete."""


DEFAULT_QUIRKS = Quirks()
