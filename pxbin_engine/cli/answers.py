"""What a command answers: a text for a person, and the same as data for ``--json``."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="number")


class Answer(NamedTuple):
    """``text`` goes to stdout, or ``data`` as JSON; ``note`` goes to stderr, so that scripts read only the answer."""

    text: str
    data: object
    note: str = ""
    failed: bool = False


def as_json(data: object) -> str:
    """``data`` as indented JSON: money as numbers, times in RFC 3339."""
    return msgspec.json.format(_encoder.encode(data), indent=2).decode()


def as_table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns as wide as they need to be."""
    cells = [list(titles), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _cell(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return f"{value:.1f}"
    return str(value)
