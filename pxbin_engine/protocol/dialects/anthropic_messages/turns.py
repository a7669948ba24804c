"""Turns as Anthropic takes them: in order (``protocol.turns``), none of them empty, and at least one."""

from collections.abc import Sequence

from msgspec import structs

from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Message, Part, Text
from pxbin_engine.protocol.turns import ordered_turns

_NO_CONTENT = Text("(no content)")


def filled_turns(messages: Sequence[Message], losses: Losses) -> list[Message]:
    """The turns in order, each with something in it."""
    turns = [_filled(turn) for turn in ordered_turns(messages, losses)]
    return turns or [Message("user", (_NO_CONTENT,))]


def _filled(turn: Message) -> Message:
    """A blank text is refused, and so is a turn without content."""
    parts = tuple(part for part in turn.parts if not _is_blank(part))
    if len(parts) == len(turn.parts) and parts:
        return turn
    return structs.replace(turn, parts=parts or (_NO_CONTENT,))


def _is_blank(part: Part) -> bool:
    return isinstance(part, Text) and not part.text.strip()
