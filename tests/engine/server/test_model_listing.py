"""The model list: its two shapes, and who reads which."""

import json

import pytest
from msgspec.structs import replace
from multidict import CIMultiDict

from pxbin_engine.gateway.routing import RoutingTable
from pxbin_engine.records import ModelRecord
from pxbin_engine.server.model_listing import encode_model, encode_models, format_of_listing
from tests.support.gateway import model_record


@pytest.mark.parametrize(
    ("headers", "shape"),
    [
        ({"anthropic-version": "2023-06-01"}, "anthropic"),
        ({"x-api-key": "k"}, "anthropic"),
        ({"x-goog-api-key": "k"}, "gemini"),
        ({"Authorization": "Bearer k", "anthropic-version": "2023-06-01"}, "anthropic"),
        ({"Authorization": "Bearer k"}, "openai"),
        ({}, "openai"),
    ],
)
def test_the_shape_is_told_by_the_headers(headers: dict[str, str], shape: str) -> None:
    assert format_of_listing(CIMultiDict(headers)) == shape


def test_an_empty_list_is_a_list() -> None:
    assert json.loads(encode_models([], "openai")) == {"object": "list", "data": []}
    assert json.loads(encode_models([], "anthropic")) == {
        "data": [],
        "has_more": False,
        "first_id": None,
        "last_id": None,
    }


def test_one_model_in_openais_shape() -> None:
    assert json.loads(encode_model(model_record("m", [], "x"), "openai")) == {
        "id": "m",
        "object": "model",
        "created": 1767225600,
        "owned_by": "pxbin",
    }


def named(name: str, window: int | None = None, display_name: str = "") -> ModelRecord:
    return replace(model_record(name, [], "x"), context_window=window, display_name=display_name)


def names(*models: ModelRecord) -> dict[str, str]:
    """Id -> the name for people, as an Anthropic client is told."""
    items = json.loads(encode_models(models, "anthropic"))["data"]
    assert len({item["id"] for item in items}) == len(items)
    return {item["id"]: item["display_name"] for item in items}


def test_a_name_that_claude_code_would_drop_is_offered_as_one_that_it_keeps() -> None:
    assert names(named("gpt-5", display_name="GPT-5"), named("claude-opus-5")) == {
        "gpt-5": "GPT-5",
        "claude-gpt-5": "GPT-5",
        "claude-opus-5": "claude-opus-5",
    }
    assert list(names(named("anthropic/opus"), named("my-Claude"))) == [
        "anthropic/opus",
        "my-Claude",
    ]


@pytest.mark.parametrize(
    ("window", "listed"),
    [
        (None, ["m", "claude-m"]),
        (200_000, ["m", "claude-m"]),
        (1_000_000, ["m", "claude-m", "claude-m[1m]"]),
        (1_048_576, ["m", "claude-m", "claude-m[1m]"]),
    ],
)
def test_a_window_of_a_million_is_offered_with_its_mark(
    window: int | None, listed: list[str]
) -> None:
    assert list(names(named("m", window))) == listed


def test_the_mark_is_told_to_people_and_put_once() -> None:
    assert names(named("claude-opus", 1_000_000))["claude-opus[1m]"] == "claude-opus (1M context)"
    assert list(names(named("claude-opus[1m]", 1_000_000))) == ["claude-opus[1m]"]


def test_a_real_model_is_not_hidden_by_what_another_is_offered_as() -> None:
    listed = names(named("m", display_name="M"), named("claude-m", display_name="Other"))
    assert listed == {"m": "M", "claude-m": "Other"}


def test_every_name_that_is_offered_is_routed_to_its_model() -> None:
    models = [named("gpt-5", 1_000_000), named("claude-opus", 1_000_000), named("z", 5)]
    table = RoutingTable.build(models, [], {})
    for listed in names(*models):
        route = table.resolve(listed)
        assert route is not None
        assert route.model.name in listed
        assert route.wide == listed.endswith("[1m]")


def test_openais_shape_lists_models_as_they_are() -> None:
    items = json.loads(encode_models([named("gpt-5", 2_000_000)], "openai"))["data"]
    assert [item["id"] for item in items] == ["gpt-5"]


def test_what_is_known_of_a_models_limits_is_told() -> None:
    """As in the SDK's ``ModelInfo``; null where it is not known."""
    known = replace(named("m", 400_000), max_output_tokens=128_000)
    told = [json.loads(encode_model(model, "anthropic")) for model in (known, named("m"))]
    assert [(item["max_input_tokens"], item["max_tokens"]) for item in told] == [
        (400_000, 128_000),
        (None, None),
    ]
