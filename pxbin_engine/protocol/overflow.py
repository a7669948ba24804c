"""How upstreams say that a prompt is too long: their phrasings as data, and the counts that they leave out."""

import re
from collections.abc import Callable

from msgspec import Struct, structs

from pxbin_engine.protocol.error import ApiError


class Overflow(Struct, frozen=True, gc=False):
    """A request that did not fit, as far as the upstream says how.

    Attributes:
        tokens: how many were asked for, those of the answer included where they were counted in.
        maximum: how many fit.
        output: how many of ``tokens`` were the answer's, where the prompt alone would have fitted: then a shorter answer
            is the way out, not a shorter prompt.
    """

    tokens: int | None = None
    maximum: int | None = None
    output: int | None = None


CODES = frozenset(
    {
        "context_length_exceeded",  # OpenAI, Azure, Groq, DeepSeek
        "exceed_context_size_error",  # llama.cpp
        "model_context_window_exceeded",  # Anthropic's stop reason, used as a code by gateways
        "context_window_exceeded",  # gateways
        "OutofContextError",  # Volcengine Ark
        "1261",  # Z.ai
    }
)
"""Error codes and types that mean an overflow whatever the text says."""

_N = r"\d[\d,]*"

PHRASINGS: tuple[str, ...] = (
    # Anthropic, and pxbin's own words
    rf"prompt is too long: (?P<tokens>{_N}) tokens > (?P<maximum>{_N})",
    # Fireworks
    rf"prompt is too long: (?P<tokens>{_N}), model maximum context length: (?P<maximum>{_N})",
    # Anthropic, Bedrock
    (
        r"input length and `?max_tokens`? exceed context limit"
        rf"(?:: (?P<tokens>{_N}) \+ (?P<output>{_N}) > (?P<maximum>{_N}))?"
    ),
    # vLLM, where max_tokens alone does not fit beside the prompt
    (
        rf"is too large: (?P<output>{_N})\. this model's maximum context length is (?P<maximum>{_N}) tokens"
        rf" and your request has (?P<tokens>{_N}) input tokens"
    ),
    # vLLM, where the prompt leaves less than nothing for the answer
    rf"max_tokens must be at least 1, got -{_N}",
    # vLLM from 0.11 on
    (
        rf"maximum context length is (?P<maximum>{_N}) tokens\. however, you requested (?P<output>{_N}) output tokens"
        rf" and your prompt contains at least (?P<tokens>{_N}) input tokens"
    ),
    # OpenAI, Azure, DeepSeek, OpenRouter ("this endpoint's", "about"), vLLM ("your request has"), SGLang ("a total of")
    (
        rf"maximum context length (?:is|of) (?P<maximum>{_N}) tokens"
        rf"(?:.{{0,200}}?(?:resulted in|requested(?: about| a total of)?|your request has) (?P<total>{_N})"
        rf"(?:(?: tokens)?\W{{1,3}}(?P<tokens>{_N}) (?:tokens )?(?:in|of|from) [^\d]{{1,40}}?(?P<output>{_N})"
        r" (?:tokens )?(?:in|for|of) (?:the |your )?(?:completion|output))?)?"
    ),
    # OpenAI's GPT-5
    (
        rf"input tokens exceed the configured limit(?: of (?P<maximum>{_N}) tokens)?"
        rf"(?:\. your messages resulted in (?P<tokens>{_N}) tokens)?"
    ),
    # vLLM, the raw engine
    rf"prompt \(length (?P<tokens>{_N})\) is longer than the maximum model length of (?P<maximum>{_N})",
    # llama.cpp, newer and older
    rf"request \((?P<tokens>{_N}) tokens\) exceeds the available context size \((?P<maximum>{_N}) tokens\)",
    r"exceeds the available context size",
    # Gemini
    (
        rf"input token count(?: \(?(?P<tokens>{_N})\)?)? exceeds the maximum number of tokens allowed"
        rf"(?: \(?(?P<maximum>{_N})\)?)?"
    ),
    # Vertex AI
    rf"input token count is (?P<tokens>{_N}) but (?:the )?model only supports up to (?P<maximum>{_N})",
    # xAI
    rf"maximum prompt length is (?P<maximum>{_N}) but the request contains (?P<tokens>{_N}) tokens",
    # Cerebras
    rf"current length is (?P<tokens>{_N}) while limit is (?P<maximum>{_N})",
    # several OpenAI-compatible servers
    (
        rf"input length \(?(?P<tokens>{_N})\)? exceeds (?:the )?(?:model's )?maximum (?:context|allowed input) length"
        rf"(?: of)? \(?(?P<maximum>{_N})"
    ),
    # Together, SGLang
    (
        rf"input \((?P<tokens>{_N}) tokens\) is longer than the model's context length"
        rf" \((?P<maximum>{_N}) tokens\)"
    ),
    rf"longer than the model's context length(?: of (?P<maximum>{_N}))?",
    # text-generation-inference
    (
        rf"`inputs` tokens \+ `max_new_tokens` must be <= (?P<maximum>{_N})\."
        rf" given: (?P<tokens>{_N}) `inputs` tokens and (?P<output>{_N})"
    ),
    # TensorRT-LLM
    rf"prompt length \((?P<tokens>{_N})\).{{0,120}}?should not exceed max_num_tokens \((?P<maximum>{_N})\)",
    # GitHub Copilot
    rf"prompt token count of (?P<tokens>{_N}) exceeds the limit of (?P<maximum>{_N})",
    # Moonshot
    rf"exceeded model token limit: (?P<maximum>{_N})(?: \(requested: (?P<tokens>{_N})\))?",
    # Mistral
    (
        rf"prompt contains (?P<tokens>{_N}) tokens.{{0,80}}?too large for model with (?P<maximum>{_N})"
        r" maximum context length"
    ),
    # Cohere
    rf"tokens in the prompt cannot exceed (?P<maximum>{_N}) - received (?P<tokens>{_N})",
    rf"too many tokens: size limit exceeded.{{0,120}}?limit for this model is (?P<maximum>{_N}) tokens",
    # LM Studio
    (
        r"tokens to keep from the initial prompt is greater than the context length"
        rf"(?: \(n_keep: (?P<tokens>{_N}) ?>= ?n_ctx: (?P<maximum>{_N}))?"
    ),
    rf"keep the first (?P<tokens>{_N}) tokens when .{{0,120}}?context length of only (?P<maximum>{_N}) tokens",
    # Ollama
    r"exceeded max context length",
    r"input length exceeds the context length",
    # Bedrock
    r"input is too long",
    r"number of input tokens exceeds maximum length",
    # OpenAI Responses
    r"exceeds the context window",
    # MiniMax
    r"context window exceeds limit",
    # Volcengine Ark
    r"total tokens of image and text exceed max message tokens",
    # DashScope
    rf"range of input length should be \[\d+, (?P<maximum>{_N})\]",
    # Z.ai
    r"prompt exceeds max length",
    # Groq
    r"reduce the length of the (?:messages|input|prompt)",
    # whoever says no more
    r"exceeds the model's maximum context length",
    r"prompt is too long",
)
"""Regular expressions, tried in this order on the lower-cased text.

``tokens`` are the prompt's, ``output`` the answer's, ``total`` both.
"""

