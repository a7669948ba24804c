"""Exchange: ids, marks of time, and an outcome that is set once."""

import json
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from pxbin_engine.gateway.exchange import (
    Exchange,
    Inbound,
    session_in_metadata,
    storable,
    storable_name,
    uuid7,
)
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Loss
from pxbin_engine.protocol.peek import peek
from pxbin_engine.protocol.response import StopReason, Usage

BUSY = ApiError("overloaded", 529, "busy", code="overloaded_error")


def exchange(**headers: str) -> Exchange:
    return Exchange(
        Inbound(
            method="POST",
            path="/v1/messages",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            format="anthropic",
            timestamp=datetime(2026, 1, 1, tzinfo=UTC),
            arrived=100.0,
            received=100.5,
        )
    )


def test_ids_are_uuids_of_version_7_in_the_order_of_time() -> None:
    ids = [uuid7() for _ in range(50)]
    assert {(i.version, i.variant) for i in ids} == {(7, "specified in RFC 4122")}
    assert len(set(ids)) == 50
    assert all(first.int >> 80 <= second.int >> 80 for first, second in pairwise(ids))


def test_claude_codes_headers_name_session_agent_and_client() -> None:
    made = exchange(
        **{
            "X-Claude-Code-Session-Id": "s1",
            "X-Claude-Code-Agent-Id": "a1",
            "X-Claude-Code-Parent-Agent-Id": "a0",
            "User-Agent": "claude-cli/2.1.330 (external, cli)",
        }
    )
    assert (made.session_id, made.agent_id, made.parent_agent_id) == ("s1", "a1", "a0")
    assert made.client_name == "Claude Code 2.1.330"


SESSION = "a7667ce6-4374-457b-a424-4d5e26891f27"


@pytest.mark.parametrize(
    ("metadata", "session"),
    [
        ({"user_id": json.dumps({"device_id": "0", "session_id": SESSION})}, SESSION),
        ({"user_id": f"user_0_account__session_{SESSION}"}, SESSION),
        ({"user_id": "somebody"}, None),
        ({"user_id": None}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_session_is_found_in_the_body_too(metadata: object, session: str | None) -> None:
    body = {"model": "m", "metadata": metadata, "messages": [f'"session_id": "{SESSION}"']}
    assert session_in_metadata(peek(json.dumps(body).encode()).metadata) == session


def test_a_session_that_is_only_talked_about_is_none() -> None:
    body = {"model": "m", "messages": [{"content": f'"user_id" session_{SESSION}'}]}
    assert session_in_metadata(peek(json.dumps(body).encode()).metadata) is None


def test_what_no_database_can_keep_is_replaced() -> None:
    assert storable("claude") == "claude"
    assert storable("modèle") == "modèle"
    assert storable("a\0b") == "a\ufffdb"
    assert storable("a\udcffb") == "a?b"
    assert storable("x" * 4000) == "x" * 4000
    assert storable("x" * 4001) == "x" * 3999 + "…"


def test_a_name_fits_an_index_and_one_line_of_a_log() -> None:
    assert storable_name("modèle/x 1") == "modèle/x 1"
    assert storable_name("m\nforged line\x1b[2J") == "m\ufffdforged line\ufffd[2J"
    assert len(storable_name("m" * 5_000_000)) == 256
    assert exchange(**{"X-Claude-Code-Session-Id": "s" * 8000}).session_id == "s" * 255 + "…"


def test_what_an_upstream_said_is_kept_in_a_form_that_can_be_stored() -> None:
    made = exchange()
    made.fail("upstream_error", ApiError("api", 500, "a\0" * 5000, code="c\0\n"), status=500)
    made.learn(None, None, [Loss("tools[\0]", "r" * 5000)])
    assert made.error_type == "c\ufffd\ufffd"
    assert made.error_message == "a\ufffd" * 1999 + "a…"
    assert made.loss_records[0].path == "tools[\ufffd]"
    assert len(made.loss_records[0].reason) == 4000


def test_times_are_told_from_the_marks() -> None:
    made = exchange()
    made.sent = 100.6
    made.mark_first_token(102.0)
    made.mark_first_token(103.0)
    made.commit(200, now=102.01, read_at=102.0)
    made.upstream_ended = 104.0
    made.complete(200)
    made.finish(104.5)
    assert made.queue_ms == pytest.approx(600.0)
    assert made.ms_at(101.0) == pytest.approx(1000.0)
    assert made.latency_ms == pytest.approx(4500.0)
    assert made.ttft_ms == pytest.approx(2000.0)
    assert made.upstream_ms == pytest.approx(3400.0)
    assert made.overhead_us == pytest.approx(110_000, abs=2)


def test_a_refused_request_has_no_upstream_and_only_its_own_time() -> None:
    made = exchange()
    made.fail("refused", ApiError("not_found", 404, "no such model"), status=404)
    made.commit(404, now=100.501)
    made.finish(100.6)
    assert (made.queue_ms, made.ttft_ms, made.upstream_ms) == (None, None, None)
    assert made.overhead_us == pytest.approx(1000, abs=2)


def test_the_first_outcome_stands() -> None:
    made = exchange()
    made.fail("upstream_error", BUSY, status=529)
    made.cancel("the client left")
    made.complete(200)
    assert (made.outcome, made.status) == ("upstream_error", 529)
    assert (made.error_type, made.error_message) == ("overloaded_error", "busy")


def test_a_cancelled_exchange_keeps_the_status_that_went_out() -> None:
    early, late = exchange(), exchange()
    early.cancel("left")
    late.commit(200, now=101.0)
    late.cancel("left")
    assert (early.status, late.status) == (499, 200)


def test_what_was_learned_is_kept_and_never_unlearned() -> None:
    made = exchange()
    made.learn(Usage(input_tokens=5), StopReason("end_turn"), [Loss("tools[0]", "why")])
    made.learn(None, None, [])
    assert made.usage == Usage(input_tokens=5)
    assert made.stop == StopReason("end_turn")


def test_it_finishes_exactly_once_and_never_without_an_outcome() -> None:
    made = exchange()
    with pytest.raises(RuntimeError, match="without an outcome"):
        made.finish(101.0)
    made.complete(200)
    made.finish(101.0)
    with pytest.raises(RuntimeError, match="twice"):
        made.finish(102.0)
