"""How upstreams say that a prompt is too long: their phrasings as data."""

import re

from msgspec import Struct


class Overflow(Struct, frozen=True, gc=False):
    """A prompt that did not fit: how many tokens were asked for and how many fit, where the upstream says."""

    tokens: int | None = None
    maximum: int | None = None


CODES = frozenset(
    {
        "context_length_exceeded",  # OpenAI, Azure, Groq, DeepSeek
        "exceed_context_size_error",  # llama.cpp
        "model_context_window_exceeded",  # Anthropic's stop reason, used as a code by gateways
        "1261",  # Z.ai
    }
)
"""Error codes and types that mean an overflow whatever the text says."""

PHRASINGS: tuple[str, ...] = (
    # Anthropic, and pxbin's own words
    r"prompt is too long(?:: (?P<tokens>[\d,]+) tokens > (?P<maximum>[\d,]+))?",
    # Anthropic, Bedrock
    (
        r"input length and `?max_tokens`? exceed context limit"
        r"(?:: (?P<tokens>[\d,]+) \+ (?P<output>[\d,]+) > (?P<maximum>[\d,]+))?"
    ),
    # vLLM, where max_tokens alone does not fit beside the prompt
    (
        r"is too large: (?P<output>[\d,]+)\. this model's maximum context length is (?P<maximum>[\d,]+) tokens"
        r" and your request has (?P<tokens>[\d,]+) input tokens"
    ),
    # OpenAI, Azure, DeepSeek, OpenRouter ("this endpoint's", "about"), vLLM ("your request has")
    (
        r"maximum context length (?:is|of) (?P<maximum>[\d,]+) tokens"
        r"(?:.*?(?:resulted in|requested(?: about| a total of)?|your request has) (?P<tokens>[\d,]+))?"
    ),
    # vLLM, the raw engine
    r"prompt \(length (?P<tokens>[\d,]+)\) is longer than the maximum model length of (?P<maximum>[\d,]+)",
    # llama.cpp, newer and older
    r"request \((?P<tokens>[\d,]+) tokens\) exceeds the available context size \((?P<maximum>[\d,]+) tokens\)",
    r"exceeds the available context size",
    # Gemini
    (
        r"input token count(?: \(?(?P<tokens>[\d,]+)\)?)? exceeds the maximum number of tokens allowed"
        r"(?: \(?(?P<maximum>[\d,]+)\)?)?"
    ),
    # xAI
    r"maximum prompt length is (?P<maximum>[\d,]+) but the request contains (?P<tokens>[\d,]+) tokens",
    # several OpenAI-compatible servers
    (
        r"input length \(?(?P<tokens>[\d,]+)\)? exceeds (?:the )?(?:model's )?maximum (?:context|allowed input) length"
        r"(?: of)? \(?(?P<maximum>[\d,]+)"
    ),
    # Together, SGLang
    r"input \((?P<tokens>[\d,]+) tokens\) is longer than the model's context length \((?P<maximum>[\d,]+) tokens\)",
    # text-generation-inference
    (
        r"`inputs` tokens \+ `max_new_tokens` must be <= (?P<maximum>[\d,]+)\."
        r" given: (?P<tokens>[\d,]+) `inputs` tokens and (?P<output>[\d,]+)"
    ),
    # GitHub Copilot
    r"prompt token count of (?P<tokens>[\d,]+) exceeds the limit of (?P<maximum>[\d,]+)",
    # Moonshot
    r"exceeded model token limit: (?P<maximum>[\d,]+)(?: \(requested: (?P<tokens>[\d,]+)\))?",
    # Mistral
    r"prompt contains (?P<tokens>[\d,]+) tokens.*?too large for model with (?P<maximum>[\d,]+) maximum context length",
    # LM Studio
    r"tokens to keep from the initial prompt is greater than the context length",
    r"keep the first (?P<tokens>[\d,]+) tokens when .*?context length of only (?P<maximum>[\d,]+) tokens",
    # Ollama
    r"exceeded max context length",
    r"input length exceeds the context length",
    # Bedrock
    r"input is too long",
    # OpenAI Responses
    r"exceeds the context window",
    # MiniMax
    r"context window exceeds limit",
    # DashScope
    r"range of input length should be \[\d+, (?P<maximum>[\d,]+)\]",
    # Z.ai
    r"prompt exceeds max length",
    # Groq
    r"reduce the length of the (?:messages|input|prompt)",
)
"""Regular expressions, tried in this order on the lower-cased text; ``output`` counts the answer's tokens in."""

_patterns = tuple(re.compile(phrasing, re.DOTALL) for phrasing in PHRASINGS)


def find_overflow(message: str, code: str | None = None) -> Overflow | None:
    """The overflow that an error's text or code tells of; None where it tells of something else."""
    text = message.lower()
    for pattern in _patterns:
        if found := pattern.search(text):
            return _overflow(found.groupdict())
    return Overflow() if code in CODES else None


def _overflow(groups: dict[str, str | None]) -> Overflow:
    count = {name: int(digits.replace(",", "")) for name, digits in groups.items() if digits}
    tokens = count.get("tokens")
    if tokens is not None:
        tokens += count.get("output", 0)
    return Overflow(tokens, count.get("maximum"))
