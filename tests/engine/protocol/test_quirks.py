"""Which quirks an upstream and a model have."""

import pytest
from msgspec import structs

from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks, quirks_for


@pytest.mark.parametrize(
    "base_url",
    [
        "http://127.0.0.1:8080/v1",
        "http://localhost:11434",
        "https://llm.example.org/openai/v1/",
        "https://notopenrouter.ai/v1",
        "not an address",
    ],
)
def test_an_unknown_upstream_has_no_quirks(base_url: str) -> None:
    assert quirks_for(base_url, "qwen3-coder") == DEFAULT_QUIRKS


def test_a_vendors_host_decides_also_below_its_domain() -> None:
    assert quirks_for("https://openrouter.ai/api/v1", "anthropic/claude-opus-5").cache_control
    assert quirks_for("https://eu.openrouter.ai/api/v1", "x/y").cache_control
    assert not quirks_for("https://api.mistral.ai/v1", "mistral-large-latest").stream_options
    assert (
        quirks_for("https://api.moonshot.ai/v1", "kimi-k2.6").reasoning_replay
        == "reasoning_content"
    )
    assert quirks_for("https://api.deepseek.com", "deepseek-v4").text_only


@pytest.mark.parametrize(
    ("model", "efforts"),
    [
        ("o3", ("low", "medium", "high")),
        ("o1-mini", ()),
        ("gpt-5", ("minimal", "low", "medium", "high")),
        ("gpt-5-mini-2025-08-07", ("minimal", "low", "medium", "high")),
        ("gpt-5.1", ("none", "low", "medium", "high")),
        ("gpt-5.1-codex-max", ("none", "low", "medium", "high", "xhigh")),
        ("gpt-5.2-pro", ("high",)),
        ("openai/GPT-5.4", ("none", "low", "medium", "high", "xhigh")),
    ],
)
def test_behaviour_17_reasoning_models_of_openai_are_known_on_any_host(
    model: str, efforts: tuple[str, ...]
) -> None:
    for base_url in ("https://api.openai.com/v1", "https://me.openai.azure.com/openai/v1"):
        quirks = quirks_for(base_url, model)
        assert quirks.efforts == efforts
        assert quirks.max_tokens_field == "max_completion_tokens"
        assert not quirks.sampling


def test_a_chat_model_under_a_reasoning_models_name_takes_temperature() -> None:
    quirks = quirks_for("https://api.openai.com/v1", "gpt-5-chat-latest")
    assert quirks.sampling
    assert quirks.efforts == ()


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4.1-mini", "olmo-2", "o3d-model"])
def test_other_models_take_max_tokens(model: str) -> None:
    assert quirks_for("https://api.openai.com/v1", model).max_tokens_field == "max_tokens"


def test_only_some_of_groks_models_know_levels() -> None:
    at = "https://api.x.ai/v1"
    assert quirks_for(at, "grok-3-mini").efforts == ("low", "high")
    assert quirks_for(at, "grok-4-0709").efforts == ()
    assert quirks_for(at, "grok-4-0709").max_stop_sequences == 0


def test_every_quirk_says_what_it_is() -> None:
    """Each field has its docstring: the table is the documentation."""
    import ast
    import inspect

    body = ast.parse(inspect.getsource(Quirks)).body[0]
    assert isinstance(body, ast.ClassDef)
    texts = sum(isinstance(node, ast.Expr) for node in body.body)
    assert texts == len(structs.fields(Quirks)) + 1
