"""Presets: addresses that the engine takes, and that are found again."""

import pytest

from pxbin_app.pages.upstreams.model import FORMATS
from pxbin_app.pages.upstreams.presets import CUSTOM, preset_at, preset_of
from pxbin_engine.admin.checks import a_base_url
from pxbin_engine.protocol.quirks import PRESETS
from pxbin_engine.records import Preset


@pytest.mark.parametrize("one", PRESETS, ids=lambda one: one.id)
def test_the_engine_takes_each_address_as_it_is(one: Preset) -> None:
    own = "http://127.0.0.1:8080"
    assert a_base_url(
        one.base_url, objection=lambda url: "is pxbin's own." if url.startswith(own) else ""
    ) == (one.base_url.lower() if one.id.startswith("azure") else one.base_url)
    assert one.format in FORMATS


def test_an_address_is_recognised_with_its_format() -> None:
    assert preset_at(PRESETS, "https://api.anthropic.com/", "anthropic") == "anthropic"
    assert preset_at(PRESETS, "https://api.openai.com/v1", "openai") == "openai"
    assert preset_at(PRESETS, "https://api.openai.com/v1", "openai-responses") == "openai-responses"
    assert preset_at(PRESETS, "https://llm.example.com/v1", "openai") == CUSTOM


def test_a_preset_is_found_by_its_id() -> None:
    assert preset_of(PRESETS, "zai") in PRESETS
    assert preset_of(PRESETS, CUSTOM) is None
