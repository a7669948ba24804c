from typing import Any

import pytest

from pxbin_engine.admin.model_list import decode_model_list
from pxbin_engine.errors import ProtocolError
from pxbin_engine.records import DiscoveredModel


def test_an_openai_list_has_ids_and_owners() -> None:
    page = decode_model_list(
        {"object": "list", "data": [{"id": "gpt-4o", "object": "model", "owned_by": "system"}]}
    )
    assert page.models == (DiscoveredModel(id="gpt-4o", owned_by="system"),)
    assert page.after_id is None


def test_an_anthropic_list_says_where_to_go_on() -> None:
    page = decode_model_list(
        {
            "data": [{"type": "model", "id": "claude-a", "display_name": "Claude A"}],
            "first_id": "claude-a",
            "last_id": "claude-a",
            "has_more": True,
        }
    )
    assert page.models == (DiscoveredModel(id="claude-a"),)
    assert page.after_id == "claude-a"


def test_the_last_anthropic_page_ends_the_list() -> None:
    assert decode_model_list({"data": [], "has_more": False, "last_id": None}).after_id is None


@pytest.mark.parametrize(
    "said",
    [
        {"context_length": 8192},  # OpenRouter
        {"context_window": 8192},  # Groq
        {"max_context_length": 8192},  # Mistral
        {"max_model_len": 8192},  # vLLM
        {"max_input_tokens": 8192},  # Anthropic
        {"meta": {"n_ctx_train": 8192}},  # llama.cpp
    ],
)
def test_the_context_window_is_read_wherever_it_is_told(said: dict[str, Any]) -> None:
    (model,) = decode_model_list({"data": [{"id": "m", **said}]}).models
    assert model.context_window == 8192


@pytest.mark.parametrize(
    "said",
    [{"context_length": 0}, {"context_length": True}, {"meta": None}, {"context_length": "8k"}],
)
def test_a_context_window_that_is_no_number_is_unknown(said: dict[str, Any]) -> None:
    (model,) = decode_model_list({"data": [{"id": "m", **said}]}).models
    assert model.context_window is None


@pytest.mark.parametrize("said", [{"outputTokenLimit": 8192}, {"max_completion_tokens": 8192}])
def test_the_most_that_a_model_writes_is_read(said: dict[str, Any]) -> None:
    (model,) = decode_model_list({"data": [{"id": "m", **said}]}).models
    assert model.max_output_tokens == 8192


def test_a_bare_list_is_a_list_and_items_without_an_id_are_none() -> None:
    assert [m.id for m in decode_model_list([{"id": "a"}, {}, "b", {"id": 7}]).models] == ["a"]


@pytest.mark.parametrize(
    "answer", [None, {}, {"data": "x"}, {"error": {"message": "no"}}, "text", 7]
)
def test_json_that_is_no_model_list_is_refused(answer: object) -> None:
    with pytest.raises(ProtocolError):
        decode_model_list(answer)


def test_a_list_of_googles_names_what_generates_content_and_where_to_go_on() -> None:
    page = decode_model_list(
        {
            "models": [
                {
                    "name": "models/gemini-3-flash",
                    "inputTokenLimit": 1048576,
                    "outputTokenLimit": 65536,
                    "supportedGenerationMethods": ["generateContent", "countTokens"],
                },
                {"name": "models/an-embedding", "supportedGenerationMethods": ["embedContent"]},
            ],
            "nextPageToken": "next",
        }
    )
    flash = DiscoveredModel(id="gemini-3-flash", context_window=1048576, max_output_tokens=65536)
    assert page.models == (flash,)
    assert page.after_id == "next"
