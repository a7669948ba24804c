r"""A freeform tool's text out of the JSON that it is in the canonical model: ``{"input": "..."}``, however it is cut.

Rules:

1. The text streams as soon as the JSON is known to begin with ``{"input": "``; what follows the string's end is not read.
2. An escape that is cut waits for its rest (two of them where they make one character); one that never ends is dropped.
3. A broken escape stands for the characters after its backslash, a lone surrogate for U+FFFD, a bare line break for itself:
   models write such, and half a patch helps nobody.
4. JSON of another shape comes whole at the end: its ``input``, its only text, or what the model wrote.
"""

import re
from typing import Literal

import msgspec

_HEAD = re.compile(r'\s*\{\s*"input"\s*:\s*"')
_MAYBE_HEAD = re.compile(r'\s*(?:\{\s*(?:"(?:i(?:n(?:p(?:u(?:t(?:"\s*(?::\s*)?)?)?)?)?)?)?)?)?')
_HIGH = r"\\u[dD][89aAbB][0-9a-fA-F]{2}"
_LOW = r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_NO_LOW = r"[^\\]|\\[^u]|\\u[^dD]|\\u[dD][^c-fC-F]|\\u[dD].[^0-9a-fA-F]|\\u[dD]..[^0-9a-fA-F]"
_TOKEN = re.compile(
    rf'(?P<plain>[^"\\]+)|(?P<end>")|(?P<short>\\[^u])|(?P<pair>{_HIGH}{_LOW})'
    rf"|(?P<code>(?!{_HIGH})\\u[0-9a-fA-F]{{4}})|(?P<lone>{_HIGH}(?={_NO_LOW}))"
    r"|(?P<broken>\\u(?=[0-9a-fA-F]{0,3}[^0-9a-fA-F]))",
    re.DOTALL,
)
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_REPLACEMENT = "\ufffd"


class FreeformInput:
    """Takes the fragments of one call's arguments; gives out the text."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._pending = ""
        self._state: Literal["head", "text", "after", "other"] = "head"

    def feed(self, fragment: str) -> str:
        """The text that this fragment brings; maybe none yet."""
        if self._state == "other":
            self._pieces.append(fragment)
        elif self._state != "after":
            self._pending += fragment
            if self._state == "text" or self._begin():
                return self._take()
        return ""

    def close(self) -> str:
        """The arguments are complete: the text that is still due."""
        if self._state in ("text", "after"):
            return ""
        return _whole(self._pending + "".join(self._pieces))

    def _begin(self) -> bool:
        if head := _HEAD.match(self._pending):
            self._state = "text"
            self._pending = self._pending[head.end() :]
        elif not _MAYBE_HEAD.fullmatch(self._pending):
            self._state = "other"
        return self._state == "text"

    def _take(self) -> str:
        pieces = []
        position = 0
        while found := _TOKEN.match(self._pending, position):
            position = found.end()
            if found.lastgroup == "end":
                self._state = "after"
                break
            pieces.append(_text(found.lastgroup or "", found[0]))
        self._pending = self._pending[position:]
        return "".join(pieces)


def freeform_input(arguments: str) -> str:
    """The text of whole arguments."""
    reader = FreeformInput()
    return reader.feed(arguments) + reader.close()


def freeform_arguments(text: str) -> str:
    """The canonical arguments of a freeform call."""
    return msgspec.json.encode({"input": text}).decode()


def _text(kind: str, token: str) -> str:
    match kind:
        case "plain":
            return token
        case "short":
            return _SHORT.get(token[1], token[1])
        case "pair":
            high, low = int(token[2:6], 16), int(token[8:], 16)
            return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
        case "code":
            code = int(token[-4:], 16)
            return _REPLACEMENT if 0xDC00 <= code <= 0xDFFF else chr(code)
        case "lone":
            return _REPLACEMENT
        case _:
            return "u"


def _whole(arguments: str) -> str:
    """Rule 4."""
    try:
        value = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        return arguments
    match value:
        case str():
            return value
        case {"input": str(text)}:
            return text
        case dict() if len(value) == 1 and isinstance(text := next(iter(value.values())), str):
            return text
        case _:
            return arguments
