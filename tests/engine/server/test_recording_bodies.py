"""A recorded body as JSON: text where it is UTF-8, also where it is cut within a character, else base64."""

from base64 import b64decode

import pytest

from pxbin_engine.records import RecordedMessage, Recording
from pxbin_engine.server.recording_bodies import recording_item
from tests.support.database import NOW, uuid7


@pytest.mark.parametrize(
    ("body", "cut", "told", "encoding"),
    [
        (b"", False, "", "utf-8"),
        ("größer 😀".encode(), False, "größer 😀", "utf-8"),
        ("größer 😀".encode()[:-1], True, "größer ", "utf-8"),
        ("größer 😀".encode()[:-1], False, None, "base64"),
        (b"\xff\x00", True, None, "base64"),
        (b"a\x00b", False, "a\x00b", "utf-8"),
    ],
)
def test_a_body_is_told_so_that_nothing_of_it_is_lost(
    body: bytes, cut: bool, told: str | None, encoding: str
) -> None:
    message = RecordedMessage(side="client_response", attempt=0, body=body, size=99, cut=cut)
    whole = Recording(request_id=uuid7(), timestamp=NOW, messages=(message,))
    item = recording_item(whole)
    assert (item.request_id, item.timestamp) == (whole.request_id, NOW)
    (answer,) = item.messages
    assert (answer.encoding, answer.size, answer.cut) == (encoding, 99, cut)
    assert answer.body == told if told is not None else b64decode(answer.body) == body
