"""A client's own bytes made fit for another Anthropic upstream: nothing is changed but what must be.

1. The model's name becomes the upstream's, in the bytes: prompt caches depend on every other byte.
2. Thinking that another vendor made (it is marked so, by ``SYNTHETIC_SIGNATURE`` or ``mark_foreign``) is left out, another
   vendor's search becomes text, and what was cited of it is left out: Anthropic would refuse the request.
3. All thinking is left out for an upstream that refused a signature of it.
4. Where a turn that called tools loses its thinking, none is asked for until the next turn: Anthropic wants the two
   together ("a final `assistant` message must start with a thinking block").
"""

import re
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.protocol.dialects.anthropic_messages.open_decoder import decode_fields
from pxbin_engine.protocol.dialects.anthropic_messages.parts import decode_block
from pxbin_engine.protocol.json_patch import patch_model
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import SearchCall, SearchResult
from pxbin_engine.protocol.search_text import search_text

T = TypeVar("T")

_MARKED = re.compile(rb"pxbin-(?:[a-z_]+:|found-)")
"""What stands in the proofs and ids that are not Anthropic's; half the cost of ``in`` on a long body that has none."""

_LEFT_OUT = Raw(b'{"type":"text","text":"(no content)"}')
_NO_THINKING = Raw(b'{"type":"disabled"}')


class _Block(Struct):
    type: str | None = None
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    tool_use_id: str | None = None


_BLOCK = msgspec.json.Decoder(_Block)
_THINKING = frozenset({"thinking", "redacted_thinking"})
_SEARCHES = frozenset({"server_tool_use", "web_search_tool_result"})


def patch_request(
    body: bytes, *, model: str, losses: Losses, replays_thinking: bool = True
) -> bytes:
    """The body for an upstream that calls the model ``model``. Raises ``ProtocolError``."""
    if not replays_thinking or _MARKED.search(body):
        body = _without_foreign(body, losses, replays_thinking=replays_thinking)
    return patch_model(body, model)


def _without_foreign(body: bytes, losses: Losses, *, replays_thinking: bool) -> bytes:
    """Only the contents that hold such a block are written anew; everything else stays the text it was."""
    fields = decode_fields(body, "")
    messages = _list_of(dict[str, Raw], fields.get("messages"))
    amid_calls = changed = False
    for i, message in enumerate(messages):
        blocks = _list_of(Raw, message.get("content"))
        kept = [
            fit
            for block in blocks
            if (fit := _fit(block, f"messages[{i}]", losses, replays_thinking=replays_thinking))
        ]
        if kept != blocks:
            changed = True
            message["content"] = Raw(msgspec.json.encode(kept or [_LEFT_OUT]))
        if bytes(message.get("role", b"")) == b'"assistant"':
            kinds = {_block(block).type for block in kept}
            amid_calls = len(kept) < len(blocks) and "tool_use" in kinds and "thinking" not in kinds
    if amid_calls and _block(fields.get("thinking")).type == "enabled":
        losses.add("thinking", "The calls so far lost their thinking: off until the next turn.")
        fields["thinking"] = _NO_THINKING
    return msgspec.json.encode({**fields, "messages": messages}) if changed else body


def _fit(raw: Raw, path: str, losses: Losses, *, replays_thinking: bool) -> Raw | None:
    """The block as Anthropic takes it; None for one that it would refuse."""
    block = _block(raw)
    if block.type in _THINKING:
        if _is_marked(block.signature or block.data):
            losses.add(path, "Thinking of another vendor, which Anthropic would refuse.")
            return None
        if not replays_thinking:
            losses.add(path, "A signature of it was refused.")
            return None
    elif block.type in _SEARCHES and _is_marked(block.id or block.tool_use_id):
        return _search_as_text(raw, path, losses)
    elif block.type == "text" and _MARKED.search(raw):
        return _with_own_citations(raw, path, losses)
    return raw


def _is_marked(proof: str | None) -> bool:
    return proof is not None and _MARKED.search(proof.encode()) is not None


def _search_as_text(raw: Raw, path: str, losses: Losses) -> Raw | None:
    part = decode_block(raw, path)
    if not isinstance(part, SearchCall | SearchResult):
        return None
    losses.add(path, "Anthropic takes searches of its own only; it was sent as text.")
    return Raw(msgspec.json.encode({"type": "text", "text": search_text(part)}))


def _with_own_citations(raw: Raw, path: str, losses: Losses) -> Raw:
    """Without what a text cites of another vendor's search; a text that only looks like it stays as it is."""
    fields = decode_fields(raw, path)
    citations = _list_of(Raw, fields.get("citations"))
    own = [citation for citation in citations if not _MARKED.search(citation)]
    if len(own) == len(citations):
        return raw
    losses.add(f"{path}.citations", "Anthropic takes citations of its own searches only.")
    return Raw(msgspec.json.encode({**fields, "citations": own or None}))


def _list_of(item: type[T], raw: Raw | None) -> list[T]:
    """Empty for what is no such list: that is for Anthropic to say."""
    try:
        return msgspec.json.decode(raw or b"[]", type=list[item])  # type: ignore[valid-type]  # a run-time type
    except msgspec.ValidationError:
        return []


def _block(raw: Raw | None) -> _Block:
    try:
        return _BLOCK.decode(raw or b"{}")
    except msgspec.ValidationError:
        return _Block()
