"""A CSV file by the names of its columns: in any order, with any usual separator, also after a spreadsheet saved it."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from msgspec import Struct

from pxbin_engine.errors import InvalidInput

T = TypeVar("T")

_SEPARATORS = ",;\t"
_LONGEST_TOLD = 60
"""Characters of a cell or a column that an error repeats."""
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+")
_PLAIN = re.compile(r"-?\d+(\.\d+)?")
_SECONDS = re.compile(r"\d{9,11}(\.0*)?")
_CENT = Decimal("0.01")
_MOST_DIGITS = 14
"""Before the point, but for the first."""
_MOST_PLACES = 60


class Table(Struct, frozen=True):
    """The columns, in lower case and with ``_`` for blanks, and the lines below them that are not empty."""

    columns: tuple[str, ...]
    separator: str
    rows: tuple[tuple[int, list[str]], ...]

    def __iter__(self) -> Iterator["Row"]:
        places = {name: place for place, name in enumerate(self.columns)}
        for number, cells in self.rows:
            if len(cells) > len(self.columns):
                raise InvalidInput(f"Line {number} has more cells than there are columns.")
            yield Row(number, places, cells, self.separator)


class Row:
    """One line; a cell that is missing at its end is empty."""

    def __init__(
        self, number: int, places: dict[str, int], cells: list[str], separator: str
    ) -> None:
        self.number = number
        self._places, self._cells, self._separator = places, cells, separator

    def text(self, column: str) -> str:
        """The cell without blanks around it; empty where there is no such column."""
        place = self._places.get(column)
        return self._cells[place].strip() if place is not None and place < len(self._cells) else ""

    def count(self, column: str) -> int | None:
        """A whole number from 0; None where the cell is empty."""
        if (text := self.text(column)).isdecimal() and len(text) <= _MOST_DIGITS:
            return int(text)
        number = self._read(column, self._number, "is no number")
        if number is None:
            return None
        if number < 0 or number != number.to_integral_value():
            raise self.wrong(column, "is no whole number from 0")
        return int(number)

    def dollars(self, column: str) -> Decimal | None:
        """An amount of money; a credit is negative. None where the cell is empty."""
        return self._read(column, self._number, "is no amount of money")

    def rounding(self, column: str) -> Decimal:
        """By how much the amount may have been rounded: half of its last place, half a cent at most."""
        amount = self.dollars(column)
        places = amount.as_tuple().exponent if amount is not None else 0
        if not isinstance(places, int) or places >= 0:
            return Decimal(0)
        return min(Decimal(1).scaleb(places), _CENT) / 2

    def day(self, column: str) -> date | None:
        """The UTC day of a date, a time or Unix seconds; None where the cell is empty."""
        return self._read(column, utc_day, "is no day")

    def wrong(self, column: str, reason: str) -> InvalidInput:
        """The error that says where in the file something is not as it should be."""
        return InvalidInput(
            f"Line {self.number}, {column}: {self.text(column)[:_LONGEST_TOLD]!r} {reason}."
        )

    def _number(self, text: str) -> Decimal:
        """Without currency signs and what separates thousands; a comma is decimal where commas do not separate cells."""
        if _PLAIN.fullmatch(text):
            return a_figure(Decimal(text))
        text = re.sub(r"US\$|USD|[$\s\u00a0\u202f]", "", text, flags=re.IGNORECASE)
        if "," in text and "." in text:
            decimal_comma = text.rfind(",") > text.rfind(".")
        else:
            decimal_comma = "," in text and (
                self._separator == ";" or not _THOUSANDS.fullmatch(text.lstrip("-"))
            )
        if decimal_comma:
            text = text.replace(".", "").replace(",", ".")
        return a_figure(Decimal(text.replace(",", "")))

    def _read(self, column: str, read: Callable[[str], T], reason: str) -> T | None:
        text = self.text(column)
        if not text:
            return None
        try:
            return read(text)
        except (ValueError, InvalidOperation, OverflowError):
            raise self.wrong(column, reason) from None


def read_table(text: str) -> Table:
    """The table of a CSV file.

    Raises:
        InvalidInput: it has no header, or one that names a column twice.
    """
    text = text.removeprefix("\ufeff")
    header = text.lstrip().partition("\n")[0]
    separator = max(_SEPARATORS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        raise InvalidInput(f"The file is no CSV file: {error}.") from None
    if not rows:
        raise InvalidInput("The file is empty.")
    columns = tuple(_column(cell) for cell in rows[0][1])
    twice = sorted(name for name, times in Counter(columns).items() if name and times > 1)
    if twice:
        raise InvalidInput(f"The file has several columns named {', '.join(twice)}.")
    return Table(columns, separator, tuple(rows[1:]))


def _column(cell: str) -> str:
    return "_".join(cell.strip().lower().split())[:_LONGEST_TOLD]


def a_figure(number: Decimal) -> Decimal:
    """A number of tokens, requests or dollars as it can be.

    Raises:
        ValueError: it is none: a few characters may write a number that fills the memory.
    """
    exponent = number.as_tuple().exponent
    if (
        not isinstance(exponent, int)
        or exponent < -_MOST_PLACES
        or number.adjusted() > _MOST_DIGITS
    ):
        raise ValueError(number)
    return number


def utc_day(text: str) -> date:
    """The UTC day of ``2026-05-12``, ``2026-05-12T23:00:00-05:00`` or ``1759622400``; a time without a zone is UTC.

    Raises:
        ValueError: it is none of these.
    """
    if _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(float(text), UTC).date()
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo is None else at.astimezone(UTC)).date()
