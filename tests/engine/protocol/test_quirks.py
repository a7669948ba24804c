"""Which quirks an upstream and a model have, and the presets that offer them."""

import ast
import inspect
from typing import get_args
from urllib.parse import urlsplit

import pytest
from msgspec import structs

from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, PRESETS, Quirks, quirks_for
from pxbin_engine.records import Preset, UpstreamFormat


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
    assert quirks_for(base_url, "qwen3-coder", "a preset of a later version") == DEFAULT_QUIRKS


def test_a_vendors_host_decides_also_below_its_domain() -> None:
    assert quirks_for("https://openrouter.ai/api/v1", "anthropic/claude-opus-5").cache_control
    assert quirks_for("https://eu.openrouter.ai/api/v1", "x/y").cache_control
    assert not quirks_for("https://api.mistral.ai/v1", "mistral-large-latest").stream_options
    assert quirks_for("https://api.deepseek.com", "deepseek-v4-pro").text_only


def test_a_chosen_preset_counts_where_the_host_says_nothing() -> None:
    at_home = "http://10.0.0.7:9000/v1"
    assert quirks_for(at_home, "qwen3", "vllm").thinking_switch == "chat_template_kwargs"
    assert quirks_for(at_home, "qwen3", "ollama").efforts == ("none", "low", "medium", "high")
    assert quirks_for("https://ai.example.org/openai/v1", "gpt-5", "azure").auth_header == "api-key"


def test_a_vendors_own_host_says_more_than_a_preset() -> None:
    assert quirks_for("https://api.groq.com/openai/v1", "llama", "vllm") == DEFAULT_QUIRKS


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
    for base_url in (
        "https://api.openai.com/v1",
        "https://me.openai.azure.com/openai/v1",
        "https://llm.example.org/v1",
    ):
        quirks = quirks_for(base_url, model)
        assert quirks.efforts == efforts
        assert quirks.max_tokens_field == "max_completion_tokens"
        assert not quirks.sampling
        assert not quirks.penalties


def test_a_chat_model_under_a_reasoning_models_name_takes_temperature() -> None:
    quirks = quirks_for("https://api.openai.com/v1", "gpt-5-chat-latest")
    assert quirks.sampling
    assert quirks.efforts == ()


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4.1-mini", "olmo-2", "o3d-model"])
def test_other_models_take_max_tokens(model: str) -> None:
    assert quirks_for("https://api.openai.com/v1", model).max_tokens_field == "max_tokens"


@pytest.mark.parametrize(
    ("base_url", "model", "said"),
    [
        ("https://api.x.ai/v1", "grok-3-mini", {"efforts": ("low", "high"), "penalties": False}),
        ("https://api.x.ai/v1", "grok-4-0709", {"efforts": (), "max_stop_sequences": 0}),
        ("https://api.x.ai/v1", "grok-4-fast-non-reasoning", {"max_stop_sequences": 4}),
        ("https://api.deepseek.com", "deepseek-flash", {"text_only": False}),
        ("https://api.deepseek.com/anthropic", "deepseek-v4-flash", {"text_only": False}),
        (
            "https://api.moonshot.ai/v1",
            "kimi-k2.6",
            {"sampling": False, "thinking_switch": "thinking"},
        ),
        (
            "https://api.moonshot.cn/v1",
            "kimi-k2-thinking",
            {"sampling": True, "thinking_switch": None, "reasoning_replay": "reasoning_content"},
        ),
        ("https://api.moonshot.cn/v1", "moonshot-v1-8k", {"highest_temperature": 1.0}),
        ("https://api.z.ai/api/coding/paas/v4", "glm-4.7", {"efforts": ()}),
        ("https://open.bigmodel.cn/api/paas/v4", "glm-5.2", {"thinking_switch": "thinking"}),
        (
            "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            "qwen3.5-plus",
            {"thinking_switch": "enable_thinking"},
        ),
        (
            "https://dashscope.aliyuncs.com/compatible-mode/v1",
            "qwen3-coder-plus",
            {"thinking_switch": None, "top_k": True},
        ),
        ("https://api.groq.com/openai/v1", "qwen/qwen3-32b", {"think_tags": True}),
        ("https://api.groq.com/openai/v1", "openai/gpt-oss-20b", {"think_tags": False}),
        (
            "https://api.mistral.ai/v1",
            "mistral-medium-3-5",
            {"efforts": ("none", "high"), "user_after_tool": False, "seed_field": "random_seed"},
        ),
        (
            "https://generativelanguage.googleapis.com/v1beta/openai",
            "gemini-3-pro",
            {"signs_calls": True, "user": False},
        ),
        ("https://openrouter.ai/api/v1", "z-ai/glm-5", {"thinking_switch": "reasoning"}),
    ],
)
def test_what_is_known_of_a_vendors_model(
    base_url: str, model: str, said: dict[str, object]
) -> None:
    quirks = structs.asdict(quirks_for(base_url, model))
    assert {name: quirks[name] for name in said} == said


def test_anthropic_compatible_endpoints_of_other_vendors_take_a_bearer() -> None:
    """Their pages set ANTHROPIC_AUTH_TOKEN; at Anthropic itself the dialect's own header stands."""
    for preset in ("moonshot-anthropic", "zai-anthropic", "openrouter-anthropic"):
        chosen = next(one for one in PRESETS if one.id == preset)
        assert quirks_for(chosen.base_url, "any").auth_header == "authorization"
    assert quirks_for("https://api.anthropic.com", "claude-opus-5").auth_header is None


def test_presets_are_told_apart() -> None:
    assert len({preset.id for preset in PRESETS}) == len(PRESETS)
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
    assert len({(preset.base_url, preset.format) for preset in PRESETS}) == len(PRESETS)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_a_preset_can_be_used_as_it_is(preset: Preset) -> None:
    address = urlsplit(preset.base_url)
    assert address.scheme == ("http" if not preset.needs_key else "https")
    assert preset.format in get_args(UpstreamFormat)
    assert urlsplit(preset.source).scheme == "https"
    if preset.models_url:  # a key is never sent to another host than its own
        assert urlsplit(preset.models_url).hostname == address.hostname


def test_every_quirk_says_what_it_is() -> None:
    """Each field has its docstring: the table is the documentation."""
    body = ast.parse(inspect.getsource(Quirks)).body[0]
    assert isinstance(body, ast.ClassDef)
    texts = sum(isinstance(node, ast.Expr) for node in body.body)
    assert texts == len(structs.fields(Quirks)) + 1
