"""What is shown of a recording, as text."""

from typing import get_args

import pytest

from pxbin_app.pages.logs import messages
from pxbin_app.pages.logs.messages import MESSAGE_TABS, SIDE_WORDS, MessageTab, Side
from pxbin_engine.records import AttemptRecord, Recording
from tests.support.database import a_request
from tests.support.recordings import a_message, a_recording

FAILED = AttemptRecord(upstream_id=None, upstream_name="Z.ai", upstream_model="m", status=429)
RECORD = a_request(attempts=(FAILED, FAILED))
TWICE = a_recording(RECORD)
NOTHING = Recording(request_id=RECORD.id, timestamp=RECORD.timestamp, messages=())


def test_every_tab_has_words_for_both_sides() -> None:
    assert set(SIDE_WORDS) == set(MESSAGE_TABS) == set(get_args(MessageTab))


@pytest.mark.parametrize(
    ("tab", "side", "attempt", "status", "method"),
    [
        ("request", "client", 0, None, "POST"),
        ("request", "upstream", 1, None, "POST"),
        ("response", "upstream", 1, 429, ""),
        ("response", "upstream", 2, 200, ""),
        ("response", "client", 2, 200, ""),
        ("headers", "client", 0, None, "POST"),
        ("events", "upstream", 2, 200, ""),
    ],
)
def test_the_message_of_a_tab(
    tab: MessageTab, side: Side, attempt: int, status: int | None, method: str
) -> None:
    found = messages.shown(TWICE, tab, side, attempt)
    assert found is not None
    assert (found.side.split("_")[0], found.status, found.method) == (side, status, method)
    assert messages.missing(tab, side)


def test_attempts_are_those_of_which_something_is_known() -> None:
    assert messages.attempts(TWICE, "upstream") == (1, 2)
    assert messages.attempts(TWICE, "client") == ()
    assert messages.attempts(NOTHING, "upstream") == ()
    assert messages.shown(NOTHING, "request", "client", 0) is None


def test_what_a_message_is_about() -> None:
    kind = (("Content-Type", "application/json; charset=utf-8"),)
    whole = a_message("client_request", b"x" * 2_100, headers=kind)
    assert messages.about(whole) == "application/json · 2 kB"
    cut = a_message("client_response", b"x" * 256_000, size=1_200_000, cut=True, status=200)
    assert messages.about(cut) == "200 · the first 256 kB of 1.2 MB"


def test_bytes_that_are_no_text_are_shown_as_digits() -> None:
    assert messages.body(a_message("client_request", "ü".encode())) == "ü"
    told = messages.body(a_message("client_request", b"\x89PNG\r\n" + bytes(range(240, 256))))
    assert (
        told.splitlines()[0]
        == "000000  89 50 4e 47 0d 0a f0 f1 f2 f3 f4 f5 f6 f7 f8 f9  .PNG............"
    )
    assert len(messages.body(a_message("client_request", b"\xff" * 9_000_000))) < 30_000


def test_headers_are_the_lines_of_both_messages() -> None:
    lines = messages.headers(TWICE, "upstream", 1).splitlines()
    assert lines[0] == "POST https://api.z.ai/api/coding/paas/v4/chat/completions"
    assert lines[3:5] == ["", "429"]
    assert messages.headers(TWICE, "client", 0).startswith("POST /v1/messages?beta=true\nhost: ")
    assert messages.headers(NOTHING, "client", 0) == ""
