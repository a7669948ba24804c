"""The fields of a request around its contents."""

from typing import Any

import pytest

from pxbin_engine.protocol.dialects.gemini_generate.request_encoder import encode_request
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import (
    FunctionTool,
    Message,
    OutputFormat,
    Request,
    Text,
)
from tests.support.validators.gemini_generate_request import check_request

HI = (Message("user", (Text("Hi"),)),)


def encode(
    model: str = "gemini-3.1-pro-preview", quirks: Quirks = DEFAULT_QUIRKS, **fields: Any
) -> tuple[dict[str, Any], list[str]]:
    losses = Losses()
    body = encode_request(Request("m", HI, **fields), model=model, quirks=quirks, losses=losses)
    return check_request(body), [loss.path for loss in losses]


def config(
    model: str = "gemini-3.1-pro-preview", **fields: Any
) -> tuple[dict[str, Any], list[str]]:
    body, lost = encode(model, **fields)
    return body.get("generationConfig", {}), lost


def test_a_plain_request_is_its_contents() -> None:
    assert encode(stream=True) == ({"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}, [])


@pytest.mark.parametrize(
    ("model", "quirks", "wished", "sent"),
    [
        ("gemini-3.1-pro-preview", DEFAULT_QUIRKS, 128000, 65536),
        ("gemini-2.5-flash", DEFAULT_QUIRKS, 65536, 65536),
        ("gemini-2.0-flash", DEFAULT_QUIRKS, 32000, 8192),
        ("gemini-4-argon", DEFAULT_QUIRKS, 128000, 128000),
        ("my-model", DEFAULT_QUIRKS, 128000, 128000),
        ("my-model", Quirks(max_output_tokens=4096), 32000, 4096),
        ("gemini-2.5-flash", Quirks(max_output_tokens=4096), 4000, 4000),
    ],
)
def test_behaviour_17_the_limit_is_clamped_to_what_the_model_writes(
    model: str, quirks: Quirks, wished: int, sent: int
) -> None:
    body, lost = encode(model, quirks, max_output_tokens=wished)
    assert body["generationConfig"]["maxOutputTokens"] == sent
    assert lost == (["max_tokens"] if sent < wished else [])


def test_behaviour_19_sampling_has_its_own_names() -> None:
    assert config(temperature=0.0, top_p=0.5, top_k=3, seed=7, stop=("a",)) == (
        {"temperature": 0.0, "topP": 0.5, "topK": 3, "seed": 7, "stopSequences": ["a"]},
        [],
    )


def test_a_model_that_takes_no_sampling_gets_none_and_only_real_wishes_are_lost() -> None:
    quirks = Quirks(sampling=False)
    assert config(quirks=quirks, temperature=1.0, top_p=1.0) == ({}, [])
    assert config(quirks=quirks, temperature=0.0, top_k=3) == ({}, ["temperature", "top_k"])


def test_a_temperature_is_clamped_to_the_hottest() -> None:
    said, lost = config(quirks=Quirks(highest_temperature=1.5), temperature=1.75)
    assert (said, lost) == ({"temperature": 1.5}, ["temperature"])


@pytest.mark.parametrize(
    ("model", "taken"),
    [("gemini-2.0-flash", True), ("my-model", True), ("gemini-2.5-flash", False), ("gemini-4-argon", False)],
)  # fmt: skip
def test_penalties_go_only_where_they_are_not_refused(model: str, taken: bool) -> None:
    said, lost = config(model, presence_penalty=0.5, frequency_penalty=0.0)
    assert ("presencePenalty" in said) is taken
    assert lost == ([] if taken else ["presence_penalty"])


def test_five_stop_sequences_fit() -> None:
    said, lost = config(stop=tuple("abcdef"))
    assert said["stopSequences"] == list("abcde")
    assert lost == ["stop_sequences"]


@pytest.mark.parametrize(
    ("model", "taken"), [("gemini-3-pro-preview", True), ("gemini-2.5-pro", False), ("m", True)]
)
def test_behaviour_19_a_format_beside_functions(model: str, taken: bool) -> None:
    fields = {"tools": (FunctionTool("f"),), "output_format": OutputFormat("json_object")}
    said, lost = config(model, **fields)
    assert (said.get("responseMimeType") == "application/json") is taken
    assert lost == ([] if taken else ["response_format"])


@pytest.mark.parametrize(
    ("tier", "sent", "lost"),
    [
        ("auto", None, []),
        ("default", "standard", []),
        ("standard_only", "standard", []),
        ("priority", "priority", []),
        ("scale", None, ["service_tier"]),
    ],
)
def test_behaviour_19_service_tiers(tier: str, sent: str | None, lost: list[str]) -> None:
    body, paths = encode(service_tier=tier)
    assert (body.get("serviceTier"), paths) == (sent, lost)


def test_who_asks_is_nothing_that_gemini_takes() -> None:
    assert encode(user_id="u", cache_key="k")[1] == ["metadata.user_id", "prompt_cache_key"]


def test_a_client_of_this_dialect_keeps_the_fields_that_only_it_knows() -> None:
    own = {"safetySettings": [], "generationConfig": {"candidateCount": 1, "temperature": 0.25}}
    body, lost = encode(temperature=1.0, extensions={NAME: own, "other": {"x": 1}})
    assert body["generationConfig"] == {"temperature": 0.25, "candidateCount": 1}
    assert body["safetySettings"] == []
    assert lost == ["x"]
