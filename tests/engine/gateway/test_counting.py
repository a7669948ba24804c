"""What is asked of each vendor's counting endpoint, and what its clients are answered."""

import json
from typing import Any

import pytest

from pxbin_engine.errors import ProtocolError
from pxbin_engine.gateway.counting import ASKED, ENDPOINTS

GENERATION = {
    "model": "m",
    "max_tokens": 100,
    "stream": True,
    "metadata": {"user_id": "u"},
    "temperature": 1,
    "system": "s",
    "tools": [],
    "messages": [{"role": "user", "content": "Hi"}],
    "instructions": "i",
    "input": [],
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "contents": [],
}


def body(spoken: str) -> Any:
    return json.loads(ENDPOINTS[spoken].body(json.dumps(GENERATION).encode(), "upstream-model"))


def test_only_what_an_endpoint_takes_is_sent() -> None:
    assert set(body("anthropic")) == {"model", "system", "tools", "messages"}
    assert set(body("openai-responses")) == {"model", "tools", "input", "instructions"}


def test_gemini_is_asked_for_a_whole_request() -> None:
    asked = json.loads(ENDPOINTS["gemini"].body(b'{"contents": [], "tools": []}', "gemini-3"))
    assert asked == {
        "generateContentRequest": {"model": "models/gemini-3", "contents": [], "tools": []}
    }


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"contents": [1]}, {"contents": [1]}),
        (
            {"generateContentRequest": {"model": "models/alias", "contents": [1]}},
            {"generateContentRequest": {"model": "models/real", "contents": [1]}},
        ),
    ],
)
def test_a_gemini_clients_own_words_are_kept_but_the_models_name(asked: Any, sent: Any) -> None:
    rename = ENDPOINTS["gemini"].rename
    assert rename is not None
    assert json.loads(rename(json.dumps(asked).encode(), "real")) == sent


@pytest.mark.parametrize(
    ("spoken", "path"),
    [
        ("anthropic", "/v1/messages/count_tokens"),
        ("openai-responses", "/v1/responses/input_tokens"),
        ("gemini", "/v1beta/models/m:countTokens"),
    ],
)
def test_where_each_vendor_counts(spoken: str, path: str) -> None:
    assert ENDPOINTS[spoken].path("m") == path


@pytest.mark.parametrize(
    ("spoken", "answer"),
    [
        ("anthropic", {"input_tokens": 7}),
        ("openai-responses", {"object": "response.input_tokens", "input_tokens": 7}),
        ("gemini", {"totalTokens": 7}),
    ],
)
def test_each_client_is_answered_in_its_own_words_which_are_its_vendors(
    spoken: str, answer: dict[str, Any]
) -> None:
    said = ASKED[spoken].encode(7)
    assert json.loads(said) == answer
    assert ENDPOINTS[spoken].read(said) == 7


@pytest.mark.parametrize(
    "said", [b"", b"<html>", b"[]", b"{}", b'{"input_tokens": "7"}', b'{"input_tokens": -1}']
)
def test_an_answer_without_a_count_is_none(said: bytes) -> None:
    assert ENDPOINTS["anthropic"].read(said) is None


def test_an_anthropic_count_needs_no_max_tokens() -> None:
    asked = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    assert len(ASKED["anthropic"].decode(json.dumps(asked).encode()).messages) == 1


def test_a_gemini_count_is_of_contents_or_of_a_whole_request() -> None:
    whole = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
    for asked in (whole, {"generateContentRequest": whole | {"model": "models/m"}}):
        assert len(ASKED["gemini"].decode(json.dumps(asked).encode()).messages) == 1


@pytest.mark.parametrize("asked", [b"", b"[]", b"{"])
def test_what_is_no_json_object_is_the_clients_fault(asked: bytes) -> None:
    for client in ASKED.values():
        with pytest.raises(ProtocolError):
            client.decode(asked)
