"""``reasoning_details``: where OpenRouter, and the clients that follow it, carry what vouches for thinking.

Source: OpenRouter's "Reasoning Tokens", "Preserving reasoning": ``reasoning.text`` with ``text`` and ``signature``,
``reasoning.summary``, ``reasoning.encrypted`` with ``data``; each also with ``id``, ``format`` and ``index``, and all of it is
wanted back as it was. So the canonical signature is the detail itself, as JSON without its text. The summary of an
encrypted whole is its text, as it is in the Responses API.

A proof of another vendor than the upstream stands marked in ``signature`` or ``data``. Gemini's OpenAI endpoint carries one in
the call that it vouches for (ai.google.dev/gemini-api/docs/thought-signatures, "OpenAI compatibility").
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from pxbin_engine.protocol.dialects.openai_chat.wire import NAME
from pxbin_engine.protocol.request import (
    SYNTHETIC_SIGNATURE,
    Part,
    Thinking,
    ToolCall,
    mark_foreign,
    read_foreign,
)

Detail = dict[str, Any]

GEMINI = "gemini_generate"
"""Whose proofs stand in calls."""

_json = msgspec.json.Encoder(order="deterministic").encode
_detail = msgspec.json.Decoder(Detail)


def detail_text(detail: Detail) -> str:
    """What a person can read of it."""
    return _string(detail, "text") or _string(detail, "summary")


def detail_proof(detail: Detail) -> str | None:
    """The canonical signature; None where the detail proves nothing."""
    if not (_string(detail, "signature") or _string(detail, "data")):
        return None
    return _json({name: value for name, value in detail.items() if name != "text"}).decode()


def read_thinking(details: Iterable[Detail], plain: str) -> Iterator[Thinking]:
    """The thinking of an upstream's whole answer; ``plain`` is what it says beside the details, and mostly the same."""
    details = list(details)
    text = "" if any(_says_text(detail) for detail in details) else plain
    for detail in details:
        text += detail_text(detail)
        if proof := detail_proof(detail):
            yield Thinking(text, proof, vendor=NAME)
            text = ""
    if text:
        yield Thinking(text)


def read_client_thinking(details: Iterable[Detail], plain: str) -> Iterator[Thinking]:
    """The thinking of a turn in a client's history: what other vendors vouched for comes home."""
    for thought in read_thinking(details, plain):
        for detail in _unpacked("", thought.signature or ""):
            signature = _string(detail, "signature")
            vendor, proof = read_foreign(signature or _string(detail, "data"), own=NAME)
            if vendor == NAME:
                yield thought
            elif signature:
                yield Thinking(thought.text, proof, vendor=vendor)
            else:
                yield Thinking("", redacted=proof, vendor=vendor)
                if thought.text:  # an encrypted whole has no text, so it was another thought's
                    yield Thinking(thought.text)
        if thought.signature is None:
            yield thought


def own_details(thoughts: Iterable[Thinking]) -> list[Detail]:
    """For an upstream: what itself proved, as it said it."""
    return [
        detail
        for thought in thoughts
        if thought.vendor == NAME and thought.signature is not None
        for detail in _unpacked(thought.text, thought.signature)
    ]


def client_details(thought: Thinking) -> list[Detail]:
    """For a client: what anybody proved; empty where nobody did."""
    if thought.vendor is None or (thought.signature or "").startswith(SYNTHETIC_SIGNATURE):
        return []
    if thought.redacted is not None:
        data = mark_foreign(thought.vendor, thought.redacted)
        return [{"type": "reasoning.encrypted", "data": data}]
    if thought.signature is None:
        return []
    if thought.vendor == NAME:
        return _unpacked(thought.text, thought.signature)
    signature = mark_foreign(thought.vendor, thought.signature)
    return [{"type": "reasoning.text", "text": thought.text, "signature": signature}]


def is_foreign(thought: Thinking) -> bool:
    """Whether another vendor than the upstream's vouches for it."""
    marked = (thought.signature or "").startswith(SYNTHETIC_SIGNATURE)
    return thought.vendor not in (None, NAME) and not marked


def proofs_of_calls(parts: Sequence[Part]) -> dict[str, str]:
    """Gemini's proofs by the id of the call that each stands directly before."""
    return {
        call.id: thought.signature
        for thought, call in pairwise(parts)
        if isinstance(call, ToolCall)
        and isinstance(thought, Thinking)
        and vouches_for_call(thought)
        and thought.signature is not None
    }


def vouches_for_call(thought: Thinking) -> bool:
    """Whether it is no thought of its own but a proof of what follows."""
    return thought.vendor == GEMINI and not thought.text and thought.signature is not None


def signed_call(signature: str) -> Detail:
    """The field of a call that holds Gemini's proof of it."""
    return {"extra_content": {"google": {"thought_signature": signature}}}


def _says_text(detail: Detail) -> bool:
    """Also an empty one: then what is said beside the details is another thought."""
    return isinstance(detail.get("text"), str) or isinstance(detail.get("summary"), str)


def _unpacked(text: str, signature: str) -> list[Detail]:
    """The detail as it came, after its summary; none where the signature is no detail."""
    try:
        detail = _detail.decode(signature)
    except msgspec.DecodeError:
        return []
    if detail.get("type") != "reasoning.encrypted":
        return [{**detail, "text": text}]
    told = {name: value for name, value in detail.items() if name in ("id", "format", "index")}
    summary = {"type": "reasoning.summary", "summary": text, **told}
    return [summary, detail] if text else [detail]


def _string(detail: Detail, name: str) -> str:
    value = detail.get(name)
    return value if isinstance(value, str) else ""
