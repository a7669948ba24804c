"""Keys are taken out of what an upstream says; words that only happen to be keys are not."""

import pytest

from pxbin_engine.gateway.redaction import bytes_without_secret, without_secrets

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
