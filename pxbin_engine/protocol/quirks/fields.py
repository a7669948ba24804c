"""What an upstream may do otherwise than its dialect says: one frozen value for an upstream and a model."""

from typing import Literal

from msgspec import Struct

from pxbin_engine.protocol.request import Effort

AuthHeader = Literal["authorization", "x-api-key", "api-key", "x-goog-api-key"]
"""Where a key stands; ``authorization`` with ``Bearer``."""

ThinkingSwitch = Literal["thinking", "enable_thinking", "reasoning", "chat_template_kwargs"]
"""How thinking is asked for beside ``reasoning_effort``:

``thinking``: ``{"type": "enabled" | "disabled"}`` (DeepSeek, Moonshot, Z.ai); ``enable_thinking``: a boolean, with
``thinking_budget`` in tokens (Qwen); ``reasoning``: ``{"effort"}``, ``{"max_tokens"}`` or ``{"enabled"}``, in place of
``reasoning_effort`` (OpenRouter); ``chat_template_kwargs``: ``{"enable_thinking": boolean}`` (vLLM, llama.cpp)."""


Tokenizer = Literal["llama.cpp", "vllm"]
"""Whose own calls count the tokens of a Chat Completion; ``gateway.tokenizing`` makes them."""


class Quirks(Struct, frozen=True, kw_only=True, gc=False):
    """What an encoder and a decoder must know of one upstream and one model; the defaults suit an unknown one."""

    auth_header: AuthHeader | None = None
    """The header that carries the key; None: the dialect's own."""

    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """The request field that bounds the output; OpenAI's reasoning models refuse ``max_tokens``."""

    max_output_tokens: int | None = None
    """The most that the model can write; a larger wish is clamped. None: not known, sent as wished."""

    sampling: bool = True
    """Whether ``temperature`` and ``top_p`` may be sent; OpenAI's reasoning models refuse all but the default."""

    highest_temperature: float = 2.0
    """A larger ``temperature`` becomes this."""

    penalties: bool = True
    """Whether ``presence_penalty`` and ``frequency_penalty`` may be sent."""

    top_k: bool = False
    """Whether ``top_k`` is taken."""

    seed_field: Literal["seed", "random_seed"] = "seed"
    """The request field of the seed; ``random_seed`` is Mistral's."""

    max_stop_sequences: int = 4
    """How many ``stop`` strings fit."""

    parallel_tool_calls: bool = True
    """Whether ``parallel_tool_calls`` may be sent."""

    forced_tools: bool = True
    """Whether the model can be made to call a tool, or a certain one; else ``tool_choice`` is ``auto`` or ``none``."""

    strict_tools: bool = True
    """Whether a function may be marked ``strict``."""

    stream_options: bool = True
    """Whether ``stream_options.include_usage`` may be sent (else usage comes unasked, or not at all)."""

    efforts: tuple[Effort, ...] = ()
    """The values of ``reasoning_effort`` that the model takes, weakest first; empty: the field is never sent."""

    thinking_switch: ThinkingSwitch | None = None
    """How thinking is switched; None: by ``efforts`` at most."""

    reasoning_replay: Literal["reasoning_content", "reasoning"] | None = None
    """The message field in which the upstream wants earlier thinking back; None: it is left out."""

    replays_thinking: bool = True
    """Whether earlier thinking goes back to its own vendor; not in the attempt after a signature of it was refused."""

    signs_calls: bool = False
    """Whether each call of the history needs a ``thought_signature`` (Gemini 3)."""

    think_tags: bool = False
    """Whether the model writes its thinking into the text, between ``<think>`` and ``</think>``."""

    text_only: bool = False
    """Whether the model refuses images; they become a visible placeholder."""

    documents: bool = False
    """Whether documents may be sent as ``file`` parts; else they become a visible placeholder."""

    web_search: Literal["options", "server_tool"] | None = None
    """How the upstream is told to search the web by itself: ``web_search_options`` (OpenAI's search models), or OpenRouter's tool
    ``openrouter:web_search``; None: it cannot."""

    server_tools: bool = True
    """Whether it runs the tools that its dialect's own vendor runs (the search of the web), and does not only speak the dialect."""

    cache_control: bool = False
    """Whether Anthropic's ``cache_control`` marks are taken on text parts."""

    prompt_cache_key: bool = False
    """Whether ``prompt_cache_key`` is taken."""

    service_tier: bool = False
    """Whether ``service_tier`` is taken."""

    user: bool = True
    """Whether ``user`` is taken."""

    system_role: bool = True
    """Whether there are ``system`` messages at all; else their text stands in the user's, marked."""

    system_anywhere: bool = True
    """Whether a ``system`` message may stand after the first turn; else it becomes a marked ``user`` message."""

    user_after_tool: bool = True
    """Whether a ``user`` message may follow a ``tool`` message; else an empty turn of the model stands between."""

    nine_character_call_ids: bool = False
    """Whether a call's id must be nine letters and digits (Mistral)."""

    dropped_schema_keywords: tuple[str, ...] = ()
    """JSON Schema keywords that the upstream refuses in a tool's parameters; none until a 400 named one."""

    dropped_fields: tuple[str, ...] = ()
    """Fields of the body that the upstream refuses, with dots where they are nested (``reasoning.effort``)."""

    tokenizer: Tokenizer | None = None
    """How the server counts a prompt with its tokenizer, for nothing; None: there is no such call, or none is known."""

    lenient_end: bool = False
    """Whether a stream that just ends, without a finish, counts as complete."""


DEFAULT_QUIRKS = Quirks()
