"""How much to think, in levels or tokens, by the generation of the model."""

from typing import Any

import pytest

from pxbin_engine.protocol.dialects.gemini_generate.thinking import (
    encode_thinking,
    is_gemini_3,
    version_of,
)
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Reasoning, Request


def encode(
    model: str, reasoning: Reasoning | None, limit: int | None = None
) -> tuple[dict[str, Any], list[str]]:
    losses = Losses()
    request = Request("m", (), reasoning=reasoning, max_output_tokens=limit)
    return encode_thinking(request, model, losses), [loss.path for loss in losses]


@pytest.mark.parametrize(
    ("model", "version"),
    [
        ("gemini-2.5-pro", (2, 5)),
        ("gemini-3-pro-preview", (3, 0)),
        ("gemini-3.1-flash-lite", (3, 1)),
        ("google/gemini-4-argon", (4, 0)),
        ("models/gemini-1.5-flash-002", (1, 5)),
        ("gemini-live-2.5-flash", (2, 5)),
        ("gemini-flash-latest", (3, 0)),
        ("gemini-exp-1206", None),
        (f"gemini-3.{'9' * 5000}", (3, 0)),
        ("gemma-3-27b-it", None),
        ("my-model", None),
    ],
)
def test_the_version_is_in_the_name(model: str, version: tuple[int, int] | None) -> None:
    assert version_of(model) == version
    assert is_gemini_3(model) is (version is not None and version >= (3, 0))


@pytest.mark.parametrize(
    ("model", "reasoning", "config", "lost"),
    [
        ("gemini-3.6-flash", Reasoning(effort="minimal"), {"thinkingLevel": "MINIMAL"}, []),
        ("gemini-3.6-flash", Reasoning(effort="high"), {"thinkingLevel": "HIGH"}, []),
        ("gemini-3.6-flash", Reasoning(effort="max"), {"thinkingLevel": "HIGH"}, ["reasoning.effort"]),
        ("gemini-3.8-flash", Reasoning(effort="minimal"), {"thinkingLevel": "LOW"}, ["reasoning.effort"]),
        ("gemini-3-pro-preview", Reasoning(effort="medium"), {"thinkingLevel": "LOW"}, ["reasoning.effort"]),
        ("gemini-3.1-pro-preview", Reasoning(effort="medium"), {"thinkingLevel": "MEDIUM"}, []),
        ("gemini-3.1-pro-preview", Reasoning(enabled=True, budget_tokens=1024), {"thinkingLevel": "LOW"}, []),
        ("gemini-4-argon", Reasoning(enabled=True, budget_tokens=31999), {"thinkingLevel": "HIGH"}, []),
        ("gemini-4-argon", Reasoning(enabled=True, adaptive=True), {}, []),
        ("gemini-2.5-pro", Reasoning(enabled=True, adaptive=True), {"thinkingBudget": -1}, []),
        ("gemini-2.5-pro", Reasoning(enabled=True, budget_tokens=40000), {"thinkingBudget": 32768}, ["reasoning.budget_tokens"]),
        ("gemini-2.5-flash-lite", Reasoning(enabled=True, budget_tokens=100), {"thinkingBudget": 512}, ["reasoning.budget_tokens"]),
        ("gemini-2.5-flash", Reasoning(enabled=True, budget_tokens=10000), {"thinkingBudget": 10000}, []),
        ("gemini-2.5-flash", Reasoning(effort="medium"), {"thinkingBudget": 8192}, []),
        ("gemini-2.5-flash", Reasoning(effort="max"), {"thinkingBudget": 24576}, []),
        ("gemini-2.5-pro", Reasoning(effort="max"), {"thinkingBudget": 32768}, []),
    ],
)  # fmt: skip
def test_behaviour_17_thinking_in_the_models_own_words(
    model: str, reasoning: Reasoning, config: dict[str, Any], lost: list[str]
) -> None:
    assert encode(model, reasoning) == ({**config, "includeThoughts": True}, lost)


@pytest.mark.parametrize(
    ("model", "config", "lost"),
    [
        ("gemini-3.6-flash", {"thinkingLevel": "MINIMAL"}, []),
        ("gemini-3.1-pro-preview", {"thinkingLevel": "LOW"}, ["reasoning.effort"]),
        ("gemini-2.5-flash", {"thinkingBudget": 0}, []),
        ("gemini-2.5-pro", {"thinkingBudget": 128}, ["reasoning"]),
        ("gemini-2.0-flash", {}, []),
        ("my-model", {}, []),
    ],
)
def test_no_thinking_as_far_as_the_model_can_stop(
    model: str, config: dict[str, Any], lost: list[str]
) -> None:
    for reasoning in (Reasoning(enabled=False), Reasoning(effort="none")):
        assert encode(model, reasoning) == (config, lost)


@pytest.mark.parametrize("model", ["gemini-2.0-flash", "gemma-3-27b-it", "my-model"])
def test_a_model_that_does_not_think_is_named(model: str) -> None:
    assert encode(model, Reasoning(effort="high")) == ({}, ["reasoning"])


def test_a_tight_limit_leaves_no_room_for_thinking_that_nobody_asked_for() -> None:
    assert encode("gemini-2.5-flash", None, 512) == ({"thinkingBudget": 0}, [])
    assert encode("gemini-3.1-pro-preview", None, 512) == ({"thinkingLevel": "LOW"}, [])
    assert encode("gemini-2.5-flash", None, 32000) == ({}, [])
    assert encode("my-model", None, 512) == ({}, [])
    assert encode("gemini-2.5-flash", Reasoning(effort="low"), 512)[0]["thinkingBudget"] == 1024
