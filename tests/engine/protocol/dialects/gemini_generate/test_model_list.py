"""The models that a client is offered."""

from google.genai import types

from pxbin_engine.protocol.dialects.gemini_generate.model_list import (
    OfferedModel,
    encode_model,
    encode_models,
)
from tests.support.gemini_client import client_of


def test_the_list_as_googles_sdk_reads_it() -> None:
    offered = [OfferedModel("a", "The A", 1000, 100), OfferedModel("qwen3:8b")]
    first, second = client_of(encode_models(offered)).models.list()
    assert (first.name, first.display_name) == ("models/a", "The A")
    assert (first.input_token_limit, first.output_token_limit) == (1000, 100)
    assert first.supported_actions == ["generateContent", "countTokens"]
    assert (second.name, second.display_name) == ("models/qwen3:8b", "qwen3:8b")
    assert second.input_token_limit is None


def test_one_model_as_googles_sdk_reads_it() -> None:
    model: types.Model = client_of(encode_model(OfferedModel("a"))).models.get(model="a")
    assert model.name == "models/a"
