"""The matrix: each recorded body of each dialect in each other one, byte for byte, and fit for who gets it.

The golden files are made by ``python -m tests.support.golden --write``.
"""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from pxbin_engine.protocol.dialects import DIALECTS
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import quirks_for
from pxbin_engine.protocol.request import Reasoning, Request
from pxbin_engine.protocol.response import Response
from tests.conformance.player import CLIENTS
from tests.conformance.script import UPSTREAMS
from tests.support.golden import (
    GOLDEN,
    VENDORS,
    Golden,
    encoded,
    every_golden,
    quirks_of,
    read_recorded,
    recorded,
    translate,
)
from tests.support.validators import (
    gemini_generate_request,
    openai_chat,
    openai_responses_request,
)

MATRIX = list(every_golden())


def check_anthropic(body: bytes) -> object:
    """Results answer their calls, no blank text, room for thinking."""
    return UPSTREAMS["anthropic"].read("/v1/messages", json.loads(body))


CHECK_REQUEST: dict[str, Callable[[bytes], object]] = {
    "anthropic_messages": check_anthropic,
    "openai_chat": openai_chat.check_request,
    "openai_responses": openai_responses_request.check_request,
    "gemini_generate": gemini_generate_request.check_request,
}


@pytest.mark.parametrize("golden", MATRIX, ids=lambda golden: golden.name)
def test_what_the_other_dialect_gets_is_the_golden_one_and_fit(golden: Golden) -> None:
    body, losses = translate(golden)
    assert encoded(body, losses) == golden.file.read_bytes()
    if body.startswith(b"refused: "):
        return
    if golden.kind == "request":
        CHECK_REQUEST[golden.target](body)
        return
    client = CLIENTS[DIALECTS[golden.target].format]
    if body[:3].isdigit():
        status, _, rest = body.partition(b"\n")
        client.read_error(int(status), {}, rest.partition(b"\n\n")[2])
    else:
        client.validate(body, stream=golden.kind == "stream")


def test_there_is_no_golden_file_too_many() -> None:
    assert sorted(GOLDEN.rglob("*.txt")) == sorted(golden.file for golden in MATRIX)


# ---------------------------------------------------------------------- there and back


def recorded_of(kind: str) -> list[tuple[str, str]]:
    return [(name, case) for name in DIALECTS for found, case in recorded(name) if found == kind]


@pytest.mark.parametrize(("name", "case"), recorded_of("request"))
def test_a_request_that_was_written_once_is_written_the_same_again(name: str, case: str) -> None:
    """What a dialect can say survives being read and written; what it cannot was lost the first time."""
    body = read_recorded(name, case)
    if case == "claude_code_count_tokens":
        body = json.dumps({"max_tokens": 9, **json.loads(body)}).encode()
    written, _ = written_again(name, body)
    again, losses = written_again(name, written)
    assert json.loads(again) == json.loads(written)
    assert again == written
    assert losses == []


def written_again(name: str, body: bytes) -> tuple[bytes, list[str]]:
    """A request read and written by one dialect."""
    dialect, losses = DIALECTS[name], Losses()
    request = dialect.decode_request(body)
    address, model = VENDORS[name]
    quirks = quirks_for(address, model)
    told = dialect.encode_request(request, model=model, quirks=quirks, losses=losses)
    return told, [loss.path for loss in losses]


@pytest.mark.parametrize(("name", "case"), recorded_of("answer"))
def test_an_answer_that_is_told_to_a_client_reads_the_same_again(name: str, case: str) -> None:
    if case.endswith("_refused"):
        pytest.skip("it is no answer")
    quirks = quirks_of(name, case)
    first = DIALECTS[name].decode_response(read_recorded(name, case), quirks=quirks)
    losses = Losses()
    asked = Request("m", (), reasoning=Reasoning(enabled=True, summary="auto"))
    told = DIALECTS[name].encode_response(first, asked, losses=losses)
    assert not losses
    again = DIALECTS[name].decode_response(told, quirks=quirks)
    assert plain(again) == plain(first)


def plain(answer: Response) -> dict[str, Any]:
    """All that the answer says, but what only its vendor's servers know: its id, and how many searches a query took."""
    said: dict[str, Any] = json.loads(msgspec.json.encode(answer))
    said.pop("id", None)
    if said.get("usage"):
        said["usage"].pop("web_searches", None)
    for part in said["parts"]:
        part.get("citations", []).sort(key=lambda citation: citation["url"])
    return said
