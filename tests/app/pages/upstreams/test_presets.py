"""Presets: addresses that the engine takes, and finds again."""

import pytest

from pxbin_app.pages.upstreams.presets import CUSTOM, PRESETS, preset, preset_at
from pxbin_engine.admin.checks import a_base_url


@pytest.mark.parametrize("one", PRESETS, ids=lambda one: one.id)
def test_the_engine_takes_each_address_as_it_is(one: object) -> None:
    base_url = one.base_url  # type: ignore[attr-defined]
    own = "http://127.0.0.1:8080"
    assert a_base_url(base_url, is_own_address=lambda url: url.startswith(own)) == base_url


def test_an_address_is_recognised() -> None:
    assert preset_at("https://api.anthropic.com/") == "anthropic"
    assert preset_at("https://llm.example.com/v1") == CUSTOM


def test_ids_are_unique_and_found() -> None:
    assert len({one.id for one in PRESETS}) == len(PRESETS)
    assert preset("zai") is not None
    assert preset(CUSTOM) is None
