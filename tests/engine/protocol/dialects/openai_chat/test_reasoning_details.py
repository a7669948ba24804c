"""What vouches for thinking, on its way to and from upstreams and clients of Chat Completions."""

from typing import Any

import pytest

from pxbin_engine.protocol.dialects.openai_chat.reasoning_details import (
    client_details,
    own_details,
    proofs_of_calls,
    read_client_thinking,
    read_thinking,
)
from pxbin_engine.protocol.request import SYNTHETIC_SIGNATURE, Thinking, ToolCall

CLAUDE = {"type": "reasoning.text", "text": "Hm.", "signature": "EqQB", "format": "f", "index": 0}
SUMMARY = {"type": "reasoning.summary", "summary": "Short.", "id": "rs_1", "index": 1}
ENCRYPTED = {"type": "reasoning.encrypted", "data": "gAAAAB", "id": "rs_1", "index": 1}


@pytest.mark.parametrize(
    "details",
    [[CLAUDE], [SUMMARY, ENCRYPTED], [CLAUDE, SUMMARY, ENCRYPTED], [ENCRYPTED, CLAUDE, ENCRYPTED]],
)
def test_behaviour_18_an_upstreams_details_come_back_as_they_were(
    details: list[dict[str, Any]],
) -> None:
    thoughts = list(read_thinking(details, "ignored beside texts" if CLAUDE in details else ""))
    assert own_details(thoughts) == details
    assert list(read_client_thinking(details, "")) == thoughts
    assert [detail for thought in thoughts for detail in client_details(thought)] == details


@pytest.mark.parametrize(
    "thought",
    [
        Thinking("Hm.", "EqQB", vendor="anthropic_messages"),
        Thinking("", "gAAAAB", vendor="openai_responses"),
        Thinking("", redacted="EmwK", vendor="anthropic_messages"),
    ],
)
def test_behaviour_18_another_vendors_proof_comes_back_from_the_client(thought: Thinking) -> None:
    details = client_details(thought)
    assert list(read_client_thinking(details, "")) == [thought]
    assert own_details([thought]) == []


@pytest.mark.parametrize(
    "thought",
    [
        Thinking("Hm."),
        Thinking("Hm.", f"{SYNTHETIC_SIGNATURE}unsigned", vendor="anthropic_messages"),
        Thinking("Hm.", "no JSON", vendor="openai_chat"),
    ],
)
def test_what_nobody_vouches_for_has_no_details(thought: Thinking) -> None:
    assert client_details(thought) == []


def test_plain_thinking_counts_where_the_details_have_no_text() -> None:
    assert list(read_thinking([], "Hm.")) == [Thinking("Hm.")]
    assert [thought.text for thought in read_thinking([ENCRYPTED], "Hm.")] == ["Hm."]
    assert [thought.text for thought in read_thinking([CLAUDE], "Hm.")] == ["Hm."]


def test_pieces_of_a_text_become_one_whatever_the_client_joined() -> None:
    pieces = [{"type": "reasoning.text", "text": "Le"}, {"type": "reasoning.text", "text": "t me"},
              {"type": "reasoning.text", "signature": "pxbin-gemini_generate:CiQB"}]  # fmt: skip
    assert list(read_client_thinking(pieces, "Let me")) == [
        Thinking("Let me", "CiQB", vendor="gemini_generate")
    ]


def test_a_proof_belongs_to_the_call_right_after_it() -> None:
    proof = Thinking("", "CiQB", vendor="gemini_generate")
    first, second = ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}")
    assert proofs_of_calls((proof, first, second)) == {"a": "CiQB"}
    assert proofs_of_calls((first, proof)) == {}
    assert proofs_of_calls((Thinking("Hm.", "CiQB", vendor="gemini_generate"), first)) == {}
