"""Keys are taken out of what an upstream says; words that only happen to be keys are not."""

import pytest

from pxbin_engine.gateway.redaction import (
    bytes_without_secret,
    without_own_keys,
    without_secrets,
)

KEY = "sk-abcdef-0123456789"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"Bad key {KEY}.", "Bad key (the key)."),
        (f"{KEY}{KEY}", "(the key)(the key)"),
        ("Bad key sk-abc.", "Bad key sk-abc."),
        ("", ""),
    ],
)
def test_a_key_is_taken_out_wherever_it_stands(text: str, told: str) -> None:
    assert without_secrets(text, [None, "", "another-key-of-length", KEY]) == told
    assert bytes_without_secret(text.encode(), KEY) == told.encode()


def test_a_short_key_is_a_word_like_any_other() -> None:
    assert without_secrets("the ollama model", ["ollama"]) == "the ollama model"
    assert bytes_without_secret(b"the ollama model", "ollama") == b"the ollama model"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"/v1/pxb_{'0a1b' * 10}/x", "/v1/pxb_0a1b\N{HORIZONTAL ELLIPSIS}/x"),
        (f"key=pxm_{'f' * 40}&a=1", "key=pxm_ffff\N{HORIZONTAL ELLIPSIS}&a=1"),
        ("pxb_0a1b is what lists show", "pxb_0a1b is what lists show"),
        ("/v1/messages", "/v1/messages"),
    ],
)
def test_of_a_key_of_pxbin_only_its_beginning_is_left(text: str, told: str) -> None:
    assert without_own_keys(text) == told
