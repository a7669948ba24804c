"""How to choose words and where to stop, as each kind of upstream is told it."""

from typing import Any

import pytest

from pxbin_engine.protocol.dialects.openai_chat.sampling_fields import sampling_fields
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import Request


def fields_of(quirks: Quirks, **wishes: Any) -> tuple[dict[str, Any], list[str]]:
    losses = Losses()
    request = Request(model="m", messages=(), **wishes)
    return sampling_fields(request, quirks, losses), [loss.path for loss in losses]


@pytest.mark.parametrize(
    ("quirks", "wishes", "fields"),
    [
        (DEFAULT_QUIRKS, {}, {}),
        (DEFAULT_QUIRKS, {"temperature": 1.5, "top_p": 0.9}, {"temperature": 1.5, "top_p": 0.9}),
        (DEFAULT_QUIRKS, {"presence_penalty": 0.5}, {"presence_penalty": 0.5}),
        (DEFAULT_QUIRKS, {"seed": 7}, {"seed": 7}),
        (Quirks(seed_field="random_seed"), {"seed": 7}, {"random_seed": 7}),
        (Quirks(top_k=True), {"top_k": 40}, {"top_k": 40}),
        (Quirks(sampling=False), {"temperature": 1.0}, {}),
        (Quirks(penalties=False), {"frequency_penalty": 0.0}, {}),
        (Quirks(max_stop_sequences=2), {"stop": ("a", "b")}, {"stop": ("a", "b")}),
    ],
)
def test_what_an_upstream_takes_is_sent(
    quirks: Quirks, wishes: dict[str, Any], fields: dict[str, Any]
) -> None:
    assert fields_of(quirks, **wishes) == (fields, [])


@pytest.mark.parametrize(
    ("quirks", "wishes", "fields", "lost"),
    [
        (
            Quirks(sampling=False),
            {"temperature": 0.2, "top_p": 0.9},
            {},
            ["temperature", "top_p"],
        ),
        (
            Quirks(highest_temperature=1.0),
            {"temperature": 1.5},
            {"temperature": 1.0},
            ["temperature"],
        ),
        (Quirks(penalties=False), {"presence_penalty": 0.5}, {}, ["presence_penalty"]),
        (DEFAULT_QUIRKS, {"top_k": 40}, {}, ["top_k"]),
        (Quirks(max_stop_sequences=1), {"stop": ("a", "b")}, {"stop": ("a",)}, ["stop_sequences"]),
        (Quirks(max_stop_sequences=0), {"stop": ("a",)}, {}, ["stop_sequences"]),
    ],
)
def test_what_it_does_not_take_is_a_loss(
    quirks: Quirks, wishes: dict[str, Any], fields: dict[str, Any], lost: list[str]
) -> None:
    assert fields_of(quirks, **wishes) == (fields, lost)
