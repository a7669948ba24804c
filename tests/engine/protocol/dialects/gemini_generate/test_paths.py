"""The model and the method in a path, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.dialects.gemini_generate.paths import (
    Action,
    parse_action,
    parse_model,
    upstream_path,
)
from pxbin_engine.protocol.peek import Peek


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("/v1beta/models/gemini-3-pro:generateContent", Action("gemini-3-pro", "generateContent")),
        ("/v1/models/qwen3:8b:countTokens", Action("qwen3:8b", "countTokens")),
        ("models/a:streamGenerateContent", Action("a", "streamGenerateContent")),
        ("openai/gpt-5%3Afree:generateContent", Action("openai/gpt-5:free", "generateContent")),
        ("a:embedContent", None),
        ("a", None),
        (":generateContent", None),
        ("models/:generateContent", None),
    ],
)
def test_what_a_path_asks(path: str, action: Action | None) -> None:
    assert parse_action(path) == action


def test_what_routing_wants_to_know() -> None:
    assert Action("a", "streamGenerateContent").wish == Peek("a", True)
    assert Action("a", "generateContent").wish == Peek("a", False)


def test_a_model_by_its_path() -> None:
    assert parse_model("/v1beta/models/qwen3%3A8b") == "qwen3:8b"
    assert parse_model("qwen3:8b") == "qwen3:8b"


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gemini-3-pro", "/v1beta/models/gemini-3-pro:generateContent"),
        ("models/gemini-3-pro", "/v1beta/models/gemini-3-pro:generateContent"),
        ("tunedModels/mine", "/v1beta/tunedModels/mine:generateContent"),
        ("a b?c#d", "/v1beta/models/a%20b%3Fc%23d:generateContent"),
    ],
)
def test_where_an_upstream_takes_it(model: str, path: str) -> None:
    assert upstream_path(model, stream=False) == path
    stream = path.replace(":generateContent", ":streamGenerateContent?alt=sse")
    assert upstream_path(model, stream=True) == stream


NAMES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="%"), min_size=1)


@given(NAMES, st.booleans())
def test_any_name_comes_back(name: str, stream: bool) -> None:
    path = upstream_path(name, stream=stream).removesuffix("?alt=sse")
    action = parse_action(path)
    if not name.startswith(("models/", "tunedModels/", "/v1")):
        assert action is not None
        assert action.wish == Peek(name, stream)
