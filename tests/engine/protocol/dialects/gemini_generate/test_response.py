"""Whole answers, as the corpus tells; one that is none is refused with the upstream's own words."""

from pathlib import Path

import msgspec
import pytest

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.gemini_generate import response
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS
from pxbin_engine.protocol.request import Text

CORPUS = Path(__file__).parents[4] / "corpus" / "gemini_generate"
CASES = sorted(path.name for path in CORPUS.glob("answer_*") if (path / "upstream.json").exists())


def told(body: bytes) -> bytes:
    """The canonical answer as JSON, or why there is none."""
    try:
        return msgspec.json.encode(response.decode_response(body, quirks=DEFAULT_QUIRKS))
    except ProtocolError as error:
        return msgspec.json.encode({"refused": error.message})


@pytest.mark.parametrize("case", CASES)
def test_the_corpus_decodes_to_its_golden_answers(case: str) -> None:
    golden = (CORPUS / case / "canonical.json").read_bytes()
    answer = told((CORPUS / case / "upstream.json").read_bytes())
    assert msgspec.json.decode(answer) == msgspec.json.decode(golden)


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"3", b'"x"', b"[]", b"{}", b"[3]", b"\xff"]
)
def test_behaviour_08_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        response.decode_response(body, quirks=DEFAULT_QUIRKS)


def test_an_answer_without_an_id_gets_one() -> None:
    body = b'{"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}]}'
    answer = response.decode_response(body, quirks=DEFAULT_QUIRKS)
    assert answer.id
    assert answer.parts == (Text("Hi"),)
