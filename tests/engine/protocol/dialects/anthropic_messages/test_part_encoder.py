"""Parts as Anthropic takes them: what another vendor made is readable or left out, and never passed off as Anthropic's."""

import pytest

from pxbin_engine.protocol.dialects.anthropic_messages.part_encoder import (
    encode_call_id,
    encode_parts,
)
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    SYNTHETIC_SIGNATURE,
    Audio,
    Base64Source,
    Citation,
    Part,
    Text,
    Thinking,
)


@pytest.mark.parametrize(
    ("part", "blocks"),
    [
        (Thinking("hm"), []),
        (Thinking("hm", f"{SYNTHETIC_SIGNATURE}unsigned", vendor=NAME), []),
        (Thinking("hm", "sig", vendor="gemini_generate"), []),
        (Thinking("", redacted="x", vendor="openai_responses"), []),
        (
            Text("It is so.", (Citation("https://a.example"),)),
            [{"type": "text", "text": "It is so."}],
        ),
        (
            Audio(Base64Source("audio/wav", "UklG")),
            [{"type": "text", "text": "[sound: left out]"}],
        ),
    ],
)
def test_what_anthropic_would_refuse_is_a_loss(part: Part, blocks: list[object]) -> None:
    losses = Losses()
    assert encode_parts((part,), "messages[0].content", losses) == blocks
    assert [loss.path.startswith("messages[0].content[0]") for loss in losses] == [True]


@pytest.mark.parametrize(
    ("part", "block"),
    [
        (
            Thinking("hm", "EqQB", vendor=NAME),
            {"type": "thinking", "thinking": "hm", "signature": "EqQB"},
        ),
        (Thinking("", redacted="Em", vendor=NAME), {"type": "redacted_thinking", "data": "Em"}),
        (
            Text("So.", (Citation("https://a.example", "A", "It is.", "Eo8B"),)),
            {
                "type": "text",
                "text": "So.",
                "citations": [
                    {
                        "type": "web_search_result_location",
                        "url": "https://a.example",
                        "title": "A",
                        "cited_text": "It is.",
                        "encrypted_index": "Eo8B",
                    }
                ],
            },
        ),
    ],
)
def test_behaviour_18_what_anthropic_proved_goes_back(part: Part, block: object) -> None:
    losses = Losses()
    assert encode_parts((part,), "", losses) == [block]
    assert losses == []


def test_ids_that_differ_stay_different() -> None:
    assert encode_call_id("toolu_01-a") == "toolu_01-a"
    assert len({encode_call_id(name) for name in ("a:b", "a.b", "a b", "a_b")}) == 4
