"""Whether a thing arrives: it is said in the client's dialect, translated, read back in the upstream's, and compared."""

import json
from typing import Any, Literal

import msgspec
from msgspec import Struct

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.loss import Loss, Losses
from pxbin_engine.protocol.peek import Peek
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, quirks_for
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import Response
from pxbin_engine.protocol.searching import SearchingTranslation, translation_for
from tests.carriage.answer_probes import ANSWERS, BASE_ANSWERS
from tests.carriage.request_probes import BASES, CONTEXTS, PROBES

Kind = Literal["carried", "mapped", "partly", "emulated", "lost", "refused", "silent"]


UPSTREAMS = {
    "anthropic_messages": ("https://api.anthropic.com", "claude-sonnet-4-6"),
    "openai_chat": ("https://api.openai.com/v1", "gpt-5.2"),
    "openai_responses": ("https://api.openai.com/v1", "gpt-5.2"),
    "gemini_generate": ("https://generativelanguage.googleapis.com", "gemini-3.1-pro-preview"),
}
"""The vendor of each dialect, and a model of its."""


class Verdict(Struct, frozen=True):
    """What becomes of one thing between one client and one upstream; ``reasons`` are those of its losses."""

    kind: Kind
    reasons: tuple[str, ...] = ()


def request_verdict(feature: str, source: Dialect, target: Dialect) -> Verdict | None:
    """For a thing that is asked; None where the client's dialect cannot ask it."""
    added = PROBES[feature].get(source.name)
    if added is None:
        return None
    base = {"model": "m", **BASES[source.name], **CONTEXTS.get(feature, {}).get(source.name, {})}
    try:
        asked, sent, losses, emulated = _translate(source, target, {**base, **added})
    except ProtocolError as error:
        return Verdict("refused", (error.message,))
    plain_asked, plain_sent, plain_losses, _ = _translate(source, target, base)
    if emulated:
        return Verdict("emulated")
    reasons = _new(losses, plain_losses)
    slots = [name for name in asked if asked[name] != plain_asked.get(name)]
    arrived = _tree(target.decode_request(sent))
    whole = all(arrived.get(name) == asked[name] for name in slots)
    return Verdict(_kind(reasons, whole=whole, untold=sent == plain_sent), reasons)


def answer_verdict(feature: str, source: Dialect, target: Dialect) -> Verdict | None:
    """For a thing that an upstream of the dialect ``target`` answers to a client of ``source``; None where it never does."""
    body = ANSWERS[feature].get(target.name)
    if body is None:
        return None
    told, given, losses = _answer(source, target, body)
    _, plain_given, plain_losses = _answer(source, target, BASE_ANSWERS[target.name])
    reasons = _new(losses, plain_losses)
    plain = _answer_tree(
        target.decode_response(_bytes(BASE_ANSWERS[target.name]), quirks=DEFAULT_QUIRKS)
    )
    slots = [name for name in told if told[name] != plain.get(name)]
    arrived = _answer_tree(source.decode_response(given, quirks=DEFAULT_QUIRKS))
    whole = all(arrived.get(name) == told[name] for name in slots)
    return Verdict(_kind(reasons, whole=whole, untold=given == plain_given), reasons)


def _kind(reasons: tuple[str, ...], *, whole: bool, untold: bool) -> Kind:
    if untold:
        return "lost" if reasons else "carried" if whole else "silent"
    if reasons:
        return "partly"
    return "carried" if whole else "mapped"


def _translate(
    source: Dialect, target: Dialect, body: dict[str, Any]
) -> tuple[dict[str, Any], bytes, Losses, bool]:
    wish = Peek("m") if source.name == "gemini_generate" else None
    data = _bytes(body)
    address, model = UPSTREAMS[target.name]
    quirks = quirks_for(address, model)
    translation = translation_for(
        source, target, data, knows_location=False, quirks=quirks, wish=wish, model=model
    )
    sent = translation.request(data)
    emulated = isinstance(translation, SearchingTranslation)
    return _tree(source.decode_request(data)), sent, translation.losses, emulated


def _answer(
    source: Dialect, target: Dialect, body: dict[str, Any]
) -> tuple[dict[str, Any], bytes, Losses]:
    losses = Losses()
    response = target.decode_response(_bytes(body), quirks=DEFAULT_QUIRKS)
    given = source.encode_response(response, Request("m", ()), losses=losses)
    return _answer_tree(response), given, losses


def _new(losses: list[Loss], before: list[Loss]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(loss.reason for loss in losses if loss not in before))


def _bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _tree(request: Request) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(msgspec.json.encode(request))
    tree.pop("model", None)
    return tree


def _answer_tree(response: Response) -> dict[str, Any]:
    """``raw`` is each vendor's own word for why it stopped."""
    tree: dict[str, Any] = json.loads(msgspec.json.encode(response))
    tree["stop"].pop("raw", None)
    usage = tree.pop("usage", None) or {}
    return {**tree, **{f"usage.{name}": count for name, count in usage.items()}}