LONGEST_TEXT = 20_000
"""Characters of a text that are looked at; the bound keeps a hostile upstream from costing time."""

_patterns = tuple(re.compile(phrasing, re.DOTALL) for phrasing in PHRASINGS)


def find_overflow(message: str, code: str | None = None) -> Overflow | None:
    """The overflow that an error's text or code tells of; None where it tells of something else."""
    text = message[:LONGEST_TEXT].lower()
    for pattern in _patterns:
        if found := pattern.search(text):
            return _overflow(found.groupdict())
    return Overflow() if code in CODES else None


def with_counts(error: ApiError, *, window: int | None, count: Callable[[], int]) -> ApiError:
    """An overflow with the numbers that its upstream left out, so that clients can tell how much must go.

    Args:
        window: of the model, where it is known.
        count: the tokens of the prompt, as estimated; called only where they are missing.
    """
    if error.kind != "context_overflow":
        return error
    maximum = error.maximum or window
    if maximum is None or error.tokens is not None:
        return structs.replace(error, maximum=maximum)
    # What was refused as too long was too long, whatever the estimate says.
    return structs.replace(error, maximum=maximum, tokens=max(count(), maximum + 1))


def _overflow(groups: dict[str, str | None]) -> Overflow:
    count = {name: int(digits.replace(",", "")) for name, digits in groups.items() if digits}
    prompt, output, maximum = count.get("tokens"), count.get("output", 0), count.get("maximum")
    tokens = count.get("total", None if prompt is None else prompt + output)
    fits = prompt is not None and maximum is not None and prompt <= maximum
    return Overflow(tokens, maximum, output if output and fits else None)
