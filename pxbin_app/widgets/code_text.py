"""What a body looks like as text: laid out, in pages, with no line so long that showing it blocks. No Qt here."""

import json
from collections.abc import Iterator

PAGE_CHARACTERS = 32_000
LINE_CHARACTERS = 2_000
"""A longer line (an image in base64) is cut on the screen; copying gives it whole."""


def laid_out(text: str) -> str:
    """JSON with an indent of two; anything else as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def short_line(line: str) -> str:
    """A line as it is shown."""
    if len(line) <= LINE_CHARACTERS:
        return line
    return f"{line[:LINE_CHARACTERS]} … {len(line) - LINE_CHARACTERS:,} more characters"


def pages(text: str) -> Iterator[str]:
    """The text in pieces of whole lines, each a screenful of work and no more."""
    page: list[str] = []
    held = 0
    for line in text.splitlines():
        shown = short_line(line)
        page.append(shown)
        held += len(shown)
        if held >= PAGE_CHARACTERS:
            yield "\n".join(page)
            page, held = [], 0
    if page:
        yield "\n".join(page)
