"""How upstreams deviate from their dialect, as data: one frozen value for an upstream and a model."""

import re
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct, structs

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

    replays_thinking: bool = True
    """Whether earlier thinking goes back to an Anthropic upstream; not in the attempt after it refused a signature."""

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

_LOW_TO_HIGH: tuple[Effort, ...] = ("low", "medium", "high")
_EVERY_EFFORT: tuple[Effort, ...] = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_THINKS_BACK = Quirks(thinking_switch=True, reasoning_replay="reasoning_content")


def _reasoning_model(*efforts: Effort) -> Quirks:
    return Quirks(max_tokens_field="max_completion_tokens", sampling=False, efforts=efforts)


_HOST_RULES: tuple[tuple[str, str, Quirks], ...] = (
    # openrouter.ai/docs: "Reasoning Tokens" (any effort, `reasoning` back), "Prompt Caching", "PDF Inputs"; it leaves
    # out by itself what a model does not take.
    (
        "openrouter.ai",
        "",
        Quirks(
            top_k=True,
            efforts=_EVERY_EFFORT,
            reasoning_replay="reasoning",
            documents=True,
            cache_control=True,
        ),
    ),
    # api-docs.deepseek.com/guides/thinking_mode; pictures: "unknown variant `image_url`, expected `text`".
    (
        "api.deepseek.com",
        "",
        structs.replace(_THINKS_BACK, efforts=(*_LOW_TO_HIGH, "xhigh", "max"), text_only=True),
    ),
    # platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model
    ("api.moonshot.ai", "", _THINKS_BACK),
    ("api.moonshot.cn", "", _THINKS_BACK),
    # docs.z.ai/guides/capabilities/thinking-mode
    ("api.z.ai", "", _THINKS_BACK),
    ("open.bigmodel.cn", "", _THINKS_BACK),
    # console.groq.com/docs/reasoning: only gpt-oss knows levels.
    ("api.groq.com", r"gpt-oss", Quirks(efforts=_LOW_TO_HIGH)),
    ("api.groq.com", "", DEFAULT_QUIRKS),
    # Refusals: "extra_forbidden" for stream_options and others; "Tool call id ... must be a-z, A-Z, 0-9, with a length of 9".
    (
        "api.mistral.ai",
        "",
        Quirks(stream_options=False, user=False, nine_character_call_ids=True),
    ),
    # docs.x.ai, "Reasoning": which models know levels; reasoning models refuse `stop`.
    ("api.x.ai", r"grok-3-mini", Quirks(efforts=("low", "high"), max_stop_sequences=0)),
    ("api.x.ai", r"grok-4\.3", Quirks(efforts=("none", *_LOW_TO_HIGH), max_stop_sequences=0)),
    ("api.x.ai", r"grok-(?:4|code|build)", Quirks(max_stop_sequences=0)),
    ("api.x.ai", "", DEFAULT_QUIRKS),
    # ai.google.dev/gemini-api/docs/openai; unknown fields are refused ("Unknown name ...: Cannot find field").
    (
        "generativelanguage.googleapis.com",
        "",
        Quirks(efforts=_LOW_TO_HIGH, user=False),
    ),
)
"""Host (or a domain above it), pattern of the model's name, quirks; the first that fits counts."""

_MODEL_RULES: tuple[tuple[str, Quirks], ...] = (
    # A chat model under a reasoning model's name: temperature is taken, a level of reasoning is not.
    (r"gpt-5[\d.]*-chat", Quirks(max_tokens_field="max_completion_tokens")),
    (r"gpt-5(?:\.\d)?-pro", _reasoning_model("high")),
    # "'minimal' is not supported with the 'gpt-5.1' model. Supported values are: 'none', 'low', 'medium', and 'high'."
    (r"gpt-5\.1-codex-max", _reasoning_model("none", *_LOW_TO_HIGH, "xhigh")),
    (r"gpt-5\.1", _reasoning_model("none", *_LOW_TO_HIGH)),
    (r"gpt-5\.\d", _reasoning_model("none", *_LOW_TO_HIGH, "xhigh")),
    (r"gpt-5", _reasoning_model("minimal", *_LOW_TO_HIGH)),
    # "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    (r"o1-(?:mini|preview)", _reasoning_model()),
    (r"o[134](?:-|$)", _reasoning_model(*_LOW_TO_HIGH)),
)
"""OpenAI's models, wherever a host without rules of its own (Azure, a gateway) serves them."""


@lru_cache(maxsize=1024)
def quirks_for(base_url: str, model: str) -> Quirks:
    """The quirks of an upstream (by its address) and of a model (by its name there, with or without a vendor's prefix)."""
    host = urlsplit(base_url).hostname or ""
    name = model.rsplit("/", 1)[-1].lower()
    for domain, pattern, quirks in _HOST_RULES:
        if (host == domain or host.endswith(f".{domain}")) and re.match(pattern, name):
            return quirks
    quirks = next(
        (rule for pattern, rule in _MODEL_RULES if re.match(pattern, name)), DEFAULT_QUIRKS
    )
    if host == "api.openai.com":
        return structs.replace(quirks, documents=True, prompt_cache_key=True, service_tier=True)
    return quirks
