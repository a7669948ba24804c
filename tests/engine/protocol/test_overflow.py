"""Every known way of saying that a prompt is too long, and what only sounds like it."""

import pytest

from pxbin_engine.protocol.overflow import CODES, PHRASINGS, Overflow, find_overflow

SAID = {
    "anthropic": ("prompt is too long: 213462 tokens > 200000 maximum", 213462, 200000),
    "bedrock anthropic": (
        "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000",
        209573,
        200000,
    ),
    "openai": (
        (
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 10346 tokens."
            " Please reduce the length of the messages."
        ),
        10346,
        8192,
    ),
    "deepseek": (
        (
            "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens (132000 in the"
            " messages, 8000 in the completion)."
        ),
        140000,
        131072,
    ),
    "openrouter": (
        "This endpoint's maximum context length is 131072 tokens. However, you requested about 265330 tokens",
        265330,
        131072,
    ),
    "vllm": (
        "This model's maximum context length is 4096 tokens. However, your request has 5000 input tokens.",
        5000,
        4096,
    ),
    "vllm output": (
        (
            "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 32768"
            " tokens and your request has 1000 input tokens (32000 > 32768 - 1000)."
        ),
        33000,
        32768,
    ),
    "vllm engine": (
        "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
        5000,
        4096,
    ),
    "sglang": (
        (
            "Requested token count exceeds the model's maximum context length of 131072 tokens. You requested a total of"
            " 140000 tokens: 132000 tokens from the input messages and 8000 tokens for the completion."
        ),
        140000,
        131072,
    ),
    "llama.cpp": (
        "request (30000 tokens) exceeds the available context size (24576 tokens), try increasing it",
        30000,
        24576,
    ),
    "llama.cpp old": (
        "the request exceeds the available context size, try increasing it",
        None,
        None,
    ),
    "gemini": (
        "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).",
        1196265,
        1048575,
    ),
    "gemini new": (
        "The input token count exceeds the maximum number of tokens allowed 1048576.",
        None,
        1048576,
    ),
    "xai": (
        "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
        537812,
        131072,
    ),
    "compatible": (
        "Input length (265330) exceeds model's maximum context length (262144).",
        265330,
        262144,
    ),
    "poolside": (
        "Input length 150,000 exceeds the maximum allowed input length of 100,000 tokens.",
        150000,
        100000,
    ),
    "together": (
        "The input (200000 tokens) is longer than the model's context length (128000 tokens).",
        200000,
        128000,
    ),
    "tgi": (
        "`inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens and 512 `max_new_tokens`",
        9512,
        8193,
    ),
    "copilot": ("prompt token count of 90000 exceeds the limit of 65536", 90000, 65536),
    "moonshot": (
        "Invalid request: Your request exceeded model token limit: 65536 (requested: 90000)",
        90000,
        65536,
    ),
    "mistral": (
        "Prompt contains 213462 tokens and is too large for model with 131072 maximum context length",
        213462,
        131072,
    ),
    "lm studio": (
        "The number of tokens to keep from the initial prompt is greater than the context length.",
        None,
        None,
    ),
    "lm studio old": (
        (
            "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context"
            " length of only 4096 tokens"
        ),
        5000,
        4096,
    ),
    "ollama": ("prompt too long; exceeded max context length by 13462 tokens", None, None),
    "ollama embed": ("the input length exceeds the context length", None, None),
    "bedrock": ("Input is too long for requested model.", None, None),
    "responses": (
        "Your input exceeds the context window of this model. Please adjust.",
        None,
        None,
    ),
    "minimax": ("invalid params, context window exceeds limit", None, None),
    "dashscope": ("Range of input length should be [1, 129024]", None, 129024),
    "z.ai": ("Prompt exceeds max length", None, None),
    "groq": ("Please reduce the length of the messages or completion.", None, None),
}


@pytest.mark.parametrize("vendor", SAID)
def test_behaviour_21_each_vendors_phrasing_is_known(vendor: str) -> None:
    text, tokens, maximum = SAID[vendor]
    assert find_overflow(text) == Overflow(tokens, maximum)


def test_every_phrasing_has_a_case() -> None:
    assert len(SAID) >= len(PHRASINGS)


@pytest.mark.parametrize("code", sorted(CODES))
def test_behaviour_21_a_code_alone_is_enough(code: str) -> None:
    assert find_overflow("Something is wrong.", code) == Overflow()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Rate limit reached: too many tokens per minute. Please try again in 7s.",
        "Too many requests, please wait before trying again.",
        "max_tokens is too large: 100000. This model supports at most 16384 completion tokens",
        "Invalid 'user': string too long. Expected a string with maximum length 64.",
    ],
)
def test_what_only_sounds_like_it_is_none(text: str) -> None:
    assert find_overflow(text) is None
