"""Same dialect in and out: the model's bytes change, and what only pxbin would understand is taken out."""

import json
from typing import Any

import pytest

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_responses import OpenAIResponses
from pxbin_engine.protocol.dialects.openai_responses.compaction import encode_summary
from pxbin_engine.protocol.dialects.openai_responses.proof import UNSIGNED
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks


def patch(body: bytes, losses: Losses | None = None) -> bytes:
    losses = Losses() if losses is None else losses
    return OpenAIResponses().patch_request(body, model="real", quirks=DEFAULT_QUIRKS, losses=losses)


def test_behaviour_20_only_the_requests_own_model_changes() -> None:
    body = b'{ "input":[{"role":"user","content":"\\"model\\": \\u00e9"}],\n "model" : "alias" , "x":{"model":"alias"}}'
    assert patch(body) == body.replace(b' "alias" ,', b' "real" ,')


def test_behaviour_25_openais_own_reasoning_and_references_go_through() -> None:
    body = (
        b'{"model":"alias","previous_response_id":"resp_1","input":[{"type":"item_reference","id":"msg_1"},'
        b'{"type":"reasoning","summary":[],"encrypted_content":"gAAAAAB"},'
        b'{"role":"user","content":"I read \\"encrypted_content\\":\\"pxbin-summary:x\\" there"}]}'
    )
    assert patch(body) == body.replace(b"alias", b"real")


def reasoning(encrypted: str) -> dict[str, Any]:
    return {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": encrypted}


def test_behaviour_25_what_pxbin_gave_in_openais_place_is_taken_out_again() -> None:
    kept = '{"type":"reasoning",  "summary":[],"encrypted_content":"gAAAAAB"}'
    summary = json.dumps(encode_summary("cmp_1", 'Said "hi".'))
    items = [
        json.dumps(reasoning("pxbin-anthropic_messages:EqQ")),
        kept,
        json.dumps(reasoning(UNSIGNED)),
        summary,
        '{"role":"user", "content":"go on"}',
    ]
    losses = Losses()
    patched = patch(f'{{"model":"alias","input":[{",".join(items)}],"x": 1}}'.encode(), losses)
    told = json.loads(patched)
    assert told["model"] == "real"
    assert told["input"][0] == json.loads(kept)
    assert kept.encode() in patched
    assert told["input"][1]["role"] == "user"
    assert told["input"][1]["content"].endswith('Said "hi".')
    assert told["input"][2:] == [{"role": "user", "content": "go on"}]
    assert [loss.path for loss in losses] == ["input[0]", "input[2]"]


def test_behaviour_18_no_reasoning_goes_to_an_upstream_that_refused_some() -> None:
    losses = Losses()
    body = {"model": "alias", "input": [reasoning("gAAAAAB"), {"role": "user", "content": "hi"}]}
    patched = OpenAIResponses().patch_request(
        json.dumps(body).encode(),
        model="real",
        quirks=Quirks(replays_thinking=False),
        losses=losses,
    )
    assert json.loads(patched) == {"model": "real", "input": [{"role": "user", "content": "hi"}]}
    assert [loss.path for loss in losses] == ["input[0]"]


@pytest.mark.parametrize(
    "items", ['"encrypted_content":"pxbin-x"', '[{"encrypted_content":"pxbin-x:y"}]', "[3]"]
)
def test_what_is_no_reasoning_goes_through(items: str) -> None:
    body = json.dumps({"model": "alias", "input": items, "encrypted_content": "pxbin-x:"}).encode()
    assert json.loads(patch(body)) == {**json.loads(body), "model": "real"}
    if items.startswith("["):
        body = b'{"model":"alias","input":%b,"encrypted_content":"pxbin-x"}' % items.encode()
        assert json.loads(patch(body)) == {**json.loads(body), "model": "real"}


def test_a_body_without_a_model_is_refused() -> None:
    with pytest.raises(ProtocolError, match="model"):
        patch(b'{"input":"hi"}')
