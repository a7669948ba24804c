"""Thinking that a model writes into its text, between ``<think>`` and ``</think>`` at the very start."""

from typing import Literal

_OPEN = "<think>"
_CLOSE = "</think>"

Piece = tuple[Literal["thinking", "text"], str]


class ThinkTagSplitter:
    """Text in any pieces -> pieces of thinking and of text; a tag may be cut anywhere.

    Only a tag before any other text opens thinking: later ones are what the model talks about.
    """

    def __init__(self) -> None:
        self._state: Literal["start", "opened", "thinking", "after", "text"] = "start"
        self._held = ""

    def feed(self, text: str) -> list[Piece]:
        """The pieces that are certain now; what may be the beginning of a tag is held back."""
        if self._state == "text":
            return [("text", text)]
        self._held += text
        pieces: list[Piece] = []
        if self._state == "start":
            self._begin()
        if self._state == "opened":
            self._held = self._held.lstrip("\n")
            self._state = "thinking" if self._held else "opened"
        if self._state == "thinking":
            self._think(pieces)
        if self._state == "after":
            self._held = self._held.lstrip()
            self._state = "text" if self._held else "after"
        if self._state == "text" and self._held:
            pieces.append(("text", self._held))
            self._held = ""
        return pieces

    def close(self) -> list[Piece]:
        """The text has ended: what was held back."""
        held, self._held = self._held, ""
        if not held:
            return []
        return [("thinking" if self._state == "thinking" else "text", held)]

    def _begin(self) -> None:
        text = self._held.lstrip()
        if text.startswith(_OPEN):
            self._held = text[len(_OPEN) :]
            self._state = "opened"
        elif not _OPEN.startswith(text):
            self._state = "text"

    def _think(self, pieces: list[Piece]) -> None:
        thinking, closed, rest = self._held.partition(_CLOSE)
        if closed:
            self._state, self._held = "after", rest
        else:
            cut = _possible_tag(thinking)
            thinking, self._held = thinking[:cut], thinking[cut:]
        if thinking:
            pieces.append(("thinking", thinking))


def split_think_tags(text: str) -> list[Piece]:
    """The pieces of a whole text."""
    splitter = ThinkTagSplitter()
    return splitter.feed(text) + splitter.close()


def _possible_tag(text: str) -> int:
    """Where the longest end of ``text`` begins that may become a closing tag."""
    for length in range(min(len(text), len(_CLOSE) - 1), 0, -1):
        if _CLOSE.startswith(text[-length:]):
            return len(text) - length
    return len(text)
