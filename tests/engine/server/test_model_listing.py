"""The model list: its two shapes, and who reads which."""

import json

import pytest
from multidict import CIMultiDict

from pxbin_engine.server.model_listing import encode_model, encode_models, format_of_listing
from tests.support.gateway import model_record


@pytest.mark.parametrize(
    ("headers", "shape"),
    [
        ({"anthropic-version": "2023-06-01"}, "anthropic"),
        ({"x-api-key": "k"}, "anthropic"),
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
