"""What a body looks like as text: laid out, in pages, searched, no line so long that showing it blocks. No Qt here."""

import re
from bisect import bisect_right
from typing import NamedTuple

import msgspec

PAGE_CHARACTERS = 5_000
"""About two screens, and two milliseconds to show."""
LINE_CHARACTERS = 2_000
"""A longer line (an image in base64) is cut on the screen; copying gives it whole."""
MOST_MATCHES = 10_000
CUT_MARK = "…"
"""Stands where a text ends in the middle."""

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*("?)|[{}\[\],:]', re.DOTALL)
_LEFT_OUT = re.compile(
    r'\s*,?\s*(?:"(?:[^"\\]|\\.)*"?\\?\s*:?\s*)?'
    r"(?:-?(?:\d[\d.eE+-]*)?|t(?:r(?:ue?)?)?|f(?:a(?:l(?:se?)?)?)?|n(?:u(?:ll?)?)?)\s*",
    re.DOTALL,
)
"""A name without its value, or a value that may go on; anything else is no JSON."""
_LAST_ESCAPE = re.compile(r"(\\+)(?:u[0-9a-fA-F]{0,3})?\Z")


def laid_out(text: str) -> str:
    """JSON with an indent of two, also where its end is cut off; anything else as it is."""
    whole = _formatted(text)
    return _laid_out_beginning(text) if whole is None else whole


def _formatted(text: str) -> str | None:
    """With an indent; None where it is no JSON, or so deep that no one can read it."""
    try:
        return msgspec.json.format(text, indent=2)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None


def _laid_out_beginning(text: str) -> str:
    """Cut JSON is completed, laid out, and what completed it is taken away again."""
    whole, closers = completed(text)
    lines = _formatted(whole) if closers else None
    if lines is None:
        return text
    for _ in closers:
        rest, _, last = lines.rpartition("\n")
        if last.strip() in ("]", "}"):
            lines = rest
    return f"{lines}\n{CUT_MARK}"


def completed(text: str) -> tuple[str, str]:
    """JSON that ends in the middle as valid JSON, and the brackets that it was closed with; none where it is no such text.

    What is left out is at most a name without its value, or a number that may go on. A string that may go on is closed.
    """
    open_brackets: list[str] = []
    before, end = "", 0
    for match in _TOKEN.finditer(text):
        token = match[0][0]
        if token in "{[":
            open_brackets.append("}" if token == "{" else "]")
            end = match.end()
        elif token in "}]" and open_brackets:
            open_brackets.pop()
            end = match.end()
        elif token == ",":
            end = match.start()
        elif token == '"' and (before == ":" or open_brackets[-1:] == ["]"]):
            if not match[1]:
                text, end = _closed_string(text)
                break
            end = match.end()
        before = token
    if not _LEFT_OUT.fullmatch(text, end):
        return text, ""
    closers = "".join(reversed(open_brackets))
    return text[:end] + closers, closers


def _closed_string(text: str) -> tuple[str, int]:
    escape = _LAST_ESCAPE.search(text, max(0, len(text) - 1_000))
    if escape is not None and len(escape[1]) % 2:
        text = text[: escape.end(1) - 1]
    return f'{text}"', len(text) + 1


_ONE_LINE = str.maketrans(
    {"\r": " ", "\u2028": " ", "\u2029": " ", "\ufdd0": "\ufffd", "\ufdd1": "\ufffd"}
)
"""Letters that would begin a line for Qt, and are none that the text counts."""


def qt_length(text: str) -> int:
    """As Qt counts, which is in UTF-16: a letter beyond its first plane counts twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def short_line(line: str) -> str:
    """A line as it is shown."""
    if len(line) <= LINE_CHARACTERS:
        return line
    return f"{line[:LINE_CHARACTERS]} … {len(line) - LINE_CHARACTERS:,} more characters"


class Place(NamedTuple):
    """Where a character stands: all counted from 0, the line from the page's first."""

    page: int
    line: int
    column: int


class PagedText:
    """A text in pieces of whole lines, each a screenful of work and no more (a longer line is a page of its own)."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._starts = _page_starts(text)
        lowered = text.lower()
        self._searched = lowered if len(lowered) == len(text) else text

    def __len__(self) -> int:
        """How many pages there are."""
        return len(self._starts)

    def bounds(self, page: int) -> tuple[int, int]:
        """Where a page begins and ends, without the line break that ends it."""
        last = page + 1 == len(self._starts)
        return self._starts[page], len(self.text) if last else self._starts[page + 1] - 1

    def page(self, number: int) -> str:
        """A page as it is shown."""
        start, end = self.bounds(number)
        return "\n".join(map(short_line, self.text[start:end].translate(_ONE_LINE).split("\n")))

    def place(self, offset: int) -> Place:
        """Where the character at ``offset`` stands."""
        page = bisect_right(self._starts, offset) - 1
        start = self._starts[page]
        line_start = self.text.rfind("\n", start, offset) + 1 or start
        return Place(page, self.text.count("\n", start, offset), offset - line_start)

    def matches(self, sought: str) -> list[int]:
        """Where ``sought`` stands, in any case; ``MOST_MATCHES`` at most."""
        found: list[int] = []
        wanted = sought.lower() if self._searched is not self.text else sought
        at = self._searched.find(wanted) if wanted else -1
        while at >= 0 and len(found) < MOST_MATCHES:
            found.append(at)
            at = self._searched.find(wanted, at + len(wanted))
        return found


def _page_starts(text: str) -> list[int]:
    starts = [0] if text else []
    while starts:
        end = text.find("\n", starts[-1] + PAGE_CHARACTERS)
        if end < 0 or end + 1 >= len(text):
            break
        starts.append(end + 1)
    return starts
