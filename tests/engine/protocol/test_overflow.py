"""Every known way of saying that a prompt is too long, and what only sounds like it.

The phrasings are the vendors' own, from their documentation, their servers' sources, or reports of what they answered.
"""

import time

import pytest

from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.overflow import (
    CODES,
    PHRASINGS,
    Overflow,
    find_overflow,
    with_counts,
)

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
    # github.com/cline/cline/issues/5140
    "cerebras": (
        "Please reduce the length of the messages or completion. Current length is 42328 while limit is 40000",
        42328,
        40000,
    ),
    # github.com/BerriAI/litellm/issues/18927
    "openai gpt-5": (
        (
            "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 509178 tokens. Please"
            " reduce the length of the messages."
        ),
        509178,
        272000,
    ),
    "openai gpt-5, one number": (
        "Input tokens exceed the configured limit of 272000 tokens.",
        None,
        272000,
    ),
    # github.com/refly-ai/refly/issues/1177
    "openrouter in parts": (
        (
            "This endpoint's maximum context length is 32768 tokens. However, you requested about 42832 tokens (42832 of"
            " text input). Please reduce the length of either one"
        ),
        42832,
        32768,
    ),
    # github.com/google-gemini/gemini-cli/issues/19727
    "vertex": (
        (
            "Unable to submit request because the input token count is 1251952 but model only supports up to 1048576."
            " Reduce the input token count and try again."
        ),
        1251952,
        1048576,
    ),
    # github.com/agent0ai/agent-zero/issues/1102
    "vllm, named parameter": (
        (
            "This model's maximum context length is 16384 tokens. However, your request has 19427 input tokens. Please"
            " reduce the length of the input messages. (parameter=input_tokens, value=19427)"
        ),
        19427,
        16384,
    ),
    "vllm, nothing left": (
        "max_tokens must be at least 1, got -46771. (parameter=max_tokens, value=-46771)",
        None,
        None,
    ),
    "vllm 0.11": (
        (
            "This model's maximum context length is 4096 tokens. However, you requested 0 output tokens and your prompt"
            " contains at least 4097 input tokens, for a total of at least 4097 tokens."
        ),
        4097,
        4096,
    ),
    "without a number": ("The input exceeds the model's maximum context length.", None, None),
    "fireworks": (
        "The prompt is too long: 300000, model maximum context length: 262143",
        300000,
        262143,
    ),
    "cohere": (
        (
            "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292. Try using a"
            " shorter prompt"
        ),
        4292,
        4081,
    ),
    "cohere, one number": (
        (
            "too many tokens: size limit exceeded by 11326 tokens. Try using shorter or fewer inputs. The limit for"
            " this model is 128000 tokens."
        ),
        None,
        128000,
    ),
    "tensorrt-llm": (
        "The sum of prompt length (9000) and query length (1) should not exceed max_num_tokens (8192)",
        9000,
        8192,
    ),
    "lm studio with numbers": (
        (
            "The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 5000>="
            " n_ctx: 4096)."
        ),
        5000,
        4096,
    ),
    "litellm's copy": (
        "Your prompt is longer than the model's context length of 2048.",
        None,
        2048,
    ),
    "nova": ("Input Tokens Exceeded: Number of input tokens exceeds maximum length.", None, None),
    "ark": ("Total tokens of image and text exceed max message tokens.", None, None),
    "anthropic without numbers": ("Prompt is too long", None, None),
}

OUTPUT = {
    "anthropic": (
        "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000",
        Overflow(209573, 200000, 21333),
    ),
    "vllm": (SAID["vllm output"][0], Overflow(33000, 32768, 32000)),
    "deepseek": (
        (
            "This model's maximum context length is 131072 tokens. However, you requested 133034 tokens (125034 in the"
            " messages, 8000 in the completion). Please reduce the length of the messages or completion."
        ),
        Overflow(133034, 131072, 8000),
    ),
    "sglang": (
        (
            "Requested token count exceeds the model's maximum context length of 131072 tokens. You requested a total of"
            " 132000 tokens: 124000 tokens from the input messages and 8000 tokens for the completion."
        ),
        Overflow(132000, 131072, 8000),
    ),
}
"""Where the prompt alone would have fitted."""


@pytest.mark.parametrize("vendor", SAID)
def test_behaviour_21_each_vendors_phrasing_is_known(vendor: str) -> None:
    text, tokens, maximum = SAID[vendor]
    found = find_overflow(text)
    assert found is not None
    assert (found.tokens, found.maximum) == (tokens, maximum)


@pytest.mark.parametrize("vendor", OUTPUT)
def test_an_answer_that_does_not_fit_beside_its_prompt_is_told_apart(vendor: str) -> None:
    text, overflow = OUTPUT[vendor]
    assert find_overflow(text) == overflow


def test_what_the_functions_take_is_not_the_answer() -> None:
    text = "maximum context length is 8192 tokens. However, your messages resulted in 10346 tokens (8000 in the messages, 2346 in the functions)."
    assert find_overflow(text) == Overflow(10346, 8192)


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
        "max_tokens: 128000 > 64000, which is the maximum allowed number of output tokens for claude-sonnet-4",
        "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 1 instead.",
        (
            "Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Requested 50000. The"
            " input or output tokens must be reduced in order to run successfully."
        ),
        "Request too large for model `llama-3.3` on tokens per minute (TPM): Limit 6000, Requested 7000, please reduce your message size",
        "Invalid 'user': string too long. Expected a string with maximum length 64.",
    ],
)
def test_what_only_sounds_like_it_is_none(text: str) -> None:
    assert find_overflow(text) is None


def test_a_hostile_text_costs_no_time() -> None:
    text = "this model's maximum context length is 1 tokens " * 20_000
    began = time.perf_counter()
    assert find_overflow(text) == Overflow(None, 1)
    assert find_overflow("prompt (length 1 " * 50_000) is None
    assert time.perf_counter() - began < 0.5


def overflow(tokens: int | None = None, maximum: int | None = None) -> ApiError:
    return ApiError("context_overflow", 400, "too long", tokens=tokens, maximum=maximum)


@pytest.mark.parametrize(
    ("said", "window", "estimate", "told"),
    [
        ((9, 8), 100, 50, (9, 8)),
        ((None, 8), 100, 50, (50, 8)),
        ((None, None), 100, 150, (150, 100)),
        ((None, None), 100, 50, (101, 100)),
        ((9, None), 8, 50, (9, 8)),
        ((None, None), None, 50, (None, None)),
    ],
)
def test_numbers_that_are_missing_are_filled_in(
    said: tuple[int | None, int | None],
    window: int | None,
    estimate: int,
    told: tuple[int | None, int | None],
) -> None:
    error = with_counts(overflow(*said), window=window, count=lambda: estimate)
    assert (error.tokens, error.maximum) == told


def test_only_an_overflow_is_counted() -> None:
    error = ApiError("invalid_request", 400, "no")
    assert with_counts(error, window=100, count=lambda: 1 // 0) is error


@pytest.mark.parametrize(
    "text", ["prompt is too long: , tokens > ,", "range of input length should be [1, ,]"]
)
def test_commas_without_digits_are_no_count(text: str) -> None:
    found = find_overflow(text)
    assert found is None or (found.tokens, found.maximum) == (None, None)
