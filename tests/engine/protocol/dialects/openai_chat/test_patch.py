"""The verbatim way: the client's bytes, patched only where they must be."""

import msgspec
import pytest

from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks

DIALECT = OpenAIChat()


def patch(body: bytes, quirks: Quirks = DEFAULT_QUIRKS) -> bytes:
    return DIALECT.patch_request(body, model="real", quirks=quirks, losses=Losses())


def test_behaviour_20_the_verbatim_way_changes_the_model_and_nothing_else() -> None:
    messages = b'[ {"role":"user","content":"caf\\u00e9 \\"model\\": 1e2"} ]'
    body = b'{"messages":%b,"model":"alias","x":{"model":"inner"}}' % messages
    assert patch(body) == b'{"messages":%b,"model":"real","x":{"model":"inner"}}' % messages


@pytest.mark.parametrize(
    ("options", "patched"),
    [
        (b"", b',"stream_options":{"include_usage":true}'),
        (b',"stream_options":null', b',"stream_options":{"include_usage":true}'),
        (
            b',"stream_options":{"include_usage":true }',
            b',"stream_options":{"include_usage":true }',
        ),
        (
            b',"stream_options":{"include_obfuscation":false}',
            b',"stream_options":{"include_obfuscation":false,"include_usage":true}',
        ),
    ],
)
def test_behaviour_10_the_verbatim_way_asks_for_usage_too(options: bytes, patched: bytes) -> None:
    assert (
        patch(b'{"model":"a","stream":true%b}' % options)
        == b'{"model":"real","stream":true%b}' % patched
    )


def test_usage_is_not_asked_where_no_stream_is_or_the_upstream_refuses() -> None:
    assert patch(b'{"model":"a","stream":false}') == b'{"model":"real","stream":false}'
    assert b"stream_options" not in patch(
        b'{"model":"a","stream":true}', Quirks(stream_options=False)
    )


OWN = {"type": "reasoning.text", "signature": "EqQB"}
FOREIGN = {"type": "reasoning.text", "signature": "pxbin-anthropic_messages:EqQB"}


@pytest.mark.parametrize(
    ("details", "kept"), [([OWN, FOREIGN], [OWN]), ([FOREIGN], None), ([OWN], [OWN])]
)
def test_behaviour_18_another_vendors_proof_never_reaches_an_upstream(
    details: list[dict[str, str]], kept: list[dict[str, str]] | None
) -> None:
    messages = [
        {"role": "user", "content": "pxbin-anthropic_messages: is a mark"},
        {"role": "assistant", "content": "So.", "reasoning_details": details},
    ]
    losses = Losses()
    body = msgspec.json.encode({"model": "a", "messages": messages})
    patched = msgspec.json.decode(
        DIALECT.patch_request(body, model="real", quirks=DEFAULT_QUIRKS, losses=losses)
    )
    assert patched["messages"][0] == messages[0]
    assert patched["messages"][1].get("reasoning_details") == kept
    assert len(losses) == (FOREIGN in details)


@pytest.mark.parametrize(
    "messages",
    [b'"pxbin-x:"', b'[7,"pxbin-x:"]', b'[{"reasoning_details":"pxbin-x:"}]'],
)
def test_what_is_no_conversation_goes_through(messages: bytes) -> None:
    body = b'{"model":"a","messages":%b}' % messages
    assert patch(body) == body.replace(b'"a"', b'"real"')
